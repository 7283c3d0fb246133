"""Reads opportunities, already filtered: partners see those of their organisation, our own people the house's, curators every one."""

from collections.abc import Collection, Sequence

import sqlalchemy
from sqlalchemy import ColumnElement, false, true
from sqlmodel import col, func, or_, select

from app.core.errors import NotFound
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.deals.models import Account, DealFilter, DealState, Opportunity, OpportunityBrief, OpportunityView, StageEntry, StageView
from app.framework.queries import list_values
from app.identity.models import User
from app.identity.queries.teams import is_of_team
from app.identity.rules import Permission, is_person, may, require

NOT_THERE = "There is no such opportunity, or it is not yours to see. Look at the list of opportunities."
MOST_NAMES = 500


def may_know(work: Work) -> ColumnElement[bool]:
    """The condition every listing of opportunities carries for this actor; one without an owner belongs to the house."""
    if may(work.actor, Permission.IMPORT_DEALS):
        return true()
    if not is_person(work.actor):
        return false()
    mine = col(Opportunity.owner_id) == work.actor.id
    team = col(Opportunity.owner_id).in_(select(User.id).where(is_of_team(work.actor)))
    ownerless = col(Opportunity.owner_id).is_(None)
    return or_(mine, team, ownerless) if work.actor.role != "partner" else or_(mine, team)


def may_change(work: Work, owner_id: int | None) -> bool:
    """Whether the actor may change an opportunity of this owner: their own, or any as a curator."""
    return may(work.actor, Permission.IMPORT_DEALS) or (owner_id is not None and owner_id == work.actor.id)


def get_opportunity(work: Work, opportunity_id: int) -> Opportunity:
    """One opportunity this actor may know of; NotFound otherwise, the same as if there were none."""
    row = work.session.exec(select(Opportunity).where(col(Opportunity.id) == opportunity_id, may_know(work))).first()
    if row is None:
        raise NotFound(NOT_THERE)
    return row


def get_opportunity_view(work: Work, opportunity_id: int) -> OpportunityView:
    """The same as pages show it."""
    found = _views(work, [col(Opportunity.id) == opportunity_id, may_know(work)], PageRequest(1, 1))
    if not found:
        raise NotFound(NOT_THERE)
    return found[0]


def list_opportunities(work: Work, page: PageRequest, chosen: DealFilter | None = None) -> Page[OpportunityView]:
    """The opportunities of a filter, those changed last first."""
    where = _conditions(work, chosen or DealFilter())
    joined = select(func.count()).select_from(Opportunity).join(Account, col(Account.id) == Opportunity.account_id)
    total = work.session.exec(joined.where(*where)).one()
    return Page(_views(work, where, page), total, page.number, page.size)


def count_states(work: Work, chosen: DealFilter) -> dict[DealState, int]:
    """How many of the filter's opportunities are in each state, whichever state it names."""
    where = _conditions(work, DealFilter(chosen.text, chosen.stage_ids, None, chosen.mine))
    counted = select(Opportunity.state, func.count()).join(Account, col(Account.id) == Opportunity.account_id).where(*where)
    found = dict(work.session.exec(counted.group_by(col(Opportunity.state))).all())
    return {state: found.get(state, 0) for state in DealState}


def list_briefly(work: Work, limit: int, always: int | None = None) -> list[OpportunityBrief]:
    """Open opportunities to choose from, the actor's own first, then those changed last; `always` is among them whatever its state."""
    wanted = or_(col(Opportunity.state) == DealState.OPEN, col(Opportunity.id) == (always or 0))
    named = sqlalchemy.select(col(Opportunity.id), col(Opportunity.name), col(Account.name), col(Opportunity.owner_id) == work.actor.id)
    joined = named.join(Account, col(Account.id) == Opportunity.account_id).where(wanted, may_know(work))
    first = (col(Opportunity.id) == (always or 0)).desc()
    ordered = joined.order_by(first, (col(Opportunity.owner_id) == work.actor.id).desc(), col(Opportunity.changed_at).desc())
    return [
        OpportunityBrief(key or 0, name, account, bool(mine)) for key, name, account, mine in work.session.execute(ordered.limit(limit))
    ]


