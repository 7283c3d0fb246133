"""Questions out of a room, on their way to the owner of the link."""

from app.core.errors import Refused, TooMany
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import fold_email
from app.sharing.events import RoomQuestionAsked
from app.sharing.models import RoomQuestion
from app.sharing.queries import OpenLink
from app.sharing.queries.asking import count_recent_questions, get_question
from app.sharing.rules import is_reachable

LONGEST_QUESTION = 2000
QUESTIONS_AN_HOUR = 20


def ask_in_room(work: Work, opened: OpenLink, text: str, reply_to: str) -> RoomQuestion:
    """Write a question down and mail it to the sender; the answer goes to `reply_to`, if one is given."""
    link, guest = opened.link, opened.guest
    words, address = text.strip(), fold_email(reply_to) or (guest.email if guest is not None else "")
    if not 1 <= len(words) <= LONGEST_QUESTION:
        raise Refused(f"Write your question, in 1 to {LONGEST_QUESTION:,} characters. Nothing was sent.")
    if address and not is_reachable(address):
        raise Refused("Write your e-mail address in full, like you@example.com, or leave it empty. Nothing was sent.")
    if count_recent_questions(work, link) >= QUESTIONS_AN_HOUR:
        raise TooMany(
            f"Many questions came from this room within the hour, so this one was not sent. Write to {opened.sender.email} instead."
        )
    question = RoomQuestion(
        link_id=link.id or 0, guest_id=guest.id if guest is not None else None, text=words, reply_to=address, asked_at=work.now
    )
    work.session.add(question)
    work.session.flush()
    work.record(RoomQuestionAsked(question.id or 0))
    return question


def mark_answered(work: Work, room_id: int, question_id: int, *, answered: bool) -> RoomQuestion:
    """The owner has dealt with a question, or has not after all."""
    question = get_question(work, room_id, question_id)
    question.answered_at = work.now if answered else None
    audit(work, "answered_room_question" if answered else "reopened_room_question", "room", room_id)
    return question
