"""Filters: three users who differ in every kind of value, and questions whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from conformance.idp.entra import CORE_USER, ENTERPRISE_USER, mapping
from conformance.journeys import journey
from conformance.journeys.actor import GROUPS, NO_GROUPS, USERS, Entra, Owned
from conformance.scim.paths import find
from conformance.scim.target import quoted

SPOKEN = 'say "hi" \\ bye'
"""A value with the characters that a filter has to escape (RFC 7644 section 3.4.2.2: JSON strings)."""

PUNCTUATION = " (EMEA), R&D"
"""What names of groups have in them, and what a filter's grammar has as well."""

LONG_AGO = "2001-02-03T04:05:06Z"
Needs = Sequence[tuple[str, str]]


class _Asked:
    """Asks for filters and notes which users they have to find."""

    def __init__(self, entra: Entra, known: dict[str, Owned], *, within: str = "") -> None:
        self.entra = entra
        self.labels = {owned.id: label for label, owned in known.items()}
        self.within = within

    def ask(
        self, step: str, text: str, *expected: str, needs: Needs = (), within: bool = False, at: str = USERS
    ) -> None:
        """Ask for a filter.

        Args:
            step: name of the step.
            text: the filter.
            expected: labels of the resources it has to find.
            needs: showing step and path of each value that has to be stored for the question to make sense.
            within: ask among this journey's users only.
            at: path of the endpoint.
        """
        text = f"{self.within} and {text}" if within else text
        facts = {"filter": text, "expected": list(expected), "labels": self.labels, "needs": [list(n) for n in needs]}
        self.entra.get(at, step=step, query=[("filter", text)])
        self.entra.played.steps[step].facts.update(facts)


@journey(users=4)
def filters(entra: Entra) -> None:
    """Ask with every operator, alone and combined."""
    entra.require("filter")
    alpha, beta, gamma = _three(entra)
    stem = f"{entra.people.prefix}-{entra.key}"
    asked = _Asked(entra, {"alpha": alpha, "beta": beta, "gamma": gamma}, within=f"userName sw {quoted(stem)}")
    a, b, c = (f"displayName eq {quoted(u.sent['displayName'])}" for u in (alpha, beta, gamma))
    shown = (("alpha", "displayName"),)
    asked.ask("eq", a, "alpha", needs=shown)
    asked.ask("ne", f"userName ne {quoted(alpha.name)}", "beta", "gamma", within=True)
    asked.ask("sw-whole", f"userName sw {quoted(alpha.name)}", "alpha")
    # Who has a value by what was sent: an endpoint may require one of everybody.
    having = {label: u.sent for label, u in (("alpha", alpha), ("beta", beta), ("gamma", gamma))}
    titled, named = ([label for label, sent in having.items() if sent.get(name)] for name in ("title", "name"))
    asked.ask("pr", "title pr", *titled, within=True, needs=[("alpha", "title")])
    asked.ask("pr-complex", "name pr", *named, within=True, needs=[("alpha", "name.familyName")])
    for operator, labels in (("gt", "gamma"), ("ge", "beta gamma"), ("lt", "alpha"), ("le", "alpha beta")):
        asked.ask(operator, f"userName {operator} {quoted(beta.name)}", *labels.split(), within=True)
    before = quoted(_an_hour_before(entra))
    asked.ask("date-gt", f"meta.created gt {before}", "alpha", "beta", "gamma", within=True, needs=[_MADE])
    asked.ask("date-lt", f"meta.created lt {before}", within=True, needs=[_MADE])
    asked.ask("boolean-gt", "active gt true", within=True)
    asked.ask("boolean", "active eq false", "beta", within=True, needs=[("beta", "active")])
    _combined(asked, (a, b, c), alpha.name, beta.name)
    _multi_valued(asked, alpha)
    _with_one_who_lacks_it(entra, asked, stem)


_MADE = ("alpha", "meta.created")


def _combined(asked: _Asked, names: tuple[str, str, str], first: str, second: str) -> None:
    a, b, c = names
    one, two = f"userName eq {quoted(first)}", f"userName eq {quoted(second)}"
    asked.ask("and", f"{one} and {a}", "alpha")
    asked.ask("and-nobody", f"{one} and {b}")
    asked.ask("or", f"{one} or {two}", "alpha", "beta")
    asked.ask("not", f"not ({one})", "beta", "gamma", within=True)
    # Read from left to right, this would find nobody.
    asked.ask("precedence", f"{one} or {two} and {c}", "alpha")
    asked.ask("grouping", f"({one} or {two}) and {b}", "beta")


def _multi_valued(asked: _Asked, alpha: Owned) -> None:
    home = alpha.sent["emails"][1]["value"]
    kept = [("alpha", 'emails[type eq "home"].value')]
    asked.ask("any-value", f"emails.value eq {quoted(home)}", "alpha", needs=kept)
    asked.ask("value-path", f'emails[type eq "home" and value eq {quoted(home)}]', "alpha", needs=kept)
    # One value is a work address and another one is this address: no value is both.
    asked.ask("value-path-nobody", f'emails[type eq "work" and value eq {quoted(home)}]', needs=kept)
    asked.ask("bare-multi", f"emails co {quoted(home)}", "alpha", needs=kept)
    asked.ask("unknown-sub", 'emails[scimconfNoSuchPart eq "x"]')


