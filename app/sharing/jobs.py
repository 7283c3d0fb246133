"""Background verbs of sharing: mails about codes, questions and visits; forgetting old visits. Safe to run twice."""

from collections.abc import Sequence

from app.core.desk import Desk
from app.core.mail import Letter, compose, send
from app.core.templating import plural, render_template
from app.identity.queries import lets_in
from app.library.events import AssetChanged
from app.sharing.actions import away, doors, visits
from app.sharing.events import ItemsWentAway, MailCodeWanted, NewerVersionTold, RoomQuestionAsked, RoomVisited
from app.sharing.queries.asking import PostedQuestion, find_posted
from app.sharing.queries.away import AwayItems, find_away
from app.sharing.queries.doors import find_code
from app.sharing.queries.visits import NoticedVisit, ReplacedItem, find_noticed, find_replaced
from app.sharing.rules import CODE_LIFE


def send_codes(desk: Desk, events: Sequence[MailCodeWanted]) -> None:
    """Make and mail the code somebody waits for; a mail tried again carries a new one. Nobody waits longer than ten minutes."""
    if desk.post is None:
        return
    for event in events:
        with desk.open_work() as work:
            found = find_code(work, event.code_id)
            if found is None or work.now - found.asked_at >= CODE_LIFE:
                continue
            digits, now = doors.make_code(work, event.code_id), work.now
        letter = _code_letter(digits, found.sender)
        send(desk.post, compose(desk.post, letter, "", found.email, f"code-{event.code_id}-{int(now.timestamp())}", now))


def send_questions(desk: Desk, events: Sequence[RoomQuestionAsked]) -> None:
    """Mail a question out of a room to the owner of its link, to be answered straight to whoever asked."""
    if desk.post is None:
        return
    for event in events:
        with desk.open_work(read_only=True) as work:
            posted, now = find_posted(work, event.question_id), work.now
        if posted is not None:
            message = compose(
                desk.post,
                _question_letter(posted, desk.post.base_url),
                posted.owner.name,
                posted.owner.email,
                f"asked-{event.question_id}",
                now,
            )
            if posted.question.reply_to:
                message["Reply-To"] = posted.question.reply_to
            send(desk.post, message)


def send_notices(desk: Desk, events: Sequence[RoomVisited]) -> None:
    """Tell the owner of a link that somebody came, unless they turned that off or left meanwhile."""
    if desk.post is None:
        return
    for event in events:
        with desk.open_work(read_only=True) as work:
            noticed, now = find_noticed(work, event.visit_id), work.now
            wanted = noticed is not None and noticed.link.notifies and lets_in(work, noticed.owner)
        if noticed is not None and wanted:
            letter = _visit_letter(noticed, desk.post.base_url)
            send(desk.post, compose(desk.post, letter, noticed.owner.name, noticed.owner.email, f"visit-{event.visit_id}", now))


def send_newer(desk: Desk, events: Sequence[NewerVersionTold]) -> None:
    """Tell somebody that an item of their room was replaced; an answer goes straight to the sender."""
    if desk.post is None:
        return
    for event in events:
        with desk.open_work(read_only=True) as work:
            found, now = find_replaced(work, event.item_id, event.link_id, event.guest_id), work.now
        if found is not None:
            key = f"newer-{event.item_id}-{event.link_id}-{event.guest_id}-{now.date()}"
            message = compose(desk.post, _newer_letter(found, event.changed), "", found.email, key, now)
            message["Reply-To"] = found.owner.email
            send(desk.post, message)


def note_away(desk: Desk, events: Sequence[AssetChanged]) -> None:
    """Find what rooms do not show any more because of a change; its owner is told once."""
    with desk.open_work() as work:
        away.note_away(work, sorted({event.asset_id for event in events}))


def note_all_away(desk: Desk) -> None:
    """The same by the clock, for what expired."""
    with desk.open_work() as work:
        away.note_away(work)


