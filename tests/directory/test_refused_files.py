"""Files that are no source directory: refused in one sentence that names file and place, and says what to do."""

from __future__ import annotations

import pytest

from conformance.provisioning.source.directory import GROUP, USER, SourceObject
from conformance.provisioning.source.directory_files import BadDirectory, load_directory, save_directory
from tests.directory.test_files import AMY, csv_folder, written

A, B = "a@b.example", "c@b.example"


def users(*rows, **more):
    """A directory of users, given by what they have beside a name."""
    names = (f"user{number}@b.example" for number in range(9))
    return {"users": [{"userPrincipalName": name, **row} for name, row in zip(names, rows, strict=False)], **more}


def groups(*rows):
    """A directory of groups."""
    return {"users": [], "groups": list(rows)}


IN_JSON = {
    "no-json": ('{\n "users": [\n}', "line 3: this is no JSON"),
    "empty": ("", "line 1: this is no JSON"),
    "deep": ("[" * 100_000, "no JSON that can be read"),
    "huge-number": ('{"users": [' + "1" * 5_000 + "]}", "no JSON that can be read"),
    "a-list": ("[]", "is an object with the lists users, groups and roles"),
    "no-users": ({"groups": []}, "is an object with the lists users, groups and roles"),
    "unknown": (users(teams=[]), "'teams' is unknown; there are users, groups and roles"),
    "groups": (users(groups={}), "groups is no list"),
    "roles": (users(roles=None), "roles is no list"),
    "role": (users(roles=[{"title": "x"}]), "roles[0]: the role {'title': 'x'} is not understood"),
    "role-number": (users(roles=[{"name": 1}]), "roles[0]: the role {'name': 1} is not understood"),
    "no-object": ({"users": [3]}, "users[0] is no object"),
    "no-name": ({"users": [{"mail": A}]}, "users[0]: this user has no userPrincipalName; give it one."),
    "blank-name": ({"users": [{"userPrincipalName": " "}]}, "this user has no userPrincipalName"),
    "number-name": (groups({"displayName": 7}), "groups[0]: this group has no displayName"),
    "text": (users({"employeeId": 12}), "employeeId of 'user0@b.example' is 12; it must be text, in quotation marks."),
    "flag": (users({"accountEnabled": "yes"}), "of 'user0@b.example' is 'yes'; it must be true or false"),
    "deleted": (users({"deleted": 1}), "deleted of 'user0@b.example' is 1; it must be true or false"),
    "list": (users({"otherMails": A}), "it must be a list of texts"),
    "list-of-numbers": (users({"otherMails": [1]}), "it must be a list of texts"),
    "extension": (users({"extension_a_b": {"c": 1}}), "it must be text, a whole number"),
    "assignments": (users({"assignments": "x"}), "it must be a list"),
    "not-a-role": (users({"assignments": ["Boss"]}), "the role 'Boss' is not defined; there are Default Access."),
    "role-list": (users({"assignments": [["Boss"]]}), "the role ['Boss'] is not defined"),
    "role-field": (users({"assignments": [{"x": ""}]}), "the role {'x': ''} is not understood"),
    "guid": (users({"objectId": "1234"}), "the objectId '1234' is no GUID; correct it or leave it out."),
    "guid-twice": (users({"objectId": AMY}, {"objectId": AMY}), f"users[1]: the objectId '{AMY}' occurs twice"),
    "user-twice": (
        {"users": [{"userPrincipalName": A}, {"userPrincipalName": A.upper(), "objectId": AMY}]},
        f"users[1]: the userPrincipalName '{A.upper()}' occurs twice",
    ),
    "group-twice": (groups({"displayName": "G"}, {"displayName": "g"}), "groups[1]: the displayName 'g' occurs twice"),
    "manager": (users({"manager": B}), f"users[0]: the manager '{B}' is no user in this directory"),
    "own-manager": (users({"manager": "user0@b.example"}), "is their own manager"),
    "group-manager": (users({"manager": "G"}, groups=[{"displayName": "G"}]), "the manager 'G' is no user"),
    "member": (groups({"displayName": "G", "members": [B]}), f"groups[0]: the member '{B}' is nobody"),
    "own-member": (groups({"displayName": "G", "members": ["g"]}), "the group 'G' is its own member"),
    "user-members": (users({"members": ["user0@b.example"]}), "is a user, and only groups have members"),
    "namesakes": (
        groups({"displayName": "G"}, {"displayName": "G", "id": AMY}, {"displayName": "H", "members": ["G"]}),
        "the member 'G' is the name of several objects; give an objectId.",
    ),
}  # fmt: skip


