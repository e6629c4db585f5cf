"""``clean`` over an endpoint in memory: each thing that it believes, deletes, leaves alone, and says."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import unquote

import httpx
import pytest

from conformance.commands import clean as cleaning
from conformance.commands.clean import Tidied
from conformance.config.settings import UserError, build, collect
from conformance.idp.entra.people import made_up_id, marks_of
from conformance.provisioning.service.state import State
from conformance.scim.claim import Claim, Marks
from conformance.scim.client import Client
from conformance.scim.clock import Clock, created_at
from conformance.scim.journal import Entry, Journal, Notes, read_journal
from conformance.scim.secret import Secret
from tests.small_tenant import at_once

USERS, GROUPS = "/Users", "/Groups"
URL = "http://127.0.0.1/scim"
PREFIX, SECOND = "scimconf-abcdj2", "scimconf-efgh73"
MARKS = marks_of(PREFIX)
ME, OTHER, TEAM = f"{PREFIX}-me@example.com", f"{PREFIX}-other@example.com", f"{PREFIX}-team"
BOSS = "the-boss@example.com"


class Town:
    """An endpoint with one user of somebody else.

    Attributes:
        rows: what is there, by collection and id.
        faults: in place of its own answers, by the beginning of a request: a status, an answer, or what makes one.
        sent: method and path of all that came, with the filter.
        clients: that talked to it.
    """

    def __init__(self):
        self.rows = {(USERS, "7"): {"id": "7", "userName": BOSS}}
        self.faults, self.sent, self.clients = {}, [], []

    def __call__(self, request):
        """Serve a request."""
        place, _, identifier = unquote(request.url.path).removeprefix("/scim/").partition("/")
        asked = str(request.url.params.get("filter") or "")
        told = f"{request.method} /{place}{f'/{identifier}' if identifier else '?'}{asked}"
        self.sent.append(told)
        fault = next((self.faults[key] for key in self.faults if told.startswith(key)), None)
        if fault is not None:
            return httpx.Response(fault) if isinstance(fault, int) else fault() if callable(fault) else fault
        if not identifier:
            return self.list(f"/{place}", asked)
        row = self.rows.get((f"/{place}", identifier))
        if row is None:
            return httpx.Response(404)
        if request.method == "DELETE":
            del self.rows[f"/{place}", identifier]
            return httpx.Response(204)
        return httpx.Response(200, json=row)

    def list(self, place, asked):
        """The rows of a collection that a filter fits."""
        attribute, operator, value = asked.split(" ", 2) if asked else ("", "", '""')
        value = value[1:-1].casefold()
        rows = [row for (where, _), row in self.rows.items() if where == place]
        texts = [str(row.get(attribute, "")).casefold() for row in rows]
        fits = [not asked or (text.startswith(value) if operator == "sw" else text == value) for text in texts]
        found = [row for row, fit in zip(rows, fits, strict=True) if fit]
        return httpx.Response(200, json={"totalResults": len(found), "Resources": found})

    def put(self, identifier, name, collection=USERS, **more):
        """A row that is there."""
        row = {"id": identifier, ("displayName" if collection == GROUPS else "userName"): name, **more}
        self.rows[collection, identifier] = row
        return row

    def client(self, settings, marks):
        """In place of the real one, which needs a network."""
        journal = Journal(None, settings.target.shown_url, marks)
        made = Client(settings.target, journal, read_only=settings.read_only, transport=httpx.MockTransport(self))
        self.clients.append(made)
        return made

    @property
    def deleted(self):
        """What a DELETE was sent for, in order."""
        return [told.removeprefix("DELETE ") for told in self.sent if told.startswith("DELETE")]


@pytest.fixture
def town(monkeypatch):
    """An endpoint to which all clients of a clean-up talk, and all of them are closed at the end."""
    at_once(monkeypatch)
    made = Town()
    monkeypatch.setattr(cleaning, "_client", made.client)
    yield made
    assert all(client._http.is_closed for client in made.clients)


@pytest.fixture
def settings(tmp_path):
    """With a reports folder of its own."""
    return build(collect({"url": URL, "reports": str(tmp_path)}), Secret("canary-token-0123456789"))


@pytest.fixture
def clean(town, settings, capsys):
    """Calls ``clean``: its exit code, and what it said."""

    def call(*, search=False, dry_run=False):
        code = cleaning.clean(settings, search=search, **({"dry_run": True} if dry_run else {}))
        return code, capsys.readouterr().out

    return call


@pytest.fixture
def journal(tmp_path):
    """Writes a journal: creates with their ids, those of which nothing is known, and who was met."""

    def write(*created, lost=(), met=(), prefix=PREFIX, url=URL, marks=None):
        path = tmp_path / f"journal-{prefix}.jsonl"
        made = Journal(path, url, marks or marks_of(prefix))
        for place, name, identifier in created:
            made.intend(claim := Claim(place, name, asked=time.time()))
            made.created(claim, identifier)
        for place, name in lost:
            made.intend(Claim(place, name, asked=time.time()))
        for place, identifier in met:
            made.landmark(place, identifier)
        made.close(empty=False)
        return path

    return write


def ago(seconds):
    """What a resource says that was created so long ago."""
    return {"meta": {"created": datetime.fromtimestamp(time.time() - seconds, UTC).isoformat()}}


OLD = ago(3600.0)


# --- by journal --------------------------------------------------------------------------------------------


def test_what_a_journal_names_is_deleted_and_the_journal_goes(town, clean, journal):
    """Also what it has no id of; and all of that is said."""
    path = journal((USERS, ME, "9"), (GROUPS, TEAM, "5"), lost=[(USERS, OTHER)])
    town.put("9", ME)
    town.put("10", OTHER)
    town.put("5", TEAM, GROUPS)
    code, said = clean()

    assert code == 0
    assert list(town.rows) == [(USERS, "7")]
    assert town.deleted == ["/Groups/5", "/Users/9", "/Users/10"]
    assert town.sent[: town.sent.index("DELETE /Users/9")].count("GET /Users/9") == 1
    assert not path.exists()
    assert said.splitlines() == [
        "Looked for 3 resources of 1 unfinished runs: 3 found, 3 deleted, 0 left, 0 not confirmed.",
        f"Nothing of 1 unfinished runs is left at {URL}.",
    ]


def test_what_is_left_is_counted_and_named(town, clean, journal):
    """A refused DELETE: the journal stays, and nobody says that nothing is left."""
    path = journal((USERS, ME, "9"), (USERS, OTHER, "10"))
    town.put("9", ME)
    town.put("10", OTHER)
    town.faults["DELETE /Users/9"] = 403
    code, said = clean()

    assert (code, path.exists()) == (1, True)
    assert said.splitlines() == [
        f"Left behind: /Users/9 ({ME})",
        "Looked for 2 resources of 1 unfinished runs: 2 found, 1 deleted, 1 left, 0 not confirmed.",
    ]


def test_runs_are_tidied_one_after_the_other(town, clean, journal):
    """Each with its own marks; all is added up."""
    journal((USERS, ME, "9"), lost=[(USERS, OTHER)])
    path = journal((USERS, f"{SECOND}-me@example.com", "10"), prefix=SECOND)
    town.put("9", ME)
    town.put("10", f"{SECOND}-me@example.com")
    town.put("11", f"{SECOND}-twin@example.com")
    town.faults["DELETE /Users/11"] = 403
    code, said = clean()

    assert (code, path.exists()) == (1, True)
    assert [path.stem for path in path.parent.glob("journal-*")] == [f"journal-{SECOND}"]
    assert "Looked for 3 resources of 2 unfinished runs: 3 found, 2 deleted, 1 left, 0 not confirmed." in said


@pytest.mark.parametrize(("status", "url"), [(200, URL), (200, "http://127.0.0.1/other"), (403, URL)])
def test_the_state_of_a_job_goes_only_where_nothing_is_left_there(town, clean, journal, status, url):
    """Or else the next cycle would not know what it has to take over; that of another endpoint stays."""
    path = journal((USERS, ME, "9")).with_name("state.sqlite")
    state = State(path)
    state.remember("url", url)
    state.close()
    town.put("9", ME)
    if status == 403:
        town.faults["DELETE"] = status
    clean()

    assert path.exists() is not (status == 200 and url == URL)


def test_a_run_that_goes_on_is_left_alone_and_said(town, clean, tmp_path):
    """Its journal is locked: what it made is its own to delete, and the exit code says that not all is done."""
    running = Journal(tmp_path / f"journal-{PREFIX}.jsonl", URL, MARKS)
    running.intend(claim := Claim(USERS, ME))
    running.created(claim, "9")
    town.put("9", ME, **OLD)
    state = State(tmp_path / "state.sqlite")
    state.remember("url", URL)
    state.close()
    code, said = clean()
    searched, _ = clean(search=True)
    running.close(empty=False)

    assert (code, searched, (USERS, "9") in town.rows) == (1, 1, True)
    assert said.splitlines()[0].startswith("Left alone, as their runs go on")
    assert f"journal-{PREFIX}.jsonl" in said
    assert "nothing was looked for" in said
    assert (tmp_path / "state.sqlite").exists()
    assert clean()[0] == 0


def test_a_journal_of_another_endpoint_is_not_ours_to_tidy(town, clean, journal):
    """Its ids are somebody else's here."""
    path = journal((USERS, BOSS, "7"), url="http://127.0.0.1/other")
    code, said = clean()

    assert (code, town.sent, path.exists()) == (0, [], True)
    assert "nothing was looked for" in said
    assert len(said.splitlines()) == 1


