"""Reads kits, already filtered: people see their own and those a colleague of their team shares."""

from collections.abc import Collection, Sequence
from functools import lru_cache

import sqlalchemy
from sqlalchemy import ColumnElement, Executable, bindparam, case
from sqlmodel import col, func, or_, select

from app.core.errors import NotFound, NotPermitted
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.deals.models import Account, Opportunity
from app.deals.queries import may_know as may_know_deal
from app.framework.queries import list_values
from app.identity.models import User
from app.identity.queries.teams import is_of_team
from app.identity.rules import Permission, require
from app.library.models import Asset
from app.library.queries import may_see
from app.messaging.models import BuyerQuestion
from app.messaging.queries import may_know as may_know_question
from app.plays._views import Found, ItemRow, find_all, view_entries
from app.plays.models import CurrentKit, ItemKind, Kit, KitBrief, KitFacet, KitItem, KitView, Shelf

NOT_THERE = "There is no such kit, or it is not yours to see. Look at the list of kits."
NO_ITEM = "This entry is not in the kit any more. Look at the kit as it is now."
NOT_YOURS = "This kit is a colleague's, so you may look at it and copy it. Nothing was changed. Copy it to have your own."
SHOWN_TITLES = 6


def may_open(work: Work) -> ColumnElement[bool]:
    """The condition every listing of kits carries for this actor."""
    of_team = col(Kit.owner_id).in_(select(User.id).where(is_of_team(work.actor)))
    return or_(col(Kit.owner_id) == work.actor.id, col(Kit.is_shared) & of_team)


def get_kit_row(work: Work, kit_id: int) -> Kit:
    """One kit this actor may open; NotFound otherwise, the same as if there were none."""
    kit = work.session.exec(select(Kit).where(col(Kit.id) == kit_id, may_open(work))).first()
    if kit is None:
        raise NotFound(NOT_THERE)
    return kit


def get_own_kit(work: Work, kit_id: int) -> Kit:
    """One kit to change; NotPermitted when a colleague shares it."""
    kit = get_kit_row(work, kit_id)
    if kit.owner_id != work.actor.id:
        raise NotPermitted(NOT_YOURS)
    return kit


def get_kit(work: Work, kit_id: int) -> KitView:
    """One kit with its entries as this actor gets them; nine statements however many entries."""
    query = (
        sqlalchemy.select(Kit, col(User.name), Opportunity, col(Account.name), col(KitFacet.value_id))
        .join(User, col(User.id) == Kit.owner_id)
        .outerjoin(Opportunity, (col(Opportunity.id) == Kit.opportunity_id) & may_know_deal(work))
        .outerjoin(Account, col(Account.id) == Opportunity.account_id)
        .outerjoin(KitFacet, col(KitFacet.kit_id) == Kit.id)
    )
    rows = work.session.execute(query.where(col(Kit.id) == kit_id, may_open(work))).all()
    if not rows:
        raise NotFound(NOT_THERE)
    kit, owner, deal, account, _ = rows[0]
    entries = list_rows(work, kit_id)
    return KitView(
        id=kit_id,
        title=kit.title,
        account=account or kit.account_name,
        opportunity_id=deal.id if deal is not None else None,
        opportunity=deal.name if deal is not None else "",
        meeting_on=kit.meeting_on,
        facets=list_values(work).pick(value_id for *_, value_id in rows if value_id is not None),
        owner_id=kit.owner_id,
        owner=owner,
        is_shared=kit.is_shared,
        archived_at=kit.archived_at,
        changed_at=kit.changed_at,
        revision=kit.revision,
        may_change=kit.owner_id == work.actor.id,
        entries=view_entries(entries, find_all(work, entries)),
    )


