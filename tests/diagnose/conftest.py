"""Calls the doctor on a situation, with the lab's own names."""

from __future__ import annotations

import json
import socket

import pytest

from conformance.commands.main import main
from tests.hurried import hurry

TIMEOUT = "1"


class Doctor:
    """``scim-conformance diagnose`` in this process."""

    def __init__(self, monkeypatch, capsys, folder):
        self._patch, self._capsys, self._folder = monkeypatch, capsys, folder

    def __call__(self, situation):
        """Diagnose for machines: exit code, contract, and all that was printed."""
        code, text = self._run(situation, "--json")
        return code, json.loads(text), text

    def text(self, situation, *options):
        """Diagnose for people: what was printed."""
        return self._run(situation, *options)[1]

    def _run(self, situation, *options):
        with situation.opening(self._folder) as given:
            self._patch.setattr(socket, "getaddrinfo", resolver(given.names))
            for name, value in given.environment.items():
                self._patch.setenv(name, value)
            if given.token is None:
                self._patch.delenv("SCIM_TOKEN", raising=False)
            else:
                self._patch.setenv("SCIM_TOKEN", given.token)
            arguments = ["diagnose", "--url", given.url, "--timeout", TIMEOUT, *options]
            for name, value in given.options.items():
                arguments += [f"--{name}"] if value is True else [f"--{name}", str(value)]
            with hurry():
                code = main(arguments)
        output = self._capsys.readouterr()
        assert output.err == ""
        return code, output.out


REAL = socket.getaddrinfo


def resolver(names):
    """``getaddrinfo`` with the lab's names; no other name is looked up anywhere."""

    def getaddrinfo(host, port, *rest, **more):
        place = names.get(host, host)
        if isinstance(place, BaseException):
            raise place
        if callable(place):
            place = place()
        try:
            return REAL(place, port, *rest, **more, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None

    return getaddrinfo


@pytest.fixture
def diagnose(monkeypatch, capsys, tmp_path):
    """The doctor, in an empty folder and without settings from outside."""
    for name in ("SCIM_URL", "SCIM_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Doctor(monkeypatch, capsys, tmp_path)
