"""Writes activity in batches; the buffer sits at the edge, so that no answer waits for it."""

from collections.abc import Sequence

from app.activity.models import ActivityEntry, Happening
from app.core.work import Work


def log_happenings(work: Work, happenings: Sequence[Happening]) -> None:
    """Append what people did since the last batch."""
    for happening in happenings:
        context = dict(happening.context)
        work.session.add(
            ActivityEntry(
                at=happening.at,
                user_id=happening.user_id,
                verb=happening.verb,
                asset_id=happening.asset_id,
                version_id=happening.version_id,
                passage_id=happening.passage_id,
                question=happening.question[:300].replace("\0", ""),
                stage=context.get("stage", "") if happening.asset_id is not None else "",
                context=context,
            )
        )
