"""What the verb ``cycle`` was asked for, looked at before anything is sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance.commands.cycle import options as arguments
from conformance.commands.cycle.arguments import LATER, option
from conformance.config.settings import Settings, UserError
from conformance.idp.dialect import Dialect
from conformance.idp.dialects import DIALECTS, LEGACY
from conformance.idp.entra.people import PREFIX
from conformance.provisioning.mappings.synchronization import (
    BadSchema,
    SynchronizationSchema,
    default_schema,
    load_schema,
)
from conformance.provisioning.service.company import RESET, script
from conformance.provisioning.service.notification import Deliver, by_smtp, into
from conformance.provisioning.service.state import State
from conformance.provisioning.service.store import BadState
from conformance.provisioning.source.changes import BadChange, ChangeSet, load_changes, rehearse
from conformance.provisioning.source.directory import SourceObject
from conformance.provisioning.source.directory_files import BadDirectory, load_directory
from conformance.provisioning.source.organisation import organisation
from conformance.provisioning.source.year import year

SAMPLE = {"User": 200, "Group": 10}
"""How many of a directory's people and groups the scripted year chooses from."""

ADDRESS = re.compile(r"[!-~]+@[!-~]+")
"""An e-mail address, as far as a header needs to know."""

PORTS = 65536

MEMBERS = 5
"""Members that a group may have to be provisioned on demand (Microsoft Learn, "On-demand provisioning")."""

SAMPLE_PREFIX = f"{PREFIX}-sample"
"""Stands for the run's prefix while the arguments are looked at."""


