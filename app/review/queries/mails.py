"""Reads who is to be told by mail what they look after, and what a mail says; each mail is read as its own reader may see."""

from dataclasses import replace

from sqlmodel import col, select

from app.core.paging import PageRequest
from app.core.work import Work
from app.identity.models import User, UserActor
from app.identity.queries import list_keepers
from app.review.models import DueMail, QueueItem
from app.review.queries.policies import list_policies
from app.review.queries.queue import Asked, count_items, list_looked_after

MOST_LISTED = 50


def list_mailed(work: Work) -> set[int]:
    """Who has got the mail of today, or is about to."""
    return set(work.session.exec(select(DueMail.user_id).where(col(DueMail.sent_on) == work.today)).all())


def list_to_mail(work: Work) -> list[int]:
    """Active people who want these mails and look after something that is due or over."""
    asked = read_asked(work)
    counted = [some for some in count_items(work) if some.reasons]
    return [
        keeper.id or 0
        for keeper in asked.keepers
        if keeper.due_mails and any(asked.looks_after(keeper.id, some.owner_id, some.kind_id, gone=some.gone) for some in counted)
    ]


def find_reader(work: Work, user_id: int) -> User | None:
    """The person, unless they left or do not want these mails any more."""
    return next((keeper for keeper in list_keepers(work) if keeper.id == user_id and keeper.due_mails), None)


def list_for_mail(work: Work, reader: User) -> tuple[QueueItem, ...]:
    """What is due or over of what this person looks after, most harm first, as they may see it."""
    actor = UserActor(reader.id or 0, reader.name, reader.role, organisation_id=reader.organisation_id)
    return list_looked_after(replace(work, actor=actor), read_asked(work), PageRequest(1, MOST_LISTED)).items


def read_asked(work: Work) -> Asked:
    """Who is asked in place of owners who left."""
    return Asked(list_policies(work), list_keepers(work))