def test_one_journal_alone_can_be_tidied(town, settings, journal):
    """``load`` does it at its end: what is left is handed over, and nothing is said."""
    path, other = journal((USERS, ME, "9")), journal((USERS, f"{SECOND}-me", "10"), prefix=SECOND)
    town.put("9", ME)
    town.put("10", f"{SECOND}-me", **OLD)
    account = cleaning.remove(settings, [path])
    assert (account.left, account.unconfirmed) == ([], [])
    assert (path.exists(), other.exists(), (USERS, "10") in town.rows) == (False, True, True)

    town.faults["DELETE"] = 403
    assert cleaning.remove(settings, [other]).left == [Entry(USERS, f"{SECOND}-me", "10")]


def test_journals_that_cannot_be_read_are_told(clean, settings, tmp_path):
    """In one sentence; nothing is taken for tidied."""
    (tmp_path / "journal-x.jsonl").mkdir()

    with pytest.raises(UserError, match="cannot be read"):
        clean()
    with pytest.raises(UserError, match="cannot be read"):
        cleaning.remove(settings, [tmp_path / "journal-y.jsonl"])
    (tmp_path / "journal-x.jsonl").rmdir()
    (tmp_path / "journal-x.jsonl").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="cannot be read"):
        clean()


def test_credentials_that_are_refused_are_told_before_the_first_request(town, clean, journal, monkeypatch):
    """Whoever gives tokens is asked first; nothing is deleted or taken for deleted."""

    def refuse(_target):
        raise UserError("no token is to be had")

    path = journal((USERS, ME, "9"))
    monkeypatch.setattr(cleaning, "sign_in", refuse)

    with pytest.raises(UserError, match="no token"):
        clean()
    assert (town.sent, path.exists()) == ([], True)


