"""What the files of a run say of provisioning cycles and of load, from ``results.json`` alone."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html import unescape

import pytest
from jsonschema import ValidationError

from conformance.reporting import cycle, github, page, timeline
from conformance.reporting.model import Results
from conformance.reporting.rail import stages
from conformance.reporting.share import share
from conformance.reporting.terminal import summary
from tests import cycle_results as made
from tests.fitting import fits

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\x1b[31mred\x07'
SENTENCE = (
    "Diego Álvarez: active expected false, got true after cycle 2 (A leaver is disabled), legacy, "
    "by PATCH /Users/target-1 (cycle 2, request 14)"
)


def words(markup):
    """The text of a page's part, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def members(value, path=()):
    """Every member of the new parts, by its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, one in items:
        if isinstance(name, str):
            yield (*path, name)
        yield from members(one, (*path, name))


def without(results, path):
    """The results without one member."""
    at = results
    for name in path[:-1]:
        at = at[name]
    del at[path[-1]]
    return results


OPTIONAL = {"cycle", "load", "throughput", "workers", "id", "ReportableIdentifier", "200", "201", "500", "detail"}


def test_made_up_results_are_of_the_schema():
    """40 events in two dialects, good and bad, fit; so do results that have neither member."""
    for good in (True, False):
        results = made.results(good=good)
        fits(results)
    del results["cycle"], results["load"]
    fits(results)


@pytest.mark.parametrize("member", ["cycle", "load"])
def test_a_missing_field_is_noticed(member):
    """Each member that is not optional, taken out alone, makes the results invalid."""
    whole = made.results()
    paths = [path for path in members(whole[member], (member,)) if path[-1] not in OPTIONAL]
    unnoticed = []
    for path in paths:
        try:
            fits(without(made.results(), path))
        except ValidationError:
            continue
        unnoticed.append(path)

    assert len(paths) > 20
    assert unnoticed == []


def test_the_first_screen_names_who_was_lost_and_the_request():
    """Person, attribute, expected, got and request stand in one sentence before what to fix."""
    text = page.render(made.typed())
    told = words(text.partition('<section class="lost"')[2].partition("</section>")[0])

    assert "Diego Álvarez : active expected false , got true after cycle 2 (A leaver is disabled)" in told
    assert "by PATCH /Users/target-1 (cycle 2, request 14)" in told
    assert "More than 40 % of all objects failed." in told
    assert text.index('class="lost"') < text.index("Fix these first")


def test_a_good_run_says_that_nobody_was_lost():
    """A reader need not infer it from silence."""
    told = words(page.render(made.typed(good=True)))

    assert "Nobody was lost: legacy: 4 cycles, 120 requests, 0 differences" in told


def test_a_run_without_cycles_and_load_shows_neither():
    """The page, the rail and the summaries are as they were."""
    results = replace(made.typed(), cycle=None, load=None)
    results = replace(results, checks=[replace(row, check="user-disable-applied") for row in results.checks])
    stream = io.StringIO()
    summary(results, None, stream)

    assert 'id="cycle"' not in page.render(results)
    assert {"cycle", "load"} & {stage.name for stage in stages(results)} == set()
    assert "cycles," not in github.summary(results) + stream.getvalue()


def test_the_rail_has_a_stage_for_each():
    """Checks whose ids begin with cycle- and load- are stages of their own, after the others."""
    found = {stage.name: stage.state for stage in stages(made.typed())}

    assert list(found)[-2:] == ["cycle", "load"]
    assert (found["cycle"], found["load"]) == ("fails", "works")


@pytest.mark.parametrize("render", ["terminal", "markdown"])
def test_the_short_forms_name_the_person_and_the_load(render, monkeypatch):
    """The terminal and the job summary have the same sentence."""
    monkeypatch.setenv("COLUMNS", "300")
    stream = io.StringIO()
    summary(made.typed(), None, stream)
    told = stream.getvalue() if render == "terminal" else github.summary(made.typed())

    assert SENTENCE in told
    assert "legacy: 4 cycles, 120 requests, 1 failed, 1 difference, in quarantine after cycle 3" in told
    assert "24.8 of the 25 wanted requests a second over 60 s: 1488 requests, 3 errors (0.2 %), 8 at once" in told


def test_each_event_folds_out_to_steps_properties_and_error():
    """What the portal shows of an event is there: numbered steps, old and new values, code, reason, action."""
    part = made.results()["cycle"]["dialects"][0]
    told = words(timeline.section([part]).partition('id="event-legacy-14"')[2].partition("</details>")[0])

    for said in (
        "2026-11-01 10:40:01", "update ✗ failure Diego Álvarez target-1",
        "SystemForCrossDomainIdentityManagementServiceIncompatible (failure)", "answered HTTP 500", "Answer 204",
        "✓ success Import user", "✓ success Determine if user is in scope", "✗ failure Provision user",
        "active True False", "userName (none) user1@contoso.example",
    ):  # fmt: skip
        assert said in told, said


def test_an_event_on_demand_shows_the_portals_five_steps():
    """Those that were not reached are named too; of the connection the log tells only where it failed."""
    part = made.results()["cycle"]["dialects"][0]
    told = words(timeline.section([part]).partition('id="event-legacy-19"')[2].partition("</details>")[0])

    assert re.findall(r"(\w+) (Test|Import|Determine|Match|Perform) ", told) == [
        ("success", "Test"), ("success", "Import"), ("success", "Determine"), ("reached", "Match"),
        ("reached", "Perform"),
    ]  # fmt: skip


def test_a_failed_connection_is_the_first_of_the_five_steps():
    """A step that is about the connection counts as no import."""
    part = made.results()["cycle"]["dialects"][0]
    step = part["events"][19]["provisioningSteps"][0] | {"name": "EntryTestConnection", "status": "failure"}
    part["events"][19]["provisioningSteps"] = [step]
    told = words(timeline.section([part]).partition('id="event-legacy-19"')[2].partition("</details>")[0])

    assert "✗ failure Test connection" in told
    assert "not reached Import user" in told


def test_events_are_told_apart_by_the_cycles_id_or_else_by_time():
    """A cycle's own id decides where it is given."""
    part = made.results()["cycle"]["dialects"][0]
    event = part["events"][14]

    assert timeline.cycle_of(part, event)["number"] == 3
    part["cycles"][3]["id"] = event["cycleId"]
    assert timeline.cycle_of(part, event)["number"] == 4


