"""Microsoft's gallery gate: the token endpoint."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Failure, Kind, Level, show

SHORTEST, LONGEST = 3600, 21600


@check("gallery-validate-credentials", covers=["ENTRA-GALLERY-09"], profile="gallery")
def test_validate_credentials(credentials: Steps) -> None:
    """Validate_Credentials: the token endpoint gives a token for 60 to 360 minutes, and SCIM takes it.

    Entra asks for a token again and again during a cycle; the gate measures its life.

    Fix: let tokens of the client-credentials grant live for one to six hours, say so in expires_in, and accept them.
    """
    token = credentials["token"]
    expect.status(token, *range(200, 300))
    told = expect.resource(token).get("expires_in")
    wanted = f"expires_in between {SHORTEST} and {LONGEST} seconds"
    if told is None:
        # RFC 6749 section 5.1 only recommends it; the life is unknown then, and not wrong.
        raise Failure(wanted, "none", path="expires_in", level=Level.SHOULD, kind=Kind.MISSING_VALUE)
    try:
        life = float(str(told))
    except ValueError:
        life = -1.0
    if isinstance(told, bool) or not SHORTEST <= life <= LONGEST:
        raise Failure(wanted, show(told), path="expires_in", kind=Kind.WRONG_VALUE)
    expect.status(credentials["call"], *range(200, 300))
