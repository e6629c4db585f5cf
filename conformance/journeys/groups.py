"""Groups as Entra drives them: matched, created empty, renamed, filled, emptied, deleted (entra.md 3)."""

from __future__ import annotations

from conformance.idp.entra import mapping
from conformance.journeys import every, journey
from conformance.journeys.actor import GROUPS, NO_GROUPS, Entra, NotOffered, Owned
from conformance.scim.request import Request

WITHOUT_MEMBERS = [("excludedAttributes", "members")]


def needs_groups(entra: Entra) -> None:
    """Go on only where the endpoint has groups.

    Raises:
        NotOffered: its resource types do not list Group, or the user said so.
    """
    if not entra.has_groups:
        raise NotOffered(NO_GROUPS)


def _people(entra: Entra, count: int) -> list[Owned]:
    return [
        entra.create_user(step=f"create-user-{n}", body=mapping.minimal_user(entra.person()) | {"active": True})
        for n in range(1, count + 1)
    ]


@journey(spoken=every, users=0, groups=3)
def group_life(entra: Entra) -> None:
    """A group without members: created, matched, read, renamed, deleted."""
    needs_groups(entra)
    body = entra.group_body()
    group = entra.create_group(step="create", body=body)
    entra.match("displayName", group.name, step="existing", collection=GROUPS)
    entra.match("displayName", group.name.upper(), step="other-case", collection=GROUPS)
    entra.match("displayName", f"{group.name}-none", step="missing", collection=GROUPS)
    entra.match("displayName", group.name[:-1], step="prefix", collection=GROUPS)
    entra.match("externalId", body["externalId"], step="external-id", collection=GROUPS)
    # After the look-ups: where a second group is created, each of them would find two.
    entra.attempt_create(GROUPS, body, step="duplicate", name=group.name)
    renamed = f"{group.name}-renamed"
    entra.patch(group, {"displayName": renamed}, step="rename", pathless=True)
    entra.patch(group, {"externalId": f"{body['externalId']}-2"}, step="external-id-change")
    entra.read(group, step="read-renamed")
    entra.match("displayName", renamed, step="match-renamed", collection=GROUPS)
    entra.delete(group, step="delete")
    entra.send("read-deleted", Request("GET", group.path))
    entra.match("displayName", renamed, step="match-deleted", collection=GROUPS)
    entra.knock("delete-again", Request("DELETE", group.path))
    entra.knock("delete-unknown", Request("DELETE", entra.nobody(GROUPS)))


@journey(spoken=every, users=3, groups=1)
def group_add(entra: Entra) -> None:
    """Members added: one, several, the same again, with the documented $ref, and kept through other changes."""
    needs_groups(entra)
    one, two, three = _people(entra, 3)
    group = entra.create_group(step="create")
    entra.add_members(group, [one.id], step="add-one")
    entra.read(group, step="read-one", members=[one.id])
    entra.add_members(group, [two.id, three.id], step="add-two", with_ref=True)
    entra.add_members(group, [one.id], step="add-again")
    entra.read(group, step="read-all", members=[one.id, two.id, three.id])
    entra.read(group, step="read-without-members", query=WITHOUT_MEMBERS)
    entra.match("displayName", group.name, step="match-without-members", collection=GROUPS)
    query = [("attributes", "id"), ("filter", f'id eq "{group.id}" and members eq "{two.id}"')]
    entra.get(GROUPS, step="membership-check", query=query)
    entra.patch(group, {"displayName": f"{group.name}-renamed"}, step="rename", pathless=True)
    entra.patch(two, {"active": False}, step="disable-member")
    entra.patch(two, {"active": True}, step="restore-member")
    entra.read(group, step="read-kept", members=[one.id, two.id, three.id])


@journey(spoken=every, users=4, groups=1)
def group_remove(entra: Entra) -> None:
    """Members removed: only the named ones leave; who is not in it cannot leave."""
    needs_groups(entra)
    one, two, three, four = _people(entra, 4)
    body = entra.group_body()
    group = entra.create_group(step="create", body=body)
    entra.add_members(group, [one.id, two.id, three.id, four.id], step="fill")
    journey = entra.played.key
    entra.remove_members(group, [one.id], step="remove-one")
    entra.read(group, step="read-three", members=[two.id, three.id, four.id], journey=journey, after="remove-one")
    entra.remove_members(group, [one.id], step="remove-stranger")
    entra.read(group, step="read-still-three", journey=journey, after="remove-stranger")
    entra.remove_members(group, [two.id], step="remove-with-ref", with_ref=True)
    entra.read(group, step="read-two", gone=[two.id], journey=journey, after="remove-with-ref")
    # The other dialect's form: an endpoint cannot choose which tenant uses the flag.
    entra.operate(group, [{"op": "remove", "path": f'members[value eq "{three.id}"]'}], step="remove-filtered")
    entra.read(group, step="read-last", gone=[three.id], journey=journey, after="remove-filtered")
    [add] = entra.dialect.add_members([one.id])
    remove = {"op": "remove", "path": f'members[value eq "{one.id}"]'}
    entra.operate(group, [add, remove], step="add-and-remove")
    entra.read(group, step="read-unchanged")
    entra.operate(group, [{"op": "remove", "path": "members"}], step="remove-all")
    entra.read(group, step="read-empty")


@journey(users=5, groups=1)
def group_parallel(entra: Entra) -> None:
    """Five members added one after the other in requests of their own, and a partial list as a replacement."""
    needs_groups(entra)
    people = _people(entra, 5)
    group = entra.create_group(step="create")
    ids = [person.id for person in people]
    entra.at_once([(f"add-{n}", group, [identifier]) for n, identifier in enumerate(ids, 1)])
    entra.read(group, step="read-five", members=ids)
    operation = {"op": "replace", "path": "members", "value": [{"value": ids[0]}]}
    entra.operate(group, [operation], step="replace-partial")
    entra.read(group, step="read-replaced", members=ids[:1])
