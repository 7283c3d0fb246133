"""A real mail server for tests, the settings that lead to it, and what a mail it took says."""

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.settings import Settings

LINK = re.compile(r"https?://\S+/setup/\S+")


class Inbox:
    """What a mail server took; `refusal` is what it says instead, where `{link}` becomes the link of the mail, as servers quote it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: list[EmailMessage] = []
        self.refusal = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by the server for each mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        (self.refused if self.refusal else self.mails).append(message)
        return self.refusal.format(link="".join(LINK.findall(part(message, "plain"))[:1])) or "250 taken"


@contextmanager
def receiving() -> Iterator[tuple[Inbox, int]]:
    """A running server and its port."""
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    yield inbox, port
    server.stop()


def with_mail(settings: Settings, port: int) -> Settings:
    """The same portal, sending through the server of this port."""
    server = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_from": "Quiver <quiver@example.com>", "smtp_security": "none"}
    return settings.model_copy(update=server)


def part(mail: EmailMessage, kind: str) -> str:
    """Its text: `plain` or `html`."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")
