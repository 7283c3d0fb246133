"""Tables and kinds of actor: users, sessions, one-use links, the audit log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.core.columns import UtcDateTime, word_of


class Role(StrEnum):
    """Who may what is decided by the table in rules.py."""

    REP = "rep"
    PARTNER = "partner"
    MARKETER = "marketer"
    MANAGER = "manager"
    ADMIN = "admin"


class Organisation(SQLModel, table=True):
    """A channel partner; people without one belong to the house that runs the portal."""

    __tablename__ = "organisation"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=120)
    is_active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    revision: int = 1


class User(SQLModel, table=True):
    """A person with an account; `email` is stored case-folded. `single_keys` and `due_mails` are choices of their account page.

    `revision` counts what administrators change.
    """

    __tablename__ = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=120)
    role: Role = Field(sa_type=word_of(Role))
    password_hash: str = ""
    is_active: bool = True
    theme: str = ""
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    single_keys: bool = True
    due_mails: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int = 1


class LoginSession(SQLModel, table=True):
    """One signed-in browser; the cookie holds the secret, the row only its hash."""

    __tablename__ = "login_session"

    id_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    user_agent: str = ""
    address: str = Field(default="", max_length=64)


class ApiToken(SQLModel, table=True):
    """A secret that programs use in a person's name, for what its scopes allow; shown once, kept as a hash."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    name: str = Field(max_length=80)
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SetupLink(SQLModel, table=True):
    """A one-use link that lets its holder choose a password.

    The link of a new portal names no user: whoever opens it creates the first administrator. An account may have several that work,
    the one its administrator was shown and those that were mailed: the first that is used ends the others, and so does a newer invitation.
    """

    __tablename__ = "setup_link"

    token_hash: str = Field(primary_key=True)
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInAttempt(SQLModel, table=True):
    """A try to sign in that has not succeeded; rows of the last minutes are counted per account and address."""

    __tablename__ = "sign_in_attempt"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    account: str = Field(max_length=64)
    address: str = Field(max_length=64)


class AuditEntry(SQLModel, table=True):
    """Who did what to which thing, when; never changed."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_kind: str
    actor_id: int | None = None
    verb: str = Field(index=True)
    target: str = Field(index=True)
    target_id: int | None = None
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


@dataclass(frozen=True)
class UserActor:
    """A signed-in person; `organisation` is the name of the partner they belong to."""

    id: int
    name: str
    role: Role
    theme: str = ""
    organisation_id: int | None = None
    organisation: str = ""
    single_keys: bool = True
    kind: str = "user"


@dataclass(frozen=True)
class TokenActor:
    """A program that acts in a person's name: `id`, role and organisation are the person's, `scopes` say how much of it the token may."""

    id: int
    name: str
    role: Role
    token_id: int
    scopes: frozenset[str]
    organisation_id: int | None = None
    kind: str = "token"


@dataclass(frozen=True)
class SystemActor:
    """Quiver itself: jobs, imports and commands on the server."""

    name: str = "Quiver"
    role: str = "system"
    kind: str = "system"
    id: int | None = None


@dataclass(frozen=True)
class AnonymousActor:
    """Somebody not signed in."""

    name: str = ""
    role: str = ""
    kind: str = "anonymous"
    id: int | None = None


@dataclass(frozen=True)
class GuestActor:
    """Somebody behind a link, without an account; `id` is the link's. What they may see is what the link holds (sharing's resolver)."""

    id: int
    name: str = "A guest"
    role: str = "guest"
    kind: str = "guest"


class NewUser(BaseModel):
    """What is needed to create an account."""

    email: str
    name: str
    role: Role
    organisation_id: int | None = None
