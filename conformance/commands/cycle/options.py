"""Arguments of the verb ``cycle``: what an admin sets up in the portal, and what the source directory is."""

from __future__ import annotations

import argparse
from pathlib import Path

USERS = 25
GROUPS = 6
"""Size of the organisation that is made where no directory is given."""


def add(verb: argparse.ArgumentParser) -> None:
    """Add the verb's own arguments."""
    _add_source(verb)
    _add_job(verb)
    run = verb.add_argument_group("run")
    run.add_argument("--rate", metavar="N", help="requests a second at most (default: no limit)")
    run.add_argument(
        "--state", type=Path, metavar="FILE",
        help="what the job knows, in SQLite; an unfinished run goes on from it (default: cycle.sqlite in --reports)",
    )  # fmt: skip
    run.add_argument("--keep", action="store_true", help="leave what was created, and the state for later cycles")
    run.add_argument("--restart", action="store_true", help="restart the job of a kept state; its links are kept")
    run.add_argument("--reset-scope", action="store_true", help="restart it with the scope reset: all is matched again")
    run.add_argument("--allow-deletes", action="store_true", help="let deletions through that were held back")
    run.add_argument("--on-demand", metavar="USER", help="provision one user or group now, step by step")


def _add_source(verb: argparse.ArgumentParser) -> None:
    source = verb.add_argument_group("source directory")
    source.add_argument("--directory", type=Path, metavar="PATH", help="a JSON file, or a folder of CSV files")
    source.add_argument("--users", metavar="N", help=f"make up N users (default: {USERS})")
    source.add_argument("--groups", metavar="M", help=f"make up M groups (default: {GROUPS})")
    source.add_argument("--domain", default=None, metavar="NAME", help="of made-up user names (default: example.com)")
    source.add_argument("--as-is", action="store_true", help="send names as they are, without the run's prefix")
    source.add_argument("--changes", type=Path, metavar="FILE", help="script of change sets (default: a year)")
    source.add_argument("--initial-only", action="store_true", help="the initial cycle and nothing after it")


def _add_job(verb: argparse.ArgumentParser) -> None:
    job = verb.add_argument_group("provisioning job")
    job.add_argument("--mapping", type=Path, metavar="FILE", help="exported synchronizationSchema (default: Entra's)")
    job.add_argument("--sync", choices=("assigned", "all"), default="assigned", help="scope (default: assigned)")
    job.add_argument("--adopt", action="store_true", help="link and change users and groups that were there before")
    job.add_argument(
        "--skip-out-of-scope-deletions", action="store_true", help="send nothing for users that leave the scope"
    )
    job.add_argument(
        "--deletion-threshold", metavar="N", help="hold back more deletes and disables than N of one cycle"
    )
    job.add_argument("--members-per-request", metavar="N", help="members of one PATCH at most")
    job.add_argument("--notify", metavar="ADDRESS", help="notification e-mail; written into --reports")
    job.add_argument("--smtp", metavar="HOST:PORT", help="mail server that takes the notification instead")