def send_away(desk: Desk, events: Sequence[ItemsWentAway]) -> None:
    """Tell the owner of a room what its guests do not get any more; one mail for all that went at once."""
    if desk.post is None:
        return
    for event in events:
        with desk.open_work(read_only=True) as work:
            found, now = find_away(work, event.room_id, event.item_ids), work.now
        if found is not None:
            key = f"away-{event.room_id}-{'-'.join(map(str, event.item_ids[:20]))}-{now.date()}"
            letter = _away_letter(found, desk.post.base_url)
            send(desk.post, compose(desk.post, letter, found.owner.name, found.owner.email, key, now))


def forget_visits(desk: Desk) -> None:
    """Forget who came when the time for remembering is over."""
    with desk.open_work() as work:
        visits.forget_visits(work, desk.visits_kept_days)


def _code_letter(digits: str, sender: str) -> Letter:
    """The code for somebody who wants into a room; says nothing of the room but who it is from."""
    lines = (f"Your code: {digits}", "It works for ten minutes, in the page that asked for it.")
    return _letter(
        f"{digits} is your code", f"{_flat(sender)} shares documents with you.", lines, "", "If you did not ask for it, do nothing."
    )


def _question_letter(posted: PostedQuestion, base_url: str) -> Letter:
    """A question out of a room, for its owner."""
    who = _who(posted.question.reply_to or (posted.guest.email if posted.guest is not None else ""), posted.link.recipient)
    answer = "Answer this mail to reply." if posted.question.reply_to else "No address for the answer was given."
    room = _flat(posted.room.title)
    return _letter(
        f"A question from “{room}”",
        f"{who} asks:",
        tuple(posted.question.text.splitlines()),
        f"{base_url}/rooms/{posted.room.id}#questions",
        answer,
    )


def _visit_letter(noticed: NoticedVisit, base_url: str) -> Letter:
    """Somebody came by a link, for its owner."""
    who = _who(noticed.guest.email if noticed.guest is not None else "", noticed.link.recipient)
    end = "You get this mail once for each visitor and day. The terms of the link turn it off."
    room = _flat(noticed.room.title)
    return _letter(f"“{room}” was opened", f"{who} opened “{room}”.", (), f"{base_url}/rooms/{noticed.room.id}#visits", end)


def _newer_letter(found: ReplacedItem, changed: str) -> Letter:
    """What was replaced, in the sender's name; the address of the room is nowhere kept, so the mail cannot repeat it."""
    title, room = _flat(found.title), _flat(found.room)
    first = f"{_flat(found.owner.name)} has put a newer version of “{title}” into “{room}”."
    lines = ("What changed:", *changed.splitlines()) if changed else ()
    return _letter(f"A newer version of “{title}”", first, lines, "", "Open the link you have; it shows the newer version.")


def _away_letter(found: AwayItems, base_url: str) -> Letter:
    """What is not shown any more in a room, for its owner."""
    room = _flat(found.room.title)
    items = plural(len(found.faults), "item")
    first = f"In “{room}” guests do not get {items} any more; they are told to ask you."
    lines = tuple(_flat(fault) for fault in found.faults)
    end = "Remove what is gone, or put something else there. You get this mail once for each item."
    return _letter(
        f"{plural(len(found.faults), 'item')} no longer shown in “{room}”", first, lines, f"{base_url}/rooms/{found.room.id}#items", end
    )


def _letter(subject: str, first: str, lines: tuple[str, ...], href: str, end: str) -> Letter:
    html = render_template("email/room.html", {"subject": subject, "first": first, "lines": lines, "href": href, "end": end})
    text = "\n\n".join(part for part in (first, "\n".join(lines), href, end) if part)
    return Letter(subject, f"{text}\n", html)


def _who(email: str, recipient: str) -> str:
    return email or (f"Somebody with the link for {_flat(recipient)}" if recipient else "Somebody with the link")


def _flat(words: str) -> str:
    """On one line, so that nobody's words can pass for the mail's own or break a subject."""
    return " ".join(words.split())