def list_rows(work: Work, kit_id: int) -> list[ItemRow]:
    """The entries of a kit in order, each with its question if the actor may know of it; for use behind `get_kit_row`."""
    joined = select(KitItem, BuyerQuestion).outerjoin(
        BuyerQuestion, (col(BuyerQuestion.id) == KitItem.question_id) & may_know_question(work)
    )
    query = joined.where(col(KitItem.kit_id) == kit_id, col(KitItem.removed_at).is_(None))
    return [(item, question) for item, question in work.session.exec(query.order_by(col(KitItem.position), col(KitItem.id))).all()]


def get_item(work: Work, kit: Kit, item_id: int, *, removed: bool = False) -> KitItem:
    """One entry of the kit, or one that was removed a while ago."""
    item = work.session.get(KitItem, item_id)
    if item is None or item.kit_id != kit.id or (item.removed_at is not None) != removed:
        raise NotFound(NO_ITEM)
    return item


def find_given(work: Work, item: KitItem) -> Found | None:
    """What one entry gives this actor now; None when there is nothing."""
    row = next((row for row in list_rows(work, item.kit_id) if row[0].id == item.id), None)
    return find_all(work, [row]).get(item.id or 0) if row is not None else None


def list_kits(work: Work, shelf: Shelf, page: PageRequest, text: str = "") -> Page[KitBrief]:
    """The kits on a shelf, those changed last first."""
    where = [*_on_shelf(work, shelf), *(_says(word) for word in text.split()[:8])]
    total = work.session.exec(select(func.count()).select_from(Kit).where(*where)).one()
    return Page(_briefs(work, where, page), total, page.number, page.size)


def count_shelves(work: Work) -> dict[Shelf, int]:
    """How many kits are on each shelf."""
    counted = (func.count(case((sqlalchemy.and_(*_on_shelf(work, shelf)), 1))) for shelf in Shelf)
    numbers = work.session.execute(sqlalchemy.select(*counted).select_from(Kit)).one()
    return dict(zip(Shelf, numbers, strict=True))


def list_recent(work: Work, limit: int, opportunity_id: int | None = None) -> tuple[KitBrief, ...]:
    """The actor's own kits in use, those changed last first; of one opportunity those of the team, too."""
    if opportunity_id is None:
        return _briefs(work, _on_shelf(work, Shelf.MINE), PageRequest(1, limit))
    where = [may_open(work), col(Kit.opportunity_id) == opportunity_id, col(Kit.archived_at).is_(None)]
    return _briefs(work, where, PageRequest(1, limit))


def find_current(work: Work) -> CurrentKit | None:
    """The kit the actor works on, in one statement; None when they have none in use."""
    query = _current_kit(may_see(work), may_know_question(work))
    rows = work.session.execute(query, {"actor": work.actor.id}).all()
    if not rows:
        return None
    kit_id, title, account = rows[0][:3]
    told = [(ItemKind(kind), question or asset or "") for _, _, _, kind, asset, question in rows if kind is not None]
    return CurrentKit(kit_id or 0, title, account, len(told), tuple(told[:SHOWN_TITLES]))


@lru_cache  # on most pages, so made once for each kind of reader
def _current_kit(seen: ColumnElement[bool], known: ColumnElement[bool]) -> Executable:
    in_use = (col(Kit.owner_id) == bindparam("actor")) & col(Kit.archived_at).is_(None)
    newest = select(Kit.id).where(in_use).order_by(col(Kit.changed_at).desc(), col(Kit.id).desc()).limit(1)
    return (
        sqlalchemy.select(col(Kit.id), col(Kit.title), col(Kit.account_name), col(KitItem.kind), col(Asset.title), col(BuyerQuestion.text))
        .outerjoin(KitItem, (col(KitItem.kit_id) == Kit.id) & col(KitItem.removed_at).is_(None))
        .outerjoin(Asset, (col(Asset.id) == KitItem.asset_id) & seen)
        .outerjoin(BuyerQuestion, (col(BuyerQuestion.id) == KitItem.question_id) & known)
        .where(col(Kit.id) == newest.scalar_subquery())
        .order_by(col(KitItem.position), col(KitItem.id))
    )


