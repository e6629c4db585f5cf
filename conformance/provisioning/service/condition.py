"""The condition of a job: in quarantine or well, switched off or running, when it runs next, and from where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from conformance.provisioning.service import quarantine
from conformance.provisioning.service.codes import Trouble
from conformance.provisioning.service.quarantine import Quarantine
from conformance.provisioning.service.simulated_time import INTERVAL, Clock
from conformance.provisioning.service.state import State
from conformance.provisioning.service.summary import Summary


class Condition:
    """What becomes of a job that fails too much, or is about to delete too many (entra.md 5, "Quarantine").

    Args:
        state: of the job.
        clock: virtual.
        notify: told of each quarantine when it begins.
    """

    def __init__(self, state: State, clock: Clock, notify: Callable[[Quarantine], None]) -> None:
        self._state = state
        self._clock = clock
        self._notify = notify

    @property
    def quarantine(self) -> Quarantine | None:
        """The quarantine that the job is in, or None."""
        found = self._state.fact("quarantine")
        return Quarantine.from_json(found) if found else None

    @property
    def disabled(self) -> bool:
        """Whether the job was in quarantine for so long that it is switched off."""
        found = self.quarantine
        return found is not None and found.over(self._clock.now)

    @property
    def staged(self) -> list[str]:
        """Object ids of those who were to be disabled or deleted, and were held back."""
        found: list[str] = self._state.fact("staged", [])
        return found

    @property
    def next_at(self) -> datetime:
        """When the next cycle begins: after the interval, or at the next try in quarantine."""
        found = self.quarantine
        return self._clock.now + (found.gap if found else INTERVAL)

    def restart(self, *, reset_scope: bool = False) -> None:
        """Let the next cycle be an initial one.

        Escrow, quarantine and watermark are cleared, and memberships are sent again; links are kept unless the scope
        is reset (``resetScope: Full``; Microsoft Learn, "How Application Provisioning works").
        """
        self._state.release()
        self._state.remember("quarantine", None)
        self._state.remember("watermark", 0)
        self._state.remember("staged", [])
        self._state.forget_members()
        if reset_scope:
            self._state.unlink_all()

    def allow_deletes(self) -> None:
        """Let the deletions through that were held back, as the button of that name does."""
        self._state.remember("allow_deletes", True)
        self._state.remember("quarantine", None)

    def hold_back(self, planned: Sequence[str], threshold: int | None) -> bool:
        """Say whether a cycle's deletes and disables are more than the admin allows, and hold them back if so.

        Args:
            planned: object ids.
            threshold: of the job, or None.
        """
        if threshold is None or len(planned) <= threshold or self._state.fact("allow_deletes"):
            self._state.remember("staged", [])
            self._state.remember("allow_deletes", None)
            return False
        self._state.remember("staged", list(planned))
        return True

    def too_many(self, summary: Summary, planned: int, threshold: int) -> None:
        """Put the job into quarantine for deletions that were held back."""
        self._begin(quarantine.of_deletions(planned, threshold, self._clock.now), summary)

    def settle(self, summary: Summary, trouble: Trouble | None) -> None:
        """Put the job into quarantine after a cycle, keep it there, or let it out where the criteria no longer hold.

        Args:
            summary: of the cycle; told why the job is in quarantine.
            trouble: what was wrong with the connection, or None.
        """
        before, now = self.quarantine, self._clock.now
        if trouble is not None:
            found = quarantine.of_connection(trouble, now)
        elif self.staged:
            return
        else:
            failed = summary.failed - summary.references_failed
            found = quarantine.of_failures(failed, summary.references_failed, summary.tried, now)
        if found is None:
            self._state.remember("quarantine", None)
        elif before is not None and before.code == found.code:
            self._state.remember("quarantine", before.tried_again().to_json())
            summary.quarantine = before.reason
        else:
            self._begin(found, summary)

    def _begin(self, found: Quarantine, summary: Summary) -> None:
        before = self.quarantine
        self._state.remember("quarantine", found.to_json())
        summary.quarantine = found.reason
        if before is None or before.code != found.code:
            self._notify(found)  # one e-mail for each reason
