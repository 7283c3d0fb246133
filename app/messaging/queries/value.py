"""Reads what is being worked on in the builder of value models."""

from app.core.work import Work
from app.identity.rules import Permission, require
from app.library.queries import get_asset
from app.messaging.models import ValueDraft


def find_draft(work: Work, asset_id: int) -> ValueDraft | None:
    """The draft of an asset this actor may edit, if there is one; NotFound for an asset that is not theirs to see."""
    require(work.actor, Permission.EDIT)
    return work.session.get(ValueDraft, get_asset(work, asset_id).id)
