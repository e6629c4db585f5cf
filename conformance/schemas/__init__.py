"""JSON Schemas of every SCIM message, and the compiler from a server's own ``/Schemas`` to JSON Schema.

``definitions`` holds the schema representations of RFC 7643 section 8.7 with its errata applied, ``corrections.json``
what the text printed there instead. Descriptions are left out.
"""

from conformance.schemas.validation import Problem, problems, problems_of

__all__ = ["Problem", "problems", "problems_of"]
