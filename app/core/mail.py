"""Sends one mail through the house's mail server; the only user of aiosmtplib. Called by outbox jobs and by `quiver mail-test`."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

import aiosmtplib

from app.settings import Settings

PATIENCE = 20.0  # seconds for each step of the conversation
ALL_IN_ALL = 60.0  # seconds for the whole of it; well within the lease of an outbox row


class MailNotSent(RuntimeError):
    """The server was not reached or did not take it; tried again later."""


@dataclass(frozen=True)
class Post:
    """How mail leaves: the server, who it is from, and the address links begin with."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    security: str
    base_url: str

    @property
    def domain(self) -> str:
        """Where the portal lives, for message ids."""
        return urlsplit(self.base_url).hostname or "localhost"


@dataclass(frozen=True)
class Letter:
    """A mail before it is addressed; `text` and `html` say the same."""

    subject: str
    text: str
    html: str


def post_of(settings: Settings) -> Post | None:
    """The mail server of these settings; None when none is named."""
    if not settings.smtp_host:
        return None
    sender = settings.smtp_from or settings.smtp_user
    password = settings.smtp_password.get_secret_value()
    security, base_url = settings.smtp_security, settings.base_url.rstrip("/")
    return Post(settings.smtp_host, settings.smtp_port, settings.smtp_user, password, sender, security, base_url)


def compose(post: Post, letter: Letter, name: str, email: str, key: str, now: datetime) -> EmailMessage:
    """The message; the same `key` gives the same Message-ID, so that a mail sent twice is shown once."""
    message = EmailMessage()
    message["From"] = post.sender
    message["To"] = str(Address(name, addr_spec=email))
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{key}@{post.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def send(post: Post, message: EmailMessage) -> None:
    """Hand the message to the server; MailNotSent, with its reason, when that fails for whatever cause."""
    try:
        asyncio.run(asyncio.wait_for(_send(post, message), ALL_IN_ALL))
    except (aiosmtplib.SMTPException, OSError, ValueError) as problem:  # a time-out is an OSError, a bad address a ValueError
        reason = str(problem) or type(problem).__name__
        raise MailNotSent(f"The mail server {post.host}:{post.port} did not take the mail: {reason}") from problem


async def _send(post: Post, message: EmailMessage) -> None:
    await aiosmtplib.send(
        message,
        hostname=post.host,
        port=post.port,
        username=post.user or None,
        password=post.password or None,
        use_tls=post.security == "tls",
        start_tls=post.security == "starttls",
        timeout=PATIENCE,
    )
