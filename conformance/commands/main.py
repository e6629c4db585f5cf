"""The ``scim-conformance`` command: thin verbs over the rest."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.commands.cycle import options as arguments
from conformance.config.options import OPTIONS, UserError
from conformance.piping import bear_closed_pipes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        the exit code: 0 conformant, 1 the endpoint fails, 2 the user's mistake, 3 the suite's own fault.
    """
    bear_closed_pipes()
    parser = _parser()
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a CI system's end is cleaned up like Ctrl-C
    try:
        return int(given.verb(given))
    except UserError as problem:
        return _told(problem)
    except KeyboardInterrupt:
        print("scim-conformance: interrupted", file=sys.stderr)
        return 130
    except Exception as problem:  # noqa: BLE001 - an exit code of Python's own would blame the endpoint
        # Whoever only wants to see the help waits for none of these.
        import traceback

        from conformance.scim.journal import JournalBroken

        if isinstance(problem, JournalBroken):
            return _told(problem)
        traceback.print_exc()
        print("scim-conformance: this is a fault of this suite, not of the endpoint; please report it", file=sys.stderr)
        return 3


def _told(problem: Exception) -> int:
    print(f"scim-conformance: {problem}", file=sys.stderr)
    return 2


class _Verb(argparse.ArgumentParser):
    """Adds the many options of a run when they are needed, so that nobody waits for those of other verbs."""

    without: Collection[str] | None = None

    def parse_known_args(self, *arguments: Any, **more: Any) -> Any:
        """As ever, with all options."""
        if self.without is not None:
            without, self.without = self.without, None
            _add_all(self, without)
        return super().parse_known_args(*arguments, **more)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scim-conformance",
        description="Plays Microsoft Entra ID against a SCIM 2.0 endpoint and tells what will break.",
    )
    parser.add_argument("--version", action="version", version=f"scim-conformance {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=_Verb)
    _verb_run(verbs)
    _verb_judge(verbs)
    _verb_demo(verbs)
    _verb_cycle(verbs)
    _verb_clean(verbs)
    _verb_checks(verbs)
    _verb_diagnose(verbs)
    _verb_explain(verbs)
    _verb_load(verbs)
    _verbs_of_the_gate(verbs)
    return parser


def _verb_run(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("run", help="play Entra against an endpoint, judge it, write the report")
    _add_dry_run(verb)
    _add_options(verb)
    verb.set_defaults(verb=_run)


def _verb_judge(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("judge", help="judge a recording again, without any network")
    verb.add_argument("recording", type=Path, metavar="RECORDING", help="recording.jsonl of an earlier run")
    verb.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="folder for the files")
    verb.set_defaults(verb=_judge)


def _verb_demo(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("demo", help="run every profile against the embedded server")
    verb.add_argument("--serve", action="store_true", help="leave the server running; print its URL and token")
    verb.add_argument("--port", type=int, default=0, help="port of the embedded server (default: a free one)")
    _add_options(verb)
    verb.set_defaults(verb=_demo)


def _verb_cycle(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("cycle", help="provision a company in cycles, and read what became of everybody")
    arguments.add(verb)
    _add_dry_run(verb)
    _add_options(verb, without=frozenset({"profile", "only", "burst", "cycle"}))
    verb.set_defaults(verb=_cycle)


def _verb_clean(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("clean", help="remove what a killed run left behind")
    verb.add_argument("--search", action="store_true", help="also what no journal names, by its name")
    _add_dry_run(verb)
    _add_options(verb)
    verb.set_defaults(verb=_clean)


def _verb_checks(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("checks", help="list all checks")
    verb.add_argument("--json", action="store_true", help="for machines")
    verb.set_defaults(verb=_checks)


def _verb_diagnose(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("diagnose", help="why Test Connection fails, and who has to do what")
    verb.add_argument("--json", action="store_true", help="for machines")
    verb.add_argument("--match", metavar="ATTR", help="matching attribute of the mapping (default: userName)")
    verb.add_argument("--write-probe", action="store_true", help="also create one user and delete it again")
    _add_options(verb)
    verb.set_defaults(verb=_diagnose)


def _verb_explain(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("explain", help="what an error code of Entra's provisioning, or a check, is about")
    verb.add_argument("code", nargs="+", metavar="CODE", help="the code, or a message of the provisioning log")
    verb.set_defaults(verb=_explain)


NOT_OF_A_LOAD = frozenset({"profile", "only", "concurrency", "read-only", "burst", "cycle", "time-limit"})
"""Options of a run that a load has no use for, or options of its own in place of."""


def _verb_load(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("load", help="whether the endpoint carries a company's first cycle (extra: load)")
    takes = {
        "rate": ("R", "requests a second that fall due; 0 is --flat-out (default: 25)"),
        "ramp": ("R,R,…", "rates one after the other, each for an equal part of --duration"),
        "users": ("N", "people in the directory (default: as many as come; 100 for --mix incremental)"),
        "connections": ("N", "requests that can be under way at once (default: four times the rate)"),
        "processes": ("N", "worker processes on this machine (default: 1)"),
        "worker": ("HOST[:PORT]", "be a worker of the master there"),
        "expect-workers": ("N", "workers that --master waits for (default: 1)"),
        "bind": ("HOST[:PORT]", "where --master listens (default: 127.0.0.1:5557)"),
        "yes-load": ("URL", "this tenant URL, which is no loopback address, may be loaded"),
        "max-rate": ("R", "raise the cap of 200 requests a second"),
    }
    for name, (metavar, about) in takes.items():
        verb.add_argument(f"--{name}", metavar=metavar, help=about)
    verb.add_argument("--duration", default="60", metavar="S", help="seconds (default: 60)")
    verb.add_argument("--mix", choices=("initial", "incremental"), default="initial", help="the cycle that is played")
    verb.add_argument("--flat-out", action="store_true", help="as fast as it goes")
    verb.add_argument("--master", action="store_true", help="lead workers on other machines")
    _add_options(verb, without=NOT_OF_A_LOAD)
    verb.set_defaults(verb=_load)


def _verbs_of_the_gate(verbs: argparse._SubParsersAction[_Verb]) -> None:
    verb = verbs.add_parser("baseline", help="make a baseline of known failures from a results file")
    verb.add_argument("results", type=Path, metavar="RESULTS", help="results.json of a run")
    verb.add_argument("--write", type=Path, metavar="FILE", help="write it to this new file (default: print it)")
    verb.set_defaults(verb=_baseline)
    verb = verbs.add_parser("compare", help="what got worse between two runs; exit code 1 where anything did")
    verb.add_argument("old", type=Path, metavar="OLD", help="results.json of the earlier run")
    verb.add_argument("new", type=Path, metavar="NEW", help="results.json of the later run")
    verb.set_defaults(verb=_compare)
    verb = verbs.add_parser("report", help="make the page of a results file, or of several side by side, without a run")
    verb.add_argument("results", type=Path, nargs="+", metavar="RESULTS", help="results.json of a run")
    verb.add_argument("--output", type=Path, metavar="FILE", help="the page (default: beside the first results file)")
    verb.add_argument("--share", action="store_true", help="without hosts, tenants, ids and people, to be mailed")
    verb.set_defaults(verb=_report)
    printed = {
        "badge": (_badge, "print a results file's shields.io endpoint JSON"),
        "headline": (_headline, "print each profile's headline, in one line"),
        "share": (_share, "print a results file without hosts, tenants, ids and people, to be mailed"),
    }
    for name, (action, about) in printed.items():
        verb = verbs.add_parser(name, help=about)
        verb.add_argument("results", type=Path, metavar="RESULTS", help="results.json of a run")
        verb.set_defaults(verb=action)


def _add_dry_run(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--dry-run", action="store_true", help="print what would be sent, and send nothing")


def _add_options(verb: _Verb, *, without: Collection[str] = ()) -> None:
    verb.without = without


def _add_all(verb: argparse.ArgumentParser, without: Collection[str]) -> None:
    for option in OPTIONS:
        if option.name in without:
            continue
        name = f"--{option.name}"
        if option.flag:
            verb.add_argument(name, action="store_true", default=None, help=option.help)
        else:
            action = "append" if option.many else "store"
            verb.add_argument(name, action=action, metavar=option.metavar, help=option.help)
    verb.add_argument("--config", metavar="FILE", help="settings file (default: scim.toml, if there)")
    if "only" not in without:
        verb.add_argument("-k", metavar="EXPR", help="only checks whose names fit a pytest expression")


def _run(given: argparse.Namespace) -> int:
    if given.dry_run:
        from conformance.commands.dry_run import rehearse

        return rehearse(vars(given))
    from conformance.commands.run import run_live

    return run_live(vars(given))


def _judge(given: argparse.Namespace) -> int:
    from conformance.commands.run import run_judge

    return run_judge(given.recording, given.reports)


def _demo(given: argparse.Namespace) -> int:
    from conformance.commands.demo import demo

    return demo(vars(given))


def _cycle(given: argparse.Namespace) -> int:
    if given.dry_run:
        from conformance.commands.cycle.dry_run import rehearse_cycles

        return rehearse_cycles(vars(given))
    from conformance.commands.cycle.verb import run_cycles

    return run_cycles(vars(given))


def _baseline(given: argparse.Namespace) -> int:
    from conformance.commands.results import run_baseline

    return run_baseline(given.results, given.write)


def _compare(given: argparse.Namespace) -> int:
    from conformance.commands.results import run_compare

    return run_compare(given.old, given.new)


def _badge(given: argparse.Namespace) -> int:
    from conformance.commands.results import run_badge

    return run_badge(given.results)


def _headline(given: argparse.Namespace) -> int:
    from conformance.commands.results import run_headline

    return run_headline(given.results)


def _clean(given: argparse.Namespace) -> int:
    from conformance.commands.clean import clean
    from conformance.config.credentials import wants_token
    from conformance.config.settings import build, collect, read_token

    values = collect(vars(given), given.config)
    if given.dry_run:
        from conformance.commands.dry_run import without_credentials

        return clean(build(without_credentials(values), None), search=given.search, dry_run=True)
    token = read_token(values["token_file"], prompt=wants_token(values))
    return clean(build(values, token), search=given.search)


def _checks(given: argparse.Namespace) -> int:
    from conformance.commands.checks import list_checks

    return list_checks(as_json=given.json)


def _diagnose(given: argparse.Namespace) -> int:
    from conformance.commands.diagnose import diagnose

    return diagnose(vars(given))


def _explain(given: argparse.Namespace) -> int:
    from conformance.commands.diagnose import explain

    return explain(" ".join(given.code))


def _load(given: argparse.Namespace) -> int:
    from conformance.commands.load import load

    return load(vars(given))


def _share(given: argparse.Namespace) -> int:
    from conformance.commands.results import run_share

    return run_share(given.results)


def _report(given: argparse.Namespace) -> int:
    from conformance.commands.results import run_report

    return run_report(given.results, given.output, shared=given.share)