def test_a_folder_that_somebody_empties_meanwhile_ends_no_clean_up(town, clean, journal):
    """The journal is gone, and what it named, too."""
    path = journal((USERS, ME, "9"), met=[(USERS, "7")])
    town.faults["GET /Users/9"] = lambda: path.unlink(missing_ok=True) or httpx.Response(404)

    assert clean()[0] == 0


def test_a_clean_up_whose_token_runs_out_says_so(town, clean, journal, monkeypatch):
    """In one sentence, before what is left."""
    monkeypatch.setattr("conformance.scim.ending.LOOKS", (0.0,) * 5)
    journal((USERS, ME, "9"))
    town.put("9", ME)

    def expire():
        town.faults = {"": 401}
        return httpx.Response(401)

    town.faults["DELETE"] = expire
    code, said = clean()

    assert code == 1
    assert said.splitlines()[0].startswith("The token was accepted until request")
    assert said.splitlines()[0].endswith("credentials that are good.")


# --- what is believed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [404, 403, 500, httpx.Response(200, json={}), httpx.Response(201, json={"totalResults": 0})]
)
def test_without_a_readable_list_nothing_is_believed_and_nothing_sent(town, clean, journal, answer):
    """An ingress answers 404 to everything while its application is away: the journal stays."""
    path = journal((USERS, ME, "9"), (GROUPS, TEAM, "5"), lost=[(USERS, OTHER)])
    town.faults["GET /Users?"] = answer
    town.faults["GET /Users/9"] = 404
    code, said = clean()

    assert (code, path.exists(), town.deleted) == (1, True, [])
    assert said.count("Not confirmed: ") == 3
    assert said.count("it could not be looked for: GET /Users was answered HTTP") == 3
    assert all(text in said for text in (f"/Users/9 ({ME})", f"/Groups/5 ({TEAM})", f"/Users/? ({OTHER})"))
    assert "Looked for 3 resources of 1 unfinished runs: 0 found, 0 deleted, 0 left, 3 not confirmed." in said


