"""The one table of profiles, which options, checks, results and pages go by."""

from __future__ import annotations

from typing import NamedTuple


class Profile(NamedTuple):  # no dataclass: `--help` would take half as long again
    """A set of checks with a headline of its own.

    Attributes:
        name: as users and results files have it.
        question: what it answers.
        provisions: whether its checks follow an identity provider's provisioning, stage by stage.
    """

    name: str
    question: str
    provisions: bool = False


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("entra", "will Entra's provisioning work", provisions=True),
        Profile("gallery", "does it pass Microsoft's gallery gate", provisions=True),
        Profile("rfc", "does it keep the RFCs"),
    )
}
"""All profiles by name, the most harmful to fail first."""


def rank(name: str) -> int:
    """The place of a profile; one that a later version knows comes after all others."""
    return list(PROFILES).index(name) if name in PROFILES else len(PROFILES)


def provisions(name: str) -> bool:
    """Whether a profile follows the provisioning; one that a later version knows does not."""
    return name in PROFILES and PROFILES[name].provisions
