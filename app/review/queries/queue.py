"""Reads the review queue, sorted by harm, and its counts: one statement counts whatever number of items there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy
from sqlalchemy import ColumnElement, Date, ScalarSelect, case, literal
from sqlmodel import col, func

from app.activity.models import ActivityEntry
from app.core.dates import days_between
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import User
from app.library.models import Asset, AssetCard, Finding, FindingReason, Status
from app.library.queries import may_see, view_cards
from app.library.queries.findings import has_open, is_stale_at_once
from app.library.rules import DUE_DAYS
from app.review import rules
from app.review.models import Health, Load, QueueFilter, QueueItem, Reason, ReviewPolicy
from app.review.rules import Standing

CURRENT = "current"


@dataclass(frozen=True)
class Counted:
    """So many released items of one owner and kind in one state (a Reason or CURRENT); `gone` says that the owner left."""

    owner_id: int | None
    kind_id: int
    state: str
    gone: bool
    number: int

    @property
    def reasons(self) -> frozenset[str]:
        """Every reason these items are listed for."""
        return frozenset({self.state} | ({Reason.OWNER_GONE} if self.gone else set())) - {CURRENT}


@dataclass(frozen=True)
class Asked:
    """Who is asked in place of owners who left, by kind."""

    policies: Mapping[int, ReviewPolicy]
    keepers: Sequence[User]

    def of(self, kind_id: int) -> User | None:
        """Who is asked about items of this kind."""
        return rules.asked_instead(kind_id, self.policies, self.keepers)

    def looks_after(self, user_id: int | None, owner_id: int | None, kind_id: int, *, gone: bool) -> bool:
        """Whether this person is the one to look at an item."""
        if not gone:
            return owner_id == user_id and user_id is not None
        asked = self.of(kind_id)
        return asked is not None and asked.id == user_id


def count_items(work: Work) -> tuple[Counted, ...]:
    """Every released item the actor may see, counted by owner, kind and state."""
    gone = has_open([FindingReason.OWNER_GONE])
    columns = (col(Asset.owner_id), col(Asset.kind_id), _state(work).label("state"), case((gone, 1), else_=0).label("gone"))
    query = sqlalchemy.select(*columns, func.count()).where(_released(work))
    rows = work.session.execute(query.group_by(col(Asset.owner_id), col(Asset.kind_id), "state", "gone"))
    return tuple(Counted(owner_id, kind_id, state, bool(is_gone), number) for owner_id, kind_id, state, is_gone, number in rows)


def get_health(work: Work) -> Health:
    """How what the actor may see is spread over the states of freshness; one statement, for the line on review and start page."""
    return health_of(count_items(work))


def health_of(counted: Sequence[Counted]) -> Health:
    """The same of counts already made."""
    numbers: dict[str, int] = {}
    for some in counted:
        numbers[some.state] = numbers.get(some.state, 0) + some.number
    stale = numbers.get(Reason.PAST_REVIEW, 0) + numbers.get(Reason.OWNER_GONE, 0)
    return Health(numbers.get(CURRENT, 0), numbers.get(Reason.DUE, 0), stale, numbers.get(Reason.EXPIRED, 0))


def loads_of(counted: Sequence[Counted], names: Mapping[int, str]) -> tuple[Load, ...]:
    """What each owner looks after, those with most to do first."""
    by_owner: dict[int, list[Counted]] = {}
    for some in counted:
        by_owner.setdefault(some.owner_id or 0, []).append(some)
    loads = [
        Load(owner_id, names.get(owner_id, "Nobody"), health_of(own), left=any(some.gone for some in own))
        for owner_id, own in by_owner.items()
    ]
    return tuple(sorted(loads, key=lambda load: (load.health.current - load.health.total, -load.health.total, load.name)))


def fits(chosen: QueueFilter, asked: Asked, user_id: int | None) -> Callable[[Counted], bool]:
    """Whether counted items belong to what was chosen, as the queue itself decides it."""

    def decide(some: Counted) -> bool:
        return (
            bool(some.reasons)
            and (chosen.reason is None or chosen.reason in some.reasons)
            and (chosen.owner_id is None or (some.owner_id or 0) == chosen.owner_id)
            and (chosen.kind_id is None or some.kind_id == chosen.kind_id)
            and (not chosen.mine or asked.looks_after(user_id, some.owner_id, some.kind_id, gone=some.gone))
        )

    return decide


def list_queue(work: Work, chosen: QueueFilter, asked: Asked, page: PageRequest, total: int) -> Page[QueueItem]:
    """A page of the queue, most harm first; `total` is what the counts say.

    Harm = (uses in the last 30 days + 1) x days over. A use is a view, a copy or a download in the activity log; days over count from the
    expiry date, else the review date, else the day its owner left. What is not over yet does no harm: it comes last, by date.
    """
    over = _days_over(work)
    uses = _uses(work)
    used = func.coalesce(uses.c.number, 0)
    query = sqlalchemy.select(Asset, used, _gone_since()).outerjoin(uses, uses.c.asset_id == col(Asset.id))
    ordered = query.where(_released(work), *_chosen(work, chosen, asked)).order_by(
        ((used + 1) * case((over > 0, over), else_=0)).desc(), over.desc(), col(Asset.id)
    )
    rows = work.session.execute(ordered.offset(page.offset).limit(page.size)).all()
    cards = view_cards(work, [asset for asset, *_ in rows], list_values(work))
    items = [_item(work, asset, number, since, asked, cards[asset.id]) for asset, number, since in rows if asset.id in cards]
    return Page(tuple(items), total, page.number, page.size)


def list_looked_after(work: Work, asked: Asked, page: PageRequest) -> Page[QueueItem]:
    """What is due or over of everything the actor is asked about; for their mail of the day, so the total is that of the page."""
    found = list_queue(work, QueueFilter(mine=True), asked, page, 0)
    return Page(found.items, len(found.items), page.number, page.size)


def _item(work: Work, asset: Asset, uses: int, gone_since: date | None, asked: Asked, card: AssetCard) -> QueueItem:
    person = asked.of(asset.kind_id) if gone_since is not None else None
    standing = Standing(asset.review_on, asset.expires_on, gone_since, person.name if person else "")
    return QueueItem(card, asset.revision, rules.reasons_of(standing, work.today), uses, standing.asked)


def _released(work: Work) -> ColumnElement[bool]:
    return may_see(work) & (col(Asset.status) == Status.RELEASED)


def _state(work: Work) -> ColumnElement[str]:
    """The state of a released item in one word: a Reason, or CURRENT. The same decisions as library.rules.freshness, in SQL."""
    return case(
        (col(Asset.expires_on) < work.today, literal(Reason.EXPIRED.value)),
        (col(Asset.review_on) < work.today, literal(Reason.PAST_REVIEW.value)),
        (is_stale_at_once(), literal(Reason.OWNER_GONE.value)),
        (col(Asset.review_on) < work.today + timedelta(days=DUE_DAYS), literal(Reason.DUE.value)),
        else_=literal(CURRENT),
    )


def _days_over(work: Work) -> ColumnElement[int]:
    today = literal(work.today, Date)
    return case(
        (col(Asset.expires_on) < work.today, days_between(today, col(Asset.expires_on))),
        (col(Asset.review_on) < work.today, days_between(today, col(Asset.review_on))),
        (is_stale_at_once(), days_between(today, _gone_since()) + 1),
        else_=days_between(today, col(Asset.review_on)),
    )


def _gone_since() -> ScalarSelect[date]:
    gone = (col(Finding.reason) == FindingReason.OWNER_GONE) & col(Finding.closed_at).is_(None)
    since = sqlalchemy.select(func.min(col(Finding.since_on))).where(gone, col(Finding.asset_id) == col(Asset.id))
    return since.correlate(Asset).scalar_subquery()


def _uses(work: Work) -> sqlalchemy.Subquery:
    """How often each item was used lately."""
    lately = (col(ActivityEntry.at) > work.now - rules.USED_DAYS) & col(ActivityEntry.asset_id).is_not(None)
    counted = sqlalchemy.select(col(ActivityEntry.asset_id), func.count().label("number")).where(lately)
    return counted.group_by(col(ActivityEntry.asset_id)).subquery()


def _chosen(work: Work, chosen: QueueFilter, asked: Asked) -> list[ColumnElement[bool]]:
    """The conditions of a filter."""
    gone, state = has_open([FindingReason.OWNER_GONE]), _state(work)
    where = [(state != CURRENT) if chosen.reason is None else gone if chosen.reason == Reason.OWNER_GONE else state == chosen.reason.value]
    if chosen.owner_id is not None:
        where.append(func.coalesce(col(Asset.owner_id), 0) == chosen.owner_id)
    if chosen.kind_id is not None:
        where.append(col(Asset.kind_id) == chosen.kind_id)
    if chosen.mine:
        values = list_values(work)
        kinds = (*values.by_facet(Facet.KIND), *values.retired_of(Facet.KIND))
        instead = [kind.id for kind in kinds if (person := asked.of(kind.id)) is not None and person.id == work.actor.id]
        where.append(((col(Asset.owner_id) == work.actor.id) & ~gone) | (gone & col(Asset.kind_id).in_(instead)))
    return where
