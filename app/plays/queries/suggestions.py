"""What may be missing in a kit: what is usual on calls like the one it is for."""

from app.core.work import Work
from app.framework.models import Facet
from app.library.queries.lists import Usual, list_usual
from app.plays.models import KitView

SHOWN = 5


def suggest(work: Work, kit: KitView) -> tuple[Usual, ...]:
    """Items usual at the kit's stage for its stakeholders that are not in it yet; nothing without a stage."""
    stage = next((value for value in kit.facets if value.facet == Facet.STAGE), None)
    if stage is None:
        return ()
    stakeholders = [value.id for value in kit.facets if value.facet == Facet.STAKEHOLDER]
    held = {entry.card.id for entry in kit.entries if entry.card is not None}
    usual = list_usual(work, stage, stakeholders, SHOWN + len(held))
    return tuple(one for one in usual if one.item.id not in held)[:SHOWN]
