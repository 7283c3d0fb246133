"""Tables of the library: assets, versions, passages, findings; and the input models their actions take."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlalchemy import JSON, BigInteger, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.columns import IDS_USED_ONCE, UtcDateTime, word_of
from app.framework.models import ValueView


class Audience(StrEnum):
    """Who may get an item at most."""

    INTERNAL = "internal"
    PARTNER = "partner"
    CUSTOMER = "customer"


class Status(StrEnum):
    """Where an asset is in its life; the verbs are release, retire, trash."""

    DRAFT = "draft"
    RELEASED = "released"
    RETIRED = "retired"
    TRASHED = "trashed"


# The anchor of a stretch of a recording (core/office/transcript.py); no other reader begins one so.
SPOKEN_AT = re.compile(r"at-(\d+)")
# How everything begins that the reader says of a damaged or locked file.
UNREADABLE = "The file could not be read"


class Reading(StrEnum):
    """How far the text of a version has been read."""

    WAITING = "waiting"
    DONE = "done"
    NO_TEXT = "no_text"


class FindingReason(StrEnum):
    """Why an item needs a look; rules.py says which of them make it stale at once."""

    PAST_REVIEW = "past_review"
    EXPIRED = "expired"
    OWNER_GONE = "owner_gone"


class Asset(SQLModel, table=True):
    """A piece of content with identity, owner, facets, status and a review policy.

    `released_version_id` names what readers get; `revision` counts changes, so that nobody overwrites unseen ones; `last_number` is that of
    the latest version there ever was, since no number is used twice; assets with the same `twin_key` hold the same text in other formats;
    `is_separate` says that the same bytes elsewhere are meant; `status_before` is what it was when it went into the trash, so that
    restoring it publishes nothing retired; a draft whose `review_interval_days` is 0 waits for the usual of its kind; `source_folder` is
    where the first file lay in the folder or ZIP it came in ("Decks/Finance"); `source` is what it was made from ("Product release 8.2").
    """

    __tablename__ = "asset"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=200)
    summary: str = Field(default="", sa_type=Text)
    kind_id: int = Field(foreign_key="facet_value.id", index=True)
    audience: Audience = Field(sa_type=word_of(Audience))
    language: str = Field(default="en", max_length=12)
    tags: list[str] = Field(sa_column=Column(JSON, nullable=False))
    owner_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    review_interval_days: int = 180
    confirmed_on: date | None = None
    confirmed_by: int | None = Field(default=None, foreign_key="user_account.id")
    review_on: date | None = Field(default=None, index=True)
    expires_on: date | None = Field(default=None, index=True)
    pdf_only_reason: str = ""
    twin_key: str = Field(default="", max_length=20, index=True)
    is_separate: bool = False
    source_folder: str = Field(default="", max_length=300)
    source: str = Field(default="", max_length=200)
    status: Status = Field(default=Status.DRAFT, sa_type=word_of(Status), index=True)
    status_before: Status | None = Field(default=None, sa_type=word_of(Status))
    # no foreign key: asset and version would point at each other; `quiver doctor` checks it
    released_version_id: int | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    last_number: int = 0
    revision: int = 1


class AssetFacet(SQLModel, table=True):
    """One stage, stakeholder, solution or vertical an asset is for."""

    __tablename__ = "asset_facet"

    asset_id: int = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    value_id: int = Field(foreign_key="facet_value.id", primary_key=True, index=True)


class Version(SQLModel, table=True):
    """One immutable state of an asset: a file in the store and what was read out of it."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("asset_id", "number"), IDS_USED_ONCE)

    id: int | None = Field(default=None, primary_key=True)
    asset_id: int = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    number: int
    blob_sha256: str = Field(index=True, max_length=64)
    size: int
    file_name: str = Field(max_length=255)
    format: str = Field(max_length=12)
    media_type: str = Field(max_length=120)
    note: str = ""
    created_by: int | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    reading: Reading = Field(default=Reading.WAITING, sa_type=word_of(Reading))
    reading_message: str = ""
    unit_count: int = 0
    unit_word: str = ""
    stem: str = Field(default="", index=True, max_length=255)
    text_hash: str = Field(default="", index=True)
    fingerprint: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Passage(SQLModel, table=True):
    """The smallest part of a version that can answer something; `anchor` is its stable name inside the version."""

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("version_id", "anchor"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="version.id", index=True, ondelete="CASCADE")
    position: int
    anchor: str = Field(max_length=200)
    label: str = Field(max_length=200)
    heading: str = Field(default="", sa_type=Text)
    text: str = Field(sa_type=Text)
    html: str = Field(sa_type=Text)
    is_notes: bool = False


