"""The doctor is quick with a healthy endpoint, frugal with a hostile one, and never gives a token away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from functools import partial

import pytest

from conformance.doctor import examination as doctor
from conformance.doctor.case import Patience
from conformance.doctor.raw_http import Line
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from tests.diagnose.endpoints import endless, http, reply, serving
from tests.diagnose.healthy import healthy
from tests.diagnose.situations import TOKEN

# The peak is VmHWM: what getrusage() tells begins with the peak of the process that started this one, which is pytest.
MEASURED = """
import re, sys
from pathlib import Path
from conformance.commands.main import main
code = main(["diagnose", "--url", sys.argv[1], "--timeout", "3", "--json"])
peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(code, peak // 1024, file=sys.stderr)
"""


def test_a_healthy_endpoint_takes_less_than_a_second_and_twelve_requests():
    """The whole examination is over in a moment."""
    came = []
    with serving(http(healthy(), came)) as endpoint:
        begin = time.monotonic()
        done = doctor.examine(Target(f"http://127.0.0.1:{endpoint.port}/scim", token=Secret(TOKEN)))
        seconds = time.monotonic() - begin

    assert done.ok
    assert seconds < 1
    assert len(came) == done.requests <= 12


def test_a_runs_look_takes_one_request_where_all_is_well():
    """A run goes on by itself."""
    came = []
    with serving(http(healthy(), came)) as endpoint:
        target = Target(f"http://127.0.0.1:{endpoint.port}/scim", token=Secret(TOKEN))
        assert not doctor.examine(target, brief=True).stops

    assert len(came) == 1


def test_an_endless_body_takes_little_memory(tmp_path):
    """Less than 200 MB, the interpreter and its libraries included."""
    with serving(endless) as endpoint:
        command = [sys.executable, "-c", MEASURED, f"http://127.0.0.1:{endpoint.port}/scim"]
        environment = os.environ | {"SCIM_TOKEN": TOKEN, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True
        )

    code, megabytes = done.stderr.split()
    assert code == "1"
    assert '"http-endless"' in done.stdout
    assert int(megabytes) < 200


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_second_origin_never_sees_a_request(status):
    """A redirect is told, not followed."""
    came = []
    with serving(http(healthy(), came)) as other:
        place = f"http://127.0.0.1:{other.port}/scim/Users"
        with serving(http(lambda _: reply(status, location=place))) as endpoint:
            target = Target(f"http://127.0.0.1:{endpoint.port}/scim", token=Secret(TOKEN))
            done = doctor.examine(target, patience=Patience(1, 1))

    assert done.cause.layer == "http"
    assert came == []


def test_of_an_answer_no_header_is_kept_that_may_not_be_told():
    """A token in the name of one goes no further than the connection."""
    said = reply(200, {}, X_Canary="1", Set_Cookie="a=b", WWW_Authenticate="Bearer", **{TOKEN: "1"})
    with serving(http(lambda _: said)) as endpoint:
        plug = partial(socket.create_connection, ("127.0.0.1", endpoint.port))
        line = Line(plug, 5)
        answer = line.get(f"http://127.0.0.1:{endpoint.port}/scim", {})
        line.close()

    assert sorted(answer.headers) == ["content-length", "content-type", "www-authenticate"]
