"""The journal: what it has on disk before a request, what is read back of it, and whose run goes on."""

from __future__ import annotations

import errno
import json
import os

import pytest

from conformance.scim import journal as module
from conformance.scim.claim import Claim, Marks
from conformance.scim.journal import Account, Entry, Journal, JournalBroken, Notes, is_going_on, read_journal
from tests.small_tenant import BOSS, MARKS, ME

URL = "https://scim.example/scim"
EXTERNAL = f"{MARKS.family}0000000000aa"


@pytest.fixture
def path(tmp_path):
    """Where a run writes its journal: the folder is not there yet, nor is the one around it."""
    return tmp_path / "reports" / "monday" / "journal-x.jsonl"


@pytest.fixture
def journal(path):
    """The journal of a run that goes on."""
    made = Journal(path, URL, MARKS)
    yield made
    made.close(empty=False)


def notes_of(path, *lines):
    """What is read of a file with these lines; what is no text becomes JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return read_journal(path)


# --- what is told ------------------------------------------------------------------------------------------


def test_what_is_left_is_told_with_its_reason_where_it_has_one():
    """Who reads the results learns where it is, what it is called, and why nobody knows."""
    account = Account([Entry("/Users", ME, "9")], [Entry("/Groups", "team", None, "no answer came")])

    assert account.to_json() == {
        "left_behind": [{"collection": "/Users", "name": ME, "id": "9"}],
        "unconfirmed": [{"collection": "/Groups", "name": "team", "id": None, "reason": "no answer came"}],
    }


def test_notes_are_empty_only_where_nothing_is_to_be_deleted_nor_looked_for():
    """Either of them is work for a clean-up; people of the tenant are none."""
    claim = Claim("/Users", ME)

    assert Notes(landmarks=[("/Users", "7")]).is_empty
    assert not Notes(owned={("/Users", "9"): claim}).is_empty
    assert not Notes(open=[claim]).is_empty
    assert not Notes(owned={("/Users", "9"): claim}, open=[claim]).is_empty


# --- the file ----------------------------------------------------------------------------------------------


def test_the_first_line_says_where_and_whose_it_is(journal, path):
    """A clean-up goes to the right endpoint, with the right marks; nobody else may read the file."""
    notes = read_journal(path)

    assert (notes.url, notes.marks) == (URL, MARKS)
    assert path.stat().st_mode & 0o077 == 0


def test_two_runs_can_share_a_folder(journal, path):
    """The second one finds the folder there."""
    Journal(path.with_name("journal-y.jsonl"), URL).close(empty=False)

    assert len(list(path.parent.glob(module.PATTERN))) == 2


def test_a_journal_that_cannot_be_made_is_told_before_anything_is_sent(tmp_path):
    """In one sentence, with what to do."""
    (tmp_path / "file").write_text("")

    with pytest.raises(JournalBroken, match="--reports"):
        Journal(tmp_path / "file" / "journal-x.jsonl", URL)


def test_nothing_is_created_that_is_not_noted_first(journal, path, monkeypatch):
    """Once the disk was full, no further create may be sent; what else is to be noted ends no run."""
    journal.intend(Claim("/Users", ME))
    real = os.write
    monkeypatch.setattr(module.os, "write", _full)
    claim = Claim("/Users", "second")
    with pytest.raises(JournalBroken, match="No space"):
        journal.intend(claim)
    journal.missed(claim)
    journal.led(claim, "9")
    journal.created(claim, "9")
    journal.gone(claim, "9")
    journal.landmark("/Users", "7")
    monkeypatch.setattr(module.os, "write", real)

    assert "No space" in journal.broken
    with pytest.raises(JournalBroken):
        journal.intend(claim)
    assert [one.name for one in read_journal(path).open] == [ME]


def _full(_file, _text):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_a_full_disk_cut_off_does_not_swallow_the_next(journal, path, monkeypatch):
    """What is noted as soon as there is room again can be read; and no empty lines are written otherwise."""
    real, room = os.write, [5, 0]

    def tight(file, text):
        return real(file, text[: room.pop(0)]) if room[0] else _full(file, text)

    journal.intend(Claim("/Users", ME))
    monkeypatch.setattr(module.os, "write", tight)
    journal.created(Claim("/Users", ME), "9")
    monkeypatch.setattr(module.os, "write", real)
    journal.landmark("/Users", "7")
    journal.landmark("/Users", "8")

    assert read_journal(path).landmarks == [("/Users", "7"), ("/Users", "8")]
    assert "" not in path.read_text().splitlines()


def test_a_line_is_written_to_its_end(journal, path, monkeypatch):
    """A system may take a few bytes at a time."""
    real = os.write
    monkeypatch.setattr(module.os, "write", lambda file, text: real(file, text[:3]))
    journal.landmark("/Users", "7")

    assert read_journal(path).landmarks == [("/Users", "7")]


@pytest.mark.parametrize("empty", [True, False])
def test_the_file_goes_where_nothing_is_left_and_stays_otherwise(journal, path, empty):
    """It can be closed again, and what comes later is written nowhere."""
    journal.close(empty=empty)
    journal.landmark("/Users", "7")
    assert path.exists() is not empty
    journal.close(empty=not empty)

    assert path.exists() is not empty


def test_a_folder_that_was_thrown_away_ends_no_run(journal, path):
    """Somebody tidied up meanwhile: then there is nothing to remove."""
    path.unlink()
    journal.close(empty=True)

    assert not path.exists()


def test_without_a_file_everything_stays_in_memory(tmp_path, monkeypatch):
    """And nothing is written, wherever the run was started."""
    monkeypatch.chdir(tmp_path)
    journal = Journal(None, URL, MARKS)
    journal.intend(Claim("/Users", ME))
    journal.close(empty=True)

    assert (journal.broken, list(tmp_path.iterdir())) == ("", [])


# --- whose run goes on -------------------------------------------------------------------------------------


def test_a_run_goes_on_until_its_journal_is_closed(journal, path):
    """What it made is its own to delete until then; to ask changes nothing."""
    assert is_going_on(path)
    assert is_going_on(path)
    journal.close(empty=False)
    assert not is_going_on(path)
    assert not is_going_on(path)


def test_where_a_system_has_no_locks_no_run_goes_on(journal, path, monkeypatch):
    """Or else nothing could ever be cleaned up there."""
    monkeypatch.setattr(module, "fcntl", None)

    assert not is_going_on(path)


def test_a_disk_without_locks_counts_as_free(path, monkeypatch):
    """A network share, for example: a run can be made there, and be cleaned up after."""

    def refuse(_file, _how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(module.fcntl, "flock", refuse)
    Journal(path, URL).close(empty=False)

    assert not is_going_on(path)


# --- what is read back -------------------------------------------------------------------------------------


def test_what_was_noted_of_a_create_is_read_back_whole(journal, path):
    """All that proves whose a resource is has to survive a kill."""
    claims = [
        Claim("/Users", ME, EXTERNAL, before=frozenset({"7", "8"}), asked=12.5),
        Claim("/Groups", "Sales", "7f3c", marked=False, named=False),
    ]
    for claim in claims:
        journal.intend(claim)
    journal.missed(Claim("/Users", BOSS, marked=False))

    assert read_journal(path).open == [*claims, Claim("/Users", BOSS, marked=False)]


def test_a_line_holds_no_more_than_there_is_to_tell(journal, path):
    """No empty externalId, which would be anybody's, and no empty list."""
    journal.intend(Claim("/Users", ME))
    line = json.loads(path.read_text().splitlines()[-1])

    assert line == {"intend": "/Users", "name": ME, "asked": 0.0, "marked": True, "named": True}