class Finding(SQLModel, table=True):
    """An open or closed reason for somebody to look at an asset."""

    __tablename__ = "finding"

    id: int | None = Field(default=None, primary_key=True)
    asset_id: int = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    reason: FindingReason = Field(sa_type=word_of(FindingReason))
    since_on: date
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TagSuggestion(SQLModel, table=True):
    """A facet value a draft may carry, and the words that say why; replaced whenever its text is read anew."""

    __tablename__ = "tag_suggestion"

    asset_id: int = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    value_id: int = Field(foreign_key="facet_value.id", primary_key=True, index=True)
    score: float
    reason: str = Field(max_length=200)


class TemplateScan(SQLModel, table=True):
    """The named fields found in one version of a DOCX, PPTX or XLSX; an asset whose shown version has any is a template.

    `fields` are {"name", "kind", "places": ["page 1", ...], "choices", "default", "label"}; `faults` are sentences about half fields;
    `losses` name what filling could not keep. A template with either is not released.
    """

    __tablename__ = "template_scan"

    version_id: int = Field(foreign_key="version.id", primary_key=True, ondelete="CASCADE")
    fields: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    faults: list[str] = Field(sa_column=Column(JSON, nullable=False))
    losses: list[str] = Field(sa_column=Column(JSON, nullable=False))


class TemplateField(SQLModel, table=True):
    """What marketing says of a field of a template, by its name, over all versions: how it is asked for and what it takes."""

    __tablename__ = "template_field"

    asset_id: int = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    name: str = Field(primary_key=True, max_length=80)
    position: int
    kind: str = Field(max_length=12)
    label: str = Field(max_length=120)
    help: str = Field(default="", max_length=300)
    default: str = Field(default="", sa_type=Text)
    unit: str = Field(default="", max_length=40)
    minimum: str = Field(default="", max_length=40)
    maximum: str = Field(default="", max_length=40)
    choices: list[str] = Field(sa_column=Column(JSON, nullable=False))
    is_locked: bool = False
    is_required: bool = True


class IncomingUpload(SQLModel, table=True):
    """A file that arrives in parts, so that a lost connection costs one part; how much is there is the size of its file on disk.

    `outcome` is what became of it, file by file, once it was taken in: asking again gives the same answer. `settled` counts the
    files of a ZIP that are dealt with; all of them when `is_done`.
    """

    __tablename__ = "incoming_upload"

    id: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    file_name: str = Field(max_length=255)
    folder: str = Field(default="", max_length=300)
    size: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    outcome: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    settled: int = 0
    is_done: bool = False


class AssetInput(BaseModel):
    """What marketing says of an asset; facet values by id.

    Without an interval an item keeps its own; whoever calls fills in the usual of its kind (review/queries/policies).
    An audience value chosen by `audience_id` decides `audience`. Without one `audience` decides: 0 stands for the first value of that
    level, None for the one the asset has, if it is of that level.
    """

    title: str = InputField(min_length=1, max_length=200)
    summary: str = InputField(default="", max_length=2000)
    kind_id: int
    audience: Audience = Audience.INTERNAL
    audience_id: int | None = None
    language: str = InputField(default="en", max_length=12)
    tags: list[str] = []
    facet_ids: list[int] = []
    owner_id: int | None = None
    review_interval_days: int | None = InputField(default=None, ge=1, le=3650)
    expires_on: date | None = None
    pdf_only_reason: str = InputField(default="", max_length=300)
    source: str = InputField(default="", max_length=200)


