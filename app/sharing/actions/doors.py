"""How visitors get past what guards a link: password, mailed code, a counted view; and what failing costs."""

import hmac
import secrets
from dataclasses import dataclass

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, update
from sqlmodel import col

from app.core.errors import AppError, TooMany
from app.core.work import Work
from app.identity import actions as identity
from app.identity.queries import house_emails
from app.identity.rules import MAX_PASSWORD, address_key, fold_email, token_hash
from app.sharing import rules
from app.sharing.events import MailCodeWanted
from app.sharing.models import Guest, GuestPass, Link, LinkMiss, MailCode, Miss
from app.sharing.queries import ClosedLink, OpenLink, open_link
from app.sharing.queries.doors import count_codes, count_guests, count_misses, find_guest, find_last_code
from app.sharing.rules import Refusal, Step

WRONG_WORDS = "The password was wrong too often. Wait 15 minutes, then type it again, or ask whoever sent you the link for it."
WRONG_CODES = "A code was wrong too often. Wait 15 minutes, then ask for a new code: the old one has run out by then."


class LinkClosed(AppError):
    """The link does not open; `closed` says why, for the page that tells its holder."""

    status, code = 404, "link_closed"

    def __init__(self, closed: ClosedLink) -> None:
        super().__init__("This link does not open anything.")
        self.closed = closed


@dataclass(frozen=True)
class PasswordAttempt:
    """A try at the password of a link, counted as a miss until it has succeeded."""

    place: str
    door: str
    link_id: int
    revision: int
    password_hash: str


def enter(work: Work, secret: str, given: str) -> OpenLink:
    """The open link, or LinkClosed."""
    found = open_link(work, secret, given)
    if isinstance(found, ClosedLink):
        raise LinkClosed(found)
    return found


def note_miss(work: Work, address: str) -> bool:
    """Count an address of a room that is none; whether this network address had too many and waits, in which case nothing is written."""
    place = address_key(address)
    if count_misses(work, place, Miss.ADDRESS) >= rules.MISSES_ALLOWED:
        return True
    _count_miss(work, place, Miss.ADDRESS)
    return False


def begin_password(work: Work, secret: str, address: str) -> PasswordAttempt | None:
    """Count the try before the password is looked at. Then `check_password` outside any transaction, then `finish_password`.

    None when the link asks for no password at the moment; LinkClosed when it opens for nobody.
    """
    link = _locked(work, secret, "", Step.PASSWORD)
    if link is None:
        return None
    place, door = address_key(address), rules.door_key(link)
    _limit_tries(work, place, door, WRONG_WORDS)
    _count_miss(work, place, Miss.TRY, door)
    return PasswordAttempt(place, door, link.id or 0, link.revision, link.password_hash)


