"""Which combinations of quirk, verb and seed are tried: all by `make torture`, a few in every test run."""

from __future__ import annotations

from dataclasses import dataclass

from tests.zoo.quirks import QUIRKS, reading, slugs, trouble
from tests.zoo.town import MANY

AT_ONCE = 8
"""Combinations of one test, so that two workers have about the same to do."""

ALL = tuple(QUIRKS)
CLEANED = slugs(trouble)[-4:]
"""What goes wrong between a run and its clean-up only."""

PLAYED = tuple(quirk for quirk in ALL if quirk not in CLEANED)
TOWN = 10_000
INTEGERS = {
    "parse-int": 50, "mysql-cast": 10, "digits-only": 10, "parse-int-on-write": 10, "parse-int-hex": 10,
    "numbers-in-json": 10,
}  # fmt: skip
"""Seeds of `run` on integer ids in a town of 10,000, by quirk: a hundred."""

BESIDE = ("good", "equals-is-like", "filters-ignored", "small-pages", "lags", "clock-behind", "no-meta", "parse-int")
"""Where `clean --search` is tried beside a run that goes on."""

HURT = (
    "good", "parse-int", "case-folded-ids", "upsert-by-employee-number", "stored-500", "stored-400", "name-from-email",
    "accepted", "repeated-posts-one-in-ten", "put-reinserts", "name-is-id", "soft-delete", "archives", "lags",
    "filters-ignored", "database-behind", "lost-answers", "hires-on-highest-plus-one",
)  # fmt: skip
"""Where commands are interrupted."""


@dataclass(frozen=True)
class Combination:
    """What is tried at once.

    Attributes:
        quirk: its name.
        verb: its name.
        seed: of everything random.
        killed: the signal at a random point, or empty.
        people: how many foreign ones there are.
    """

    quirk: str
    verb: str
    seed: int = 1
    killed: str = ""
    people: int = MANY

    @property
    def row(self) -> str:
        """The row of the table in which it counts."""
        size = f", {self.people:,} people, integer ids" if self.people != MANY else ""
        return f"zoo, {self.verb}{f' and {self.killed}' if self.killed else ''}{size}"


def every() -> list[Combination]:
    """All of them."""
    seeds = [(quirk, seed) for quirk, number in INTEGERS.items() for seed in range(number)]
    found = [Combination(quirk, "run", seed, people=TOWN) for quirk, seed in seeds]
    found += [Combination(quirk, verb) for verb in ("run", "run-all", "cycle") for quirk in PLAYED]
    found += [Combination(quirk, "cycle-as-is") for quirk in PLAYED if quirk not in slugs(reading)]
    found += [Combination(quirk, "load") for quirk in PLAYED]
    found += [Combination(quirk, "clean") for quirk in ALL]
    found += [Combination(quirk, "clean-search") for quirk in (*HURT, *CLEANED, *slugs(reading))]
    found += [Combination(quirk, "clean-beside") for quirk in BESIDE]
    for verb, killed in (("run", "SIGKILL"), ("run", "SIGTERM"), ("run", "SIGINT"), ("cycle", "SIGKILL")):
        found += [Combination(quirk, verb, 2, killed) for quirk in HURT]
    found += [
        Combination(quirk, "cycle-as-is", seed, "SIGKILL") for quirk in ("good", "taken-is-500") for seed in range(8)
    ]
    found += [Combination(quirk, "load", 2, killed) for quirk in HURT[:4] for killed in ("SIGKILL", "SIGTERM")]
    return list(dict.fromkeys(found))


def chunks() -> dict[str, list[Combination]]:
    """All of them, a few at once, by a name; all of a chunk count in one row."""
    rows: dict[str, list[Combination]] = {}
    for one in every():
        rows.setdefault(one.row, []).append(one)
    return {
        f"{row.removeprefix('zoo, ')} {begin // AT_ONCE}": members[begin : begin + AT_ONCE]
        for row, members in rows.items()
        for begin in range(0, len(members), AT_ONCE)
    }


QUICK = (
    Combination("good", "run", killed="SIGKILL"),
    Combination("parse-int", "run-all", people=TOWN),
    Combination("per-table", "run-all"),
    Combination("upsert-by-employee-number", "run"),
    Combination("taken-is-500", "cycle-as-is"),
    Combination("stored-400", "run"),
    Combination("name-from-email", "run"),
    Combination("repeated-posts-one-in-ten", "run"),
    Combination("soft-delete", "run"),
    Combination("lags", "load"),
    Combination("case-folded-ids", "load"),
    Combination("swapped-answers", "load"),
    Combination("parse-int", "load"),
    Combination("case-folded-ids", "load", 2, "SIGTERM"),
    Combination("ingress-away", "clean"),
    Combination("good", "clean-beside"),
    *(
        Combination(quirk, "run")
        for quirk in (
            "mysql-cast", "digits-only", "parse-int-on-write", "case-folded-ids", "length-plus-one", "highest-plus-one",
            "first-row-for-unknown", "put-creates", "upsert-by-phone", "upsert-by-external-id", "patch-merges",
            "stored-500", "catch-all", "location-only", "swapped-answers", "put-reinserts", "name-is-id",
            "delete-does-nothing", "archives", "filters-ignored", "lists-lag", "local-dates",
        )
    ),
    Combination("wrong-token", "clean"),
)  # fmt: skip
"""A twentieth of them for every test run: each of the gravest things that were ever seen."""
