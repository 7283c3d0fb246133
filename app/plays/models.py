"""Tables of kits: what one meeting or opportunity needs, in order, and the binders printed from it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from app.core.columns import UtcDateTime, word_of


class ItemKind(StrEnum):
    """What an entry of a kit is: a whole asset, one passage of it (a slide, a section), the answer to a buyer question, or a note."""

    ASSET = "asset"
    PASSAGE = "passage"
    ANSWER = "answer"
    NOTE = "note"


class BinderState(StrEnum):
    """How far a binder is."""

    WAITING = "waiting"
    PRINTING = "printing"
    DONE = "done"
    FAILED = "failed"


class Kit(SQLModel, table=True):
    """What one meeting or opportunity needs; a shared one is seen by the owner's team, an archived one is out of the lists."""

    __tablename__ = "kit"

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=200)
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    account_name: str = Field(default="", max_length=160)
    meeting_on: date | None = None
    owner_id: int = Field(foreign_key="user_account.id", index=True)
    is_shared: bool = False
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


class KitFacet(SQLModel, table=True):
    """One facet value of the call a kit is for."""

    __tablename__ = "kit_facet"

    kit_id: int = Field(foreign_key="kit.id", primary_key=True, ondelete="CASCADE")
    value_id: int = Field(foreign_key="facet_value.id", primary_key=True, index=True)


class KitItem(SQLModel, table=True):
    """One entry of a kit, in order.

    Without `pinned_version_id` it follows what readers get; `seen_version_id` is the version when somebody last said they had looked, so
    that a newer one shows as changed. `anchor` names the passage inside the version.
    """

    __tablename__ = "kit_item"

    id: int | None = Field(default=None, primary_key=True)
    kit_id: int = Field(foreign_key="kit.id", index=True, ondelete="CASCADE")
    position: int
    kind: ItemKind = Field(sa_type=word_of(ItemKind))
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True, ondelete="CASCADE")
    anchor: str = Field(default="", max_length=200)
    question_id: int | None = Field(default=None, foreign_key="buyer_question.id", index=True, ondelete="SET NULL")
    note: str = Field(default="", sa_type=Text)
    pinned_version_id: int | None = None
    seen_version_id: int | None = None
    added_by: int | None = Field(default=None, foreign_key="user_account.id")
    added_at: datetime = Field(sa_type=UtcDateTime)


class Binder(SQLModel, table=True):
    """One printing of a kit as PDF, made by a job; `progress` counts up to 100, `message` says why it failed."""

    __tablename__ = "binder"

    id: int | None = Field(default=None, primary_key=True)
    kit_id: int = Field(foreign_key="kit.id", index=True, ondelete="CASCADE")
    requested_by: int | None = Field(default=None, foreign_key="user_account.id")
    requested_at: datetime = Field(sa_type=UtcDateTime)
    with_notes: bool = True
    state: BinderState = Field(default=BinderState.WAITING, sa_type=word_of(BinderState))
    progress: int = 0
    pages: int = 0
    blob_sha256: str | None = Field(default=None, max_length=64, index=True)
    message: str = ""


class BinderSheet(SQLModel, table=True):
    """The code printed on a sheet, and which version of what it shows; scanning it tells whether that is still current."""

    __tablename__ = "binder_sheet"

    code: str = Field(primary_key=True, max_length=20)
    binder_id: int = Field(foreign_key="binder.id", index=True, ondelete="CASCADE")
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True, ondelete="CASCADE")
    version_id: int | None = None
    question_id: int | None = Field(default=None, foreign_key="buyer_question.id", ondelete="SET NULL")
