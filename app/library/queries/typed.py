"""Titles while somebody types; called by the suggestions of search."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, true
from sqlmodel import col, func, select

from app.core.work import Work
from app.library.models import Asset, Status
from app.library.queries import may_see


def list_titles_begun(work: Work, words: Sequence[str], limit: int) -> list[tuple[int, str]]:
    """Ids and titles of current items this actor may see in whose title each of these words begins a word, by title."""
    current = (col(Asset.status) == Status.RELEASED) & func.coalesce(col(Asset.expires_on) >= work.today, true())
    query = select(col(Asset.id), col(Asset.title)).where(current, may_see(work), *(_begins(word) for word in words))
    return [(asset_id or 0, title) for asset_id, title in work.session.exec(query.order_by(func.lower(Asset.title)).limit(limit)).all()]


def _begins(word: str) -> ColumnElement[bool]:
    return col(Asset.title).istartswith(word, autoescape=True) | col(Asset.title).icontains(f" {word}", autoescape=True)
