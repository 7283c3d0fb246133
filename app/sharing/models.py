"""Tables of sharing: rooms, links with their terms, who came and what they looked at, and the documents champions made their own."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlalchemy import JSON, Column, Text
from sqlmodel import Field, SQLModel

from app.core.columns import IDS_USED_ONCE, UtcDateTime, word_of


class Handout(StrEnum):
    """What a link lets its holder take away: the editable original, a PDF, or nothing."""

    ORIGINAL = "original"
    PDF = "pdf"
    NOTHING = "nothing"


class Side(StrEnum):
    """Who has to do a step of the plan."""

    US = "us"
    CUSTOMER = "customer"


class Happened(StrEnum):
    """What a visitor did with something in a room."""

    OPENED = "opened"
    DOWNLOADED = "downloaded"
    TAILORED = "tailored"
    ASKED = "asked"
    TICKED = "ticked"


class Room(SQLModel, table=True):
    """What a champion sees behind a link: welcome words, items in sections, a plan, a question box."""

    __tablename__ = "room"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=200)
    welcome: str = Field(default="", sa_type=Text)
    company: str = Field(default="", max_length=160)
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    owner_id: int = Field(foreign_key="user_account.id", index=True)
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


class RoomItem(SQLModel, table=True):
    """An asset in a room; a template or value model is one that can be tailored. Without a pinned version it follows what readers get
    (as far as the link follows at all). One that was removed keeps its row, because champions may keep what they filled into it.
    `away_told_at` is when the owner was told that guests do not get it any more."""

    __tablename__ = "room_item"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="room.id", index=True, ondelete="CASCADE")
    position: int
    section: str = Field(default="", max_length=120)
    asset_id: int = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    note: str = Field(default="", max_length=500)
    added_version_id: int
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    away_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PlanStep(SQLModel, table=True):
    """A step of the mutual action plan; champions may tick, change and add."""

    __tablename__ = "plan_step"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="room.id", index=True, ondelete="CASCADE")
    position: int
    text: str = Field(max_length=300)
    due_on: date | None = None
    side: Side = Field(sa_type=word_of(Side))
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_from_guest: bool = False
    revision: int = 1


class Link(SQLModel, table=True):
    """The way into a room, with its terms; the address holds a secret of which only the hash is kept.

    `follows` means: what readers get now, rather than the versions of the day the item was added. `mail_rule` holds the addresses
    ("buyer@example.com") and domains ("@example.com") that get a code by mail; empty asks nobody. `revision` counts changes of the terms.
    """

    __tablename__ = "link"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    room_id: int = Field(foreign_key="room.id", index=True, ondelete="CASCADE")
    owner_id: int = Field(foreign_key="user_account.id", index=True)
    recipient: str = Field(default="", max_length=160)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    password_hash: str = ""
    mail_rule: list[str] = Field(sa_column=Column(JSON, nullable=False))
    handout: Handout = Field(default=Handout.ORIGINAL, sa_type=word_of(Handout))
    follows: bool = True
    notifies: bool = True
    view_limit: int | None = None
    watermarks: bool = False
    views: int = 0
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


class Guest(SQLModel, table=True):
    """A person a mail check made known at a link; to all but its recipient it was forwarded. The rep may say which stakeholder it is."""

    __tablename__ = "guest"

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="link.id", index=True, ondelete="CASCADE")
    email: str = Field(max_length=254)
    name: str = Field(default="", max_length=120)
    stakeholder_id: int | None = Field(default=None, foreign_key="facet_value.id")
    is_forwarded: bool = False
    first_seen_at: datetime = Field(sa_type=UtcDateTime)


class MailCode(SQLModel, table=True):
    """A code mailed to somebody who wants in; good for ten minutes and a few tries, kept as a hash."""

    __tablename__ = "mail_code"

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="link.id", index=True, ondelete="CASCADE")
    email: str = Field(max_length=254)
    code_hash: str = Field(max_length=64)
    tries: int = 0
    sent_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GuestPass(SQLModel, table=True):
    """A browser that gave the password or a code; its cookie holds the secret. Good for one link in the state `link_revision`."""

    __tablename__ = "guest_pass"

    id_hash: str = Field(primary_key=True, max_length=64)
    link_id: int = Field(foreign_key="link.id", index=True, ondelete="CASCADE")
    guest_id: int | None = Field(default=None, foreign_key="guest.id", ondelete="CASCADE")
    link_revision: int
    created_at: datetime = Field(sa_type=UtcDateTime)


class Miss(StrEnum):
    """What did not fit: the address of a room, or a password or code at its door. Each is counted for itself, because an open page
    of a link that was revoked must not keep its neighbours from typing their password."""

    ADDRESS = "address"
    TRY = "try"


class LinkMiss(SQLModel, table=True):
    """An address under which nothing was found, or a wrong password or code; rows of the last minutes are counted per network address.

    `door` tells what was tried: a link's password, or the codes of one mail address at it; empty for an address that is none.
    """

    __tablename__ = "link_miss"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    address: str = Field(max_length=64)
    kind: Miss = Field(sa_type=word_of(Miss))
    door: str = Field(default="", max_length=64)


class Visit(SQLModel, table=True):
    """One stay at a link. `is_human` when somebody moved, typed, tapped or scrolled; all others are shown as automatic.

    `visitor` tells stays of one browser on one day apart from others without a cookie: a keyed hash that changes daily; empty when the
    visitor asked not to be followed, whose stays are automatic, too. `is_own` marks people of the house, who count nowhere.
    """

    __tablename__ = "visit"

    id: str = Field(primary_key=True, max_length=32)
    link_id: int = Field(foreign_key="link.id", index=True, ondelete="CASCADE")
    guest_id: int | None = Field(default=None, foreign_key="guest.id", ondelete="SET NULL")
    visitor: str = Field(default="", max_length=32)
    is_human: bool = False
    is_own: bool = False
    started_at: datetime = Field(sa_type=UtcDateTime, index=True)
    last_at: datetime = Field(sa_type=UtcDateTime)
    seconds: int = 0


class VisitPart(SQLModel, table=True):
    """What happened in a visit: an item opened (and for how many seconds it was looked at), downloaded, tailored; a question asked."""

    __tablename__ = "visit_part"

    id: int | None = Field(default=None, primary_key=True)
    visit_id: str = Field(foreign_key="visit.id", index=True, ondelete="CASCADE", max_length=32)
    item_id: int | None = Field(default=None, foreign_key="room_item.id", ondelete="SET NULL")
    what: Happened = Field(sa_type=word_of(Happened))
    at: datetime = Field(sa_type=UtcDateTime)
    seconds: int = 0


class RoomQuestion(SQLModel, table=True):
    """What somebody in a room wants to know; mailed to the owner of the link."""

    __tablename__ = "room_question"

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="link.id", index=True, ondelete="CASCADE")
    guest_id: int | None = Field(default=None, foreign_key="guest.id", ondelete="SET NULL")
    text: str = Field(max_length=2000)
    reply_to: str = Field(default="", max_length=254)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Tailored(SQLModel, table=True):
    """A template or value model as somebody filled it in: a champion behind a private address, or a rep for an opportunity.

    `figures` are values by field, as typed; `logo` is a small picture as a data URI. The rep sees a champion's only when `is_shared`.
    """

    __tablename__ = "tailored"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str | None = Field(default=None, unique=True, max_length=64)
    link_id: int | None = Field(default=None, foreign_key="link.id", index=True, ondelete="CASCADE")
    item_id: int | None = Field(default=None, foreign_key="room_item.id", ondelete="CASCADE")
    owner_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    asset_id: int = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    version_id: int
    company: str = Field(default="", max_length=160)
    logo: str = Field(default="", sa_type=Text)
    figures: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    is_shared: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


@dataclass(frozen=True)
class LinkTerms:
    """On what terms a link lets people in; the one value object that presets, forms, API and the resolver share."""

    expires_at: datetime | None
    password: str | None
    mail_rule: tuple[str, ...]
    handout: Handout
    follows: bool
    notifies: bool
    view_limit: int | None
    watermarks: bool


class TailoredInput(BaseModel):
    """What somebody filled in: `figures` are values by field as typed, `logo` is a small PNG or JPEG as a data URI."""

    company: str = InputField(default="", max_length=160)
    logo: str = ""
    figures: dict[str, Any] = InputField(default={}, max_length=1000)


@dataclass(frozen=True)
class TailoredPlace:
    """What is filled in and for whom: under a link (with its item) for a champion, or for an opportunity of a rep, if any."""

    asset_id: int
    version_id: int
    link_id: int | None = None
    item_id: int | None = None
    opportunity_id: int | None = None