def _with_one_who_lacks_it(entra: Entra, asked: _Asked, stem: str) -> None:
    """Compare parts of a displayName while somebody has none: some endpoints cannot, whoever else is there."""
    body = mapping.minimal_user(entra.person())
    delta = entra.attempt_create(USERS, body, step="delta", name=body["userName"]).resource_id
    if delta is not None:
        asked.labels.setdefault(delta, "delta")
    shown = (("alpha", "displayName"),)
    asked.ask("co", f"displayName co {quoted(stem[1:] + ' al')}", "alpha", needs=shown)
    # The blank keeps out a displayName that an endpoint makes of delta's userName.
    asked.ask("sw", f"displayName sw {quoted(stem + ' ')}", "alpha", "beta", "gamma", needs=shown)
    asked.ask("ew", f"displayName ew {quoted(stem[3:] + ' alpha')}", "alpha", needs=shown)


@journey(users=2, groups=2)
def filter_forms(entra: Entra) -> None:
    """Ask for the same user in every notation that names it, and in some that name nothing."""
    entra.require("filter")
    person = entra.person()
    stem = f"{entra.people.prefix}-{entra.key}"
    body = mapping.documented_user(person) | {
        "displayName": f"{stem} Anna",
        "nickName": f"{SPOKEN} {stem}",
        "externalId": f"AbC-{person.external_id}",
        ENTERPRISE_USER: {"department": f"{stem} Sales"},
    }
    anna = entra.create(USERS, body, step="create", name=person.user_name)
    entra.see(anna, step="create")
    # A filter that is dropped shows only where there is somebody else to be found.
    entra.create_user(step="create-other", body=mapping.minimal_user(entra.person()))
    asked = _Asked(entra, {"anna": anna})
    name = quoted(anna.name)
    external, display, nick = body["externalId"], body["displayName"], body["nickName"]
    asked.ask("capitals", f"displayName eq {quoted(display.upper())}", "anna", needs=[("create", "displayName")])
    asked.ask("external-id", f"externalId eq {quoted(external)}", "anna", needs=[("create", "externalId")])
    asked.ask("external-id-other-case", f"externalId eq {quoted(external.swapcase())}")
    asked.ask("id", f"id eq {quoted(anna.id)}", "anna")
    asked.ask("dotted", f"name.familyName eq {quoted(person.family_name)} and userName eq {name}", "anna",
              needs=[("create", "name.familyName")])  # fmt: skip
    asked.ask("urn", f"{CORE_USER}:userName eq {name}", "anna")
    department = f"{ENTERPRISE_USER}:department"
    asked.ask("urn-extension", f"{department} eq {quoted(f'{stem} Sales')}", "anna", needs=[("create", department)])
    asked.ask("schemas", f"userName eq {name} and schemas eq {quoted(ENTERPRISE_USER)}", "anna")
    asked.ask("escapes", f"nickName eq {quoted(nick)}", "anna", needs=[("create", "nickName")])
    asked.ask("unicode-escape", f'displayName eq "{stem} \\u0041nna"', "anna", needs=[("create", "displayName")])
    asked.ask("attribute-case", f"USERNAME eq {name}", "anna")
    asked.ask("operator-case", f"userName EQ {name} AND userName Sw {name}", "anna")
    asked.ask("unknown-attribute", 'scimconfNoSuchAttribute eq "x"')
    for step, text in (("no-value", "userName eq"), ("no-operator", f"userName is {name}"), ("open", 'userName eq "a')):
        asked.ask(f"malformed-{step}", text)
    there = ["anna", *_groups_asked(entra, asked, anna)]
    asked.ask("root", f"displayName sw {quoted(stem)}", *there, at="", needs=[("create", "displayName")])
    asked.ask("root-one-type", f"userName eq {name}", "anna", at="")


def _groups_asked(entra: Entra, asked: _Asked, anna: Owned) -> list[str]:
    """Ask for groups by their names and members, where there are groups.

    Returns:
        the labels of those that there are.
    """
    if not entra.has_groups:
        entra.skip("create-group", "group-name", "group-member", "punctuation", why=NO_GROUPS)
        return []
    body = entra.group_body()
    body["displayName"] += PUNCTUATION
    empty = entra.create_group(step="create-empty-group", body=body)
    group = entra.create_group(step="create-group", body=entra.group_body() | {"members": [{"value": anna.id}]})
    entra.see(group, step="create-group", path="members")
    asked.labels |= {group.id: "group", empty.id: "empty group"}
    asked.ask("group-name", f"displayName sw {quoted(group.name)}", "group", at=GROUPS)
    asked.ask("group-member", f"members.value eq {quoted(anna.id)}", "group", at=GROUPS,
              needs=[("create-group", "members")])  # fmt: skip
    asked.ask("punctuation", f"displayName eq {quoted(empty.name)}", "empty group", at=GROUPS)
    return ["group", "empty group"]


def _three(entra: Entra) -> list[Owned]:
    """Alpha has a name, a title and two addresses; beta is disabled and has none of it; gamma has a title."""
    stem = f"{entra.people.prefix}-{entra.key}"
    made = []
    for label in ("alpha", "beta", "gamma"):
        person = entra.person()
        body = mapping.minimal_user(person) | {"displayName": f"{stem} {label}", "active": label != "beta"}
        if label != "beta":
            body["title"] = person.title
        if label == "alpha":
            home = {"type": "home", "value": f"home-{person.email}"}
            body["name"] = {"familyName": person.family_name, "givenName": person.given_name}
            body["emails"] = [{"type": "work", "value": person.email, "primary": True}, home]
        made.append(entra.create(USERS, body, step=label, name=person.user_name))
        entra.see(made[-1], step=label)
    return made


def _an_hour_before(entra: Entra) -> str:
    """An hour before alpha was made, in a zone where a clock shows four hours after: text is no time."""
    created = find(entra.played.steps["alpha"].exchange.resource, "meta.created")
    try:
        moment = datetime.fromisoformat(str(created))
    except ValueError:
        return LONG_AGO
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - timedelta(hours=1)).astimezone(timezone(timedelta(hours=5))).isoformat(timespec="seconds")
