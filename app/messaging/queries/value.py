"""Reads value models: those to make a business case of, and what is being worked on in the builder."""

from dataclasses import dataclass

from sqlmodel import col, select

from app.core.work import Work
from app.identity.rules import Permission, require
from app.library.models import Asset, Version
from app.library.queries import get_asset, list_versions
from app.library.queries.squares import is_current
from app.library.rules import newest_version
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


@dataclass(frozen=True)
class Working:
    """A value model in the builder: its asset, the newest version, and the row of its draft, which stays without a definition when the
    draft was kept or forgotten."""

    asset: Asset
    newest: Version | None
    row: ValueDraft | None

    @property
    def draft(self) -> ValueDraft | None:
        """What is being worked on, if anything is."""
        return self.row if self.row is not None and self.row.definition else None

    @property
    def state(self) -> str:
        """The state of the model in one word, another after every change of its draft and every new version."""
        return f"{self.row.revision if self.row is not None else 0}-{self.newest.number if self.newest is not None else 0}"


def read_working(work: Work, asset_id: int) -> Working:
    """The model of an asset this actor may edit, as it is being worked on; NotFound for an asset that is not theirs to see."""
    require(work.actor, Permission.EDIT)
    asset = get_asset(work, asset_id)
    return Working(asset, newest_version(asset, list_versions(work, asset_id)), work.session.get(ValueDraft, asset_id))