def list_facet_rows(work: Work, kit_id: int) -> list[KitFacet]:
    """The facet rows of one kit, for replacing them."""
    return list(work.session.exec(select(KitFacet).where(col(KitFacet.kit_id) == kit_id)).all())


def uses_of(work: Work, asset_ids: Sequence[int]) -> dict[int, int]:
    """In how many kits in use each of these items is, whoever's they are; a number tells nothing of them."""
    held = select(KitItem.asset_id, func.count(col(KitItem.kit_id).distinct())).join(Kit, col(Kit.id) == KitItem.kit_id)
    in_use = held.where(col(KitItem.asset_id).in_(asset_ids), col(KitItem.removed_at).is_(None), col(Kit.archived_at).is_(None))
    return {asset_id or 0: number for asset_id, number in work.session.exec(in_use.group_by(col(KitItem.asset_id))).all()}


def count_carriers(work: Work, value_id: int) -> int:
    """How many kits carry this facet value."""
    return work.session.exec(select(func.count()).select_from(KitFacet).where(col(KitFacet.value_id) == value_id)).one()


def list_carrier_ids(work: Work, value_id: int) -> list[int]:
    """The kits that carry a facet value; not filtered."""
    return list(work.session.exec(select(KitFacet.kit_id).where(col(KitFacet.value_id) == value_id)).all())


def list_owned(work: Work, user_id: int, limit: int) -> tuple[int, list[str]]:
    """How many kits are this person's, and the titles of the first, those changed last first."""
    require(work.actor, Permission.MANAGE_USERS)
    chosen = select(Kit.title, func.count().over()).where(col(Kit.owner_id) == user_id).order_by(col(Kit.changed_at).desc())
    rows = work.session.exec(chosen.limit(max(1, limit))).all()
    return (rows[0][1] if rows else 0), [title for title, _ in rows[:limit]]


def list_titles_of(work: Work, kit_ids: Collection[int]) -> dict[int, str]:
    """Titles by id, for those who see the audit log."""
    require(work.actor, Permission.SEE_AUDIT)
    rows = work.session.exec(select(Kit.id, Kit.title).where(col(Kit.id).in_(kit_ids))).all()
    return {key or 0: title for key, title in rows}


def _on_shelf(work: Work, shelf: Shelf) -> list[ColumnElement[bool]]:
    mine = col(Kit.owner_id) == work.actor.id
    if shelf == Shelf.ARCHIVED:
        return [mine, col(Kit.archived_at).is_not(None)]
    own = mine if shelf == Shelf.MINE else ~mine
    return [own, may_open(work), col(Kit.archived_at).is_(None)]


def _says(word: str) -> ColumnElement[bool]:
    return or_(col(Kit.title).icontains(word, autoescape=True), col(Kit.account_name).icontains(word, autoescape=True))


def _briefs(work: Work, where: Sequence[ColumnElement[bool]], page: PageRequest) -> tuple[KitBrief, ...]:
    items = select(func.count()).select_from(KitItem).where(col(KitItem.kit_id) == Kit.id, col(KitItem.removed_at).is_(None))
    query = select(Kit, User.name, items.correlate(Kit).scalar_subquery()).join(User, col(User.id) == Kit.owner_id)
    ordered = query.where(*where).order_by(col(Kit.changed_at).desc(), col(Kit.id).desc())
    rows = work.session.exec(ordered.offset(page.offset).limit(page.size)).all()
    return tuple(
        KitBrief(
            id=kit.id or 0,
            title=kit.title,
            account=kit.account_name,
            meeting_on=kit.meeting_on,
            owner=owner,
            is_shared=kit.is_shared,
            is_mine=kit.owner_id == work.actor.id,
            archived_at=kit.archived_at,
            changed_at=kit.changed_at,
            count=count,
        )
        for kit, owner, count in rows
    )