@dataclass(frozen=True)
class Plan:
    """What was asked for: a source directory, a job, and what happens.

    Attributes:
        settings: of the run.
        given: the verb's arguments.
    """

    settings: Settings
    given: Mapping[str, Any]

    def check(self) -> None:
        """See that everything can be used, before anything is sent.

        Raises:
            UserError: something cannot.
        """
        if self.settings.read_only:
            raise UserError("A cycle creates users and groups: leave --read-only out, or use `run --read-only`.")
        _ = self.schema, self.deliver
        known = [self._look_at_state(dialect) for dialect in self.dialects]
        large = (self.given["users"] or 0) > SAMPLE["User"] and not self.given["changes"]
        if all(known) or large:
            return
        company = self.company(SAMPLE_PREFIX)
        if self.given["on_demand"]:
            find(company, self.given["on_demand"], SAMPLE_PREFIX)
        else:
            self.sets(company, SAMPLE_PREFIX)

    @property
    def dialects(self) -> list[Dialect]:
        """The dialects of the jobs; on demand it is the legacy one, because the flag does not work there.

        Raises:
            UserError: the compliant one is asked for on demand.
        """
        if not self.given["on_demand"]:
            return [DIALECTS[name] for name in self.settings.dialects]
        if LEGACY.name not in self.settings.dialects:
            spoken = self.settings.dialect
            raise UserError(f"On demand the service speaks the {LEGACY} dialect only: leave --dialect {spoken} out.")
        return [LEGACY]

    def _look_at_state(self, dialect: Dialect) -> bool:
        """Whether there is a state to go on from; nothing is written, and a dry run goes on from none."""
        if self.settings.reports is None:
            return False
        path = self.state_path(dialect)
        later = [option(key) for key in LATER if self.given[key]]
        if not path.exists():
            if later:
                raise UserError(
                    f"{later[0]} is for a job that ran before, and there is no state {str(path)!r}: run once with "
                    "--keep, or name the file with --state."
                )
            return False
        state = self.open(dialect)
        known, complete, begun = (state.fact(name) for name in ("prefix", "complete", "next"))
        state.close()
        if known and not complete and not begun and (self.given["restart"] or self.given["reset_scope"]):
            raise UserError(
                f"The run of the state {str(path)!r} was cut short: repeat its command without {later[0]}, so that it "
                "comes to its end first."
            )
        return known is not None

    def open(self, dialect: Dialect) -> State:
        """Open the state of a dialect; a dry run, which writes no files, has one in memory.

        Raises:
            UserError: the file cannot be used, or belongs to another job.
        """
        if self.settings.reports is None:
            return State()
        path = self.state_path(dialect)
        try:
            state = State(path)
        except BadState as problem:
            raise UserError(str(problem)) from None
        known = state.fact("identity")
        if known is not None and known != self.identity(dialect):
            state.close()
            raise UserError(
                f"The state file {str(path)!r} belongs to a job with other settings: repeat them, name another file "
                "with --state, or remove the file and what its run left with `clean`."
            )
        return state

    @cached_property
    def schema(self) -> SynchronizationSchema:
        """The attribute mappings.

        Raises:
            UserError: the exported schema cannot be used.
        """
        try:
            return load_schema(self.given["mapping"]) if self.given["mapping"] else default_schema()
        except BadSchema as problem:
            raise UserError(str(problem)) from None

    def company(self, prefix: str) -> list[SourceObject]:
        """The source directory, held whole; only where it is given as a file or small enough to be looked at.

        Raises:
            UserError: it cannot be read.
        """
        return list(self.people(prefix))

    def people(self, prefix: str) -> Iterable[SourceObject]:
        """The source directory, one object after the other.

        Raises:
            UserError: it cannot be read.
        """
        if self.given["directory"]:
            try:
                return load_directory(self.given["directory"], prefix=None if self.given["as_is"] else prefix)
            except BadDirectory as problem:
                raise UserError(str(problem)) from None
        users, groups = self.given["users"] or arguments.USERS, self.given["groups"]
        groups = arguments.GROUPS if groups is None else groups
        domain = self.given["domain"] or self.settings.target.assumptions.user_domain
        return organisation(users=users, groups=groups, seed=self.settings.seed, domain=domain, prefix=prefix)

    def sets(self, company: Sequence[SourceObject], prefix: str) -> list[ChangeSet]:
        """What happens, from the initial cycle to the last.

        Raises:
            UserError: the script cannot be used.
        """
        named = None if self.given["as_is"] else prefix
        try:
            if self.given["initial_only"]:
                return script([], restarts=False)[:1]
            changes = self.changes(company, prefix) if self.given["changes"] else year(company, prefix=named)
            found = script(changes, restarts=True)
            # Who was renamed in the source only is found by no match, and would be created once more.
            return found if self._renames else [one for one in found if one is not RESET]
        except BadChange as problem:
            raise UserError(str(problem)) from None

    @property
    def _renames(self) -> bool:
        """Whether new names reach the target: the target action Update is on."""
        mappings = (self.schema.users, self.schema.groups)
        return all(mapping is None or "Update" in mapping.flow_types for mapping in mappings)

    def changes(self, company: Sequence[SourceObject], prefix: str) -> list[ChangeSet]:
        """The change sets of --changes.

        Args:
            company: the directory before the first of them.
            prefix: of the run.

        Raises:
            UserError: the script cannot be used, or a set has a name that tells it from no other.
        """
        path = self.given["changes"]
        try:
            found = load_changes(path, company, prefix=None if self.given["as_is"] else prefix)
            rehearse(found, company)
        except BadChange as problem:
            raise UserError(str(problem).replace(f"{prefix}-", "")) from None
        names = [one.name for one in script(found, restarts=True)]
        for name in names:
            if names.count(name) > 1 or name.startswith("retry-"):
                raise UserError(f"{path}: a change set cannot be called {name!r} here; give it a name of its own.")
        return found

    @cached_property
    def deliver(self) -> Deliver | None:
        """Where notifications go, or None.

        Raises:
            UserError: the mail server is not of the form HOST:PORT, or nobody is to be notified by it.
        """
        to = self.given["notify"]
        if not to:
            if self.given["smtp"]:
                raise UserError("--smtp needs --notify ADDRESS: nobody would get a notification.")
            return None
        if not ADDRESS.fullmatch(to):
            raise UserError(f"--notify is {to!r}; it takes one e-mail address.")
        if not self.given["smtp"]:
            return into(self.settings.reports)
        if "@" in self.given["smtp"]:
            raise UserError("--smtp holds an @; it takes HOST:PORT, and no credentials, which are never sent.")
        host, _, port = self.given["smtp"].rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < PORTS:
            raise UserError(f"--smtp is {self.given['smtp']!r}; it takes HOST:PORT.")
        return by_smtp(host, int(port))

    def state_path(self, dialect: Dialect) -> Path:
        """The state file of a dialect; each has one of its own."""
        path: Path = self.given["state"] or self.settings.reports / "cycle.sqlite"
        return path.with_name(f"{path.stem}-{dialect}{path.suffix}")

    def identity(self, dialect: Dialect) -> str:
        """What tells this job from another: a state of one is of no use to the other."""
        parts = [
            self.settings.target.shown_url, str(dialect), json.dumps(self.schema.raw, sort_keys=True),
            str(self.given["directory"]), str(self.given["users"]), str(self.given["groups"]), self.given["sync"],
            str(self.given["as_is"]),
        ]  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def find(company: Iterable[SourceObject], name: str, prefix: str) -> SourceObject:
    """Whom --on-demand names, by name with or without the run's prefix, or by object id.

    Raises:
        UserError: nobody is called so, or it is a group of too many members.
    """
    wanted = {name.casefold(), f"{prefix}-{name}".casefold()}
    for one in company:
        if wanted & {one.id.casefold(), one.name.casefold()}:
            if len(one.members) > MEMBERS:
                raise UserError(f"The group {name!r} has {len(one.members)} members; on demand it may have {MEMBERS}.")
            return one
    raise UserError(
        f"--on-demand is {name!r}, and nobody in the source directory is called so; give a user principal name, the "
        "display name of a group, or an object id."
    )
