"""When a job is put into quarantine, how often it is tried there, and when it is switched off (entra.md 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from conformance.provisioning.service.codes import Trouble

FAILURES = 5_000
"""Below this number of failures, a share of them does not matter."""

SHARE = 0.4
"""Above this share of failures, or above ``MANY`` of them, the job is quarantined."""

MANY = 40_000
CAP = 60_000
"""Failures, references included, that quarantine a job in any case."""

RETRIES = (timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))
"""Gaps between the tries of a job in quarantine; the last one is repeated."""

PATIENCE = timedelta(days=28)
"""After so long in quarantine the job is disabled."""

ALTERED_CREDENTIALS = "EncounteredQuarantineException"
PROPORTION = "EncounteredEscrowProportionThreshold"
DELETIONS = "AccidentalDeletionThresholdExceeded"


@dataclass(frozen=True)
class Quarantine:
    """A job's quarantine; the numbers are Microsoft's, who calls them approximate and subject to change.

    Attributes:
        code: of the provisioning log.
        reason: one sentence.
        since: when it began.
        tries: how often the job was tried in it.
    """

    code: str
    reason: str
    since: datetime
    tries: int = 0

    @property
    def gap(self) -> timedelta:
        """Time until the next try."""
        return RETRIES[min(self.tries, len(RETRIES) - 1)]

    def over(self, now: datetime) -> bool:
        """Whether the job is disabled by now."""
        return now - self.since >= PATIENCE

    def tried_again(self) -> Quarantine:
        """The same quarantine after one more try."""
        return Quarantine(self.code, self.reason, self.since, self.tries + 1)

    def to_json(self) -> dict[str, object]:
        """As plain JSON."""
        return {"code": self.code, "reason": self.reason, "since": self.since.isoformat(), "tries": self.tries}

    @classmethod
    def from_json(cls, data: dict[str, object]) -> Quarantine:
        """Read back what ``to_json`` wrote.

        Raises:
            KeyError, ValueError: it is not of that form.
        """
        since = datetime.fromisoformat(str(data["since"]))
        return cls(str(data["code"]), str(data["reason"]), since, int(str(data["tries"])))


def of_connection(trouble: Trouble, now: datetime) -> Quarantine | None:
    """The quarantine that a bad connection brings at once, whatever the counts; an overload passes by itself."""
    if trouble.code == "TooManyRequests":
        return None
    return Quarantine(ALTERED_CREDENTIALS, trouble.reason, now)


def of_failures(failed: int, references: int, tried: int, now: datetime) -> Quarantine | None:
    """The quarantine that many failures bring.

    Args:
        failed: objects whose export failed, without those of which only a reference failed.
        references: failures of references.
        tried: objects of the cycle.
        now: virtual time.
    """
    if failed + references >= CAP:
        return Quarantine(PROPORTION, f"{failed + references} operations failed.", now)
    if failed >= FAILURES and (failed > SHARE * tried or failed > MANY):
        return Quarantine(PROPORTION, f"{failed} of {tried} objects failed.", now)
    return None


def of_deletions(planned: int, threshold: int, now: datetime) -> Quarantine:
    """The quarantine that more deletions than the admin allows bring."""
    counted = "1 object" if planned == 1 else f"{planned} objects"
    told = f"{counted} would be disabled or deleted, more than the threshold of {threshold}; none was."
    return Quarantine(DELETIONS, told, now)
