"""Finds what people made their own: reps by owner and opportunity, champions by the secret of a private address under a link."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast
from sqlmodel import col, func, or_, select

from app.core.errors import NotFound
from app.core.work import Work
from app.identity.rules import is_person, token_hash
from app.library.models import Asset, Version
from app.library.queries import may_see
from app.sharing.models import Link, Room, Tailored
from app.sharing.queries.rooms import mine

MOST_OF_DEAL = 50
NOT_THERE = "There is nothing kept here, or it was deleted. Fill it in again."


@dataclass(frozen=True)
class KeptForDeal:
    """What was filled in for an opportunity: by whoever asks, or by a champion who shared it, in the room `room_id`."""

    row: Tailored
    title: str
    is_case: bool
    room_id: int | None


def list_of_deal(work: Work, opportunity_id: int) -> tuple[KeptForDeal, ...]:
    """What the actor keeps for an opportunity, and what champions shared in the actor's rooms for it, last changed first."""
    if not is_person(work.actor):
        return ()
    own = (col(Tailored.owner_id) == work.actor.id) & (col(Tailored.opportunity_id) == opportunity_id)
    theirs = (col(Room.opportunity_id) == opportunity_id) & col(Tailored.is_shared) & mine(work, col(Room.owner_id))
    query = (
        select(Tailored, Asset.title, Version.format, Link.room_id)
        .join(Asset, (col(Asset.id) == col(Tailored.asset_id)) & may_see(work))
        .join(Version, col(Version.id) == col(Tailored.version_id))
        .outerjoin(Link, col(Link.id) == col(Tailored.link_id))
        .outerjoin(Room, col(Room.id) == col(Link.room_id))
    )
    ordered = query.where(or_(own, theirs)).order_by(col(Tailored.changed_at).desc(), col(Tailored.id).desc())
    rows = work.session.exec(ordered.limit(MOST_OF_DEAL)).all()
    return tuple(KeptForDeal(row, title, form == "value", room_id) for row, title, form, room_id in rows)


def find_own(work: Work, asset_id: int, opportunity_id: int | None = None) -> Tailored | None:
    """What whoever asks keeps of this asset for this opportunity (None: for none), last changed first."""
    return next(iter(_list_own(work, asset_id, opportunity_id)), None)


def get_own(work: Work, tailored_id: int) -> Tailored:
    """One that whoever asks keeps; NotFound for anybody else's, the same as if it had never existed."""
    row = work.session.get(Tailored, tailored_id)
    if row is None or not is_person(work.actor) or row.owner_id != work.actor.id:
        raise NotFound(NOT_THERE)
    return row


def find_private(work: Work, link_id: int, secret: str) -> Tailored | None:
    """What lies at this private address under this link; call it only behind the resolver of links."""
    found = select(Tailored).where(col(Tailored.link_id) == link_id, col(Tailored.token_hash) == token_hash(secret))
    return work.session.exec(found).first()


def count_private(work: Work, link_id: int) -> int:
    """How many private addresses there are under this link."""
    of_link = (col(Tailored.link_id) == link_id) & col(Tailored.token_hash).is_not(None)
    return work.session.exec(select(func.count()).select_from(Tailored).where(of_link)).one()


def sum_kept_bytes(work: Work) -> int:
    """About how many bytes everybody keeps together, at private addresses and as their own."""
    size = func.length(cast(Tailored.figures, Text)) + func.length(Tailored.logo)
    return int(work.session.exec(select(func.coalesce(func.sum(size), 0))).one())


def list_shared(work: Work, link_ids: Sequence[int]) -> list[Tailored]:
    """What champions under these links showed to their sender, last changed first; not filtered, so only for the links' owner."""
    found = select(Tailored).where(col(Tailored.link_id).in_(link_ids), col(Tailored.is_shared))
    return list(work.session.exec(found.order_by(col(Tailored.changed_at).desc(), col(Tailored.id).desc())).all())


def _list_own(work: Work, asset_id: int, opportunity_id: int | None) -> Sequence[Tailored]:
    if not is_person(work.actor):
        return ()
    mine = select(Tailored).where(col(Tailored.owner_id) == work.actor.id, col(Tailored.asset_id) == asset_id)
    of_deal = mine.where(col(Tailored.opportunity_id) == opportunity_id)
    return work.session.exec(of_deal.order_by(col(Tailored.changed_at).desc(), col(Tailored.id).desc())).all()