def test_the_list_of_each_collection_has_to_be_readable(town, clean, journal):
    """Of those where something was created, or may have been; of no other one."""
    path = journal((USERS, ME, "9"), lost=[(GROUPS, TEAM)])
    town.put("9", ME)
    town.faults["GET /Groups?"] = 403
    assert clean()[0] == 1
    assert path.exists()
    assert town.deleted == []

    path.unlink()
    journal((USERS, ME, "9"))
    town.faults = {"GET /Groups": 403}
    assert clean()[0] == 0


def test_an_empty_tenant_is_the_one_where_the_run_met_nobody(town, clean, journal):
    """All of it is gone, and nobody else is there, as before."""
    journal((USERS, ME, "9"))
    town.rows.clear()
    town.faults["GET /Groups"] = 404  # it has no groups at all

    assert clean()[0] == 0


@pytest.mark.parametrize("place", [USERS, GROUPS])
def test_a_tenant_with_people_is_another_one_where_the_run_met_nobody(town, clean, journal, place):
    """Whether users or groups: these credentials may show something else."""
    path = journal((USERS, ME, "9"), lost=[(USERS, OTHER)])
    town.rows.clear()
    town.put("3", "sales", place)
    code, said = clean()

    assert (code, path.exists()) == (1, True)
    assert said.count("Not confirmed: ") == 2
    assert cleaning.UNSHOWN in said


@pytest.mark.parametrize(("met", "known"), [((USERS, "7"), True), ((USERS, "8"), False), ((GROUPS, "7"), False)])
def test_a_tenant_is_known_again_by_whom_the_run_met(town, clean, journal, met, known):
    """One of them is enough."""
    path = journal((USERS, ME, "9"), met=[(USERS, "1"), met])
    code, _ = clean()

    assert (code == 0) is known
    assert path.exists() is not known


def test_what_is_there_and_ours_shows_that_it_is_the_tenant(town, clean, journal):
    """Whoever the run met may be gone by now."""
    journal((USERS, ME, "9"), (USERS, OTHER, "10"), met=[(USERS, "1")])
    town.put("9", ME)

    assert clean()[0] == 0


def test_an_empty_journal_goes_whatever_the_tenant_shows(town, clean, journal):
    """Nothing was created: there is nothing that anybody could tell."""
    path = journal()
    code, said = clean()

    assert (code, path.exists()) == (0, False)
    assert "Looked for 0 resources of 1 unfinished runs: 0 found" in said


# --- what is taken over ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_not_taken_over(town, clean, journal, status):
    """Nothing is to be deleted."""
    journal((USERS, ME, "9"), met=[(USERS, "7")])
    town.faults["GET /Users/9"] = status
    code, said = clean()

    assert (code, town.deleted) == (0, [])
    assert "1 resources of 1 unfinished runs: 0 found" in said


@pytest.mark.parametrize("status", [403, 500])
def test_what_cannot_be_read_is_unknown_and_keeps_the_journal(town, clean, journal, status):
    """It may be there."""
    path = journal((USERS, ME, "9"), (USERS, OTHER, "10"))
    town.put("10", OTHER)
    town.faults["GET /Users/9"] = status
    code, said = clean()

    assert (code, path.exists(), town.deleted) == (1, True, ["/Users/10"])
    assert f"Not confirmed: /Users/9 ({ME}): it could not be read: HTTP {status}" in said


