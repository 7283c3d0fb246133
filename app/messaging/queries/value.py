"""Reads value models: those to make a business case of, and what is being worked on in the builder."""

from dataclasses import dataclass

from sqlmodel import col, select

from app.core.work import Work
from app.identity.rules import Permission, require
from app.library.models import Asset, Version
from app.library.queries import get_asset, list_versions
from app.library.queries.squares import is_current
from app.messaging.models import ValueDraft

MOST_MODELS = 50


@dataclass(frozen=True)
class ModelBrief:
    """A value model that readers get."""

    asset_id: int
    title: str


def list_models(work: Work) -> tuple[ModelBrief, ...]:
    """The released value models this actor may see and that have not expired, by title."""
    chosen = select(Asset.id, Asset.title).join(Version, col(Version.id) == col(Asset.released_version_id))
    current = chosen.where(col(Version.format) == "value", is_current(work)).order_by(col(Asset.title)).limit(MOST_MODELS)
    return tuple(ModelBrief(asset_id or 0, title) for asset_id, title in work.session.exec(current).all())


def find_draft(work: Work, asset_id: int) -> ValueDraft | None:
    """The draft of an asset this actor may edit, if there is one; NotFound for an asset that is not theirs to see."""
    row = find_row(work, asset_id)
    return row if row is not None and row.definition else None


def find_row(work: Work, asset_id: int) -> ValueDraft | None:
    """The row of the draft, which stays without a definition when the draft was kept or forgotten."""
    require(work.actor, Permission.EDIT)
    return work.session.get(ValueDraft, get_asset(work, asset_id).id)


def read_state(work: Work, asset_id: int) -> str:
    """The state of the model in one word, another after every change of its draft and every new version."""
    row = find_row(work, asset_id)
    newest = max((version.number for version in list_versions(work, asset_id)), default=0)
    return f"{row.revision if row is not None else 0}-{newest}"