def told(path):
    """The sentence with which a directory is refused."""
    with pytest.raises(BadDirectory) as caught:
        load_directory(path, prefix=None)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(IN_JSON))
def test_json_that_is_no_directory_is_refused(name, tmp_path):
    """The sentence names the file and says what is wrong."""
    data, expected = IN_JSON[name]
    path = written(tmp_path, data)

    sentence = told(path)

    assert expected in sentence
    assert sentence.startswith(str(path))


USERS = f"userPrincipalName\n{A}\n"
IN_CSV = {
    "no-users": ({"groups": "displayName\nG\n"}, "has no users.csv"),
    "empty": ({"users": ""}, "line 1: the column 'userPrincipalName' is missing; those that are there: none."),
    "column": ({"users": "upn,mail\n"}, "the column 'userPrincipalName' is missing; those that are there: upn, mail."),
    "columns": ({"users": "userPrincipalName,Mail,mail\n"}, "line 1: the column 'mail' occurs twice"),
    "members-column": ({"users": USERS, "groups": "displayName,members\n"}, "line 1: 'members' is no column here"),
    "assignments-column": ({"users": "userPrincipalName,assignments\n"}, "put assignments into assignments.csv."),
    "few-cells": ({"users": f"userPrincipalName,mail\n{A}\n"}, "users.csv, line 2: there are not as many cells"),
    "many-cells": ({"users": f"userPrincipalName\n{A},Leeds\n"}, "line 2: there are not as many cells as columns"),
    "quote": ({"users": f'userPrincipalName,city\n{A},"Leeds\n{B},York\n'}, "this is no CSV"),
    "encoding": ({"users": "userPrincipalName\nä@b.example\n".encode("latin-1")}, "users.csv is not in UTF-8"),
    "flag": ({"users": f"userPrincipalName,accountEnabled\n{A},ja\n"}, f"line 2: accountEnabled of '{A}' is 'ja'"),
    "no-name": ({"users": "userPrincipalName,city\n,Leeds\n"}, "line 2: this user has no userPrincipalName"),
    "manager": ({"users": f"userPrincipalName,manager\n{A},{B}\n"}, f"line 2: the manager '{B}' is no user"),
    "group": ({"users": USERS, "members": f"group,member\n{A},{A}\n"}, f"line 2: the group '{A}' is no group"),
    "member": (
        {"users": USERS, "groups": "displayName\nG\n", "members": f"group,member\nG,{B}\n"},
        f"members.csv, line 2: the member '{B}' is nobody",
    ),
    "members": ({"users": USERS, "members": "group\n"}, "members.csv, line 1: the column 'member' is missing"),
    "principal": ({"users": USERS, "assignments": f"principal\n{B}\n"}, "assignments.csv, line 2: the principal"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(IN_CSV))
def test_csv_that_is_no_directory_is_refused(name, tmp_path):
    """The sentence names file and line."""
    files, expected = IN_CSV[name]

    assert expected in told(csv_folder(tmp_path, **files))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """So is one of the CSV files alone, and what is not in UTF-8."""
    (tmp_path / "latin.json").write_bytes(b'{"users": ["\xe4"]}')
    csv_folder(tmp_path, users=USERS)

    assert "cannot be read: No such file or directory" in told(tmp_path / "none.json")
    assert "is not in UTF-8; save it as UTF-8." in told(tmp_path / "latin.json")
    assert "give the folder that holds users.csv" in told(tmp_path / "users.csv")


@pytest.mark.parametrize("value", [{"x": 1}, 3, ["a|b"]], ids=["object", "number", "bar"])
def test_what_csv_cannot_hold_is_not_written(value, tmp_path):
    """The sentence names who and what, and the form that can."""
    amy = SourceObject(USER, AMY, {"userPrincipalName": A, "proxyAddresses": value})
    with pytest.raises(BadDirectory, match=f"proxyAddresses of '{A}' is .* save the directory as JSON"):
        save_directory([amy], tmp_path / "company")


@pytest.mark.parametrize("name", ["file/company.json", "file/company"])
def test_a_place_that_cannot_be_written_to_is_told(name, tmp_path):
    """Here a file is where a folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadDirectory, match="cannot be written: Not a directory; name another place"):
        save_directory([SourceObject(GROUP, AMY, {"displayName": "G"})], tmp_path / name)
