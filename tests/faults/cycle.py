"""Defects that only a company's year shows: people lost, doubled, resurrected, changes that reach the wrong one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.layer import Answer, Call, Serve, fault
from tests.faults.rewrite import SCIM, error

YEAR = {"cycle": True}


def user(call: Call) -> bool:
    return call.path.startswith("/Users/")


def group(call: Call) -> bool:
    return call.path.startswith("/Groups/")


def touches(call: Call, *paths: str) -> bool:
    """Whether a PATCH names one of these paths, as a path or in the value of a path-less operation."""
    named = [str(op.get("path", "")) for op in call.operations]
    named += [key for op in call.operations if isinstance(op.get("value"), dict) for key in op["value"]]
    return any(name.lower() in {path.lower() for path in paths} for name in named)


def patch_of(call: Call, path: str, operations: list[dict[str, Any]], serve: Serve) -> Answer:
    """A PATCH that nobody asked for."""
    urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    return serve(call.to("PATCH", path, {"schemas": [urn], "Operations": operations}))


def made(call: Call, answer: Answer, kind: str = "/Users") -> list[str]:
    """Ids of what the cycles created so far in this tenant, in order; what is learned before them does not count."""
    known = call.memory.setdefault(kind, [])
    body = call.body if isinstance(call.body, dict) else {}
    name = str(body.get("userName") or body.get("displayName"))
    if call.method == "POST" and call.path == kind and answer.status == 201 and "-cycle-" in name:
        known.append(answer.body["id"])
    return known


@fault("cycle-create-forgets-title", catches=["cycle-initial-users"], given=YEAR)
def create_forgets(call: Call, serve: Serve) -> Answer:
    """Every third create is answered as it should be, and stored without its title."""
    if call.method != "POST" or call.path != "/Users":
        return serve(call)
    answer = serve(call)
    if len(made(call, answer)) % 3 == 0 and answer.status == 201:
        patch_of(call, f"/Users/{answer.body['id']}", [{"op": "remove", "path": "title"}], serve)
    return answer


@fault("cycle-member-lost", catches=["cycle-initial-groups"], given=YEAR)
def member_lost(call: Call, serve: Serve) -> Answer:
    """The second PATCH of members of a group is answered well and not applied."""
    if call.method == "PATCH" and group(call) and touches(call, "members"):
        count = call.memory[call.path] = call.memory.get(call.path, 0) + 1
        if count == 2:
            return Answer(204)
    return serve(call)


@fault("cycle-hire-overwrites", catches=["cycle-hire"], given=YEAR)
def hire_overwrites(call: Call, serve: Serve) -> Answer:
    """After the first ten people, a create also changes the title of the first one."""
    answer = serve(call)
    people = made(call, answer)
    if call.method == "POST" and len(people) > 10:
        patch_of(call, f"/Users/{people[0]}", [{"op": "replace", "path": "title", "value": "Intern"}], serve)
    return answer


@fault("cycle-rename-drops-surname", catches=["cycle-rename"], given=YEAR)
def rename_drops(call: Call, serve: Serve) -> Answer:
    """A PATCH that changes userName does not change the family name."""
    if call.method == "PATCH" and touches(call, "userName"):
        call.body = copy.deepcopy(call.body)
        kept = [op for op in call.operations if op.get("path") != "name.familyName"]
        for op in kept:
            if isinstance(op.get("value"), dict):
                op["value"].pop("name.familyName", None)
        call.body["Operations"] = kept
    return serve(call)


@fault("cycle-move-wrong-manager", catches=["cycle-move"], given=YEAR)
def wrong_manager(call: Call, serve: Serve) -> Answer:
    """A change of department is applied, and a later change of manager is not."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    if call.method == "PATCH" and touches(call, f"{urn}:department"):
        call.memory["moved"] = call.path
    if call.method == "PATCH" and touches(call, f"{urn}:manager") and call.memory.get("moved") == call.path:
        return Answer(204)
    return serve(call)


@fault("cycle-leaver-stays", catches=["cycle-leaver", "cycle-leavers-out"], given=YEAR)
def leaver_stays(call: Call, serve: Serve) -> Answer:
    """A disable is answered 204 and not applied where the user is a member of a group."""
    off = any(str(op.get("value")).lower() == "false" for op in call.operations)
    return Answer(204) if call.method == "PATCH" and touches(call, "active") and off else serve(call)


@fault("cycle-return-clears-title", catches=["cycle-return"], given=YEAR)
def return_clears(call: Call, serve: Serve) -> Answer:
    """Whoever is enabled again has lost the department."""
    on = any("true" in str(op.get("value")).lower() for op in call.operations)
    answer = serve(call)
    if call.method == "PATCH" and touches(call, "active") and on:
        urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        patch_of(call, call.path, [{"op": "remove", "path": f"{urn}:department"}], serve)
    return answer


