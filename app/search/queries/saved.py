"""Searches people keep; each sees their own."""

from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.work import Work
from app.search.models import SavedSearch, SavedView

NOT_THERE = "There is no such search on your list. It may have been removed already."


def list_saved(work: Work) -> tuple[SavedView, ...]:
    """The actor's searches by name."""
    mine = select(SavedSearch).where(col(SavedSearch.user_id) == work.actor.id).order_by(func.lower(SavedSearch.name), col(SavedSearch.id))
    return tuple(SavedView(row.id or 0, row.name, row.query) for row in work.session.exec(mine).all())


def get_saved(work: Work, search_id: int) -> SavedSearch:
    """One of the actor's searches; NotFound when it is nobody's or somebody else's."""
    mine = select(SavedSearch).where(col(SavedSearch.id) == search_id, col(SavedSearch.user_id) == work.actor.id)
    row = work.session.exec(mine).first()
    if row is None:
        raise NotFound(NOT_THERE)
    return row