def test_what_is_created_is_owned_and_what_is_gone_is_not_looked_for(journal, path):
    """Each by its collection, its name and its id."""
    first, second, third, team = (
        Claim("/Users", ME), Claim("/Users", "second"), Claim("/Users", "third"), Claim("/Groups", ME)
    )  # fmt: skip
    for claim in (first, second, third, team):
        journal.intend(claim)
    journal.created(first, "9")
    journal.created(second, "10")
    journal.gone(second, "10")
    journal.gone(third, None)
    journal.gone(third, "11")
    notes = read_journal(path)

    assert (notes.owned, notes.open) == ({("/Users", "9"): first}, [team])


def test_a_second_resource_of_a_create_is_owned_beside_the_first(journal, path):
    """A proxy that sends a POST twice makes two, and both are ours to delete."""
    claim = Claim("/Users", ME, EXTERNAL)
    journal.intend(claim)
    journal.created(claim, "9")
    journal.created(claim, "10")

    assert read_journal(path).owned == {("/Users", "9"): claim, ("/Users", "10"): claim}


def test_the_ids_that_answers_led_to_are_read_back(journal, path):
    """A clean-up looks there; without the create that it was an answer to, an id says nothing."""
    claim = Claim("/Users", ME)
    journal.intend(claim)
    journal.led(claim, "9")
    journal.led(claim, "10")
    journal.led(Claim("/Groups", ME), "11")

    assert [(one.name, one.led) for one in read_journal(path).open] == [(ME, ["9", "10"])]


