"""The scripted year of a company: everything that can happen to people and groups, over any organisation."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from conformance.idp.entra.people import NAMESPACE, PREFIX, made_up_id, made_up_number
from conformance.provisioning.source.changes import BadChange, Change, ChangeSet
from conformance.provisioning.source.directory import GROUP, USER, Assignment, SourceObject

PEOPLE = 7
"""Enabled people without anybody reporting to them whom the year needs."""

LEADERS = 2
"""People who lead others, or could."""

TEAMS = 3
"""Groups without groups in them that the year needs."""

MOVED = {"department": "Legal", "jobTitle": "Counsel", "mobile": "+1 555 0142"}
"""What a move to another department changes."""


def year(company: Sequence[SourceObject], *, prefix: str | None) -> list[ChangeSet]:
    """Ten change sets, the last of them empty.

    ``hire`` brings two people, one with somebody else's e-mail address; ``rename`` puts that right; ``leaver`` blocks
    one and puts another into the recycle bin, who is deleted for good in ``deletions`` together with a group.

    Args:
        company: the directory before the first change.
        prefix: of the run, or None; what the names of new people and groups begin with.

    Raises:
        BadChange: the company is too small.
    """
    return _Year(company, prefix).sets()


class _Year:
    """Who plays which part."""

    def __init__(self, company: Sequence[SourceObject], prefix: str | None) -> None:
        self._prefix = f"{prefix}-" if prefix else ""
        users = [one for one in company if one.kind == USER]
        leading = {one.manager for one in users}
        here = [one for one in users if one.enabled and one.attributes.get("mail")]
        self.teams = [one for one in company if one.kind == GROUP and not one.deleted][:TEAMS]
        led = [one for one in here if one.id not in leading]
        self.people = led[:PEOPLE]
        self.leaders = [*(one for one in here if one.id in leading), *led[PEOPLE:]][:LEADERS]
        self._groups = [one for one in company if one.kind == GROUP]
        if len(self.people) < PEOPLE or len(self.leaders) < LEADERS or len(self.teams) < TEAMS:
            raise BadChange(
                f"The scripted year needs {PEOPLE + LEADERS} enabled people with a mail address, {PEOPLE} of them "
                f"leading nobody, and {TEAMS} groups; this directory has {len(here)} and {len(self.teams)}. "
                "Give a script of your own with --changes, or leave it at --initial-only."
            )
        self.domain = str(self.people[0].attributes["mail"]).rpartition("@")[2]

    def sets(self) -> list[ChangeSet]:
        """The year."""
        married, mover, leaver, binned, outsider, joiner, parter = self.people
        boss, head = self.leaders
        team, other, closed = self.teams
        ingrid = self._new("Ingrid", "Solheim", manager=boss.id)
        tomas = self._new("Tomás", "Ferreira", manager=boss.id, mail=str(married.attributes["mail"]).upper())
        return [
            ChangeSet("hire", "Two people are hired, one of them with an e-mail address that somebody has", (
                Change("add", ingrid.id, {"object": ingrid}),
                Change("add", tomas.id, {"object": tomas}),
                Change("join", ingrid.id, {"group": team.id}),
            )),
            ChangeSet("rename", "A marriage: new surname, user name and address; the newcomer's is put right", (
                Change("set", married.id, {"attributes": self._renamed(married)}),
                Change("set", tomas.id, {"attributes": {"mail": tomas.attributes["userPrincipalName"]}}),
            )),
            ChangeSet("move", "One moves to another department and manager, others get a new manager", (
                Change("set", mover.id, {"attributes": MOVED}),
                Change("manager", mover.id, {"manager": head.id}),
                Change("manager", ingrid.id, {"manager": head.id}),
                Change("manager", joiner.id, {"manager": head.id}),
            )),
            ChangeSet("leaver", "One account is blocked, another is put into the recycle bin", (
                *self._member_of(leaver, team),
                Change("set", leaver.id, {"attributes": {"accountEnabled": False}}),
                Change("soft-delete", binned.id),
            )),
            ChangeSet("return", "The blocked account is enabled again, with a new title", (
                Change("set", leaver.id, {"attributes": {"accountEnabled": True, "jobTitle": "Advisor"}}),
            )),
            ChangeSet("scope", "One is no longer assigned to the application", (
                *(Change("leave", outsider.id, {"group": g.id}) for g in self._groups if outsider.id in g.members),
                Change("unassign", outsider.id),
            )),
            ChangeSet("scope-back", "The one is assigned again", (
                Change("assign", outsider.id, {"role": Assignment()}),
            )),
            ChangeSet("groups", "A group is renamed, somebody joins it, somebody leaves another", (
                Change("set", team.id, {"attributes": {"displayName": f"{team.name} (renamed)"}}),
                Change("join", joiner.id, {"group": team.id}),
                *self._parted(parter, other),
            )),
            ChangeSet("deletions", "The one in the recycle bin and a group are deleted for good", (
                Change("hard-delete", binned.id),
                Change("hard-delete", closed.id),
            )),
            ChangeSet("quiet", "Nothing changed"),
        ]  # fmt: skip

    def _new(self, given: str, family: str, *, manager: str, mail: str = "") -> SourceObject:
        nickname = f"{self._prefix}{given[0].lower()}.{family.lower()}"
        name = f"{nickname}@{self.domain}"
        made_up = made_up_id(self._prefix, f"year/{name}") if self._prefix else uuid.uuid5(NAMESPACE, f"year/{name}")
        identifier = str(made_up)
        number = made_up_number(self._prefix.rstrip("-") or PREFIX, 90000 + 100 * len(family) + len(given))
        # Of the block that is kept for fiction, and another one for each.
        phone = f"+47 555 01{len(family)}{len(given)}"
        attributes: dict[str, Any] = {
            "userPrincipalName": name, "objectId": identifier, "mailNickname": nickname, "mail": mail or name,
            "givenName": given, "surname": family, "displayName": f"{given} {family}", "jobTitle": "Analyst",
            "department": "Finance", "employeeId": number, "accountEnabled": True,
            "city": "Bergen", "country": "NO", "telephoneNumber": phone, "preferredLanguage": "nb-NO",
        }  # fmt: skip
        return SourceObject(USER, identifier, attributes, manager=manager, assignments=(Assignment(),))

    def _renamed(self, found: SourceObject) -> dict[str, str]:
        given = str(found.attributes.get("givenName", ""))
        nickname = f"{self._prefix}nakamura-{found.id[-6:]}"
        name = f"{nickname}@{self.domain}"
        return {
            "surname": "Nakamura", "displayName": f"{given} Nakamura", "userPrincipalName": name, "mail": name,
            "mailNickname": nickname,
        }  # fmt: skip

    @staticmethod
    def _member_of(found: SourceObject, group: SourceObject) -> list[Change]:
        return [] if found.id in group.members else [Change("join", found.id, {"group": group.id})]

    @staticmethod
    def _parted(found: SourceObject, group: SourceObject) -> list[Change]:
        """Somebody leaves a group: one who is in it."""
        inside = found.id if found.id in group.members else next(iter(group.members), None)
        return [Change("leave", inside, {"group": group.id})] if inside else []
