"""Keeps what people fill into templates and value models; a champion's lies at a private address, a rep's with its owner."""

import json
import secrets
from dataclasses import dataclass

from app.core.errors import NotPermitted, PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.identity.rules import Permission, is_person, require, token_hash
from app.library.queries.uploads import sum_bytes
from app.sharing.models import Tailored, TailoredInput, TailoredPlace
from app.sharing.queries.tailored import count_private, sum_kept_bytes

SECRET_BYTES = 20  # 160 bits
MOST_PRIVATE = 50  # under one link, which anybody who holds it can fill
MOST_BYTES = 2 * 1024 * 1024
MOST_LOGO = 400 * 1024
_PICTURE = "data:image/png;base64,"


@dataclass(frozen=True)
class StartedPrivate:
    """A new row of a champion and the secret of its private address, which is kept nowhere."""

    row: Tailored
    secret: str


def start_own(work: Work, place: TailoredPlace, data: TailoredInput) -> Tailored:
    """Keep what whoever asks filled in, for themselves and perhaps an opportunity. The caller read the asset for this actor."""
    require(work.actor, Permission.FILL_TEMPLATES)
    if not is_person(work.actor):
        raise NotPermitted("Only people with an account keep what they fill in. Nothing was kept.")
    return _start(work, place, data, owner_id=work.actor.id)


def start_private(work: Work, place: TailoredPlace, data: TailoredInput) -> StartedPrivate:
    """Keep what a champion filled in, at a new private address under their link. The caller resolved the link and the item."""
    if work.actor.kind != "guest" or place.link_id is None or place.link_id != work.actor.id:
        raise NotPermitted("A private address belongs to the link it was made under. Nothing was kept. Open the link again.")
    if count_private(work, place.link_id) >= MOST_PRIVATE:
        raise Refused(
            f"There are {MOST_PRIVATE} private addresses under this link already, so this was not kept. Your text is here: "
            "take the file away, or open an address you have and keep it there."
        )
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return StartedPrivate(_start(work, place, data, address=token_hash(secret)), secret)


def keep_private(work: Work, kept: Tailored | None, place: TailoredPlace, data: TailoredInput, revision: int | None) -> str:
    """Keep what a champion filled in where they opened it; else at a new private address, whose secret is given back."""
    if kept is None:
        return start_private(work, place, data).secret
    save_tailored(work, kept, data, revision, place.version_id)
    return ""


def save_tailored(work: Work, row: Tailored, data: TailoredInput, revision: int | None, version_id: int | None = None) -> Tailored:
    """Replace what is kept in a row that queries gave to this actor; Stale when it was changed since `revision` was read.

    `version_id` names the version it was filled in for, when that is another one by now.
    """
    _check_may_change(work, row)
    _check_revision(row, revision)
    _check_size(work, data)
    row.company, row.logo, row.figures = data.company.strip(), data.logo, dict(data.figures)
    row.version_id = version_id or row.version_id
    return _touched(work, row)


def share_tailored(work: Work, row: Tailored, *, is_shared: bool) -> Tailored:
    """A champion shows the figures to their sender, or takes that back; the latest word counts, so no revision is asked for."""
    _check_may_change(work, row)
    if row.is_shared != is_shared:
        row.is_shared = is_shared
        _touched(work, row)
    return row


def delete_tailored(work: Work, row: Tailored) -> None:
    """Forget what was kept, for good; its private address leads nowhere from now on."""
    _check_may_change(work, row)
    work.session.delete(row)


def _start(work: Work, place: TailoredPlace, data: TailoredInput, *, owner_id: int | None = None, address: str | None = None) -> Tailored:
    _check_size(work, data)
    row = Tailored(
        token_hash=address,
        link_id=place.link_id,
        item_id=place.item_id,
        owner_id=owner_id,
        opportunity_id=place.opportunity_id,
        asset_id=place.asset_id,
        version_id=place.version_id,
        company=data.company.strip(),
        logo=data.logo,
        figures=dict(data.figures),
        created_at=work.now,
        changed_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


def _touched(work: Work, row: Tailored) -> Tailored:
    row.changed_at = work.now
    row.revision += 1
    work.session.add(row)
    work.session.flush()
    return row


def _check_may_change(work: Work, row: Tailored) -> None:
    is_mine = is_person(work.actor) and row.owner_id is not None and row.owner_id == work.actor.id
    under_link = work.actor.kind == "guest" and row.link_id is not None and row.link_id == work.actor.id
    if not is_mine and not under_link:
        raise NotPermitted("This was filled in by somebody else. Nothing was changed. Fill in one of your own.")


def _check_revision(row: Tailored, revision: int | None) -> None:
    if revision is None:
        raise PreconditionMissing("The form does not say which state it was made for. Reload the page, then try again.")
    if row.revision != revision:
        raise Stale("It was changed in another window or by a colleague meanwhile. Your text is here; look at theirs, then save again.")


def _check_size(work: Work, data: TailoredInput) -> None:
    if len(data.logo) > MOST_LOGO or (data.logo and not data.logo.startswith(_PICTURE)):
        raise Refused("The logo is not a PNG picture of at most 300 KB. Nothing was kept. Choose a smaller one.")
    size = len(json.dumps(data.figures))
    if size > MOST_BYTES:
        raise Refused("That is more than 2 MB of text and pictures. Nothing was kept. Shorten it or choose smaller pictures.")
    if work.quota is not None and sum_bytes(work) + sum_kept_bytes(work) + size + len(data.logo) > work.quota.total_bytes:
        raise Refused("The portal's store is at its limit, so this was not kept. Your text is here: take the file away instead.")