def test_what_is_not_answered_is_unknown(town, settings, journal):
    """With what the network said of it."""
    path = journal((USERS, ME, "9"))
    [(_, notes)] = cleaning._journals(settings, [path]).items()
    client = town.client(settings, notes.marks)
    client.look = lambda _request: SimpleNamespace(status=None, ok=False, error_detail="the connection was reset")

    assert cleaning.take_over(client, notes.owned[USERS, "9"], "9") == "it could not be read: the connection was reset"
    assert "the connection was reset, and not with a list" in cleaning._unreadable_list(client, notes)
    client.close()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"userName": BOSS}, "it has somebody else's name"),
        ({"userName": ME, "meta": {"created": "2020-01-01T00:00:00Z"}}, "it was created before we asked for it"),
        ({"displayName": "nobody"}, "it carries nothing of what was sent"),
    ],
)
def test_an_id_that_leads_to_somebody_else_is_told_and_left(town, clean, journal, row, why):
    """The database gave it again: nothing is deleted, and the journal stays."""
    path = journal((USERS, ME, "9"), met=[(USERS, "7")])
    town.rows[USERS, "9"] = {"id": "9", **row}
    code, said = clean()

    assert (code, path.exists(), town.deleted) == (1, True, [])
    assert f"/Users/9 ({ME}): it is not deleted: {why}" in said


def test_what_was_renamed_since_is_ours_by_its_mark(town, clean, journal):
    """A prefix of the run is nobody else's."""
    journal((USERS, ME, "9"))
    town.put("9", f"{PREFIX}-renamed@example.com")

    assert clean()[0] == 0
    assert town.deleted == ["/Users/9"]


@pytest.mark.parametrize("name", ["sales@example.com", "SALES@example.com"])
def test_a_name_that_could_be_anybody_s_is_ours_by_the_very_name(town, clean, journal, name):
    """`cycle --as-is` makes such: behind the very id, with the very name, in any letter case."""
    journal((USERS, "sales@example.com", "9"))
    town.put("9", name)

    assert clean()[0] == 0
    assert town.deleted == ["/Users/9"]


def test_what_shows_no_name_is_not_ours_by_its_id_alone(town, clean, journal):
    """Where the name could be anybody's, there is nothing else to go by."""
    journal((USERS, "sales@example.com", "9"), met=[(USERS, "7")])
    town.rows[USERS, "9"] = {"id": "9", "title": "Sales"}
    code, said = clean()

    assert (code, town.deleted) == (1, [])
    assert "it carries nothing of what was sent" in said


def test_a_lost_create_under_a_name_that_could_be_anybody_s_is_left(town, clean, journal):
    """The name alone proves nothing, whatever the journal says of it."""
    path = journal(lost=[(USERS, "sales@example.com"), (USERS, ME)])
    town.put("8", "sales@example.com")
    town.put("9", ME)
    path.write_text(path.read_text().replace('"marked": false', '"marked": true'))
    code, _ = clean()

    assert (code, town.deleted) == (1, [])  # the tenant has people, and the run met none of them
    path.write_text(path.read_text() + '{"landmark": "/Users", "id": "7"}\n')
    code, _ = clean()
    assert (code, town.deleted) == (1, ["/Users/9"])


@pytest.mark.parametrize("marked", [True, False])
def test_a_mark_is_what_the_prefix_says_and_not_what_the_journal_says(town, settings, marked):
    """An older journal has none, and a broken one may have any."""
    client = town.client(settings, MARKS)
    sales, mine = Claim(USERS, "sales@example.com", marked=marked), Claim(USERS, ME, marked=marked)
    both = Claim(USERS, OTHER, marked=marked)
    cleaning._take_over_all(client, Notes(owned={(USERS, "9"): sales, (USERS, "10"): both}, open=[mine]))

    assert (sales.marked, mine.marked, both.marked) == (False, True, True)
    assert client.ledger.open == [mine]
    client.close()


# --- by search ---------------------------------------------------------------------------------------------


def test_what_no_journal_names_is_found_by_its_name_and_deleted(town, clean):
    """Users and groups of runs that have ended, each run for itself; who is named like us and is not stays."""
    second = SECOND.upper()
    town.put("9", ME, **OLD)
    town.put("10", OTHER, **OLD, externalId=made_up_id(PREFIX, OTHER))
    town.put("5", f"{second}-TEAM", GROUPS, **OLD)
    town.put("8", "scimconf-summer-intern@example.com", **OLD)
    code, said = clean(search=True)

    assert code == 0
    assert sorted(identifier for _, identifier in town.rows) == ["7", "8"]
    assert "Looked for 3 resources of 0 unfinished runs, and for whatever is named like theirs: 3 found, 3 del" in said


