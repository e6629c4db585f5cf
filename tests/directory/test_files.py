"""Source directories in JSON and CSV: read, written, and the same again."""

from __future__ import annotations

import json
import uuid

import pytest

from conformance.provisioning.source.directory import GROUP, USER, Assignment, SourceObject
from conformance.provisioning.source.directory_files import load_directory, save_directory
from conformance.provisioning.source.organisation import organisation

PREFIX = "scimconf-abc123"
AMY, SALES = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
EDITOR = Assignment(id=str(uuid.UUID(int=3)), value="editor", name="Editor")

SMALL = {
    "roles": [{"id": EDITOR.id, "value": "editor", "name": "Editor"}],
    "users": [
        {"userPrincipalName": "amy@contoso.example", "objectId": AMY, "mail": "amy@contoso.example", "mobile": None},
        {"userPrincipalName": "bo@contoso.example", "MANAGER": "AMY@contoso.example", "assignments": ["editor"]},
        {"userPrincipalName": "cy@contoso.example", "manager": AMY.upper(), "deleted": True, "department": ""},
    ],
    "groups": [
        {"displayName": "Sales", "id": SALES, "members": ["bo@contoso.example", AMY]},
        {"displayName": "Everybody", "members": ["sales", "cy@contoso.example"], "assignments": ["Default Access"]},
    ],
}


def written(folder, data, name="company.json"):
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def csv_folder(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.fixture
def small(tmp_path):
    """The small company, by name."""
    return {one.name: one for one in load_directory(written(tmp_path, SMALL), prefix=None)}


def test_names_become_object_ids(small):
    """Managers and members are named by what people call them, in any case, or by object id."""
    bo, cy = small["bo@contoso.example"], small["cy@contoso.example"]

    assert bo.manager == cy.manager == AMY
    assert small["Sales"].members == (bo.id, AMY)
    assert small["Everybody"].members == (SALES, cy.id)


def test_what_is_not_said_is_as_usual(small):
    """An account is enabled, nulls and empty texts are absent, and an object id is made where none is given."""
    amy, cy = small["amy@contoso.example"], small["cy@contoso.example"]

    assert amy.attributes == {
        "userPrincipalName": "amy@contoso.example",
        "mail": "amy@contoso.example",
        "objectId": AMY,
        "accountEnabled": True,
    }
    assert cy.deleted
    assert not cy.enabled
    assert uuid.UUID(cy.id)
    assert "department" not in cy.attributes
    assert "accountEnabled" not in small["Sales"].attributes


def test_a_role_is_named_by_its_name_or_value(small):
    """Default Access is there without being defined."""
    assert small["bo@contoso.example"].assignments == (EDITOR,)
    assert small["Everybody"].assignments == (Assignment(),)


def test_object_ids_are_the_same_at_each_reading(tmp_path, small):
    """A file without object ids gives the same ones each time, with whatever prefix."""
    again = load_directory(written(tmp_path, SMALL), prefix=PREFIX)

    assert [one.id for one in again] == [one.id for one in small.values()]


def test_a_prefix_is_put_before_names_once(tmp_path):
    """User principal names, addresses and the groups' names get the run's prefix; what has it is left alone."""
    marked = load_directory(written(tmp_path, SMALL), prefix=PREFIX)
    save_directory(marked, tmp_path / "marked.json")

    assert [one.name for one in marked][::3] == [f"{PREFIX}-amy@contoso.example", f"{PREFIX}-Sales"]
    assert marked[0].attributes["mail"] == f"{PREFIX}-amy@contoso.example"
    assert load_directory(tmp_path / "marked.json", prefix=PREFIX) == marked


@pytest.mark.parametrize("name", ["company.json", "company"])
def test_what_is_written_is_read_again(name, tmp_path):
    """An organisation is the same after it was a JSON file, or a folder of CSV files."""
    company = list(organisation(users=300, groups=30, seed=1, domain="contoso.example", prefix=PREFIX))
    save_directory(iter(company), tmp_path / name)

    assert load_directory(tmp_path / name, prefix=PREFIX) == company


@pytest.mark.parametrize("name", ["company.json", "company"])
def test_what_is_hard_to_write_is_read_again(name, tmp_path):
    """Line ends, quotation marks, separators, several values and two roles of one name come back as they were."""
    attributes = {
        "userPrincipalName": "amy@contoso.example",
        "objectId": AMY,
        "streetAddress": 'Room "7"; 1 High Street,\r\nLeeds',
        "displayName": " Amélie 🦊 ",
        "proxyAddresses": ["SMTP:amy@contoso.example", "smtp:a@contoso.example"],
        "accountEnabled": False,
    }
    roles = (Assignment(), EDITOR, Assignment(EDITOR.id, "writer", "Editor"))
    amy = SourceObject(USER, AMY, attributes, assignments=roles, deleted=True)
    sales = SourceObject(GROUP, SALES, {"displayName": "Sales", "objectId": SALES, "securityEnabled": True})
    save_directory([amy, sales], tmp_path / name)

    assert load_directory(tmp_path / name, prefix=None) == [amy, sales]


def test_a_file_of_json_keeps_more_types(tmp_path):
    """A directory extension may be a number, a boolean or a list of texts."""
    data = {"users": [{"userPrincipalName": "a@b.example", "extension_a_n": 3, "extension_a_b": False, "x": ["y"]}]}
    found = load_directory(written(tmp_path, data), prefix=None)
    save_directory(found, tmp_path / "again.json")

    assert [found[0].attributes[name] for name in ("extension_a_n", "extension_a_b", "x")] == [3, False, ["y"]]
    assert load_directory(tmp_path / "again.json", prefix=None) == found


SPREADSHEETS = {
    "plain": "userPrincipalName,department,accountEnabled\na@b.example,Sales,TRUE\n",
    "excel": "\ufeffUserPrincipalName;Department;AccountEnabled;\r\na@b.example;Sales;true;\r\n;;;\r\n".encode(),
    "spaces": "userPrincipalName, department , accountenabled\n\na@b.example,Sales,\n",
    "quoted": '"userPrincipalName","department"\n"a@b.example","Sales"',
}


@pytest.mark.parametrize("form", sorted(SPREADSHEETS))
def test_a_spreadsheets_csv_is_read(form, tmp_path):
    """A byte order mark, semicolons, empty columns and lines, other spellings of a column."""
    (found,) = load_directory(csv_folder(tmp_path, users=SPREADSHEETS[form]), prefix=None)

    kept = {"userPrincipalName": "a@b.example", "department": "Sales", "accountEnabled": True, "objectId": found.id}
    assert found.attributes == kept


def test_members_and_assignments_have_their_own_csv_files(tmp_path):
    """Each line is one membership or one assignment; a role without id, value and name is Default Access."""
    csv_folder(
        tmp_path,
        users="userPrincipalName,manager\na@b.example,\nc@b.example,A@b.example\n",
        groups="displayName\nSales\nAll\n",
        members="group,member\nSales,a@b.example\nAll,Sales\nALL,c@b.example\n",
        assignments="principal,value,name\nAll,,\na@b.example,editor,Editor\nc@b.example,reader,\n",
    )
    amy, cy, sales, everybody = load_directory(tmp_path, prefix=None)

    assert cy.manager == amy.id
    assert (sales.members, everybody.members) == ((amy.id,), (sales.id, cy.id))
    assert everybody.assignments == (Assignment(),)
    assert [role.name for role in (*amy.assignments, *cy.assignments)] == ["Editor", "reader"]
