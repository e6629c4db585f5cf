"""A proxy between here and the endpoint: configured here, and no part of Entra's way."""

from __future__ import annotations

import base64
import http.client
import socket
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from conformance.doctor.finding import Found
from conformance.scim.secret import Scrubber, Secret
from conformance.scim.target import Target

WANTS_CREDENTIALS = 407
GATEWAY_FAULTS = frozenset({500, 502, 503, 504})


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy.

    Attributes:
        host: of the proxy.
        port: of the proxy.
        credentials: ``user:password``, or None.
    """

    host: str
    port: int
    credentials: Secret | None = None

    @classmethod
    def of(cls, target: Target) -> Proxy | None:
        """The proxy that requests to a target go through: the configured one, else the environment's."""
        parts = urlsplit(target.base)
        text = target.proxy
        if not text and not target.is_loopback and not proxy_bypass(parts.hostname or ""):
            text = getproxies().get(parts.scheme)
        if not text:
            return None
        place = urlsplit(text if "://" in text else f"http://{text}")
        user = None
        if place.username is not None:
            user = Secret(f"{unquote(place.username)}:{unquote(place.password or '')}")
        try:
            return cls(place.hostname or "", place.port or (443 if place.scheme == "https" else 80), user)
        except ValueError:
            raise Found("proxy-no-proxy", host=place.hostname, port=place.netloc.rpartition(":")[2]) from None

    def hide(self, scrub: Scrubber) -> None:
        """Teach a scrubber the credentials, whole and the password alone."""
        if self.credentials is not None:
            scrub.add(self.credentials)
            scrub.add(Secret(self.credentials.reveal().partition(":")[2]))

    @property
    def headers(self) -> dict[str, str]:
        """What the proxy wants to see."""
        if self.credentials is None:
            return {}
        return {"proxy-authorization": f"Basic {base64.b64encode(self.credentials.reveal().encode()).decode()}"}

    def tunnel(self, plug: socket.socket, host: str, port: int) -> str:
        """Ask the proxy for a tunnel.

        Returns:
            what it said.

        Raises:
            Found: there is none; the connection is closed.
        """
        goal = f"{host}:{port}"
        lines = [f"CONNECT {goal} HTTP/1.1", f"host: {goal}", *(f"{n}: {v}" for n, v in self.headers.items())]
        answer = None
        try:
            plug.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("idna" if not goal.isascii() else "ascii"))
            answer = http.client.HTTPResponse(plug, method="CONNECT")
            answer.begin()
            if answer.status != http.client.OK:
                raise self.refusal(answer.status, goal)
        except (OSError, ValueError, http.client.HTTPException):
            plug.close()
            raise Found("proxy-no-proxy", host=self.host, port=self.port) from None
        except Found:
            plug.close()
            raise
        finally:
            if answer is not None:
                answer.close()
        return f"HTTP {answer.status}: a tunnel to {goal}"

    def refusal(self, status: int, goal: str) -> Found:
        """The cause behind a refused tunnel."""
        cause = "proxy-bad-gateway" if status in GATEWAY_FAULTS else "proxy-denied"
        return Found(
            "proxy-credentials" if status == WANTS_CREDENTIALS else cause, host=self.host, goal=goal, status=status
        )
