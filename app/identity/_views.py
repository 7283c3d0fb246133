"""From an account to the mail with its link; called by the jobs."""

from app.core.mail import Letter
from app.core.templating import render_template
from app.identity.models import User

OTHER = "It works once, for seven days. If an administrator gave you another one, use either of the two; that ends the other."
SECRET = "Whoever has the link can sign in as you, so pass it on to nobody. If it no longer works, ask an administrator for a new one."  # noqa: S105 - a sentence


def setup_letter(user: User, token: str, base_url: str) -> Letter:
    """The link to choose a first password, or a new one for those who were here before, as text and as HTML."""
    if user.last_seen_at is None:
        subject, why = "Quiver: choose your password", f"You have an account at {base_url} and sign in with {user.email}."
    else:
        subject, why = "Quiver: choose a new password", f"An administrator took away the password of {user.email} at {base_url}."
    link = f"{base_url}/setup/{token}"
    sentences = {"name": user.name, "why": why, "other": OTHER, "secret": SECRET}
    text = f"Hello {user.name},\n\n{why} Choose a password here:\n\n{link}\n\n{OTHER}\n\n{SECRET}\n"
    return Letter(subject, text, render_template("email/setup.html", {**sentences, "subject": subject, "link": link}))
