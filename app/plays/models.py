"""Tables of kits: what one meeting or opportunity needs, in order, and the binders printed from it; and what pages show of them."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel

from app.core.columns import IDS_USED_ONCE, UtcDateTime, word_of
from app.framework.models import ValueView
from app.library.models import AssetCard, PassageView, VersionView

SLIDE = re.compile(r"slide-(\d+)(?!\d)")


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
    PUT_AWAY = "put_away"


class Kit(SQLModel, table=True):
    """What one meeting or opportunity needs; a shared one is seen by the owner's team, an archived one is out of the lists."""

    __tablename__ = "kit"
    __table_args__ = IDS_USED_ONCE

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
    that a newer one shows as changed. `anchor` names the passage inside that version; of an answer, `asset_id` and `anchor` say what
    answered then. A removed one waits a while, so that it can be put back.
    """

    __tablename__ = "kit_item"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    kit_id: int = Field(foreign_key="kit.id", index=True, ondelete="CASCADE")
    position: int
    kind: ItemKind = Field(sa_type=word_of(ItemKind))
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True, ondelete="SET NULL")
    anchor: str = Field(default="", max_length=200)
    question_id: int | None = Field(default=None, foreign_key="buyer_question.id", index=True, ondelete="SET NULL")
    note: str = Field(default="", sa_type=Text)
    pinned_version_id: int | None = None
    seen_version_id: int | None = None
    added_by: int | None = Field(default=None, foreign_key="user_account.id")
    added_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Binder(SQLModel, table=True):
    """One printing of a kit as PDF, made by a job; `progress` counts up to 100, `message` says why it failed.

    The PDF shows what its requester may see, and goes after a week; the codes on its sheets stay good. A code is put behind `check_at`.
    """

    __tablename__ = "binder"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    kit_id: int = Field(foreign_key="kit.id", index=True, ondelete="CASCADE")
    requested_by: int | None = Field(default=None, foreign_key="user_account.id")
    requested_at: datetime = Field(sa_type=UtcDateTime)
    with_notes: bool = True
    check_at: str = Field(max_length=300)
    state: BinderState = Field(default=BinderState.WAITING, sa_type=word_of(BinderState))
    progress: int = 0
    pages: int = 0
    pdf: bytes | None = Field(default=None, sa_type=LargeBinary)
    message: str = ""


class BinderSheet(SQLModel, table=True):
    """The code printed on a sheet, and which version of what it shows; scanning it tells whether that is still current."""

    __tablename__ = "binder_sheet"

    code: str = Field(primary_key=True, max_length=20)
    binder_id: int = Field(foreign_key="binder.id", index=True, ondelete="CASCADE")
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True, ondelete="CASCADE")
    version_id: int | None = None
    question_id: int | None = Field(default=None, foreign_key="buyer_question.id", ondelete="SET NULL")


class EntryState(StrEnum):
    """What has to be known of an entry before using it, beside its freshness.

    CHANGED: readers get another version, or another answer, than when somebody last looked. LOST: the version readers get has no such
    passage any more. HIDDEN: not for this reader. RETIRED: marketing took it back. GONE: it was removed for good. UNANSWERED: nothing
    answers the question now.
    """

    CURRENT = "current"
    CHANGED = "changed"
    LOST = "lost"
    HIDDEN = "hidden"
    RETIRED = "retired"
    GONE = "gone"
    UNANSWERED = "unanswered"


class Shelf(StrEnum):
    """The lists of kits: one's own, those that colleagues share, one's own put away."""

    MINE = "mine"
    TEAM = "team"
    ARCHIVED = "archived"


class KitInput(BaseModel):
    """What somebody says of a kit; facet values by id. With an opportunity the account is that one's."""

    title: str = InputField(min_length=1, max_length=200)
    opportunity_id: int | None = None
    account_name: str = InputField(default="", max_length=160)
    meeting_on: date | None = None
    facet_ids: list[int] = []


class ItemInput(BaseModel):
    """What goes into a kit: an asset, a passage of it by its anchor, or the answer to a buyer question."""

    kind: ItemKind
    asset_id: int | None = None
    anchor: str = InputField(default="", max_length=200)
    question_id: int | None = None


@dataclass(frozen=True)
class KitEntry:
    """One entry of a kit as this reader gets it.

    `card` is the item in the version that goes out here and `passage` the passage or answer in it; both are None where there is nothing
    for this reader. `title` is empty when it must not be told. `number` is the version that goes out, `seen` the one somebody last
    looked at, `latest` what readers get elsewhere; 0 for none. `locator` says where the passage stands ("slide 4 of 12").
    """

    id: int
    kind: ItemKind
    state: EntryState
    title: str
    card: AssetCard | None
    passage: PassageView | None
    locator: str
    question_id: int | None
    note: str
    is_pinned: bool
    number: int
    seen: int
    latest: int
    owner: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether there is something to hand on: a note, or content that this reader gets and that has not expired."""
        return self.kind == ItemKind.NOTE or (self.card is not None and self.card.freshness.state != "expired")


@dataclass(frozen=True)
class KitView:
    """A kit as its page shows it, its entries in order. `opportunity_id` is None when the reader may not know of it."""

    id: int
    title: str
    account: str
    opportunity_id: int | None
    opportunity: str
    meeting_on: date | None
    facets: tuple[ValueView, ...]
    owner_id: int
    owner: str
    is_shared: bool
    archived_at: datetime | None
    changed_at: datetime
    revision: int
    may_change: bool
    entries: tuple[KitEntry, ...]

    @property
    def files(self) -> tuple[KitEntry, ...]:
        """The first usable entry of each file, in order: what a ZIP of the originals holds."""
        found: dict[int, KitEntry] = {}
        for entry in self.entries:
            if entry.card is not None and entry.is_usable:
                found.setdefault(entry.card.version.id, entry)
        return tuple(found.values())

    @property
    def slides(self) -> tuple[tuple[VersionView, frozenset[int]], ...]:
        """The versions of PowerPoint decks that single slides are in the kit of, with the numbers of these slides (from 1)."""
        versions: dict[int, VersionView] = {}
        chosen: dict[int, set[int]] = {}
        for entry in self.entries:
            found = SLIDE.match(entry.passage.anchor) if entry.passage is not None and entry.is_usable else None
            if found and entry.card is not None and entry.card.version.format == "pptx":
                versions[entry.card.version.id] = entry.card.version
                chosen.setdefault(entry.card.version.id, set()).add(int(found[1]))
        return tuple((versions[key], frozenset(numbers)) for key, numbers in chosen.items())


@dataclass(frozen=True)
class KitBrief:
    """A kit in a list."""

    id: int
    title: str
    account: str
    meeting_on: date | None
    owner: str
    is_shared: bool
    is_mine: bool
    archived_at: datetime | None
    changed_at: datetime
    count: int


@dataclass(frozen=True)
class CurrentKit:
    """The kit somebody works on: the one of their own that was changed last, with the first of its titles; untold ones are empty."""

    id: int
    title: str
    account: str
    count: int
    titles: tuple[tuple[ItemKind, str], ...]
