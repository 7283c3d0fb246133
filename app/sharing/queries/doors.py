"""Reads what guards a link: misses of a network address, codes that were mailed, people that were seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, select

from app.core.work import Work
from app.identity.models import User
from app.identity.queries import house_emails
from app.sharing import rules
from app.sharing.models import Guest, Link, LinkMiss, MailCode, Miss

HOUR = timedelta(hours=1)


def count_misses(work: Work, address: str, kind: Miss, door: str = "") -> int:
    """Misses of this kind in the last minutes from this network address: at one door, or at all."""
    recent = [col(LinkMiss.at) > work.now - rules.MISSES_WINDOW, col(LinkMiss.address) == address, col(LinkMiss.kind) == kind]
    if door:
        recent.append(col(LinkMiss.door) == door)
    return work.session.exec(select(func.count()).select_from(LinkMiss).where(*recent)).one()


def find_last_code(work: Work, link: Link, email: str) -> MailCode | None:
    """The code that was asked for last for this address at this link."""
    asked = select(MailCode).where(col(MailCode.link_id) == link.id, col(MailCode.email) == email)
    return work.session.exec(asked.order_by(col(MailCode.id).desc()).limit(1)).first()


def count_codes(work: Work, link: Link, email: str) -> tuple[int, int]:
    """Codes asked for within the hour at this link: for this address, and for all."""
    asked = select(MailCode.email).where(col(MailCode.link_id) == link.id, col(MailCode.sent_at) > work.now - HOUR)
    emails = work.session.exec(asked).all()
    return sum(one == email for one in emails), len(emails)


def find_guest(work: Work, link: Link, email: str) -> Guest | None:
    """The person with this address, if they came before."""
    return work.session.exec(select(Guest).where(col(Guest.link_id) == link.id, col(Guest.email) == email)).first()


def count_guests(work: Work, link: Link) -> int:
    """How many people a mail check made known at this link, without those of the house."""
    emails = work.session.exec(select(Guest.email).where(col(Guest.link_id) == link.id)).all()
    return len(set(emails) - house_emails(work, emails))


@dataclass(frozen=True)
class WantedCode:
    """A code that is to be mailed: to whom, since when it is waited for, and whose room it opens."""

    email: str
    asked_at: datetime
    sender: str


def find_code(work: Work, code_id: int) -> WantedCode | None:
    """A code that waits to be mailed; None when its link was revoked meanwhile. For the job."""
    code = work.session.get(MailCode, code_id)
    link = work.session.get_one(Link, code.link_id) if code is not None else None
    if code is None or link is None or link.revoked_at is not None:
        return None
    return WantedCode(code.email, code.sent_at, work.session.get_one(User, link.owner_id).name)
