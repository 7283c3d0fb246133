"""From what is due to the mail that says so; called by the jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.mail import Letter
from app.core.templating import plural, render_template
from app.review.models import QueueItem, Reason


@dataclass(frozen=True)
class DueLine:
    """One item of the mail: its title, why it is named, and its address."""

    title: str
    sentence: str
    href: str


def due_letter(items: Sequence[QueueItem], name: str, base_url: str) -> Letter:
    """What is due or over for one person, most harm first, as text and as HTML."""
    over = sum(item.reason != Reason.DUE for item in items)
    lines = [DueLine(item.card.title, " ".join(why for _, why in item.reasons), f"{base_url}/assets/{item.card.id}") for item in items]
    counts = [plural(over, "item is over", "items are over")] if over else []
    counts += [plural(len(items) - over, "item is due soon", "items are due soon")] if over < len(items) else []
    summary = f"Of what you look after, {' and '.join(counts)}."
    account = f"{base_url}/account"
    html = render_template("email/due.html", {"name": name, "summary": summary, "lines": lines, "account": account})
    return Letter(f"Quiver: {plural(len(items), 'item needs', 'items need')} a look", _as_text(name, summary, lines, account), html)


def _as_text(name: str, summary: str, lines: Sequence[DueLine], account: str) -> str:
    blocks = [f"{_flat(line.title)}\n{line.sentence}\n{line.href}" for line in lines]
    end = f"Open each one. If it is still right, say so there; otherwise change or retire it.\n\nTo get no such mails: {account}"
    return "\n\n".join([f"Hello {name},", summary, *blocks, end]) + "\n"


def _flat(title: str) -> str:
    """The title on one line, so that nobody's title can pass for the mail's own words."""
    return " ".join(title.split())
