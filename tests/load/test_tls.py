"""Which certificates a load trusts."""

from __future__ import annotations

import ssl

import pytest
import trustme

from tests.house import House, serving
from tests.load.runs import load


@pytest.mark.parametrize("trusted", [True, False], ids=["--ca-bundle", "--insecure"])
def test_tls_is_what_the_user_said(tmp_path, trusted):
    """A load trusts the user's roots, and whatever comes where the user said so."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    option = ["--ca-bundle", str(tmp_path / "ca.pem")] if trusted else ["--insecure"]
    with serving(House(admits=lambda _headers: True), context) as house:
        _, output, results = load(house.url, tmp_path, "--duration", "1", *option)
    statuses = {status for row in results["load"]["operations"] for status in row["statuses"]}

    assert statuses == {"200"}, output
