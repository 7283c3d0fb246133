"""Background verbs of buyer questions: keep each at its passage when another version is released. Safe to run twice."""

from collections.abc import Sequence

from app.core.desk import Desk
from app.core.work import Work
from app.library.events import AssetChanged
from app.library.queries import find_passage, list_passages_of
from app.messaging import actions, queries, rules
from app.messaging.models import Adrift, Move


def follow_versions(desk: Desk, events: Sequence[AssetChanged]) -> None:
    """Point questions at the passage that says the same in the version readers get now, or say that it has to be chosen again."""
    asset_ids = sorted({event.asset_id for event in events})
    with desk.open_work(read_only=True) as work:
        moves = [_move(work, adrift) for adrift in queries.list_adrift(work, asset_ids)]
    if moves:
        with desk.open_work() as work:
            for move in moves:
                actions.move_anchor(work, move)


def _move(work: Work, adrift: Adrift) -> Move:
    question, version_id = adrift.question, adrift.version_id
    before_id = question.anchor_version_id or 0
    passages = list_passages_of(work, [before_id, version_id])
    former = find_passage(work, before_id, question.anchor)
    found = rules.find_same_passage(former, passages[before_id], passages[version_id]) if former is not None else None
    lost = f"{former.label}: {' '.join(former.text.split())}" if former is not None else question.anchor
    return Move(question.id or 0, question.revision, version_id, found.anchor if found is not None else "", lost[: rules.LONGEST_LOST])
