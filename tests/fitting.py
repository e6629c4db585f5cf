"""Whether results are of the schema that ships with the package, which is compiled once."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from conformance.reporting.results import schema


def fits(results: Any, part: str = "") -> None:
    """Raise where results are not of the schema.

    Args:
        results: as they stand in a file.
        part: the name of a definition, for a part of results.

    Raises:
        jsonschema.ValidationError: they are not.
    """
    _validator(part).validate(results)


@cache
def _validator(part: str) -> Draft202012Validator:
    whole = schema()
    Draft202012Validator.check_schema(whole)
    return Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": whole["$defs"]} if part else whole)
