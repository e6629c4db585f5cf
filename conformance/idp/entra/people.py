"""Made-up people: realistic, reproducible from a seed, recognisable by their user name."""

from __future__ import annotations

import hashlib
import random
import re
import threading
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.scim.claim import Marks

NAMESPACE = uuid.UUID("6f0d6c1e-7a3c-5b43-9a35-2d1f0c5b7e11")
"""Root of the externalIds, so that equal names give equal ids."""

PREFIX = "scimconf"
"""Every user name and group name of every run begins with this word."""

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
NAMED = re.compile(rf"({PREFIX}-([{LETTERS}]{{6}}))-", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist, with all that the default mapping sends.

    Attributes:
        user_name: unique; starts with the run's prefix.
        email: work address, on the same reserved domain.
        others: as the attribute of the same name in RFC 7643 section 4.1.
    """

    user_name: str
    email: str
    external_id: str
    given_name: str
    family_name: str
    title: str
    department: str
    employee_number: str
    street: str
    locality: str
    region: str
    postal_code: str
    phone: str
    mobile: str
    fax: str
    nick_name: str

    @property
    def display_name(self) -> str:
        """Given name and family name, as Entra's ``Join(" ", …)`` makes it."""
        return f"{self.given_name} {self.family_name}"


_IMPORTING = threading.Lock()


def faker(locale: str) -> Any:
    """A source of made-up names and addresses of a locale, such as ``en_US``.

    Faker takes a tenth of a second to import, so that only runs that make people pay for it. Its modules are imported
    by one thread at a time: under pytest they are parsed in Python, which CPython 3.11 cannot do in two at once.
    """
    with _IMPORTING:
        from faker import Faker

        return Faker(locale, use_weighting=False)


def run_prefix() -> str:
    """A prefix that no other run has: the fixed word, 4 random characters, and 2 that check them."""
    letters = "".join(random.SystemRandom().choices(LETTERS, k=4))
    return f"{PREFIX}-{letters}{_check(letters)}"


def prefix_of(name: str) -> str | None:
    """The prefix of the run that gave a name; None for a name of anybody else's, though it may begin like ours.

    The check lets a person called ``scimconf-summer-intern`` alone.
    """
    found = NAMED.match(name)
    if found is None or _check(found[2][:4].lower()) != found[2][4:].lower():
        return None
    return found[1]


def marks_of(prefix: str) -> Marks:
    """What everything carries that a run makes up: its prefix, and the beginning of its externalIds.

    Args:
        prefix: of the run; what a journey puts behind it does not matter.
    """
    run = (prefix_of(f"{prefix}-") or prefix).lower()
    if not run:
        return Marks()
    return Marks(run, str(uuid.uuid5(NAMESPACE, run))[:-12])


def is_of_our_making(external: str, name: str) -> bool:
    """Whether an externalId is one that a run gave to the bearer of a name, of this version or of 0.1.0."""
    prefix = prefix_of(name)
    older = str(uuid.uuid5(NAMESPACE, name))
    return prefix is not None and (marks_of(prefix).on(external) or external == older)


def made_up_id(prefix: str, name: str) -> str:
    """A UUID that only one run makes up, for externalIds and object ids.

    Args:
        prefix: of the run, with whatever a journey puts behind it.
        name: whose it is; two runs give the same names ids in the same order.
    """
    marks = marks_of(prefix)
    told = f"{prefix[len(marks.prefix) :]}/{name.lower().replace(marks.prefix, '')}"
    return marks.family + hashlib.sha256(told.encode()).hexdigest()[:12]


def made_up_number(prefix: str, number: int) -> str:
    """An employee number that no employee has, because it begins with the letters of the run."""
    return f"{marks_of(prefix).prefix.rpartition('-')[2]}-{number}"


def _check(letters: str) -> str:
    """Two characters that a name which was not made here has once in a thousand times."""
    number = int.from_bytes(hashlib.sha256(letters.encode()).digest()[:4])
    return LETTERS[number % 31] + LETTERS[number // 31 % 31]


class People:
    """Makes people from a seed; the same seed, key and number give the same person.

    Args:
        seed: of the run.
        prefix: of the run, from ``run_prefix``.
        domain: of user names and e-mail addresses.
    """

    def __init__(self, seed: int, prefix: str, domain: str = "example.com") -> None:
        self.seed = seed
        self.prefix = prefix
        self.domain = domain
        self._lock = threading.Lock()

    @cached_property
    def _faker(self) -> Any:
        return faker("en_US")

    def user_name(self, key: str, number: int, tail: str = "") -> str:
        """The user name of a person, for instance ``scimconf-k3x9ab-disable-l1@example.com``."""
        return f"{self.prefix}-{key}{number}{tail}@{self.domain}"

    def group_name(self, key: str, number: int) -> str:
        """The display name of a group."""
        return f"{self.prefix}-{key}-group{number}"

    def external_id(self, name: str) -> str:
        """The externalId of whoever has a name."""
        return made_up_id(self.prefix, name)

    def person(self, key: str, number: int, tail: str = "") -> Person:
        """Make a person.

        Args:
            key: of the journey, so that concurrency changes nothing.
            number: within the journey.
            tail: more text in the local part of the user name.
        """
        user_name = self.user_name(key, number, tail)
        with self._lock:
            fake = self._faker
            fake.seed_instance(f"{self.seed}/{key}/{number}")
            return Person(
                user_name=user_name,
                email=user_name,
                external_id=self.external_id(user_name),
                given_name=fake.first_name(),
                family_name=fake.last_name(),
                title=fake.job(),
                department=fake.random_element(("Sales", "Research", "Finance", "Legal", "Support")),
                employee_number=made_up_number(self.prefix, fake.random_int(100000, 999999)),
                street=fake.street_address(),
                locality=fake.city(),
                region=fake.state_abbr(),
                postal_code=fake.postcode(),
                # The 555-01xx block is reserved for fiction.
                phone=f"+1 555 01{fake.random_int(10, 39)}",
                mobile=f"+1 555 01{fake.random_int(40, 69)}",
                fax=f"+1 555 01{fake.random_int(70, 99)}",
                nick_name=fake.first_name(),
            )