@fault("cycle-third-disable-hits-another", catches=["cycle-scope"], given=YEAR)
def third_disable(call: Call, serve: Serve) -> Answer:
    """The third disable of a tenant's life disables the first person instead."""
    off = any(str(op.get("value")).lower() == "false" for op in call.operations)
    if call.method == "PATCH" and touches(call, "active") and off:
        call.memory["disabled"] = call.memory.get("disabled", 0) + 1
        if call.memory["disabled"] == 3:
            return patch_of(call, f"/Users/{call.memory['/Users'][0]}", call.operations, serve)
    answer = serve(call)
    made(call, answer)
    return answer


@fault("cycle-group-rename-empties", catches=["cycle-groups"], given=YEAR)
def rename_empties(call: Call, serve: Serve) -> Answer:
    """A group that is renamed loses its members."""
    answer = serve(call)
    if call.method == "PATCH" and group(call) and touches(call, "displayName"):
        patch_of(call, call.path, [{"op": "remove", "path": "members"}], serve)
    return answer


@fault("cycle-delete-takes-another", catches=["cycle-deletions", "cycle-nobody-lost"], given=YEAR)
def delete_takes_another(call: Call, serve: Serve) -> Answer:
    """The first delete of a user deletes the user who was created first, too."""
    answer = serve(call)
    people = made(call, answer)
    if call.method == "DELETE" and user(call) and people and not call.memory.get("once"):
        call.memory["once"] = True
        serve(call.to("DELETE", f"/Users/{people[0]}"))
    return answer


@fault("cycle-hire-twice", catches=["cycle-nobody-twice"], given=YEAR)
def doubled(call: Call, serve: Serve) -> Answer:
    """A look-up by userName finds each user a second time, under another id, once there are more than ten."""
    answer = serve(call)
    people = made(call, answer)
    wanted = "userName eq" in call.query.get("filter", "")
    if call.method == "GET" and call.path == "/Users" and wanted and len(people) > 10 and answer.resources:
        twin = dict(answer.body["Resources"][0]) | {"id": "twin"}
        answer.body = answer.body | {"totalResults": 2, "Resources": [*answer.body["Resources"], twin]}
    return answer


@fault("cycle-deleted-comes-back", catches=["cycle-nobody-back"], given=YEAR)
def resurrected(call: Call, serve: Serve) -> Answer:
    """A user who was deleted is read again, out of a cache."""
    if call.method == "GET" and user(call):
        answer = serve(call)
        if answer.status == 200:
            call.memory[f"cached {call.path}"] = answer.body
        elif f"cached {call.path}" in call.memory:
            return Answer(200, dict(SCIM), call.memory[f"cached {call.path}"])
        return answer
    return serve(call)


@fault("cycle-rename-refused", catches=["cycle-exports-succeed"], given=YEAR)
def rename_refused(call: Call, serve: Serve) -> Answer:
    """A PATCH of userName is refused."""
    return error(400, "mutability") if call.method == "PATCH" and touches(call, "userName") else serve(call)


@fault("cycle-conflict-for-ever", catches=["cycle-conflict-heals"], given=YEAR)
def conflict_for_ever(call: Call, serve: Serve) -> Answer:
    """An e-mail address that was refused once is refused for the user for ever."""
    if call.method != "POST" or call.path != "/Users":
        return serve(call)
    name = call.body.get("userName", "")
    mail = str(call.body.get("emails", [{}])[0].get("value", "")).lower()
    taken = call.memory.setdefault("mails", {})
    if name in call.memory.setdefault("refused", set()) or taken.get(mail, name) != name:
        call.memory["refused"].add(name)
        return error(409, "uniqueness")
    taken[mail] = name
    return serve(call)


@fault("cycle-type-changes", catches=["cycle-quiet"], given=YEAR)
def type_changes(call: Call, serve: Serve) -> Answer:
    """A title is answered in capitals after some time."""
    answer = serve(call)
    people = made(call, answer)
    if call.method == "GET" and user(call) and len(people) > 10 and isinstance(answer.body, dict):
        answer.body = {k: v.upper() if k == "title" else v for k, v in answer.body.items()}
    return answer


@fault("cycle-members-doubled", catches=["cycle-restart"], given=YEAR)
def members_doubled(call: Call, serve: Serve) -> Answer:
    """A member who is added again is listed twice."""
    if call.method == "PATCH" and group(call) and touches(call, "members"):
        adding = [o for o in call.operations if o["op"].lower() == "add"]
        added = call.memory.setdefault(call.path, [])
        added += [row["value"] for op in adding for row in op.get("value", [])]
    answer = serve(call)
    if call.method == "GET" and group(call) and isinstance(answer.body, dict) and answer.body.get("members"):
        added = call.memory.get(call.path, [])
        again = [row for row in answer.body["members"] if added.count(row["value"]) > 1]
        answer.body = answer.body | {"members": [*answer.body["members"], *again]}
    return answer


