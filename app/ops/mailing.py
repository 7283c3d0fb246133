"""`quiver mail-test`: whether mails leave this portal."""

import secrets

from app.core.clock import utc_now
from app.core.errors import Refused
from app.core.mail import Letter, MailNotSent, compose, post_of, send
from app.identity.rules import email_fault
from app.ops.portal import prepare_existing

TEXT = "Quiver can send mails. This one was asked for with `quiver mail-test`."


def send_test(address: str) -> str:
    """Send one mail to this address; Refused, with the server's reason, when it does not leave."""
    fault = email_fault(address)
    if fault:
        raise Refused(fault)
    post = post_of(prepare_existing())
    if post is None:
        raise Refused("No mail server is named, so no mail leaves. Set QUIVER_SMTP_HOST and QUIVER_SMTP_FROM.")
    letter = Letter("Quiver: a test", f"{TEXT}\n", f"<!doctype html><title>A test</title><p>{TEXT}</p>")
    try:
        send(post, compose(post, letter, "", address, f"test-{secrets.token_hex(8)}", utc_now()))
    except MailNotSent as problem:
        raise Refused(str(problem)) from problem
    return f"{post.host} took the mail to {address}."
