"""The one resolver: what a link holds now, or why it shows nothing. Every path under /r/{secret} asks it first, on every request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import col, select

from app.core.errors import NotFound
from app.core.work import Work
from app.identity.models import GuestActor, SystemActor, User
from app.identity.queries import house_emails, lets_in
from app.identity.rules import token_hash
from app.library.models import Asset, Audience, Status, Version
from app.library.queries import list_assets_by_id, list_versions_of
from app.library.rules import FORMATS
from app.sharing import rules
from app.sharing.models import Guest, GuestPass, Link, Room, RoomItem
from app.sharing.rules import Refusal, Step

NOT_IN_ROOM = "There is nothing at this address in this room. Go back to the room and choose from what it holds."


@dataclass(frozen=True)
class Sender:
    """Who answers for a link: the only name of the house that a guest gets to see."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class RoomEntry:
    """One item as a guest gets it. Without a version it is away: it expired, was retired, or is no longer for customers.

    `title` is empty when the item is no longer for customers, because then its title need not be, either.
    """

    item_id: int
    asset_id: int
    section: str
    note: str
    title: str
    version: Version | None

    @property
    def format_label(self) -> str:
        """Word document, PDF document; empty when the item is away."""
        return FORMATS[self.version.format].label if self.version is not None else ""

    @property
    def family(self) -> str:
        """document, deck, sheet, image, video ...; empty when the item is away."""
        return FORMATS[self.version.format].family if self.version is not None else ""

    @property
    def is_case(self) -> bool:
        """Whether it is a value model: filled in rather than read, and its definition stays at home."""
        return self.version is not None and self.version.format == "value"


@dataclass(frozen=True)
class OpenLink:
    """A link that lets this visitor in, with what its room holds at this moment.

    `was_let_in` by a password, a code or a press on the button, so by a person; `is_own` when the code went to somebody of the house.
    """

    link: Link
    room: Room
    sender: Sender
    guest: Guest | None
    entries: tuple[RoomEntry, ...]
    was_let_in: bool = False
    is_own: bool = False

    def entry(self, item_id: int) -> RoomEntry:
        """An item that may be shown now; NotFound for what was never here and for what is away."""
        found = next((entry for entry in self.entries if entry.item_id == item_id and entry.version is not None), None)
        if found is None:
            raise NotFound(NOT_IN_ROOM)
        return found


@dataclass(frozen=True)
class ClosedLink:
    """Why a link shows nothing; who to write to only where its holder had a right to come once, what to do when it is locked.

    `left` is how many views are left where they are counted.
    """

    reason: Refusal
    step: Step | None = None
    link: Link | None = None
    sender: Sender | None = None
    left: int = 0


def open_link(work: Work, secret: str, given: str = "") -> OpenLink | ClosedLink:
    """What the holder of this secret, and of this pass, gets now; nothing is remembered between two requests."""
    found = _find_link(work, secret)
    if found is None:
        return ClosedLink(Refusal.UNKNOWN)
    link, room, owner = found
    refusal = rules.refusal_of(link, room, owner_enters=lets_in(work, owner), now=work.now)
    sender = Sender(owner.id or 0, owner.name, owner.email)
    if refusal is not None:
        return ClosedLink(refusal, sender=sender if refusal is Refusal.ENDED else None)
    pass_row = _find_pass(work, given, link)
    step = rules.missing_step(link, pass_row)
    if step is not None:
        if rules.is_used_up(link):
            return ClosedLink(Refusal.USED_UP, sender=sender)
        return ClosedLink(Refusal.LOCKED, step, link, sender, (link.view_limit or 0) - link.views)
    guest = work.session.get(Guest, pass_row.guest_id) if pass_row is not None and pass_row.guest_id is not None else None
    is_own = guest is not None and bool(house_emails(work, [guest.email]))
    entries = list_entries(work, room.id or 0, link)
    return OpenLink(link, room, sender, guest, entries, was_let_in=pass_row is not None, is_own=is_own)


def list_entries(work: Work, room_id: int, link: Link) -> tuple[RoomEntry, ...]:
    """The items of a room as the holders of this link get them: read again as a guest, so that the room grants nothing."""
    items = list_items(work, room_id)
    ids = [item.asset_id for item in items]
    out = {asset.id: asset for asset in list_assets_by_id(replace(work, actor=GuestActor(link.id or 0)), ids)}
    known = {asset.id: asset for asset in list_assets_by_id(replace(work, actor=SystemActor()), ids)}
    versions = list_versions_of(work, [asset_id for asset_id in out if asset_id is not None])
    return tuple(
        RoomEntry(
            item_id=item.id or 0,
            asset_id=item.asset_id,
            section=item.section,
            note=item.note,
            title=_guest_title(known.get(item.asset_id)),
            version=_version_out(work, out.get(item.asset_id), versions.get(item.asset_id, []), item, follows=link.follows),
        )
        for item in items
    )


def list_items(work: Work, room_id: int) -> list[RoomItem]:
    """The items of a room in order; not filtered, so only behind a room or link that was."""
    chosen = select(RoomItem).where(col(RoomItem.room_id) == room_id, col(RoomItem.removed_at).is_(None))
    return list(work.session.exec(chosen.order_by(col(RoomItem.position))).all())


def _find_link(work: Work, secret: str) -> tuple[Link, Room, User] | None:
    query = (
        select(Link, Room, User)
        .join(Room, col(Room.id) == col(Link.room_id))
        .join(User, col(User.id) == col(Link.owner_id))
        .where(col(Link.token_hash) == token_hash(secret))
    )
    row = work.session.exec(query).first()
    return (row[0], row[1], row[2]) if row is not None else None


def _find_pass(work: Work, given: str, link: Link) -> GuestPass | None:
    row = work.session.get(GuestPass, token_hash(given)) if given else None
    return row if row is not None and rules.pass_counts(row, link, work.now) else None


def _guest_title(asset: Asset | None) -> str:
    was_out = asset is not None and asset.status in (Status.RELEASED, Status.RETIRED)
    return asset.title if asset is not None and was_out and asset.audience == Audience.CUSTOMER else ""


def _version_out(work: Work, asset: Asset | None, versions: Sequence[Version], item: RoomItem, *, follows: bool) -> Version | None:
    if asset is None or rules.entry_fault(asset, work.today):
        return None
    return rules.version_for_guests(asset, versions, item.added_version_id, follows=follows)
