"""The one table of dialects, which options, journeys, results and pages go by."""

from __future__ import annotations

from conformance.idp.dialect import Dialect

LEGACY = Dialect(
    "legacy",
    "Entra's default: capitalised op, booleans as strings, members removed by a value array",
    capitalised=True,
    text_booleans=True,
    labelled_roles=True,
)
COMPLIANT = Dialect(
    "compliant",
    "with aadOptscim062020 in the tenant URL: as the RFCs have it",
    folds=True,
    filtered_members=True,
)

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (LEGACY, COMPLIANT)}
"""All dialects by name, in the order in which they are played.

Source of Entra's two: Microsoft Learn, "Known issues and resolutions with SCIM 2.0 protocol compliance".
"""
