"""Name resolution: which addresses the host has, and which of them Entra could reach."""

from __future__ import annotations

import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import Any

from conformance.doctor.case import Case
from conformance.doctor.finding import Found

Address = tuple[socket.AddressFamily, tuple[Any, ...]]

INTERNAL = (".local", ".internal", ".corp", ".lan", ".intranet", ".home.arpa", ".test", ".localdomain")
"""Endings that no public name has (RFC 6762, RFC 8375, RFC 2606, and custom)."""


def resolve(case: Case, host: str, port: int, *, proxy: bool = False) -> list[Address]:
    """Look a host up.

    Raises:
        Found: it has no address.
    """
    with case.step("name", f"look up {host}") as step:
        found = _look_up(case, host, port, proxy=proxy)
        addresses = list(dict.fromkeys(address[0] for _, address in found))
        step.saw = ", ".join(addresses[:4]) + (" …" if len(addresses) > 4 else "")  # noqa: PLR2004
        if not proxy:
            _judge(case, host, addresses)
    return found


def _look_up(case: Case, host: str, port: int, *, proxy: bool) -> list[Address]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="resolver")
    try:
        rows = pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(case.patience.connect)
    except (Late, TimeoutError):
        raise Found("name-timeout", host=host, seconds=case.patience.connect) from None
    except UnicodeError:
        raise Found("name-invalid", host=host) from None
    except socket.gaierror as problem:
        raise _no_name(host, problem, proxy=proxy) from None
    finally:
        pool.shutdown(wait=False)
    return [(family, address) for family, _, _, _, address in rows]


def _no_name(host: str, problem: socket.gaierror, *, proxy: bool) -> Found:
    if proxy:
        return Found("proxy-name-unknown", host=host)
    if problem.errno == socket.EAI_AGAIN:
        return Found("name-lookup-failed", host=host)
    if "." not in host or host.endswith(INTERNAL):
        return Found("name-internal", host=host)
    return Found("name-unknown", host=host)


def _judge(case: Case, host: str, addresses: list[str]) -> None:
    parsed = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
    if any(address.is_unspecified for address in parsed):
        raise Found("name-blackholed", host=host, address=addresses[0])
    if all(address.is_loopback for address in parsed):
        case.note("fine-loopback", host=host, address=addresses[0])
    elif all(not address.is_global for address in parsed):
        case.note("fine-private", host=host, address=addresses[0])
    elif all(address.version == 6 for address in parsed):  # noqa: PLR2004
        case.note("fine-ipv6", host=host, address=addresses[0])
