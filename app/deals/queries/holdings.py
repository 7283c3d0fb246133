"""What somebody sells and what carries a facet value; for those who manage people and the framework."""

from collections.abc import Collection, Iterator
from typing import TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select

from app.core.work import Work
from app.deals.models import Account, Opportunity
from app.identity.rules import Permission, require

T = TypeVar("T")
AT_ONCE = 500  # names in one statement
TAGS = (Opportunity.stage_id, Opportunity.solution_id, Opportunity.vertical_id, Opportunity.segment_id)


def list_owned(work: Work, user_id: int, limit: int) -> tuple[int, list[tuple[int, str]]]:
    """How many opportunities are this person's, open or closed, and id and name of the first, those changed last first."""
    require(work.actor, Permission.MANAGE_USERS)
    chosen = select(Opportunity.id, Opportunity.name, func.count().over()).where(col(Opportunity.owner_id) == user_id)
    rows = work.session.exec(chosen.order_by(col(Opportunity.changed_at).desc()).limit(max(1, limit))).all()
    return (rows[0][2] if rows else 0), [(key or 0, name) for key, name, _ in rows[:limit]]


def count_carriers(work: Work, value_id: int) -> int:
    """How many opportunities carry this facet value."""
    return work.session.exec(select(func.count()).select_from(Opportunity).where(_carries(value_id))).one()


def list_by_external_ids(work: Work, external_ids: Collection[str]) -> dict[str, Opportunity]:
    """Opportunities by their name in the CRM; for imports, not filtered."""
    found: dict[str, Opportunity] = {}
    for some in _parts(external_ids):
        rows = work.session.exec(select(Opportunity).where(col(Opportunity.external_id).in_(some))).all()
        found |= {row.external_id: row for row in rows if row.external_id is not None}
    return found


def list_by_ids(work: Work, opportunity_ids: Collection[int]) -> dict[int, Opportunity]:
    """Opportunities by id; for imports, not filtered."""
    found: dict[int, Opportunity] = {}
    for some in _parts(opportunity_ids):
        rows = work.session.exec(select(Opportunity).where(col(Opportunity.id).in_(some))).all()
        found |= {row.id or 0: row for row in rows}
    return found


def list_by_names(work: Work, names: Collection[str]) -> dict[tuple[str, str], list[Opportunity]]:
    """Opportunities by account and name, both in lower case; for imports, not filtered."""
    found: dict[tuple[str, str], list[Opportunity]] = {}
    for some in _parts(names):
        query = select(Account.name, Opportunity).join(Account, col(Account.id) == Opportunity.account_id)
        for account, row in work.session.exec(query.where(is_called(Opportunity.name, some))).all():
            found.setdefault((account.lower(), row.name.lower()), []).append(row)
    return found


def list_accounts(work: Work, names: Collection[str]) -> dict[str, Account]:
    """Accounts by name in lower case; for imports, not filtered."""
    found: dict[str, Account] = {}
    for some in _parts(names):
        found |= {row.name.lower(): row for row in work.session.exec(select(Account).where(is_called(Account.name, some))).all()}
    return found


def list_account_names_of(work: Work, account_ids: Collection[int]) -> dict[int, str]:
    """Names of accounts by id; for imports, not filtered."""
    found: dict[int, str] = {}
    for some in _parts(account_ids):
        rows = work.session.exec(select(Account.id, Account.name).where(col(Account.id).in_(some))).all()
        found |= {key or 0: name for key, name in rows}
    return found


def is_called(column: str, names: Collection[str]) -> ColumnElement[bool]:
    """Whether the column holds one of these names, whatever their capitals; SQLite lowers plain letters only, so exact ones count, too."""
    return or_(col(column).in_(list(names)), func.lower(column).in_([name.lower() for name in names]))


def _parts(wanted: Collection[T]) -> Iterator[list[T]]:
    some = list(wanted)
    return (some[start : start + AT_ONCE] for start in range(0, len(some), AT_ONCE))


def _carries(value_id: int) -> ColumnElement[bool]:
    return or_(*(col(column) == value_id for column in TAGS))
