"""The e-mail that Microsoft sends when a job is put into quarantine: written to a file, or sent by SMTP."""

from __future__ import annotations

import os
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from conformance.provisioning.service.job import Job
from conformance.provisioning.service.quarantine import Quarantine

SENDER = "azure-noreply@microsoft.com"
"""Who sends it (Microsoft Learn, "Application provisioning in quarantine status")."""

TIMEOUT = 10.0
"""Seconds to wait for the mail server."""

Deliver = Callable[[EmailMessage], None]


class MailFailed(RuntimeError):
    """The mail server did not take the notification; the message says which one and why."""


def compose(job: Job, quarantine: Quarantine, to: str, url: str, at: str) -> EmailMessage:
    """The notification of a quarantine.

    Args:
        job: that is in quarantine.
        quarantine: why.
        to: the Notification Email of the job.
        url: tenant URL.
        at: virtual time.
    """
    mail = EmailMessage()
    mail["From"], mail["To"] = SENDER, to
    mail["Subject"] = f"Action required: provisioning to {job.name} is in quarantine ({quarantine.code})"
    mail.set_content(
        f"Provisioning to {url} was put into quarantine at {at}.\n\n{quarantine.reason}\n\n"
        "While it is there, a cycle is tried once a day. Where nothing changes for 28 days, the job is disabled.\n"
        f"This was sent by scim-conformance, which plays Microsoft's service. Job {job.id}.\n"
    )
    return mail


def into(folder: Path) -> Deliver:
    """Deliver into files of a folder, readable by their owner only."""

    def deliver(mail: EmailMessage) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("notification-*.eml"))) + 1
        path = folder / f"notification-{number}.eml"
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(bytes(mail))

    return deliver


def by_smtp(host: str, port: int) -> Deliver:
    """Deliver to a mail server that wants neither TLS nor a password, such as one on this machine.

    Raises (when it delivers):
        MailFailed: it is not there, or does not take the message.
    """

    def deliver(mail: EmailMessage) -> None:
        try:
            with smtplib.SMTP(host, port, timeout=TIMEOUT) as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as problem:
            raise MailFailed(f"The mail server {host}:{port} did not take the notification: {problem}.") from None

    return deliver