def test_a_difference_links_to_its_event():
    """The last event about the same target object in that cycle."""
    part = made.results()["cycle"]["dialects"][0]

    assert timeline.anchor(part, 2, "target-1") == "event-legacy-11"
    assert timeline.anchor(part, 2, "") == timeline.anchor(part, 2, "elsewhere") == ""


def test_a_cut_log_says_so():
    """How many of how many, and which file has all."""
    part = made.results()["cycle"]["dialects"][0] | {"events_total": 12_345}

    assert "legacy: 20 of 12345 events are shown; the file provisioning-legacy.jsonl has all" in words(
        timeline.section([part])
    )


def test_many_differences_are_folded_after_the_first_five():
    """The first screen stays one screen."""
    results = made.results()
    part = results["cycle"]["dialects"][0]
    part["differences"] = [part["differences"][0] | {"attribute": f"attribute-{number}"} for number in range(9)]
    told = cycle.first(Results.from_json(results))

    assert "9 differences" in told
    assert "and 4 more</summary><ol start=" in told


def test_hostile_strings_stay_text():
    """Markup and escape sequences in every string that can hold any text, in each format."""
    whole = made.typed()
    results = Results.from_json(made.hostile(made.results(), HOSTILE))
    results = replace(results, profiles=whole.profiles, checks=whole.checks)
    told = page.render(results) + github.summary(results)
    stream = io.StringIO()
    summary(results, None, stream)

    assert "<img" not in page.render(results)
    assert page.render(results).count("<script>") == 1
    assert "&lt;script&gt;alert(2)" in told
    assert "\x1b" not in told + stream.getvalue()