@pytest.mark.parametrize(("age", "young"), [(14 * 60.0, True), (16 * 60.0, False)])
def test_what_is_younger_than_a_quarter_of_an_hour_may_be_another_run_s(town, clean, age, young):
    """It is told and left, all of its run, however old the rest is."""
    town.put("9", ME, **OLD)
    town.put("10", OTHER, **ago(age))
    town.put("11", f"{SECOND}-me", **OLD)
    code, said = clean(search=True)

    assert code == (1 if young else 0)
    assert sorted(town.deleted) == (["/Users/11"] if young else ["/Users/10", "/Users/11", "/Users/9"])
    assert said.count("it is too young") == (2 if young else 0)
    assert "Nothing of" not in said or not young


@pytest.mark.parametrize(
    ("asked", "old"),
    [([1000.0], True), ([9099.0], True), ([9100.0], False), ([9099.0, 9200.0], False), ([0.0], False), ([0.5], True)],
)
def test_a_run_has_ended_where_all_of_it_is_old_by_the_endpoint_s_clock(town, settings, asked, old):
    """What says no date could be of just now."""
    client = town.client(settings, MARKS)
    client.ledger.clock = Clock(lambda: 10_000.0)
    notes = Notes(owned={(USERS, str(at)): Claim(USERS, ME, asked=at) for at in asked})

    assert cleaning._is_old(client, notes) is old
    client.close()


def test_what_is_young_and_of_an_ended_run_is_deleted(town, clean, journal):
    """Its journal is here, and nobody writes it any more."""
    journal((USERS, ME, "9"))
    town.put("9", ME, **ago(1.0))
    town.put("10", OTHER, **ago(1.0))
    code, _ = clean(search=True)

    assert code == 0
    assert list(town.rows) == [(USERS, "7")]


@pytest.mark.parametrize("external", ["7f3c", ""])
def test_what_has_somebody_s_external_id_is_told_and_left(town, clean, external):
    """A name alone is no proof."""
    town.put("9", ME, **OLD, externalId=external)
    code, said = clean(search=True)

    assert (code, town.deleted) == (1, [])
    assert f"Not confirmed: /Users/9 ({ME}): it is named like ours and not deleted" in said


def test_what_is_left_by_a_search_is_told(town, clean):
    """A refused DELETE, and a list that cannot be read: nothing of the other one is forgotten."""
    town.put("9", ME, **OLD)
    town.faults |= {"DELETE": 403, "GET /Groups": 500}
    code, said = clean(search=True)

    assert code == 1
    assert f"Left behind: /Users/9 ({ME})" in said
    assert "/Groups/? (scimconf-…): the endpoint neither filters" in said
    assert "Looked for 1 resources of 0 unfinished runs, and for whatever is named like theirs: 1 found, 0 del" in said


def test_what_a_search_cannot_confirm_is_told(town, clean):
    """The id leads to somebody else by the time of the delete."""
    town.put("9", ME, **OLD)
    town.faults["GET /Users/9"] = httpx.Response(200, json={"id": "9", "userName": BOSS})
    code, said = clean(search=True)

    assert (code, town.deleted) == (1, [])
    assert "/Users" in said
    assert "Nothing of" not in said


def test_a_row_without_an_id_is_nobody_to_delete(town, settings):
    """There is no URL for it; what has one is noted with all that the row says."""
    notes, tidied = Notes(), Tidied()
    made = made_up_id(PREFIX, ME)
    for identifier in (None, ""):
        cleaning._note(notes, USERS, {"id": identifier, "userName": ME}, tidied)
    assert notes.is_empty
    cleaning._note(notes, USERS, {"id": 9, "userName": ME, "externalId": made, **OLD}, tidied)
    cleaning._note(notes, USERS, {"id": "10", "userName": OTHER}, tidied)

    first, second = notes.owned[USERS, "9"], notes.owned[USERS, "10"]
    assert (first.external, first.born, first.asked) == (made, True, created_at(OLD))
    assert (second.external, second.born, second.asked) == ("", True, 0.0)
    assert tidied == Tidied()


