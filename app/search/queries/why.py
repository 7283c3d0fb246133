"""Why an item is among the answers, for marketing."""

from app.core.work import Work
from app.framework.queries import list_values
from app.identity.rules import Permission, require
from app.library.models import PassageView
from app.library.queries import get_asset, list_passages_by_id
from app.library.rules import heading_path
from app.search import _reasons
from app.search.engine import SearchEngine
from app.search.models import Why
from app.search.queries import Question, request_of


def explain(work: Work, engine: SearchEngine, question: Question, asset_id: int) -> Why | None:
    """What counted for this item when the question was asked; None when it does not answer it. NotFound for an item nobody may see."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    values = list_values(work)
    asset = get_asset(work, asset_id)
    found = engine.explain(request_of(work, question, values, 1), asset_id)
    if found is None:
        return None
    asked_for = values.pick(value_id for ids in question.chosen.values() for value_id in ids)
    passage = next(iter(list_passages_by_id(work, {found.passage_id}).values()), None)
    place = _place(passage, asset.title) if passage is not None else ""
    return Why(asset.title, place, asset_id, _reasons.sentences(found, asked_for, values.pick(found.carried)), found.score)


def _place(passage: PassageView, title: str) -> str:
    path = heading_path(passage.heading, passage.label, title)
    return " › ".join(path if passage.label in path else (passage.label, *path))
