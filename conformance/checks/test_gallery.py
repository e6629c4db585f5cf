"""Microsoft's gallery gate: the direct tests of its Logic App template, under its own names."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from conformance.checks.test_group_life import taken_as_sent
from conformance.idp.entra import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from conformance.journeys.paging import PAGE, PEOPLE
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.features import Features, documents, is_catch_all, is_config
from conformance.scim.paths import find, is_empty, number
from conformance.verdict import Failure, Kind, show

MAPPED = ("userName", "active", "displayName", "title", "emails.value", "name.givenName", "name.familyName")


def _cleared(change: Step, read: Step) -> None:
    """Every attribute is empty: null, absent and "" are all accepted by the gate."""
    expect.accepted(change)
    expect.status(read, 200)
    cleared = change.facts["cleared"]
    kept = {path: find(expect.shown(read), path) for path in cleared}
    left = [f"{path} = {show(value)}" for path, value in kept.items() if value != "" and not is_empty(value)]
    expect.nothing(left, f"{', '.join(cleared)} empty", path=cleared[0], kind=Kind.UNWANTED_VALUE)


@check("gallery-schema-discoverability", covers=["ENTRA-GALLERY-01"], profile="gallery")
def test_schema_discoverability(discovery: Steps) -> None:
    """Schema_Discoverability_Test: /Schemas lists the User and the Group schema with every mapped attribute.

    Without a Group schema all mandatory group tests of the gate fail.

    Fix: answer GET /Schemas with a ListResponse that holds both schemas and all their attributes.
    """
    expect.list_response(discovery["schemas"])
    features = Features.of(discovery.played.answers)
    wanted = (CORE_USER, CORE_GROUP) if features.has_groups else (CORE_USER,)
    missing = [urn for urn in wanted if features.schema(urn) is None]
    missing += [path for path in MAPPED if features.schema(CORE_USER) and not features.attribute(CORE_USER, path)]
    expect.nothing(missing, "both schemas and every mapped attribute", path="Resources", kind=Kind.MISSING_VALUE)


@check("gallery-config-there", covers=["ENTRA-GALLERY-13"], profile="gallery")
def test_config_is_there(discovery: Steps) -> None:
    """The ServiceProviderConfig can be read.

    Without it nobody knows what the endpoint offers: sorting, bulk jobs and versions are taken for unknown.

    Fix: answer GET /ServiceProviderConfig with 200 and what is supported (RFC 7643 section 5).
    """
    step = discovery["service-provider-config"]
    expect.status(step, 200)
    if not is_config(expect.resource(step)):
        raise Failure("what is supported", _something_else(step), kind=Kind.BODY, subject="catch-all")


@check("gallery-types-there", covers=["ENTRA-GALLERY-13"], profile="gallery")
def test_types_are_there(discovery: Steps) -> None:
    """The resource types can be read.

    Without them nobody knows whether the endpoint has groups, and which extensions its users have.

    Fix: answer GET /ResourceTypes with 200 and a ListResponse of the types (RFC 7643 section 6).
    """
    step = discovery["resource-types"]
    expect.status(step, 200)
    if not documents(step.exchange):
        raise Failure("a list of the types", _something_else(step), kind=Kind.BODY, subject="catch-all")


def _something_else(step: Step) -> str:
    """What was answered where another document belongs."""
    return "an empty list, as it is given to any path" if is_catch_all(step.exchange) else show(step.exchange.body)


@check("gallery-null-update-empty", covers=["ENTRA-GALLERY-02"], profile="gallery")
def test_null_update_by_empty_string(null_update: Steps) -> None:
    """SCIM_Null_Update: an empty string empties an attribute.

    The gate replaces optional attributes by "" and reads them back.

    Fix: store "", or remove the attribute.
    """
    _cleared(null_update["clear-empty"], null_update["read-empty"])


@check("gallery-null-update-null", covers=["ENTRA-GALLERY-02"], profile="gallery")
def test_null_update_by_null(null_update: Steps) -> None:
    """SCIM_Null_Update: null empties an attribute.

    The gate replaces optional attributes by null and reads them back.

    Fix: take null for "no value" (RFC 7643 section 2.5).
    """
    _cleared(null_update["clear-null"], null_update["read-null"])


@check("gallery-null-update-pathless", covers=["ENTRA-GALLERY-02"], profile="gallery")
def test_null_update_without_path(null_update: Steps) -> None:
    """SCIM_Null_Update: an operation without path empties several attributes.

    The non-verbose variant of the gate's test.

    Fix: apply every member of a path-less value, empty strings included.
    """
    _cleared(null_update["clear-pathless"], null_update["read-pathless"])


@check("gallery-user-create", covers=["ENTRA-GALLERY-03"], profile="gallery")
def test_user_create(create_full: Steps) -> None:
    """SCIM_User_Create: a user is created with an id, and its userName comes back.

    The gate's first direct test.

    Fix: answer 201 with the stored user.
    """
    step = create_full["create"]
    expect.status(step, 200, 201)
    expect.present(step, "id")
    expect.attribute(step, "userName", step.exchange.request_body["userName"])


@check("gallery-user-update", covers=["ENTRA-GALLERY-04"], profile="gallery")
def test_user_update(patch_attributes: Steps) -> None:
    """SCIM_User_Update: single-valued attributes are changed and read back.

    The gate compares every value.

    Fix: apply every operation of a PATCH.
    """
    paths = ("displayName", "name.givenName", "name.familyName", f"{ENTERPRISE_USER}:employeeNumber")
    expect.applied(expect.done(patch_attributes, "replace-many"), patch_attributes["read"], *paths)


@check("gallery-update-manager", covers=["ENTRA-GALLERY-05"], profile="gallery")
def test_update_manager(patch_manager: Steps) -> None:
    """SCIM_Update_Manager: a manager is added, replaced, and replaced by an empty string.

    The gate asks for all three in a row.

    Fix: read the manager as a bare id, and "" as none.
    """
    for change, read in (("set", "read-set"), ("change", "read-changed")):
        expect.accepted(patch_manager[change])
        step = patch_manager[read]
        expect.attribute(step, f"{ENTERPRISE_USER}:manager.value", step.facts["manager"])
    expect.accepted(patch_manager["remove-empty"])
    value = find(expect.resource(patch_manager["read-removed-empty"]), f"{ENTERPRISE_USER}:manager.value")
    if not is_empty(value) and value != "":
        raise Failure("no manager", show(value), path=f"{ENTERPRISE_USER}:manager", kind=Kind.UNWANTED_VALUE)


@check("gallery-group-create", covers=["ENTRA-GALLERY-06"], profile="gallery")
def test_gallery_group_create(group_life: Steps, create_full: Steps) -> None:
    """SCIM_Group_Create: a group is created with an id, and its displayName comes back.

    Group tests are mandatory since August 2026.

    Fix: answer 201 with the stored group.
    """
    taken_as_sent(create_full)
    step = group_life["create"]
    expect.status(step, 200, 201)
    expect.present(step, "id")
    expect.attribute(step, "displayName", expect.sent(step, "displayName"))


@check("gallery-group-update", covers=["ENTRA-GALLERY-07"], profile="gallery")
def test_gallery_group_update(group_life: Steps) -> None:
    """SCIM_Group_Update: single-valued attributes of a group are changed and read back.

    Group tests are mandatory since August 2026.

    Fix: apply replace of displayName and externalId.
    """
    expect.applied(group_life["rename"], group_life["read-renamed"])
    expect.applied(group_life["external-id-change"], group_life["read-renamed"])


@check("gallery-user-pagination", covers=["ENTRA-GALLERY-08"], profile="gallery")
def test_user_pagination(paging: Steps) -> None:
    """SCIM_User_Pagination: eleven users come in pages of five whose startIndex is echoed.

    The gate takes a missing startIndex for 0 and a short page in the middle for an end.

    Fix: honour startIndex and count, and answer both startIndex and totalResults.
    """
    step = paging["gate"]
    for exchange in step.exchanges:
        if exchange.status != 200:
            raise expect.answered(exchange, "HTTP 200 for every page")
        asked = int(parse_qs(urlsplit(exchange.url).query)["startIndex"][0])
        if exchange.resource.get("startIndex") != asked:
            raise Failure(
                f"startIndex {asked}",
                show(exchange.resource.get("startIndex")),
                path="startIndex",
                kind=Kind.WRONG_VALUE,
            )
        if len(exchange.listed) > PAGE:
            raise Failure(f"at most {PAGE} users", f"{len(exchange.listed)}", path="Resources", kind=Kind.COUNT)
    total = number(step.exchanges[0].resource.get("totalResults"))
    if total < PEOPLE or len(step.exchanges) == 1:
        raise Failure(
            f"{PEOPLE} users or more on two pages or more",
            f"{total} users on {len(step.exchanges)} pages",
            kind=Kind.COUNT,
        )
