"""Marks that keep a background job from doing harm while something else runs, and that run out by themselves."""

import secrets
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

from app.core.columns import UtcDateTime

SWEEP = "sweep"  # while it is held, no stored file is deleted


class Hold(SQLModel, table=True):
    """Somebody needs that a job does nothing until the given time; a killed holder's mark ends then."""

    __tablename__ = "hold"

    id: str = Field(primary_key=True, max_length=32)
    what: str = Field(index=True, max_length=24)
    until: datetime = Field(sa_type=UtcDateTime)


def take(session: Session, what: str, until: datetime) -> str:
    """Keep the job still until then; gives the mark's id. Several marks at once are fine."""
    hold = Hold(id=secrets.token_hex(16), what=what, until=until)
    session.add(hold)
    return hold.id


def extend(session: Session, hold_id: str, until: datetime) -> None:
    """Go on holding."""
    session.get_one(Hold, hold_id).until = until


def release(session: Session, hold_id: str) -> None:
    """Let the job go on; nothing when the mark is gone."""
    session.execute(delete(Hold).where(col(Hold.id) == hold_id))


def is_held(session: Session, what: str, now: datetime) -> bool:
    """Whether a mark is in force; the job asks in the transaction in which it acts."""
    return session.exec(select(Hold.id).where(col(Hold.what) == what, col(Hold.until) > now).limit(1)).first() is not None
