"""What people of the house do with links: make one, change its terms, give it a new address, revoke it."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from app.core.errors import Refused
from app.core.work import Work
from app.identity import actions as identity
from app.identity.actions import audit
from app.identity.rules import Permission, may, require, token_hash
from app.sharing import rules
from app.sharing.actions import check_revision
from app.sharing.models import Link, LinkTerms
from app.sharing.queries.links import get_link, list_links_by_id
from app.sharing.queries.rooms import get_room

NEEDS_END = "Your role makes links that end. Choose a number of days or a day, or ask a manager for one without an end."


@dataclass(frozen=True)
class MadeLink:
    """A link and the secret of its address, which is shown once and kept nowhere."""

    link: Link
    secret: str


def make_link(work: Work, room_id: int, recipient: str, terms: LinkTerms, *, can_mail: bool) -> MadeLink:
    """A way into a room on these terms; it belongs to whoever owns the room."""
    require(work.actor, Permission.SHARE)
    room = get_room(work, room_id)
    _check(work, terms, can_mail=can_mail)
    secret = secrets.token_urlsafe(rules.SECRET_BYTES)
    link = Link(token_hash=token_hash(secret), room_id=room_id, owner_id=room.owner_id, mail_rule=[], created_at=work.now)
    _set(link, recipient, terms)
    work.session.add(link)
    work.session.flush()
    audit(work, "made_link", "link", link.id, room=room_id, **_for_audit(link))
    return MadeLink(link, secret)


def change_link(work: Work, link_id: int, recipient: str, terms: LinkTerms, revision: int | None, *, can_mail: bool) -> Link:
    """Other terms from the next request on; whoever gave a password or code before does so again."""
    link = get_link(work, link_id)
    check_revision(link.revision, revision, "The link")
    _check(work, terms, can_mail=can_mail, before=link)
    _set(link, recipient, terms)
    link.revision += 1
    audit(work, "changed_link", "link", link_id, **_for_audit(link))
    return link


def renew_address(work: Work, link_id: int) -> MadeLink:
    """Another address on the same terms; the old one stops working with this request."""
    link = get_link(work, link_id)
    if link.revoked_at is not None:
        raise Refused("This link is revoked, so it gets no new address. Make another link.")
    secret = secrets.token_urlsafe(rules.SECRET_BYTES)
    link.token_hash = token_hash(secret)
    link.revision += 1
    audit(work, "renewed_link", "link", link_id)
    return MadeLink(link, secret)


def revoke_links(work: Work, link_ids: Collection[int]) -> int:
    """None of these lets anybody in from the next request on, whatever state they are in; says how many did before."""
    require(work.actor, Permission.SHARE)
    working = [link for link in list_links_by_id(work, link_ids) if link.revoked_at is None]
    for link in working:
        link.revoked_at = work.now
        link.revision += 1
        audit(work, "revoked_link", "link", link.id)
    return len(working)


def _check(work: Work, terms: LinkTerms, *, can_mail: bool, before: Link | None = None) -> None:
    kept = before is not None and terms.expires_at == before.expires_at  # what is over already may stay so
    checked = terms if not kept else LinkTerms(**{**vars(terms), "expires_at": None})
    faults = rules.terms_faults(checked, work.now, can_mail=can_mail)
    if terms.expires_at is None and not kept and not may(work.actor, Permission.SHARE_WITHOUT_END):
        faults["expires_on"] = NEEDS_END
    if faults:
        raise TermsRefused(faults)


class TermsRefused(Refused):
    """Terms nobody can be let in on; `faults` are sentences by the name of the field."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(next(iter(faults.values())))
        self.faults = faults


def _set(link: Link, recipient: str, terms: LinkTerms) -> None:
    link.recipient = recipient.strip()[:160]
    link.expires_at = terms.expires_at
    link.mail_rule = list(terms.mail_rule)
    link.handout, link.follows, link.notifies = terms.handout, terms.follows, terms.notifies
    link.view_limit, link.watermarks = terms.view_limit, terms.watermarks
    if terms.password is not None:
        link.password_hash = identity.HASHER.hash(terms.password) if terms.password else ""


def _for_audit(link: Link) -> dict[str, object]:
    """The terms without secrets and names."""
    return {
        "until": link.expires_at.date().isoformat() if link.expires_at is not None else None,
        "password": bool(link.password_hash),
        "mail_check": bool(link.mail_rule),
        "handout": link.handout.value,
        "view_limit": link.view_limit,
    }
