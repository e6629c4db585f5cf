"""The case under examination: what is known of the target, how long to wait, and the record of what was tried."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from conformance.doctor.finding import Found, Step
from conformance.scim.secret import Scrubber
from conformance.scim.target import Target


@dataclass(frozen=True)
class Patience:
    """Seconds to wait.

    Attributes:
        connect: for a name, a connection and a handshake, each.
        answer: for each answer, its body included.
    """

    connect: float = 5.0
    answer: float = 8.0


@dataclass
class Case:
    """What one examination works on.

    Attributes:
        target: the endpoint.
        patience: how long to wait.
        scrub: hides every secret.
        match: the matching attribute.
        token: as it was given, for its claims; empty for none.
        steps: what was tried.
        notes: causes of layer ``none``, most important first, each with its facts.
        requests: how many HTTP requests were sent.
        certificate_requested: the endpoint asked for a client certificate.
        shown: the URL that the curl line fetches.
    """

    target: Target
    patience: Patience
    scrub: Scrubber
    match: str = "userName"
    token: str = field(default="", repr=False)
    steps: list[Step] = field(default_factory=list)
    notes: list[Found] = field(default_factory=list)
    requests: int = 0
    certificate_requested: bool = False
    shown: str = ""

    @property
    def url(self) -> SplitResult:
        """The tenant URL, split."""
        return urlsplit(self.target.base)

    @property
    def host(self) -> str:
        """Host of the tenant URL."""
        return self.url.hostname or ""

    @property
    def port(self) -> int:
        """Port of the tenant URL."""
        return self.url.port or (443 if self.secure else 80)

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.url.scheme == "https"

    @property
    def anonymous(self) -> bool:
        """Whether nothing proves who we are."""
        target = self.target
        return not any((target.token, target.headers, target.basic, target.oauth, target.client_cert))

    def note(self, cause: str, **facts: object) -> None:
        """Remember what can still go wrong although the connection is good."""
        if cause not in [note.cause.id for note in self.notes]:
            self.notes.append(Found(cause, **facts))

    @contextmanager
    def step(self, layer: str, tried: str) -> Iterator[Step]:
        """Record one thing that is tried; a cause found inside marks it as failed."""
        step = Step(layer, self.scrub(tried))
        self.steps.append(step)
        begin = time.monotonic()
        try:
            yield step
        except Found as found:
            step.ok = False
            step.saw = step.saw or found.sentence
            raise
        finally:
            step.seconds = time.monotonic() - begin
            step.saw = self.scrub(step.saw)

    def curl(self) -> str:
        """A command that shows the same; the token comes from the environment."""
        # -v for what happens below HTTP.
        parts = ["curl -sv" if self.secure or not self.requests else "curl -si"]
        if self.target.proxy:
            parts.append('--proxy "$SCIM_PROXY"')
        if self.target.ca_bundle:
            parts.append(f"--cacert {shlex.quote(str(self.target.ca_bundle))}")
        if self.requests:
            parts.append('-H "Authorization: Bearer $SCIM_TOKEN"')
        return self.scrub(" ".join([*parts, shlex.quote(self.shown or self.target.shown_url)]))
