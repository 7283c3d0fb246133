"""What happens in rooms that somebody is told by mail; app/reactions.py says what follows."""

from dataclasses import dataclass

from app.core.outbox import Event


@dataclass(frozen=True)
class MailCodeWanted(Event):
    """Somebody who may come in waits for a code; it is made when the mail is written, so that it is kept nowhere."""

    code_id: int


@dataclass(frozen=True)
class RoomQuestionAsked(Event):
    """A question waits for the owner of the link."""

    question_id: int


@dataclass(frozen=True)
class RoomVisited(Event):
    """A person, no machine, came by a link whose owner wants to know."""

    visit_id: str


@dataclass(frozen=True)
class NewerVersionTold(Event):
    """The sender wants somebody in a room to know that an item was replaced: a guest, or (0) whom the link was made for.

    `changed` is what the sender says has changed: words for this one mail, kept nowhere else.
    """

    item_id: int
    link_id: int
    guest_id: int
    changed: str = ""


@dataclass(frozen=True)
class ItemsWentAway(Event):
    """Items of a room are not shown to its guests any more: retired, expired, or no longer for customers."""

    room_id: int
    item_ids: tuple[int, ...]
