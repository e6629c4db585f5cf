"""A made-up organisation: people in departments with managers, and groups; any size, from a seed."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.provisioning.source.directory import SourceObject
from conformance.provisioning.source.organisation.staff import Staff
from conformance.provisioning.source.organisation.teams import Teams


def organisation(*, users: int, groups: int, seed: int, domain: str, prefix: str) -> Iterator[SourceObject]:
    """Make an organisation, one object after the other; users come before groups, managers before their people.

    Nothing is kept: ten thousand users take no more memory than a thousand. The same arguments give the same objects;
    another prefix gives the same people other object ids, so that two runs at once do not meet.

    Args:
        users: how many people, disabled and soft-deleted ones included.
        groups: how many groups; about one in twelve holds another group.
        seed: of the random draws.
        domain: of user principal names and e-mail addresses.
        prefix: what every ``userPrincipalName``, ``mail``, ``mailNickname`` and group ``displayName`` begins with,
            before a hyphen.
    """
    staff = Staff(users, seed, domain, prefix)
    yield from (staff.person(number) for number in range(users))
    teams = Teams(staff, groups)
    yield from (teams.group(number) for number in range(groups))


__all__ = ["organisation"]
