"""The notification e-mail of a quarantine: into a file, or to a mail server on loopback."""

from __future__ import annotations

import email
import email.policy
import socket
import socketserver
import stat
import threading

import pytest

from conformance.demo.server import build_app, serve
from tests.cycle.command import SMALL, TOKEN, cycle
from tests.faults.layer import wrap
from tests.faults.rewrite import error
from tests.fitting import fits

ADMIN = "admin@contoso.example"


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail by SMTP (RFC 5321), as far as a client without TLS and without a password needs it.

    Attributes:
        mails: sender, recipients and content of each.
        refuses: answers every recipient with 550.
    """

    daemon_threads = True

    def __init__(self, *, refuses=False):
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.mails = []
        self.refuses = refuses

    def __enter__(self):
        """Serve in a thread until the block ends."""
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error):
        """Stop serving."""
        self.shutdown()
        self._thread.join(timeout=5)
        self.server_close()

    @property
    def address(self):
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"


class MailHandler(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self):
        """Answer each command."""
        sender, recipients = "", []
        self.say("220 loopback")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "MAIL":
                sender = line.partition(":")[2].partition(">")[0].strip("< ")
                self.say("250 ok")
            elif verb == "RCPT" and self.server.refuses:
                self.say("550 no such mailbox")
            elif verb == "RCPT":
                recipients.append(line.partition(":")[2].strip("<> "))
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append((sender, recipients, content))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, text):
        """Send a line."""
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def broken():
    """An endpoint that is well until a run's first look-up by filter is over, and then answers 500 to all of them."""
    asked = []

    def moody(call, serve_it):
        if "filter" in call.query:
            asked.append(call.query)
        return error(500, detail="under repair") if "filter" in call.query and len(asked) > 1 else serve_it(call)

    with serve(wrap(build_app(TOKEN), moody)) as url:
        yield url


def parsed(content):
    """A message as the mail program reads it."""
    return email.message_from_bytes(content, policy=email.policy.default)


def test_a_quarantine_writes_one_mail_into_the_reports(broken, tmp_path):
    """Whom it is for, what happened, and what comes next; readable by its owner only."""
    done = cycle(broken, tmp_path, *SMALL, "--initial-only", "--notify", ADMIN)

    paths = list(tmp_path.glob("notification-*.eml"))
    assert len(paths) == 1, str(done)
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600
    mail = parsed(paths[0].read_bytes())
    assert mail["To"] == ADMIN
    assert mail["From"] == "azure-noreply@microsoft.com"
    assert mail["Subject"].startswith("Action required: provisioning to scim-conformance is in quarantine")
    assert "28 days" in mail.get_content()
    assert "was put into quarantine at 2026-01-05T08:00:00" in mail.get_content()
    assert TOKEN not in paths[0].read_text()
    assert done.code == 1


def test_the_report_lists_the_notification(broken, tmp_path):
    """Recipient, subject and reason; the results are of their schema."""
    done = cycle(broken, tmp_path, *SMALL, "--initial-only", "--notify", ADMIN)

    told = done.results["cycle"]["dialects"][0]["notifications"]
    assert [(one["to"], "EncounteredQuarantineException" in one["subject"]) for one in told] == [(ADMIN, True)]
    assert "Test Connection" in told[0]["reason"]
    fits(done.results)
    assert "in quarantine" in done.out


def test_without_an_address_nobody_is_written_to(broken, tmp_path):
    """The report tells the quarantine all the same."""
    done = cycle(broken, tmp_path, *SMALL, "--initial-only")

    assert list(tmp_path.glob("*.eml")) == []
    assert len(done.results["cycle"]["dialects"][0]["notifications"]) == 1


def test_a_mail_server_gets_it_instead_of_a_file(broken, tmp_path):
    """Sender and recipient of the envelope, and the same message."""
    with MailServer() as server:
        done = cycle(broken, tmp_path, *SMALL, "--initial-only", "--notify", ADMIN, "--smtp", server.address)

    assert [(sender, to) for sender, to, _ in server.mails] == [("azure-noreply@microsoft.com", [ADMIN])], str(done)
    mail = parsed(server.mails[0][2])
    assert (mail["To"], "quarantine" in mail["Subject"]) == (ADMIN, True)
    assert list(tmp_path.glob("*.eml")) == []


def test_two_dialects_are_two_jobs_with_a_mail_each(broken, tmp_path):
    """Each is numbered."""
    cycle(broken, tmp_path, *SMALL, "--initial-only", "--notify", ADMIN, dialect="both")
    assert sorted(path.name for path in tmp_path.glob("*.eml")) == ["notification-1.eml", "notification-2.eml"]


def test_a_mail_server_that_takes_nothing_is_told_and_the_run_goes_on(broken, tmp_path):
    """Refused, or nobody listens: one sentence, no traceback, and the report is made."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{probe.getsockname()[1]}"
    with MailServer(refuses=True) as server:
        for number, address in enumerate((server.address, nobody)):
            folder = tmp_path / str(number)
            done = cycle(broken, folder, *SMALL, "--initial-only", "--notify", ADMIN, "--smtp", address)
            assert f"The mail server {address} did not take the notification" in done.err, str(done)
            assert "Traceback" not in done.err
            assert done.code == 1
            assert (folder / "report.html").exists()
