"""What visitors did, written in batches by the delivery; and forgetting it, with what they left behind, after a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from app.core.work import Work
from app.sharing.events import RoomVisited
from app.sharing.models import Guest, Happened, Link, LinkMiss, MailCode, RoomQuestion, Tailored, Visit, VisitPart
from app.sharing.queries.visits import find_part, link_exists, over_since
from app.sharing.rules import CODE_LIFE, MISSES_WINDOW

MOST_SECONDS = 60  # of one message of the page; it sends one every few seconds


@dataclass(frozen=True)
class Seen:
    """Something a visitor did: which stay it belongs to, whether there was a sign of a person, which item, what, for how many seconds."""

    visit_id: str
    link_id: int
    guest_id: int | None
    visitor: str
    is_own: bool
    is_human: bool
    item_id: int | None
    what: Happened | None
    at: datetime
    seconds: int = 0


def note_seen(work: Work, batch: Sequence[Seen]) -> None:
    """Write down what visitors did; what belongs to a link that is gone is dropped."""
    for seen in batch:
        visit = work.session.get(Visit, seen.visit_id) or _begin(work, seen)
        if visit is None or visit.link_id != seen.link_id:
            continue
        seconds = _plausible(seen, visit)
        _go_on(work, visit, seen, seconds)
        if seen.what is not None:
            _note_part(work, visit, seen, seconds)
        work.session.flush()


def forget_visits(work: Work, days: int) -> None:
    """Forget stays that are older than so many days, what guarded doors and is over, and what is kept of people at links that have been
    over for so long: what they filled in, their addresses and their questions."""
    since = work.now - timedelta(days=days)
    work.session.execute(delete(Visit).where(col(Visit.last_at) < since))
    over = over_since(since)
    for table in (Tailored, RoomQuestion, Guest):
        work.session.execute(delete(table).where(col(table.link_id).in_(over)))
    work.session.execute(delete(MailCode).where(col(MailCode.sent_at) < work.now - max(CODE_LIFE, timedelta(days=1))))
    work.session.execute(delete(LinkMiss).where(col(LinkMiss.at) < work.now - MISSES_WINDOW))


def _begin(work: Work, seen: Seen) -> Visit | None:
    if not link_exists(work, seen.link_id):
        return None
    visit = Visit(id=seen.visit_id, link_id=seen.link_id, visitor=seen.visitor, is_own=seen.is_own, started_at=seen.at, last_at=seen.at)
    work.session.add(visit)
    return visit


def _go_on(work: Work, visit: Visit, seen: Seen, seconds: int) -> None:
    visit.last_at = max(visit.last_at, seen.at)
    visit.seconds += seconds
    visit.guest_id = seen.guest_id if seen.guest_id is not None else visit.guest_id
    visit.is_own = visit.is_own or seen.is_own
    if not seen.is_human or visit.is_own:
        return
    link = work.session.get_one(Link, visit.link_id)
    link.last_used_at = max(link.last_used_at or seen.at, seen.at)
    if not visit.is_human:
        visit.is_human = True
        if link.notifies:
            work.record(RoomVisited(visit.id))


def _plausible(seen: Seen, visit: Visit) -> int:
    """Seconds a page reports, at most those that have passed since the stay was last heard of."""
    passed = int((seen.at - visit.last_at).total_seconds()) + 1
    return max(0, min(seen.seconds, MOST_SECONDS, passed))


def _note_part(work: Work, visit: Visit, seen: Seen, seconds: int) -> None:
    """Opening an item goes on where it was left; everything else is noted each time."""
    what = seen.what or Happened.OPENED
    part = find_part(work, visit.id, seen.item_id, what) if what is Happened.OPENED else None
    if part is None:
        part = VisitPart(visit_id=visit.id, item_id=seen.item_id, what=what, at=seen.at)
        work.session.add(part)
    part.seconds += seconds
