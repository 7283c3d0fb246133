"""Notes which items of rooms went away, so that each is told to the owner of the room once."""

from collections.abc import Collection

from app.core.work import Work
from app.sharing import rules
from app.sharing.events import ItemsWentAway
from app.sharing.queries.away import list_shown_once


def note_away(work: Work, asset_ids: Collection[int] | None = None) -> None:
    """One event a room for what is not shown any more and was not told yet; what is shown again may be told again. None: all items."""
    told: dict[int, list[int]] = {}
    for item, asset in list_shown_once(work, asset_ids):
        is_away = bool(rules.entry_fault(asset, work.today))
        if is_away and item.away_told_at is None:
            item.away_told_at = work.now
            told.setdefault(item.room_id, []).append(item.id or 0)
        elif not is_away:
            item.away_told_at = None
    for room_id, item_ids in told.items():
        work.record(ItemsWentAway(room_id, tuple(item_ids)))