class FileInput(BaseModel):
    """A file already in the store, checked, and about to become a version."""

    sha256: str
    size: int
    file_name: str
    format: str
    media_type: str
    note: str = ""


class FieldInput(BaseModel):
    """What marketing says of one field of a template."""

    name: str = InputField(min_length=1, max_length=80)
    kind: str = InputField(max_length=12)
    label: str = InputField(max_length=120)
    help: str = InputField(default="", max_length=300)
    default: str = InputField(default="", max_length=5000)
    unit: str = InputField(default="", max_length=40)
    minimum: str = InputField(default="", max_length=40)
    maximum: str = InputField(default="", max_length=40)
    choices: list[str] = []
    is_locked: bool = False
    is_required: bool = True


@dataclass(frozen=True)
class FieldView:
    """A field of a template as it is asked for, with its places in words; `is_described` once marketing said something of it."""

    name: str
    kind: str
    label: str
    help: str
    default: str
    unit: str
    minimum: str
    maximum: str
    choices: tuple[str, ...]
    is_locked: bool
    is_required: bool
    places: tuple[str, ...]
    is_described: bool = False


@dataclass(frozen=True)
class Freshness:
    """How current an item is at the moment of reading.

    `state` is ok, due, stale, expired or none (a draft has no freshness yet); `short` is one or two words, `words` adds the date or
    the days; `left` is the share of review time left in percent.
    """

    state: str
    short: str
    words: str
    left: int


@dataclass(frozen=True)
class VersionView:
    """A version as pages and API show it; `author` is a name, sizes are bytes."""

    id: int
    number: int
    file_name: str
    format: str
    format_label: str
    family: str
    media_type: str
    size: int
    sha256: str
    note: str
    author: str
    created_at: datetime
    is_released: bool
    reading: Reading
    reading_message: str
    unit_count: int
    unit_word: str
    is_draft: bool = False

    @property
    def is_unreadable(self) -> bool:
        """Damaged or locked, rather than merely without text of its own."""
        return self.reading == Reading.NO_TEXT and self.reading_message.startswith(UNREADABLE)


@dataclass(frozen=True)
class PassageView:
    """One passage; `html` is sanitised and safe to show."""

    id: int
    anchor: str
    label: str
    heading: str
    text: str
    html: str
    is_notes: bool

    @property
    def seconds(self) -> int | None:
        """Where in a recording it is said; None for every other passage."""
        spoken = SPOKEN_AT.match(self.anchor)
        return int(spoken[1]) if spoken else None


@dataclass(frozen=True)
class AssetCard:
    """What is shown wherever an asset is named as something to use; `version` is the one this reader gets.

    `audience` decides who gets it; `audience_value` is what marketing calls that, where it is not the first value of that level.
    """

    id: int
    title: str
    summary: str
    kind: ValueView
    facets: tuple[ValueView, ...]
    audience: Audience
    status: Status
    tags: tuple[str, ...]
    owner: str
    freshness: Freshness
    version: VersionView
    language: str
    audience_value: ValueView | None = None


@dataclass(frozen=True)
class AssetView:
    """An asset page: the card, the version shown with its passages, and the history."""

    card: AssetCard
    passages: tuple[PassageView, ...]
    versions: tuple[VersionView, ...]
    owner_id: int | None
    review_interval_days: int
    confirmed_on: date | None
    confirmed_by: str
    review_on: date | None
    expires_on: date | None
    pdf_only_reason: str
    revision: int
    is_separate: bool
    source: str = ""
    source_folder: str = ""
