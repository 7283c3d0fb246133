"""Titles while somebody types; called by the suggestions of search."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, true
from sqlmodel import col, func, select

from app.core.work import Work
from app.library.models import Asset, Status
from app.library.queries import may_see


def list_titles_begun(work: Work, words: Sequence[str], limit: int, asset_ids: Sequence[int] | None = None) -> list[tuple[int, str]]:
    """Ids and titles of current items this actor may see in whose title each of these words begins a word: those that begin with the first
    word, then by title. `asset_ids` are the only items looked at; None: all."""
    current = (col(Asset.status) == Status.RELEASED) & func.coalesce(col(Asset.expires_on) >= work.today, true())
    query = select(col(Asset.id), col(Asset.title)).where(current, may_see(work), *(_begins(word) for word in words))
    if asset_ids is not None:
        query = query.where(col(Asset.id).in_(asset_ids))
    order = (~col(Asset.title).istartswith(words[0], autoescape=True), func.lower(Asset.title))
    return [(asset_id or 0, title) for asset_id, title in work.session.exec(query.order_by(*order).limit(limit)).all()]


def _begins(word: str) -> ColumnElement[bool]:
    return col(Asset.title).istartswith(word, autoescape=True) | col(Asset.title).icontains(f" {word}", autoescape=True)