def test_what_was_created_without_an_intention_proves_nothing_by_its_name(path):
    """The line was lost: then nobody knows what was sent."""
    notes = notes_of(path, {"created": "/Users", "name": ME, "id": "9"})

    assert notes.owned == {("/Users", "9"): Claim("/Users", ME, marked=False)}


def test_a_create_of_an_older_journal_proves_itself_by_its_name_only(path):
    """It was sent as what resources are looked up by; there was nothing else in version 0.1.0."""
    notes = notes_of(path, {"intend": "/Users", "name": ME})

    assert notes.open == [Claim("/Users", ME, "", marked=False, named=True, before=frozenset(), asked=0.0)]


def test_an_older_journal_says_where_it_belongs_and_not_what_it_marked(path):
    """It has a URL in its first line."""
    notes = notes_of(path, {"url": URL})

    assert (notes.url, notes.marks, notes.is_empty) == (URL, Marks(), True)


INTENDED = {"intend": "/Users", "name": ME}


@pytest.mark.parametrize(
    "line",
    [
        '{"created": "/Users", "name": "scimconf-abc2',
        "",
        "\N{REPLACEMENT CHARACTER}",
        "[" * 100_000,
        "[]",
        "null",
        "7",
        '"intend"',
        {},
        {"name": ME},
        {"name": ME, "id": "9"},
        {"intend": "/Users"},
        {"gone": "/Users", "id": "9"},
        {"created": "/Users", "name": "second"},
        {"created": "/Users", "name": "second", "id": None},
        {"created": "/Users", "id": "9"},
        {"led": "/Users", "name": ME},
        {"led": "/Users", "name": ME, "id": None},
        {"landmark": "/Users"},
        {"landmark": "/Users", "id": None},
        {"landmark": 7, "id": "7"},
        {"url": 7},
        {"created": "/Users", "name": "second", "id": 9},
        {"intend": ["/Users"], "name": "second"},
        {"intend": "/Users", "name": None},
        {"intend": "/Users", "name": "second", "asked": "now"},
        {"intend": "/Users", "name": "second", "marked": "yes"},
        {"intend": "/Users", "name": "second", "named": 1},
        {"intend": "/Users", "name": "second", "before": "7"},
        {"intend": "/Users", "name": "second", "before": [7]},
        {"intend": "/Users", "name": "second", "external": None},
    ],
)
def test_what_no_run_wrote_is_passed_over(path, line):
    """A torn line, or one that somebody else put there: what is around it counts, and nothing is made of it."""
    notes = notes_of(path, line, {"url": URL}, INTENDED, line, {"landmark": "/Users", "id": "7"})

    assert (notes.url, notes.owned, notes.landmarks) == (URL, {}, [("/Users", "7")])
    assert notes.open == [Claim("/Users", ME, marked=False)]


def test_bytes_that_are_no_text_are_passed_over(path):
    """A disk may return anything after a power cut."""
    notes_of(path, {"url": URL}, INTENDED)
    with path.open("ab") as file:
        file.write(b"\xff\xfe\x00\n" + json.dumps({"landmark": "/Users", "id": "7"}).encode() + b"\n")

    assert read_journal(path).landmarks == [("/Users", "7")]


@pytest.mark.parametrize("asked", [12, 12.5])
def test_a_moment_is_any_number(path, asked):
    """JSON makes no difference between 12 and 12.0."""
    assert notes_of(path, {**INTENDED, "asked": asked}).open[0].asked == asked
