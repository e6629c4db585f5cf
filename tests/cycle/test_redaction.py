"""What the admin mapped by ``Redact`` reaches the target, and stands nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.idp.entra import ENTERPRISE_USER
from conformance.provisioning.mappings.synchronization import default_schema
from conformance.provisioning.service.job import Job
from conformance.provisioning.service.log import Entry
from conformance.provisioning.service.redaction import Redaction
from conformance.scim.exchange import Exchange
from tests.cycle.mappings import schema_with
from tests.cycle.office import Office, person
from tests.faults.rewrite import error

SECRET = "Undercover agent"
COST = f"{ENTERPRISE_USER}:costCenter"
HIDDEN = schema_with({"title": "Redact([jobTitle])", COST: "Redact([extensionAttribute1])"})


def redaction(**expressions):
    """What hides the target attributes with these expressions, once it knows the value of one."""
    found = Redaction(Job(schema_with(expressions) if expressions else HIDDEN))
    found.learn("1", "User", {"title": SECRET, COST: "4711-X"})
    return found


def test_a_redacted_value_reaches_the_target_and_shows_in_no_event():
    """The log says [Redact] for the old value and the new one."""
    clerk = person(1, jobTitle=SECRET)
    office = Office(clerk, schema=HIDDEN)
    office.cycle()
    office.cycle(clerk.changed(attributes={"jobTitle": f"{SECRET} II"}))

    assert office.stored(clerk)["title"] == f"{SECRET} II"
    assert {"displayName": "title", "oldValue": "[Redact]", "newValue": "[Redact]"} in office.events()[-1][
        "modifiedProperties"
    ]
    assert {"displayName": "title", "oldValue": "", "newValue": "[Redact]"} in office.events()[0]["modifiedProperties"]
    assert SECRET not in json.dumps(office.events())


def test_a_redacted_value_is_not_kept_with_the_link():
    """The state keeps the source object and nothing that it does not need."""
    clerk = person(1, jobTitle=SECRET)
    office = Office(clerk, schema=HIDDEN)
    office.cycle()
    office.cycle(clerk.changed(attributes={"department": "Legal"}))

    assert SECRET not in json.dumps(office.state.link(clerk.id).sent)


def test_an_endpoint_that_repeats_a_redacted_value_does_not_get_it_into_log_or_escrow():
    """Its detail is quoted without the value."""

    def gossip(call, serve):
        return error(400, detail=f"the title {SECRET} is not allowed") if call.method == "POST" else serve(call)

    clerk = person(1, jobTitle=SECRET)
    office = Office(clerk, schema=HIDDEN, behaviour=gossip)
    summary = office.cycle()

    assert "the title [Redact] is not allowed" in office.state.held(clerk.id).reason
    assert "[Redact]" in summary.failures[0]["reason"]
    assert SECRET not in json.dumps([office.events(), summary.to_json(), summary.failures])


def test_a_redacted_expression_that_fails_does_not_tell_its_value():
    """Its message would quote what it could not use."""
    schema = schema_with({"title": 'Redact(FormatDateTime([jobTitle], , "yyyy-MM-dd", "yyyy"))'})
    office = Office(person(1, jobTitle=SECRET), schema=schema)
    office.cycle()

    assert office.service.summary.failures[0]["code"] == "FailedExpression"
    assert "Redact hides why" in office.service.summary.failures[0]["reason"]
    assert SECRET not in json.dumps(office.events())


def test_the_scoping_step_hides_it_too():
    """A clause that failed is told with the value that it saw."""
    office = Office(person(1, jobTitle=SECRET), schema=HIDDEN)
    entry = Entry(person(1, jobTitle=SECRET))
    entry.skip(f"jobTitle is {SECRET!r}.")
    office.tools.values(entry.source, creating=True)
    office.tools.redaction.conceal(entry)

    assert entry.trouble.reason == "jobTitle is '[Redact]'."
    assert entry.steps[0]["description"] == "jobTitle is '[Redact]'."


@pytest.mark.parametrize(
    "body",
    [
        {"title": SECRET, ENTERPRISE_USER: {"costCenter": "4711-X"}},
        {"Resources": [{"TITLE": "somebody else's", ENTERPRISE_USER.upper(): {"costcenter": 7}}]},
        {"detail": f"{SECRET} is too long"},
        {"Operations": [{"op": "Replace", "path": "title", "value": SECRET}]},
        {"Operations": [{"op": "replace", "value": {"title": SECRET, COST: "old-0815"}}]},
    ],
)
def test_recorded_bodies_hide_it_wherever_it_stands(body):
    """In a resource, a list, an error, and in operations of both dialects; also values that nobody remembers."""
    exchange = Exchange("PATCH", "http://h/v2/Users/1", request_body=body, status=200, body=json.dumps(body))
    hidden = redaction().exchange(exchange)

    for text in (hidden.body, json.dumps(hidden.request_body)):
        assert "[Redact]" in text
        assert not [value for value in (SECRET, "4711-X", "somebody else's", "old-0815", "7}") if value in text]
    assert exchange.request_body == body


def test_a_recorded_filter_hides_it():
    """The query of a match names the value that it looks for."""
    url = "http://h/v2/Users?excludedAttributes=groups&filter=title+eq+%22Undercover+agent%22"
    hidden = redaction().exchange(Exchange("GET", url, status=200, body="not JSON: Undercover agent"))

    assert "Undercover" not in hidden.url + hidden.body
    assert "excludedAttributes=groups" in hidden.url
    assert "title+eq" in hidden.url


def test_elements_of_a_list_are_covered_by_their_sub_attribute():
    """A filtered target attribute is hidden in every element, so that none is forgotten."""
    body = {"emails": [{"type": "work", "value": "a@example.com"}, {"type": "home", "value": "b@example.com"}]}
    exchange = Exchange("GET", "http://h/v2/Users/1", status=200, body=json.dumps(body))
    hidden = redaction(**{'emails[type eq "work"].value': "Redact([mail])"}).exchange(exchange)

    assert json.loads(hidden.body) == {
        "emails": [{"type": "work", "value": "[Redact]"}, {"type": "home", "value": "[Redact]"}]
    }


def test_without_redact_nothing_is_touched():
    """The same exchange comes back, and groups are none of the users' business."""
    exchange = Exchange("GET", "http://h/v2/Users/1", status=200, body='{"title": "Clerk"}')
    group = replace(exchange, url="http://h/v2/Groups/1", body='{"title": "Clerk"}')

    assert Redaction(Job(default_schema())).exchange(exchange) is exchange
    assert json.loads(redaction().exchange(group).body) == {"title": "Clerk"}
