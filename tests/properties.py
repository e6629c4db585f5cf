"""What holds for any input at all, with the inputs to try: our parsers work, or refuse with the error they document."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from hypothesis import strategies as st

from conformance.config.options import BY_KEY, OPTIONS, UserError
from conformance.config.settings import collect
from conformance.doctor import explain, token, url
from conformance.doctor import sign_in as credentials
from conformance.doctor.examination import judge_input
from conformance.doctor.finding import Found
from conformance.judge.check import CHECKS, load
from conformance.judge.judging import judge
from conformance.parsing import DEEPEST, NotJson, parse
from conformance.recording import BadRecording, load_recording
from conformance.reporting import gate, junit, page
from conformance.reporting.github import announce
from conformance.reporting.model import Results
from conformance.reporting.results_file import BadFile, read_results
from conformance.reporting.share import share
from conformance.schemas import problems_of
from conformance.schemas.attributes import describe, walk
from conformance.schemas.compiler import compile_resource
from conformance.schemas.samples import fill
from conformance.scim import bulk
from conformance.scim.assumptions import FEATURES, Assumptions, BadAssumption
from conformance.scim.decoding import BadEncoding, Swollen, as_text, decoded
from conformance.scim.endurance import asked_to_wait
from conformance.scim.exchange import Exchange
from conformance.scim.features import Features
from conformance.scim.journal import read_journal
from conformance.scim.paths import find, find_all
from conformance.scim.target import BadTarget, encode_query, parse_tenant_url, segment, unsegment

Property = Callable[..., None]


@dataclass(frozen=True)
class Claim:
    """A property and the inputs it holds for.

    Attributes:
        holds: raises where it does not.
        inputs: one strategy for each argument.
        cost: how many times slower than the others it is.
    """

    holds: Property
    inputs: tuple[st.SearchStrategy[Any], ...]
    cost: int = 1


CLAIMS: dict[str, Claim] = {}


def for_all(*inputs: st.SearchStrategy[Any], cost: int = 1) -> Callable[[Property], Property]:
    """Register a property by the name of its function."""

    def register(holds: Property) -> Property:
        CLAIMS[holds.__name__] = Claim(holds, inputs, cost)
        return holds

    return register


# --- inputs --------------------------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(), max_size=60)  # surrogates included
WORDS = st.sampled_from([
    "schemas", "id", "name", "attributes", "subAttributes", "type", "complex", "string", "reference", "multiValued",
    "required", "value", "emails", "members", "userName", "urn:ietf:params:scim:schemas:core:2.0:User", "Resources",
    "totalResults", "schema", "schemaExtensions", "endpoint", "canonicalValues", "referenceTypes", "returned",
    "mutability", "uniqueness", "caseExact", "supported", "patch", "bulk", "pagination", "cursor", "Operations",
    "status", "bulkId", "location", "response", "meta", "version", "active", "primary", "x", "",
])  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT | WORDS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | ANY_TEXT, inner, max_size=5),
    max_leaves=25,
)
OBJECTS = st.dictionaries(WORDS | ANY_TEXT, JSON, max_size=6)
SPOILED = st.tuples(st.randoms(use_true_random=False), st.lists(SCALARS | JSON, min_size=1, max_size=3))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def spoiled(value: Any, spoil: tuple[Any, list[Any]]) -> Any:
    """A copy of a JSON value with other things in some of its places."""
    made = json.loads(json.dumps(value))
    random, others = spoil
    for other in others:
        place = random.choice(places(made)[1:] or [()])
        level = made
        for key in place[:-1]:
            level = level[key]
        if place and random.random() < 0.3:
            del level[place[-1]]
        elif place:
            level[place[-1]] = other
    return made


def written(text: str, name: str = "file") -> Path:
    """A file of this text in a folder that the process forgets at its end."""
    path = Path(FOLDER.name) / name
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return path


FOLDER = tempfile.TemporaryDirectory()

# --- SCIM ----------------------------------------------------------------------------------------------

PATHS = (
    ANY_TEXT
    | WORDS
    | st.builds('{}[{} eq "{}"].{}'.format, WORDS, WORDS, ANY_TEXT, WORDS)
    | st.builds("{}:{}[{} eq {}]".format, WORDS, WORDS, WORDS, st.sampled_from(["true", "FALSE", "12", "-1", "1e9"]))
    | st.builds("{}.{}.{}".format, WORDS, WORDS, WORDS)
)


@for_all(OBJECTS, PATHS)
def a_scim_path_leads_somewhere_or_nowhere(resource, path):
    """``find`` never raises, and agrees with ``find_all``."""
    everything = find_all(resource, path)
    assert find(resource, path) is everything[0] if everything else not find(resource, path)


@for_all(WORDS.filter(bool), JSON)
def a_path_finds_what_stands_there(name, value):
    """A name in any letter case leads to its member, unless that means absence."""
    from conformance.scim.paths import is_empty

    assert is_empty(value) or find({name.upper(): value}, name) == value


@for_all(ANY_TEXT)
def an_id_survives_its_way_through_a_url(identifier):
    """Whatever an id holds, its segment is one segment, and leads back to it."""
    made = segment(identifier)

    assert made.isascii()
    assert "/" not in made
    assert "?" not in made
    assert made not in {".", ".."}
    assert unsegment(made) == identifier


@for_all(st.lists(st.tuples(st.text("abcXYZ", min_size=1), st.text(st.characters(codec="utf-8"))), max_size=4))
def a_query_survives_its_encoding(parameters):
    """What is encoded is decoded to the same, in both forms of a space."""
    for percent in (False, True):
        assert parse_qsl(encode_query(parameters, percent=percent), keep_blank_values=True) == parameters


@for_all(
    ANY_TEXT | st.builds("https://{}{}".format, ANY_TEXT, ANY_TEXT) | st.builds("http://{}:{}/".format, WORDS, ANY_TEXT)
)
def a_tenant_url_is_taken_or_refused(text):
    """A tenant URL is split, or refused; what was split is taken again."""
    with suppress(BadTarget):
        base, query = parse_tenant_url(text)
        assert parse_tenant_url(f"{base}?{query}" if query else base) == (base, query)


@for_all(
    ANY_TEXT
    | st.from_regex(r"-?[0-9]{1,400}(\.[0-9]+)?")
    | st.builds("{}, {} {} {} {}:{}:{} GMT".format, *[ANY_TEXT] * 7)
)
def a_retry_after_is_a_number_or_nothing(text):
    """No Retry-After makes us wait for something that is no number."""
    seconds = asked_to_wait(text)
    assert seconds is None or not math.isnan(seconds)


@for_all(OBJECTS, ANY_TEXT)
def discovery_documents_are_read(config, name):
    """What an endpoint says of itself is read, whatever it says."""
    rows = [value for value in config.values() if isinstance(value, dict)]
    features = Features(config, rows, rows)
    assert features.offers("patch") in {True, False, None}
    features.resource_type(name)
    features.attribute(name, f"{name}.value")
    features.lists_user_attribute(name)


@for_all(ANY_TEXT | JSON.map(json.dumps))
def an_answer_is_looked_into(body):
    """The properties of an exchange never raise but for ``json``, which raises what it documents."""
    exchange = Exchange("GET", "https://a.example/Users", status=200, body=body, headers={"location": body[:50]})
    assert isinstance(exchange.resource, dict)
    assert all(isinstance(row, dict) for row in exchange.listed)
    assert all(isinstance(name, str) for name in exchange.listed_ids)
    with suppress(NotJson):
        _ = exchange.json


@for_all(OBJECTS | st.fixed_dictionaries({"Operations": st.lists(OBJECTS, max_size=3)}))
def a_bulk_answer_is_read(body):
    """What came of a job is read, whatever the answer holds."""
    job = bulk.plan(
        [{"method": "POST", "path": "/Users", "bulkId": "x", "data": {"userName": "a"}}], None, lambda *_: True
    )
    exchange = Exchange("POST", "https://a.example/Bulk", status=200, body=json.dumps(body))
    for row in bulk.rows(exchange):
        bulk.code(row)
        bulk.place(row)
    for creation in job.creations:
        assert isinstance(bulk.result(creation, exchange), dict)


# --- JSON and bytes ------------------------------------------------------------------------------------


@for_all(ANY_TEXT | st.text('[]{},:"0123456789.eE-+ nulltrefasNaIfinity\\u', max_size=80))
def text_is_json_or_is_not(text):
    """Text is parsed, or refused as no JSON."""
    with suppress(NotJson):
        json.dumps(parse(text), allow_nan=False)


@for_all(JSON)
def json_is_read_as_it_was_written(value):
    """What json writes is read back the same."""
    assert parse(json.dumps(value)) == value


@for_all(st.integers(DEEPEST - 2, DEEPEST + 2) | st.integers(1, 3 * DEEPEST), st.booleans())
def depth_is_bounded(levels, lists):
    """JSON is read down to a depth, and refused below it; never with another error."""
    text = "[" * levels + "]" * levels if lists else '{"a":' * levels + "1" + "}" * levels
    try:
        parse(text)
    except NotJson:
        assert levels > DEEPEST
    else:
        assert levels <= DEEPEST


@for_all(
    st.binary(max_size=200),
    st.lists(st.sampled_from(["gzip", "deflate", "br", "identity", "x-gzip"]) | ANY_TEXT, max_size=3),
)
def bytes_are_decoded_within_a_limit(raw, encodings):
    """A body is decoded or refused, and never larger than the limit."""
    with suppress(BadEncoding, Swollen):
        assert len(decoded(raw, ",".join(encodings), 500)) <= 500


@for_all(
    st.binary(max_size=200),
    st.none() | ANY_TEXT | st.sampled_from(["utf-16", "punycode", "idna", "rot13", "undefined"]),
)
def bytes_become_text(raw, charset):
    """Whatever the charset, there is a text."""
    assert isinstance(as_text(raw, charset), str)


# --- schemas -------------------------------------------------------------------------------------------

ATTRIBUTES = st.recursive(
    st.dictionaries(WORDS, SCALARS | st.lists(SCALARS, max_size=3), max_size=8),
    lambda inner: st.fixed_dictionaries(
        {"name": WORDS, "type": WORDS | ANY_TEXT, "subAttributes": st.lists(inner, max_size=3) | JSON}
    ),
    max_leaves=6,
)
SCHEMAS = st.lists(
    st.fixed_dictionaries({"id": WORDS | JSON, "attributes": st.lists(ATTRIBUTES | JSON, max_size=4)}) | OBJECTS,
    max_size=3,
)


@for_all(OBJECTS, SCHEMAS, JSON)
def any_schemas_are_compiled(kind, schemas, instance):
    """Whatever /Schemas says becomes a JSON Schema that judges any resource, and a body that can be sent."""
    kind = kind | {"schema": schemas[0].get("id")} if schemas else kind
    found = describe(kind, schemas)
    core = found.pop("", ())
    schema = compile_resource(core, dict(found))
    json.dumps(schema)
    assert all(problem.expected for problem in problems_of(instance, schema))
    assert len({id(attribute) for attribute in walk(core)}) == len(list(walk(core)))
    json.dumps([fill(core, {}), fill(core, {}, other=True)])


# --- files ---------------------------------------------------------------------------------------------

VALUES = (
    st.booleans()
    | st.integers()
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.lists(st.integers(), max_size=2)
)


@for_all(
    st.text(st.characters(codec="utf-8"), max_size=60)
    | st.dictionaries(st.sampled_from([option.name for option in OPTIONS]) | WORDS, VALUES, max_size=4).map(
        lambda table: "\n".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())
    )
)
def settings_are_taken_or_refused(text):
    """scim.toml is read, or refused."""
    path = written(text, "scim.toml")
    with suppress(UserError):
        values = collect({}, str(path))
        assert set(values) == {*BY_KEY, "target"}


TARGETS = st.dictionaries(
    st.sampled_from(["user-domain", "matching", "capabilities", "user", "group", "allowed", "not-stored"]) | WORDS,
    JSON
    | st.dictionaries(st.sampled_from(FEATURES) | WORDS, st.booleans() | st.lists(SCALARS, min_size=1), max_size=3),
    max_size=4,
)


@for_all(TARGETS | JSON, OBJECTS)
def assumptions_are_taken_or_refused(table, body):
    """The ``[target]`` table is read, or refused; what was read survives its recording, and can be applied."""
    try:
        made = Assumptions.parse(table)
    except BadAssumption:
        return
    assert Assumptions.from_json(json.loads(json.dumps(made.to_json()))) == made
    assert isinstance(made.applied("/Users", {"userName": "a", "emails": [{"value": "b"}]}), dict)
    made.keeps("emails.value")


@for_all(
    st.text(st.characters(codec="utf-8"), max_size=60)
    | st.lists(
        st.dictionaries(st.sampled_from(["id", "reason", "link", "expires", "x"]), VALUES, max_size=4), max_size=3
    ).map(
        lambda rows: "\n".join(
            "[[tolerated]]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in row.items()) for row in rows
        )
    )
)
def a_baseline_is_taken_or_refused(text):
    """A baseline is read, or refused with one sentence."""
    with suppress(BadFile):
        for entry in gate.read_baseline(written(text, "baseline.toml"), ["a"]):
            assert gate.Tolerated.from_json(entry.to_json()) == entry


@for_all(JSON.map(json.dumps) | ANY_TEXT)
def results_are_taken_or_refused(text):
    """A file that is no results.json is refused."""
    with suppress(BadFile):
        read_results(written(text, "results.json"))


@for_all(st.lists(ANY_TEXT | JSON.map(json.dumps), max_size=5))
def a_journal_is_read_as_far_as_it_goes(lines):
    """Lines that are none of ours are passed over, and what is left can be cleaned up."""
    notes = read_journal(written("\n".join(lines), "journal-x.jsonl"))
    for claim in [*notes.owned.values(), *notes.open]:
        assert isinstance(claim.collection, str)
        assert isinstance(claim.name, str)
        assert claim.asked + 1.0 > claim.asked - 1.0
    assert all(isinstance(place, str) and isinstance(identifier, str) for place, identifier in notes.owned)


@for_all(st.lists(ANY_TEXT | JSON.map(json.dumps), max_size=4))
def a_recording_is_taken_or_refused(lines):
    """A file that is no recording is refused."""
    with suppress(BadRecording):
        load_recording(written("\n".join(lines), "recording.jsonl"))


def of_a_run(results: dict[str, Any], recording: list[dict[str, Any]]) -> dict[str, Claim]:
    """The claims for files of a real run in which something was changed by hand.

    Args:
        results: of the run.
        recording: the lines of its recording.
    """
    load()

    def a_changed_results_file_is_shown_or_refused(spoil):
        """Every rendering of results that are of their schema works."""
        path = written(json.dumps(spoiled(results, spoil)), "results.json")
        try:
            read = read_results(path)
        except BadFile:
            return
        page.render(read)
        page.render(share(read))
        page.compare({"a": read, "b": Results.from_json(results)})
        junit.render(read)
        announce(read, {"GITHUB_ACTIONS": "true"})
        gate.badge(read)
        gate.compare(Results.from_json(results), read)
        gate.write_baseline(read)

    def a_changed_recording_is_judged_or_refused(spoil):
        """Whatever a recording holds, each check comes to a verdict."""
        lines = spoiled(recording, spoil)
        try:
            loaded = load_recording(written("\n".join(map(json.dumps, lines)), "recording.jsonl"))
        except BadRecording:
            return
        for name in loaded.header["checks"]:
            identifier, _, dialect = name.rstrip("]").partition("[")
            assert judge(CHECKS[identifier], dialect, loaded).verdict

    return {
        "results": Claim(a_changed_results_file_is_shown_or_refused, (SPOILED,), 10),
        "recording": Claim(a_changed_recording_is_judged_or_refused, (SPOILED,), 10),
    }


# --- the doctor ----------------------------------------------------------------------------------------

PASTED = ANY_TEXT | st.builds(
    "{}{}{}".format, st.sampled_from(["https://", "http://[", "//", '"https://']), ANY_TEXT, WORDS
)


@for_all(PASTED, st.none() | ANY_TEXT | st.builds("Bearer {}.{}.{}".format, ANY_TEXT, ANY_TEXT, ANY_TEXT))
def what_was_pasted_is_taken_or_explained(text, secret):
    """A tenant URL and a token are good, or have a cause of the doctor's."""
    with suppress(Found):
        url.judge(text)
    with suppress(Found):
        token.judge(secret or "")
    assert judge_input(text, secret).sentence
    claims = credentials.claims_of(secret or "")
    assert claims is None or isinstance(claims, dict)


@for_all(ANY_TEXT)
def a_message_is_searched_for_codes(text):
    """Any text can be asked about."""
    explain.find(text)
    explain.near(text)
