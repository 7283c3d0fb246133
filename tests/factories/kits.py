"""Opportunities and kits for tests."""

from decimal import Decimal
from typing import Any

from app.core.work import Work
from app.deals.actions import add_opportunity
from app.deals.models import OpportunityInput
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.library.queries import get_view
from app.plays.actions import make_kit
from app.plays.actions.items import add_item
from app.plays.models import ItemInput, ItemKind, KitInput


def add_deal(work: Work, account: str = "Alder Foods", name: str = "Four sites", stage: str = "discover", **more: Any) -> int:
    """An opportunity of whoever acts; its id."""
    install_defaults(work)
    value = list_values(work).find(Facet.STAGE, stage)
    assert value is not None
    given = {"account": account, "name": name, "stage_id": value.id, "amount": Decimal(12500), **more}
    return add_opportunity(work, OpportunityInput.model_validate(given)).id or 0


def add_kit(work: Work, title: str = "Site visit", *asset_ids: int, **more: Any) -> int:
    """A kit of whoever acts with these items in it; its id."""
    kit_id = make_kit(work, KitInput.model_validate({"title": title, **more})).id or 0
    for asset_id in asset_ids:
        add_item(work, kit_id, ItemInput(kind=ItemKind.ASSET, asset_id=asset_id))
    return kit_id


def add_passage(work: Work, kit_id: int, asset_id: int, number: int = 0) -> str:
    """Put a passage of an item that was read into the kit; its anchor."""
    anchor = get_view(work, asset_id).passages[number].anchor
    add_item(work, kit_id, ItemInput(kind=ItemKind.PASSAGE, asset_id=asset_id, anchor=anchor))
    return anchor
