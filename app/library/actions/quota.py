"""How much may still be stored; asked before bytes where the length is known, and again when a version is made."""

import sys
from dataclasses import dataclass

from app.core.errors import TooLarge
from app.core.work import Work
from app.library.queries import uploads

STORE_FULL = "The portal's store is at its limit, so the file was not kept. Ask your administrator for more room."
SHARE_USED = "You have used up your share of the store, so the file was not kept. Ask your administrator for more room."


def check_room(work: Work, size: int, sha256: str = "") -> None:
    """TooLarge when so many more bytes would pass the portal's or this person's limit; bytes that are here already cost nothing."""
    quota, user_id = work.quota, work.actor.id
    if quota is None:
        return
    is_here = bool(sha256) and uploads.has_bytes(work, sha256)
    if not is_here and uploads.sum_bytes(work) + size > quota.total_bytes:
        raise TooLarge(STORE_FULL)
    if user_id is None or (is_here and uploads.has_bytes(work, sha256, user_id)):
        return
    if uploads.sum_bytes(work, user_id) + size > quota.user_bytes:
        raise TooLarge(SHARE_USED)


@dataclass(frozen=True)
class Room:
    """How many bytes may still come, and what to say when more do."""

    size: int
    words: str


def room_left(work: Work) -> Room:
    """How much this person may still send, whether or not it is here already."""
    if work.quota is None:
        return Room(sys.maxsize, "")
    store = Room(max(0, work.quota.total_bytes - uploads.sum_bytes(work)), STORE_FULL)
    if work.actor.id is None:
        return store
    own = Room(max(0, work.quota.user_bytes - uploads.sum_bytes(work, work.actor.id)), SHARE_USED)
    return min(own, store, key=lambda room: room.size)
