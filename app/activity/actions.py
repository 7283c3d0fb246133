"""Writes activity in batches; the buffer sits at the edge, so that no answer waits for it."""

from collections.abc import Sequence

from app.activity.models import LONGEST_QUESTION, ActivityEntry, Happening
from app.activity.rules import bare
from app.core.work import Work


def log_happenings(work: Work, happenings: Sequence[Happening]) -> None:
    """Append what people did since the last batch."""
    for happening in happenings:
        context = dict(happening.context)
        question = happening.question[:LONGEST_QUESTION].replace("\0", "")
        work.session.add(
            ActivityEntry(
                at=happening.at,
                user_id=happening.user_id,
                verb=happening.verb,
                asset_id=happening.asset_id,
                version_id=happening.version_id,
                passage_id=happening.passage_id,
                question=question,
                question_words=bare(question)[:LONGEST_QUESTION],
                answers=happening.answers,
                stage=context.get("stage", "") if happening.asset_id is not None else "",
                context=context,
            )
        )
