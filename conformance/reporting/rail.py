"""The rail: what Entra does to a user and a group, step by step, and how far it gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.profiles import provisions
from conformance.reporting.model import Results, Row
from conformance.reporting.results import disconnected
from conformance.reporting.words import html

STAGES = {
    "connect": ("connect-", "body-", "gallery-schema"),
    "match": ("match-", "gallery-user-pagination"),
    "create": ("user-", "gallery-user-create"),
    "patch": ("user-patch-", "user-rename-", "user-change-", "user-manager-", "manager-", "gallery-"),
    "disable": ("user-disable",),
    "restore": ("user-restore-",),
    "groups": ("group-", "gallery-group-"),
    "delete": ("user-delete",),
}
"""How the ids of a stage's checks begin; the longest beginning that fits decides."""

OF_MATCHING = frozenset({
    "no-match-404", "filter-crashes", "filter-refused", "match-not-filterable", "plus-not-decoded", "filter-ignored",
    "filter-loose",
})  # fmt: skip
"""Causes of the connection doctor's that are about the look-up by the matching attribute."""

OCCASIONAL = {"cycle": ("cycle-",), "load": ("load-",)}
"""Stages that are shown only where such checks were judged: they are played on demand."""

ALL = STAGES | OCCASIONAL

STATES = {
    "works": ("✓", "ok"),
    "warns": ("!", "warn"),
    "fails": ("✗", "bad"),
    "blocked": ("⊘", "off"),
    "unknown": ("⚠", "off"),
    "not run": ("·", "off"),
}
"""Of a stage: its glyph and the class that colours it."""

SHAPES = {
    "ok": '<circle cx="18" cy="18" r="16"/>',
    "warn": '<path d="M18 2 35 33H1Z"/>',
    "bad": '<path d="M11 2H25L34 11V25L25 34H11L2 25V11Z"/>',
    "off": '<circle cx="18" cy="18" r="15" stroke-dasharray="5 4"/>',
}
"""A shape of its own for each colour, for those who do not see colours."""


@dataclass(frozen=True)
class Stage:
    """One stop of the rail.

    Attributes:
        name: one of ``STAGES`` or ``OCCASIONAL``.
        state: one of ``STATES``.
        note: how many checks, and in which dialect where only one goes wrong.
        first: id of a check that tells more, or empty.
    """

    name: str
    state: str
    note: str
    first: str

    @property
    def glyph(self) -> str:
        """Stands beside the colour."""
        return STATES[self.state][0]


def stage_of(identifier: str) -> str:
    """The stage that a check belongs to, whose profile follows the provisioning."""
    fitting = [(len(p), name) for name, parts in ALL.items() for p in parts if identifier.startswith(p)]
    return max(fitting)[1] if fitting else "connect"


def stages(results: Results) -> list[Stage]:
    """How far Entra gets; empty where no profile was judged that follows its provisioning."""
    rows = [row for row in results.checks if provisions(row.profile)]
    if not rows:
        return []
    of_stage = {name: [row for row in rows if stage_of(row.check) == name] for name in ALL}
    unplayed = [r for r in results.not_played if provisions(r.profile)]
    missed = Counter(stage_of(row.check) for row in unplayed)
    # The verb ``load`` plays nothing else and has nothing to tell of the usual stages.
    usual = () if len(of_stage["load"]) == len(rows) else STAGES
    found = [_stage(name, mine, missed[name]) for name, mine in of_stage.items() if mine or name in usual]
    diagnosis = disconnected(results)
    return [_diagnosed(stage, diagnosis["cause"]) for stage in found] if diagnosis else found


def _diagnosed(stage: Stage, cause: str) -> Stage:
    """A stage as the diagnosis of the run leaves it: no tick where the first look-up already went wrong."""
    if stage.name != ("match" if cause in OF_MATCHING else "connect") or stage.state == "fails":
        return stage
    return Stage(stage.name, "fails", f"the diagnosis: {cause}", stage.first)


def _stage(name: str, rows: list[Row], missed: int) -> Stage:
    by_verdict = {
        verdict: [row for row in rows if row.verdict == verdict]
        for verdict in ("FAIL", "WARN", "ERROR", "BLOCKED", "PASS", "INFO")
    }
    for verdict, state in (("FAIL", "fails"), ("ERROR", "unknown"), ("BLOCKED", "blocked"), ("WARN", "warns")):
        if found := by_verdict[verdict]:
            first = min(found, key=lambda row: row.order).id
            return Stage(name, state, f"{len(found)} of {len(rows)}{_only(found, rows)}", first)
    if missed:
        return Stage(name, "not run", f"{missed} of {len(rows) + missed} not played", "")
    if by_verdict["PASS"] or by_verdict["INFO"]:
        return Stage(name, "works", f"{len(rows)} of {len(rows)}", "")
    return Stage(name, "not run", "", "")


def _only(found: Iterable[Row], rows: Iterable[Row]) -> str:
    """The dialect, where all that went wrong did so in one of several."""
    dialects = {row.dialect for row in found}
    several = len({row.dialect for row in rows} - {""}) > 1
    return f", {dialects.pop()} only" if several and len(dialects) == 1 and "" not in dialects else ""


def picture(results: Results, *, linked: bool = True) -> str:
    """The rail as a list of small pictures, each with its words, and a link to the check that tells more."""
    items = []
    for stage in stages(results):
        kind = STATES[stage.state][1]
        words = f"<b>{stage.name}</b> <span>{stage.state}</span> <small>{html(stage.note)}</small>"
        if linked and stage.first:
            words = f'<a href="#{html(stage.first)}">{words}</a>'
        items.append(
            f'<li class="r-{kind}"><svg viewBox="0 0 36 36" width="36" height="36" aria-hidden="true">{SHAPES[kind]}'
            f'<text x="18" y="25" text-anchor="middle">{stage.glyph}</text></svg>{words}</li>'
        )
    if not items:
        return ""
    return f'<ol class="rail" aria-label="How far Entra gets">{"".join(items)}</ol>'
