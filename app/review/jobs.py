"""Background verbs of review: record what passed its date, mail what is due. Safe to run twice."""

from collections.abc import Sequence

from app.core.desk import Desk
from app.core.mail import compose, send
from app.library.actions import findings
from app.review import actions
from app.review._views import due_letter
from app.review.events import DueMailWanted
from app.review.queries.mails import find_reader, list_for_mail


def record_past_dates(desk: Desk) -> None:
    """Open a finding for each asset that passed its review or expiry date."""
    with desk.open_work() as work:
        findings.record_past_dates(work)


def want_due_mails(desk: Desk) -> None:
    """Once a day: note who gets a mail; each is sent by itself. Nothing where no mail server is named."""
    if desk.post is None:
        return
    with desk.open_work() as work:
        actions.want_due_mails(work)


def send_due_mails(desk: Desk, events: Sequence[DueMailWanted]) -> None:
    """Send what is due now; who looked at everything meanwhile, left, or wants no mails any more gets none."""
    if desk.post is None:
        return
    for event in events:
        with desk.open_work(read_only=True) as work:
            reader = find_reader(work, event.user_id)
            items = list_for_mail(work, reader) if reader is not None else ()
            now = work.now
        if reader is not None and items:
            letter = due_letter(items, reader.name, desk.post.base_url)
            send(desk.post, compose(desk.post, letter, reader.name, reader.email, f"due-{event.user_id}-{event.day}", now))