def check_password(attempt: PasswordAttempt, password: str) -> bool:
    """Whether the password is right; slow on purpose."""
    try:
        return identity.HASHER.verify(attempt.password_hash, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


def finish_password(work: Work, secret: str, attempt: PasswordAttempt) -> str:
    """The pass for the cookie; LinkClosed when the link was changed or shut since the try began."""
    link = _locked(work, secret, "", Step.PASSWORD)
    if link is None or (link.id, link.revision) != (attempt.link_id, attempt.revision):
        raise LinkClosed(open_as_locked(work, secret))
    _forget_misses(work, attempt.place, attempt.door)
    return _give_pass(work, link, None)


def open_as_locked(work: Work, secret: str) -> ClosedLink:
    """What the link says to somebody without a pass."""
    found = open_link(work, secret)
    return found if isinstance(found, ClosedLink) else ClosedLink(Refusal.LOCKED, Step.OPEN, found.link, found.sender)


def ask_code(work: Work, secret: str, given: str, email: str) -> str:
    """Have a code mailed if this address may come in; the same answer, rows and limits when it may not. The address as it was understood.

    Empty when the link asks for no code at the moment.
    """
    link = _locked(work, secret, given, Step.MAIL)
    if link is None:
        return ""
    folded = fold_email(email)
    if not rules.is_reachable(folded):
        return ""
    last = find_last_code(work, link, folded)
    if last is not None and work.now - last.sent_at < rules.CODE_PAUSE:
        raise TooMany("A code was asked for less than 30 seconds ago. Look into your mailbox, or wait a little and ask again.")
    of_address, of_link = count_codes(work, link, folded)
    if of_address >= rules.CODES_AN_HOUR or of_link >= rules.CODES_OF_LINK:
        raise TooMany("Too many codes were asked for within the hour. Wait an hour, then ask again.")
    code = MailCode(link_id=link.id or 0, email=folded, code_hash="", sent_at=work.now)
    work.session.add(code)
    work.session.flush()
    if rules.mail_allowed(link.mail_rule, folded):
        work.record(MailCodeWanted(code.id or 0))
    return folded


def make_code(work: Work, code_id: int) -> str:
    """The six digits of a code that is about to be mailed; its ten minutes begin now. A code made before for the same row stops working."""
    code = work.session.get_one(MailCode, code_id)
    digits = f"{secrets.randbelow(1_000_000):06d}"
    code.code_hash, code.sent_at, code.tries = rules.code_hash(code_id, digits), work.now, 0
    return digits


def give_code(work: Work, secret: str, given: str, email: str, digits: str, address: str) -> str | None:
    """The pass for the cookie when the code is right; None, counted, when it is not, for whatever reason."""
    link = _locked(work, secret, given, Step.MAIL)
    if link is None:
        return None
    place, folded = address_key(address), fold_email(email)
    door = rules.door_key(link, folded)
    _limit_tries(work, place, door, WRONG_CODES)
    code = find_last_code(work, link, folded)
    if code is not None and rules.code_is_live(code, work.now):
        code.tries += 1
        if hmac.compare_digest(code.code_hash, rules.code_hash(code.id or 0, "".join(digits.split()))):
            code.used_at = work.now
            _forget_misses(work, place, door)
            return _give_pass(work, link, _known_guest(work, link, folded))
    _count_miss(work, place, Miss.TRY, door)
    return None


def take_view(work: Work, secret: str) -> str:
    """The pass for the cookie of somebody who opens a link whose views are counted."""
    link = _locked(work, secret, "", Step.OPEN)
    return _give_pass(work, link, None) if link is not None else ""


def _locked(work: Work, secret: str, given: str, step: Step) -> Link | None:
    """The link, when this step is what is missing; None when it is not; LinkClosed when the link opens for nobody."""
    found = open_link(work, secret, given)
    if isinstance(found, OpenLink):
        return None
    if found.reason is not Refusal.LOCKED:
        raise LinkClosed(found)
    return found.link if found.step is step else None


def _give_pass(work: Work, link: Link, guest: Guest | None) -> str:
    complete = not link.mail_rule or guest is not None
    if complete and link.view_limit is not None:
        left = (col(Link.id) == link.id) & (col(Link.views) < link.view_limit)
        taken = work.session.execute(update(Link).where(left).values(views=Link.views + 1))
        if not taken.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
            raise LinkClosed(ClosedLink(Refusal.USED_UP))
    work.session.exec(delete(GuestPass).where(col(GuestPass.created_at) < work.now - rules.PASS_LIFE))
    secret = secrets.token_urlsafe(rules.SECRET_BYTES)
    work.session.add(
        GuestPass(
            id_hash=token_hash(secret),
            link_id=link.id or 0,
            guest_id=guest.id if guest is not None else None,
            link_revision=link.revision,
            created_at=work.now,
        )
    )
    return secret


def _known_guest(work: Work, link: Link, email: str) -> Guest:
    """The person behind a code. To all but its recipient and the house the link was forwarded; the first is the recipient nobody named."""
    guest = find_guest(work, link, email)
    if guest is None:
        named = fold_email(link.recipient) if rules.is_email(link.recipient) else ""
        forwarded = (email != named if named else count_guests(work, link) > 0) and not house_emails(work, [email])
        guest = Guest(link_id=link.id or 0, email=email, is_forwarded=forwarded, first_seen_at=work.now)
        work.session.add(guest)
        work.session.flush()
    return guest


def _limit_tries(work: Work, place: str, door: str, words: str) -> None:
    at_door, anywhere = count_misses(work, place, Miss.TRY, door), count_misses(work, place, Miss.TRY)
    if at_door >= rules.TRIES_ALLOWED or anywhere >= rules.TRIES_OF_PLACE:
        raise TooMany(words)


def _count_miss(work: Work, place: str, kind: Miss, door: str = "") -> None:
    work.session.exec(delete(LinkMiss).where(col(LinkMiss.at) <= work.now - rules.MISSES_WINDOW))
    work.session.add(LinkMiss(at=work.now, address=place, kind=kind, door=door))


def _forget_misses(work: Work, place: str, door: str) -> None:
    work.session.exec(delete(LinkMiss).where(col(LinkMiss.address) == place, col(LinkMiss.door) == door))
