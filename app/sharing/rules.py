"""Pure decisions of sharing: whether a link lets anybody in, what is missing first, what may enter a room, what terms lack."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.identity.rules import email_fault, fold_email
from app.library.models import Asset, Audience, Status, Version
from app.library.rules import care_of, is_expired
from app.sharing.models import GuestPass, Handout, Link, LinkTerms, MailCode, Room

SECRET_BYTES = 20  # 160 bits
USUAL_DAYS = 30
DAYS_OFFERED = (7, USUAL_DAYS, 90)
LONGEST_DAYS = 3650
MIN_PASSWORD = 8
MOST_MAIL_RULES = 50
MOST_VIEWS = 10_000
# A browser that gave password or code need not do it again for so long; where views are counted, a view lasts so long.
PASS_LIFE = timedelta(days=7)
VIEW_LIFE = timedelta(hours=12)
CODE_LIFE = timedelta(minutes=10)
CODE_PAUSE = timedelta(seconds=30)
CODE_TRIES = 5
CODES_AN_HOUR = 10  # to one address
CODES_OF_LINK = 60  # an hour, to all addresses
MISSES_WINDOW = timedelta(minutes=15)
MISSES_ALLOWED = 30  # unknown addresses of rooms, from one network address
TRIES_ALLOWED = 10  # of a link's password, or of the codes of one mail address at it, from one network address
TRIES_OF_PLACE = 100  # from one network address at all doors, so that many links are no more to guess at than a few


class Refusal(StrEnum):
    """Why a link shows nothing. One that was revoked or whose owner is gone is as unknown as one that never was."""

    UNKNOWN = "unknown"
    ENDED = "ended"
    USED_UP = "used_up"
    LOCKED = "locked"


class Step(StrEnum):
    """What somebody has to do before the room opens."""

    PASSWORD = "password"  # noqa: S105 - a word, no password
    MAIL = "mail"
    OPEN = "open"


@dataclass(frozen=True)
class Preset:
    """A named set of terms; `needs_mail` says that addresses have to be given with it."""

    key: str
    name: str
    hint: str
    handout: Handout = Handout.ORIGINAL
    needs_mail: bool = False
    watermarks: bool = False


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.key: preset
        for preset in (
            Preset("open", "Open for 30 days", "Whoever has the address reads and downloads, also to pass it on inside their company."),
            Preset(
                "named",
                "Named people only",
                "Asks for an e-mail address you name, and mails a code to it. PDFs carry the reader's address.",
                needs_mail=True,
                watermarks=True,
            ),
            Preset("read", "Read only", "Whoever has the address reads; nothing can be downloaded.", handout=Handout.NOTHING),
        )
    }
)


def refusal_of(link: Link, room: Room, *, owner_enters: bool, now: datetime) -> Refusal | None:
    """Why nobody gets in by this link now, whatever they know; None when the room may open.

    A link of somebody who may not sign in any more is shut until it is handed over to somebody who answers for it.
    """
    if link.revoked_at is not None or not owner_enters:
        return Refusal.UNKNOWN
    if room.archived_at is not None or (link.expires_at is not None and now >= link.expires_at):
        return Refusal.ENDED
    return None


def missing_step(link: Link, given: GuestPass | None) -> Step | None:
    """What has to be done first by whoever holds this pass, if any."""
    if given is not None and (not link.mail_rule or given.guest_id is not None):
        return None
    if link.password_hash and given is None:
        return Step.PASSWORD
    if link.mail_rule:
        return Step.MAIL
    return Step.OPEN if link.view_limit is not None and given is None else None


def is_used_up(link: Link) -> bool:
    """Whether every view that was allowed has been taken; who is in may stay until their pass runs out."""
    return link.view_limit is not None and link.views >= link.view_limit


def pass_counts(given: GuestPass, link: Link, now: datetime) -> bool:
    """Whether a pass opens this link: it was given for it, in the state its terms are in, and not too long ago."""
    life = PASS_LIFE if link.view_limit is None else VIEW_LIFE
    return given.link_id == link.id and given.link_revision == link.revision and now - given.created_at < life


def mail_allowed(mail_rule: Collection[str], email: str) -> bool:
    """Whether this folded address, or its domain, is named."""
    return email in mail_rule or f"@{email.rpartition('@')[2]}" in mail_rule


def code_hash(code_id: int, code: str) -> str:
    """What is kept of a mailed code for the ten minutes it works."""
    return hashlib.sha256(f"{code_id}:{code}".encode()).hexdigest()


def door_key(link: Link, email: str = "") -> str:
    """What wrong tries are counted under: the password of a link, or the codes of one mail address at it."""
    return hashlib.sha256(f"{link.id}:{email}".encode()).hexdigest()


def code_is_live(code: MailCode, now: datetime) -> bool:
    """Whether a mailed code can still be given."""
    return code.used_at is None and code.tries < CODE_TRIES and now - code.sent_at < CODE_LIFE


def entry_fault(asset: Asset, today: date) -> str:
    """Why an item may not go to a customer, as a sentence that names it; empty when it may."""
    name = f"“{asset.title}”"
    if asset.status in (Status.DRAFT, Status.TRASHED):
        return f"{name} is not released, so it cannot go into a room."
    if asset.status == Status.RETIRED:
        return f"{name} is retired, so it does not go out any more."
    if asset.audience != Audience.CUSTOMER:
        return f"{name} is not meant for customers, so it cannot go into a room. Ask marketing whether it may."
    if is_expired(care_of(asset), today):
        return f"{name} has expired, so it does not go out any more. Ask its owner for a newer one."
    return ""


def version_for_guests(asset: Asset, versions: Collection[Version], added_version_id: int, *, follows: bool) -> Version | None:
    """Which version of a released asset a room hands out: what readers get, or the one of the day the item was added."""
    wanted = asset.released_version_id if follows else added_version_id
    was_out = (one for one in versions if one.id == wanted and (one.released_at is not None or one.id == asset.released_version_id))
    return next(was_out, None)


def may_download(handout: Handout, *, is_pdf: bool, original: bool) -> bool:
    """Whether the terms hand out the original file, or a PDF of it; a PDF that is the original is both."""
    if handout is Handout.NOTHING:
        return False
    return handout is Handout.ORIGINAL or not original or is_pdf


def terms_faults(terms: LinkTerms, now: datetime, *, can_mail: bool) -> dict[str, str]:
    """What is wrong with the terms of a link, by the name of the field; empty when they are good."""
    faults: dict[str, str] = {}
    if terms.expires_at is not None and not now < terms.expires_at <= now + timedelta(days=LONGEST_DAYS):
        faults["expires_on"] = "Choose a day to come, within ten years."
    if terms.password and not MIN_PASSWORD <= len(terms.password) <= 200:
        faults["password"] = f"Use at least {MIN_PASSWORD} characters. Two or three words in a row are easy to say on the phone."
    if terms.view_limit is not None and not 1 <= terms.view_limit <= MOST_VIEWS:
        faults["view_limit"] = f"Choose a number from 1 to {MOST_VIEWS:,}, or leave it empty."
    if terms.mail_rule:
        fault = mail_rule_fault(terms.mail_rule) if can_mail else "This portal sends no mails, so it cannot mail codes. Use a password."
        faults |= {"mail_rule": fault} if fault else {}
    if terms.watermarks and not terms.mail_rule:
        faults["watermarks"] = "A watermark needs the reader's address: name who may open it, or leave the watermark out."
    return faults


def mail_rule_fault(mail_rule: Collection[str]) -> str:
    """What is wrong with a list of addresses and domains; empty when it is good."""
    if len(mail_rule) > MOST_MAIL_RULES:
        return f"Name at most {MOST_MAIL_RULES} addresses. A whole domain takes one line, like @example.com."
    for one in mail_rule:
        if email_fault(f"somebody{one}" if one.startswith("@") else one):
            return f"“{one}” is no e-mail address and no domain. Write buyer@example.com, or @example.com for everybody there."
    return ""


def read_mail_rule(text: str) -> tuple[str, ...]:
    """Addresses and domains out of a text field, one a line or parted by commas, each once."""
    parts = (fold_email(part) for part in text.replace(",", "\n").replace(";", "\n").splitlines())
    return tuple(dict.fromkeys(part for part in parts if part))


def terms_of(link: Link) -> LinkTerms:
    """The terms of a link as they are; without the password, of which only a hash is kept."""
    return LinkTerms(
        expires_at=link.expires_at,
        password=None,
        mail_rule=tuple(link.mail_rule),
        handout=link.handout,
        follows=link.follows,
        notifies=link.notifies,
        view_limit=link.view_limit,
        watermarks=link.watermarks,
    )


def is_reachable(email: str) -> bool:
    """Whether a mail can reach this folded address out in the world: whole, and at a domain with an ending."""
    name, _, ending = email.rpartition("@")[2].rpartition(".")
    return not email_fault(email) and bool(name.strip(".")) and bool(ending)


def is_email(text: str) -> bool:
    """Whether a recipient was named by their address."""
    return not email_fault(fold_email(text))