@fault("cycle-match-hides-renamed", catches=["cycle-reset"], given=YEAR)
def hides_renamed(call: Call, serve: Serve) -> Answer:
    """A user whose name was changed is found by the old name only, and the new name can be taken."""
    if call.method == "PATCH" and user(call) and touches(call, "userName"):
        call.memory[call.path.rpartition("/")[2]] = True
    answer = serve(call)
    if call.method == "GET" and call.path == "/Users" and "userName eq" in call.query.get("filter", ""):
        rows = [row for row in answer.body.get("Resources", []) if row["id"] not in call.memory]
        answer.body = answer.body | {"totalResults": len(rows), "Resources": rows}
    if call.method == "POST" and answer.status == 409:
        return Answer(201, dict(SCIM), call.body | {"id": f"again-{call.body.get('userName')}"})
    return answer


@fault("cycle-disable-drops-memberships", catches=["cycle-memberships-kept"], given=YEAR)
def drops_memberships(call: Call, serve: Serve) -> Answer:
    """Whoever is disabled is taken out of every group."""
    answer = serve(call)
    groups = made(call, answer, "/Groups")
    off = any(str(op.get("value")).lower() == "false" for op in call.operations)
    if call.method == "PATCH" and touches(call, "active") and off:
        for one in groups:
            gone = {"op": "remove", "path": f'members[value eq "{call.path.rpartition("/")[2]}"]'}
            patch_of(call, f"/Groups/{one}", [gone], serve)
    return answer


@fault("cycle-quiet-forgets", catches=["cycle-changes-arrive"], given=YEAR)
def quiet_forgets(call: Call, serve: Serve) -> Answer:
    """After a group was deleted, the second look-up that finds nobody wipes the title of the first person."""
    if call.method == "DELETE" and group(call):
        call.memory["empty"] = 0
    answer = serve(call)
    people = made(call, answer)
    if call.method == "GET" and call.path == "/Users" and "empty" in call.memory and not answer.resources:
        call.memory["empty"] += 1
        if call.memory["empty"] == 2 and people:
            patch_of(call, f"/Users/{people[0]}", [{"op": "remove", "path": "title"}], serve)
    return answer


def refusing(name: str, *, catches: Sequence[str], statuses: Sequence[int], fits: Callable[[Call], bool]) -> None:
    """Register a server that refuses a kind of request for ever, once for each status it may do so with."""
    for status in statuses:

        def behaviour(call: Call, serve: Serve, status: int = status) -> Answer:
            return error(status) if fits(call) else serve(call)

        behaviour.__doc__ = f"{name.capitalize()} is refused with {status}, for ever."
        fault(f"cycle-{name.replace(' ', '-')}-refused-{status}", catches=catches, given=YEAR)(behaviour)


def disables(call: Call) -> bool:
    """Whether a user is told to be inactive."""
    off = any(str(op.get("value")).lower() == "false" for op in call.operations)
    return call.method == "PATCH" and user(call) and touches(call, "active") and off


refusing("a disable", catches=["cycle-leavers-out", "cycle-leaver", "cycle-scope", "cycle-exports-succeed"],
         statuses=(400, 409, 500), fits=disables)  # fmt: skip
refusing("a delete of a user", catches=["cycle-deletions", "cycle-leavers-out", "cycle-exports-succeed"],
         statuses=(409,), fits=lambda call: call.method == "DELETE" and user(call))  # fmt: skip
refusing("a delete of a group", catches=["cycle-deletions", "cycle-exports-succeed"], statuses=(400,),
         fits=lambda call: call.method == "DELETE" and group(call))  # fmt: skip
refusing("a move", catches=["cycle-move", "cycle-exports-succeed"], statuses=(400,),
         fits=lambda call: call.method == "PATCH" and "Counsel" in str(call.body))  # fmt: skip
refusing("a hire", catches=["cycle-hire", "cycle-nobody-lost", "cycle-exports-succeed"], statuses=(400, 409),
         fits=lambda call: call.method == "POST" and "Solheim" in str(call.body))  # fmt: skip
refusing("a renamed group", catches=["cycle-groups", "cycle-exports-succeed"], statuses=(409,),
         fits=lambda call: call.method == "PATCH" and group(call) and "(renamed)" in str(call.body))  # fmt: skip
refusing("a member", catches=["cycle-initial-groups", "cycle-exports-succeed"], statuses=(400,),
         fits=lambda call: call.method == "PATCH" and group(call) and touches(call, "members"))  # fmt: skip
refusing("a manager", catches=["cycle-initial-users", "cycle-exports-succeed"], statuses=(400,),
         fits=lambda call: call.method == "PATCH" and ":manager" in str(call.body))  # fmt: skip
refusing("a return", catches=["cycle-return", "cycle-exports-succeed"], statuses=(400,),
         fits=lambda call: call.method == "PATCH" and "Advisor" in str(call.body))  # fmt: skip