def list_account_names(work: Work) -> list[str]:
    """Names of accounts that have an opportunity this actor may know of, to choose from."""
    of_known = select(Opportunity.account_id).where(may_know(work))
    query = select(Account.name).where(col(Account.id).in_(of_known)).order_by(func.lower(Account.name)).limit(MOST_NAMES)
    return list(work.session.exec(query).all())


def list_stage_history(work: Work, opportunity_id: int) -> tuple[StageView, ...]:
    """When an opportunity came to which stage, the newest first; for use behind `get_opportunity`."""
    query = select(StageEntry).where(col(StageEntry.opportunity_id) == opportunity_id).order_by(col(StageEntry.id).desc())
    rows = work.session.exec(query.limit(100)).all()
    values = {value.id: value for value in list_values(work).pick({row.stage_id for row in rows})}
    return tuple(StageView(values[row.stage_id], row.entered_at) for row in rows if row.stage_id in values)


def find_account(work: Work, name: str) -> Account | None:
    """The account of this name, whatever its capitals; not filtered, so that no account gets a second row."""
    return work.session.exec(
        select(Account)
        .where(or_(col(Account.name) == name, func.lower(Account.name) == name.lower()))
        .order_by((col(Account.name) == name).desc())
    ).first()


def list_names_of(work: Work, opportunity_ids: Collection[int]) -> dict[int, str]:
    """Names by id, for those who see the audit log."""
    require(work.actor, Permission.SEE_AUDIT)
    rows = work.session.exec(select(Opportunity.id, Opportunity.name).where(col(Opportunity.id).in_(opportunity_ids))).all()
    return {key or 0: name for key, name in rows}


def _conditions(work: Work, chosen: DealFilter) -> list[ColumnElement[bool]]:
    where = [may_know(work)]
    for word in chosen.text.split()[:8]:
        where.append(or_(col(Opportunity.name).icontains(word, autoescape=True), col(Account.name).icontains(word, autoescape=True)))
    if chosen.stage_ids:
        where.append(col(Opportunity.stage_id).in_(sorted(chosen.stage_ids)))
    if chosen.state is not None:
        where.append(col(Opportunity.state) == chosen.state)
    if chosen.mine:
        where.append(col(Opportunity.owner_id) == work.actor.id)
    return where


def _views(work: Work, where: Sequence[ColumnElement[bool]], page: PageRequest) -> tuple[OpportunityView, ...]:
    query = (
        select(Opportunity, Account.name, User.name)
        .join(Account, col(Account.id) == Opportunity.account_id)
        .outerjoin(User, col(User.id) == Opportunity.owner_id)
    )
    ordered = query.where(*where).order_by(col(Opportunity.changed_at).desc(), col(Opportunity.id).desc())
    rows = work.session.exec(ordered.offset(page.offset).limit(page.size)).all()
    return tuple(_view(work, row, account, owner) for row, account, owner in rows)


def _view(work: Work, row: Opportunity, account: str, owner: str | None) -> OpportunityView:
    tagged = (row.stage_id, row.solution_id, row.vertical_id, row.segment_id)
    facets = list_values(work).pick(value_id for value_id in tagged if value_id is not None)
    return OpportunityView(
        id=row.id or 0,
        account=account,
        name=row.name,
        stage=next(value for value in facets if value.id == row.stage_id),
        facets=facets,
        amount=row.amount,
        currency=row.currency,
        state=row.state,
        owner_id=row.owner_id,
        owner=owner or "",
        closes_on=row.closes_on,
        changed_at=row.changed_at,
        external_id=row.external_id or "",
        revision=row.revision,
        may_change=may_change(work, row.owner_id),
    )
