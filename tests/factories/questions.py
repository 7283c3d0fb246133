"""Buyer questions for tests, answered by a passage that is there."""

from collections.abc import Sequence

from app.core.work import Work
from app.library.queries import get_view
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput


def add_question(work: Work, text: str, asset_id: int, phrasings: Sequence[str] = ()) -> str:
    """A question answered by the first passage of this asset; the passage's anchor."""
    anchor = get_view(work, asset_id).passages[0].anchor
    record_question(work, QuestionInput(text=text, phrasings=list(phrasings), asset_id=asset_id, anchor=anchor))
    return anchor
