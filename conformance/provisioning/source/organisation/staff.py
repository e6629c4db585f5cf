"""The people of a made-up organisation, each made from the seed and a number alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.idp.entra.people import made_up_id, made_up_number
from conformance.provisioning.source.directory import USER, Assignment, SourceObject
from conformance.provisioning.source.organisation.countries import COUNTRIES, Country, names_of
from conformance.provisioning.source.organisation.hierarchy import Hierarchy, Post, Rank

EDITOR = Assignment(id="4f1b7a3e-52f0-4f6c-9d58-6a5f0c1e7b21", value="editor", name="Editor")
"""The role that the application defines beside Default Access."""

COST_CENTER = "extension_9d98ed114c4a4a6cb2c5d7f0e8b1a2c3_costCenter"
"""A directory extension's name in Entra: ``extension_``, the registering application's id, and the attribute."""

FEW = 0.03
"""Share of the people who are disabled; half as many lie in the recycle bin, and as many have next to no data."""

ALWAYS = ("userPrincipalName", "mailNickname", "displayName", "accountEnabled", "objectId")
"""What Entra has of everybody."""

OPTIONAL = ("state", "physicalDeliveryOfficeName", "mobile", "facsimileTelephoneNumber", "preferredLanguage")
"""What some people lack."""


@dataclass(frozen=True)
class Staff:
    """The people of an organisation.

    Attributes:
        users: how many.
        seed: of the organisation.
        domain: of user principal names and e-mail addresses.
        prefix: what user principal names begin with, before a hyphen.
    """

    users: int
    seed: int
    domain: str
    prefix: str

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """Who reports to whom."""
        return Hierarchy(self.users)

    def object_id(self, number: int) -> str:
        """The object id of a person: of one run only, so that two at once do not meet."""
        return made_up_id(self.prefix, f"organisation/{self.seed}/user/{number}")

    def is_deleted(self, number: int) -> bool:
        """Whether a person lies in the recycle bin; nobody who leads others does."""
        return self._fate(number) < FEW / 2

    def person(self, number: int) -> SourceObject:
        """A person.

        Args:
            number: from 0; the head is 0, and a manager's number is smaller than one's own.
        """
        dice = random.Random(f"{self.seed}/{number}")  # noqa: S311 - reproducible, not secret
        post, fate = self.hierarchy.post(number), self._fate(number)
        attributes = self._attributes(number, post, dice)
        attributes["accountEnabled"] = not FEW / 2 <= fate < FEW * 3 / 2
        if FEW * 3 / 2 <= fate < FEW * 5 / 2:
            attributes = {name: attributes[name] for name in ALWAYS}
        orphan = post.rank is Rank.STAFF and dice.random() < FEW
        return SourceObject(
            kind=USER,
            id=attributes["objectId"],
            attributes=attributes,
            manager=None if post.manager is None or orphan else self.object_id(post.manager),
            assignments=_assignments(dice.random()),
            deleted=self.is_deleted(number),
        )

    def _fate(self, number: int) -> float:
        """What decides about a person's account; 1 for those who lead others."""
        if self.hierarchy.post(number).rank is not Rank.STAFF:
            return 1.0
        return random.Random(f"{self.seed}/{number}/fate").random()  # noqa: S311 - reproducible, not secret

    def _attributes(self, number: int, post: Post, dice: random.Random) -> dict[str, Any]:
        country = dice.choices(COUNTRIES, range(len(COUNTRIES) + 4, 4, -1))[0]
        names = names_of(country, self.seed)
        given, family = dice.choice(names.given), dice.choice(names.family)
        nickname = f"{self.prefix}-{given.ascii}.{family.ascii}{number}"
        return {
            "userPrincipalName": f"{nickname}@{self.domain}",
            "objectId": self.object_id(number),
            "mailNickname": nickname,
            "mail": f"{nickname}@{self.domain}",
            "givenName": given.text,
            "surname": family.text,
            "displayName": f"{given.text} {family.text}",
            "jobTitle": _title(post, dice),
            "department": post.department.name,
            "companyName": self.domain.partition(".")[0].capitalize(),
            "employeeId": made_up_number(self.prefix, 100000 + number),
            "streetAddress": dice.choice(names.streets),
            **_location(country, dice),
            **_extensions(dice),
        }


def _location(country: Country, dice: random.Random) -> dict[str, Any]:
    place = dice.choice(country.places)
    found = {
        "city": place.city,
        "state": place.state,
        "postalCode": place.postal,
        "country": country.code,
        "preferredLanguage": country.language,
        "physicalDeliveryOfficeName": f"{place.city} {dice.randint(1, 6)}.{dice.randint(1, 40):02}",
        # 555-01xx is kept for fiction in the numbering plan of North America.
        "telephoneNumber": f"+{country.dial} 555 01{dice.randint(10, 39)}",
        "mobile": f"+{country.dial} 555 01{dice.randint(40, 69)}",
        "facsimileTelephoneNumber": f"+{country.dial} 555 01{dice.randint(70, 99)}",
    }
    return {name: value for name, value in found.items() if name not in OPTIONAL or dice.random() > FEW * 3}


def _extensions(dice: random.Random) -> dict[str, str]:
    some = {
        "extensionAttribute1": dice.choice(("Full-time", "Part-time", "Contractor")),
        COST_CENTER: f"CC-{dice.randint(100, 999)}",
    }
    return {name: value for name, value in some.items() if dice.random() < 1 / 3}


def _title(post: Post, dice: random.Random) -> str:
    if post.rank is Rank.HEAD:
        return "Chief Executive Officer"
    if post.rank is Rank.DEPARTMENT_HEAD:
        return f"Head of {post.department.name}"
    if post.rank is Rank.LEAD:
        return f"Team Lead {post.department.name}"
    return dice.choice(post.department.titles)


def _assignments(chance: float) -> tuple[Assignment, ...]:
    """One in three uses the application by Default Access, one in ten is an editor, others come by a group or not."""
    if chance < 1 / 10:
        return (EDITOR,)
    return (Assignment(),) if chance < 1 / 10 + 1 / 3 else ()