CANARIES = (
    *made.PEOPLE, "contoso.example", "target-", "source-", "tenant-7", "boom-canary", "admin@", "worker-", "acme",
    "/home/bob", "4d1d9ec4-8b0a-4d0b-8b3a-5a1f0c6f1b1a", "mail.canary", "Contoso app", "scimconf-canary",
)  # fmt: skip


def test_a_shared_report_names_nobody_of_a_cycle():
    """People, ids, hosts, tenants and what sentences say of them are gone; the result is still of the schema."""
    results = made.results()
    part = results["cycle"]["dialects"][0]
    part["log"] = "/home/bob/provisioning-legacy.jsonl"
    part["differences"][0] |= {"attribute": 'members[value eq "target-1"]', "got": "scimconf-canary"}
    part["events"][14]["provisioningSteps"][0]["description"] = (
        "Read https://mail.canary/x for 4d1d9ec4-8b0a-4d0b-8b3a-5a1f0c6f1b1a, someone@mail.canary"
    )
    error = part["events"][14]["provisioningStatusInfo"]["errorInformation"]
    error["additionalDetails"] = 'not JSON: {"user": "boom-canary'
    shared = share(Results.from_json(results))
    text = json.dumps(shared.to_json(), ensure_ascii=False)

    assert [canary for canary in CANARIES if canary in text] == []
    fits(shared.to_json())
    page.render(shared)


def test_a_shared_report_still_tells_the_story():
    """The same person has the same pseudonym in the difference and in the log; truths, actions and codes stay."""
    part = share(made.typed()).cycle["dialects"][0]
    event = part["events"][14]
    wrong = part["differences"][0]

    assert wrong["person"] == event["sourceIdentity"]["displayName"]
    assert wrong["id"] == event["targetIdentity"]["id"]
    assert wrong["id"] in wrong["request"]
    assert (wrong["attribute"], wrong["expected"], wrong["got"]) == ("active", "false", "true")
    assert event["modifiedProperties"][1] == {"displayName": "active", "oldValue": "True", "newValue": "False"}
    assert event["provisioningAction"] == "update"
    assert part["cycles"][1]["title"] == "A leaver is disabled"


def many(number, **members):
    """Results with a difference that many have in common, beside those of the made-up ones."""
    results = made.results()
    part = results["cycle"]["dialects"][0]
    one = {
        "kind": "manager", "collection": "/Users", "attribute": "manager", "expected": "Ada", "cycle": 1,
        "got": "no manager (refused: StatusCode: 400 Message: no)",
    } | members  # fmt: skip
    part["differences"] = [
        one | {"person": f"p{n}", "id": f"i{n}", "request": f"PATCH /Users/i{n} (cycle 1, request {n})"}
        for n in range(number)
    ]
    return Results.from_json(results)


def test_what_many_have_in_common_is_told_once():
    """The reason first, then a few names; on the page they all fold out."""
    results = many(24)
    [sentence] = [one for one in cycle.sentences(results) if "manager" in one]
    screen = words(cycle.first(results))

    assert sentence.startswith(
        "manager: got no manager (refused: StatusCode: 400 Message: no) for 24 people after cycle 1"
    )
    assert sentence.endswith("p0 (expected Ada, by PATCH /Users/i0 (cycle 1, request 0)), p1, p2 and 21 more")
    assert "24 differences, the first of p0" in screen
    assert "p23 : manager expected Ada" in screen


def test_values_of_their_own_are_told_together_without_one_of_them():
    """Another value for each of them is one reason."""
    [sentence] = [one for one in cycle.sentences(many(2, got='"Grace"')) if "manager" in one]

    assert sentence.startswith("manager: another value for 2 people after cycle 1")


def test_one_difference_is_told_as_it_is():
    """Who, what, expected, got, and by which request."""
    [sentence] = [one for one in cycle.sentences(many(1)) if "manager" in one]

    assert sentence.startswith("p0: manager expected Ada, got no manager (refused: ")
