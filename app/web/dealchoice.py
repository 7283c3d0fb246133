"""Choosing for which opportunity something is: the same list in every form."""

from app.core.work import Work
from app.deals.queries import list_briefly
from app.identity.rules import Permission, may
from app.web.assetform import Choice

MOST_DEALS = 50


def deal_choices(work: Work, chosen: int | None = None) -> tuple[Choice, ...]:
    """Open opportunities this actor may know of, their own first; `chosen` is among them whatever its state."""
    if not may(work.actor, Permission.SEE_DEALS):
        return ()
    return tuple(Choice(str(one.id), f"{one.account}, {one.name}") for one in list_briefly(work, MOST_DEALS, chosen))