@pytest.mark.parametrize(
    "shown", [{"externalId": 7}, {"externalId": ["7f3c"]}, {"externalid": "7f3c"}, {"externalId": {}}]
)
def test_an_external_id_of_any_form_that_is_not_of_our_making_keeps_a_row(town, settings, shown):
    """Somebody gave it to the resource, so that its name alone does not make it ours."""
    notes, tidied = Notes(), Tidied()
    cleaning._note(notes, USERS, {"id": "9", "userName": ME, **shown, **OLD}, tidied)

    assert notes.is_empty
    assert [(entry.name, entry.id) for entry in tidied.account.unconfirmed] == [(ME, "9")]


@pytest.mark.parametrize("shown", [{}, {"externalId": None}, {"EXTERNALID": made_up_id(PREFIX, ME)}])
def test_no_external_id_or_one_of_our_making_speaks_against_nothing(town, settings, shown):
    """Whatever letters the attribute is written in (RFC 7643 section 2.1)."""
    notes, tidied = Notes(), Tidied()
    cleaning._note(notes, USERS, {"id": "9", "userName": ME, **shown, **OLD}, tidied)

    assert list(notes.owned) == [(USERS, "9")]
    assert tidied == Tidied()


# --- what is told, and what would be sent ------------------------------------------------------------------


def test_a_search_that_finds_nothing_says_so(clean):
    """Without any journal: it looked all the same."""
    code, said = clean(search=True)

    assert code == 0
    assert said.splitlines()[0].startswith("Looked for 0 resources of 0 unfinished runs, and for whatever is named")
    assert said.splitlines()[-1] == f"Nothing of 0 unfinished runs is left at {URL}."


def test_a_dry_run_sends_nothing_and_shows_what_would_be_deleted(town, clean, journal, monkeypatch):
    """Each resource that a journal names, and the searches; the journal stays, and no connection does."""

    class Noted(Client):
        def __init__(self, *given, **more):
            super().__init__(*given, **more)
            town.clients.append(self)

    monkeypatch.setattr(cleaning, "Client", Noted)
    path = journal((USERS, ME, "9"), (GROUPS, TEAM, "5"))
    code, said = clean(dry_run=True, search=True)

    assert (code, town.sent, path.exists()) == (0, [], True)
    assert said.splitlines()[0].startswith(f"What would be sent to {URL}")
    lines = said.splitlines()
    assert lines.index("  DELETE /Groups/5") < lines.index("  DELETE /Users/9")
    assert lines[-1].endswith("of which 2 can write. Nothing was sent.")
    assert [f"filter={name}+sw+%22scimconf-%22" in said for name in ("userName", "displayName")] == [True, True]
    assert "scimconf-%22" not in clean(dry_run=True)[1]
    assert len(town.clients) == 3


def test_what_a_clean_up_came_to_is_clear_where_nothing_is_left_nor_unknown():
    """Either of them is something that the user has to hear of."""
    entry = Entry(USERS, ME, "9")
    left, unknown = Tidied(), Tidied()
    left.account.left.append(entry)
    unknown.account.unconfirmed.append(entry)

    assert (Tidied().looked_for, Tidied().found) == (0, 0)
    assert [one.is_clear for one in (Tidied(), left, unknown)] == [True, False, False]


# --- journals ----------------------------------------------------------------------------------------------


def test_the_marks_of_an_older_journal_are_in_its_names(settings, tmp_path):
    """In the first that a run made up, whether anything came of it or not; where there is none, there are no marks."""
    told = {
        "created": [{"intend": USERS, "name": BOSS}, {"created": USERS, "name": ME, "id": "9"}],
        "lost": [{"intend": USERS, "name": BOSS}, {"intend": USERS, "name": ME}],
        "nobody": [{"intend": USERS, "name": BOSS}],
        "nothing": [],
    }
    paths = {}
    for word, lines in told.items():
        paths[word] = tmp_path / f"journal-{word}.jsonl"
        paths[word].write_text("".join(json.dumps(line) + "\n" for line in ({"url": URL}, *lines)))
    read = cleaning._journals(settings, paths.values())

    assert [read[path].marks for path in paths.values()] == [MARKS, MARKS, Marks(), Marks()]


def test_the_marks_that_a_journal_states_count(settings, journal):
    """Whatever the names in it look like."""
    path = journal((USERS, f"{SECOND}-me", "9"))

    assert cleaning._journals(settings, [path])[path].marks == MARKS == read_journal(path).marks
