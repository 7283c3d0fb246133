"""Background verbs of identity: mail people the links with which they choose their passwords. Safe to run twice."""

import re
from collections.abc import Sequence

from app.core.desk import Desk
from app.core.mail import MailNotSent, compose, send
from app.identity import actions
from app.identity._views import setup_letter
from app.identity.events import LinkMailWanted

KEY = 16  # so many characters of what is stored of the administrator's link name the mail


def send_links(desk: Desk, events: Sequence[LinkMailWanted]) -> None:
    """Send each person a link of their own while the administrator's is open. Nothing where no mail server is named.

    The link is stored before it is sent, never the other way round, and the transaction ends before the server may keep us waiting.
    """
    if desk.post is None:
        return
    for event in events:
        with desk.open_work() as work:
            invited = actions.issue_mailed_link(work, event.token_hash)
            now = work.now
        if invited is None:
            continue
        user, letter = invited.user, setup_letter(invited.user, invited.token, desk.post.base_url)
        try:
            send(desk.post, compose(desk.post, letter, user.name, user.email, f"setup-{event.token_hash[:KEY]}", now))
        except MailNotSent as problem:  # servers quote what they did not like, and reasons are logged and shown
            raise MailNotSent(re.sub(re.escape(invited.token), "(the link)", str(problem), flags=re.IGNORECASE)) from None
