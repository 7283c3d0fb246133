"""Reads questions out of rooms: for their owners, and for the mail that carries one."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.work import Work
from app.identity.models import User
from app.sharing.models import Guest, Link, Room, RoomQuestion
from app.sharing.queries.rooms import get_room

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class PostedQuestion:
    """A question with all its mail says."""

    question: RoomQuestion
    room: Room
    link: Link
    owner: User
    guest: Guest | None


def count_recent_questions(work: Work, link: Link) -> int:
    """Questions of the last hour that came by this link."""
    recent = (col(RoomQuestion.link_id) == link.id) & (col(RoomQuestion.asked_at) > work.now - HOUR)
    return work.session.exec(select(func.count()).select_from(RoomQuestion).where(recent)).one()


def get_question(work: Work, room_id: int, question_id: int) -> RoomQuestion:
    """A question out of a room this actor looks after."""
    room = get_room(work, room_id)
    asked = select(RoomQuestion).join(Link, col(Link.id) == col(RoomQuestion.link_id))
    question = work.session.exec(asked.where(col(RoomQuestion.id) == question_id, col(Link.room_id) == room.id)).first()
    if question is None:
        raise NotFound("There is no such question in this room.")
    return question


def find_posted(work: Work, question_id: int) -> PostedQuestion | None:
    """What the mail about a question says; for the job."""
    question = work.session.get(RoomQuestion, question_id)
    if question is None:
        return None
    link = work.session.get_one(Link, question.link_id)
    guest = work.session.get(Guest, question.guest_id) if question.guest_id is not None else None
    return PostedQuestion(question, work.session.get_one(Room, link.room_id), link, work.session.get_one(User, link.owner_id), guest)
