"""The TCP connection, straight or to a proxy."""

from __future__ import annotations

import errno
import socket
import time

from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.name import Address
from conformance.doctor.raw_http import Opener

UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}


def connect(case: Case, addresses: list[Address], host: str, port: int, *, proxy: bool = False) -> socket.socket:
    """Connect to the first address that answers.

    Raises:
        Found: none does.
    """
    with case.step("tcp", f"connect to {host} port {port}") as step:
        deadline = time.monotonic() + case.patience.connect
        problems: list[OSError] = []
        for family, address in addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            plug = socket.socket(family, socket.SOCK_STREAM)
            plug.settimeout(left)
            try:
                plug.connect(address)
            except OSError as problem:
                plug.close()
                problems.append(problem)
                continue
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            step.saw = f"connected to {address[0]}"
            return plug
        raise _cause(case, problems, addresses, host, port, proxy=proxy)


def _cause(
    case: Case, problems: list[OSError], addresses: list[Address], host: str, port: int, *, proxy: bool
) -> Found:
    facts = {"host": host, "port": port, "address": addresses[0][1][0], "seconds": case.patience.connect}
    if proxy:
        return Found("proxy-unreachable", **facts)
    if any(isinstance(problem, ConnectionRefusedError) for problem in problems):
        return Found("tcp-refused", **facts)
    if any(isinstance(problem, ConnectionResetError) for problem in problems):
        return Found("tcp-reset", **facts)
    if problems and all(problem.errno in UNREACHABLE for problem in problems):
        only_six = all(family == socket.AF_INET6 for family, _ in addresses)
        return Found("tcp-unreachable-ipv6" if only_six else "tcp-unreachable", **facts)
    return Found("tcp-timeout", **facts)


def reset_in_silence(opener: Opener, seconds: float) -> bool:
    """Whether the other side ends a connection on which nothing was sent: a firewall, or no backend."""
    try:
        with opener() as plug:
            plug.settimeout(seconds)
            return plug.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
