"""What people fill in is kept for them alone, until they show it: a rep's with its owner, a champion's at a private address."""

from dataclasses import dataclass, replace

import pytest

from app.core.errors import AppError, NotFound, NotPermitted, PreconditionMissing, Refused, Stale
from app.core.work import Actor, Quota
from app.identity.models import GuestActor, Role, SystemActor
from app.library.queries.uploads import sum_bytes
from app.sharing.actions import tailored as actions
from app.sharing.models import Link, Room, Tailored, TailoredInput, TailoredPlace
from app.sharing.queries import tailored as queries
from tests.factories.library import add_released
from tests.factories.people import ensure_user
from tests.factories.portal import Portal

FIGURES = {"account": "Norvik Freight", "docks": "12", "items": [{"name": "Gate"}]}


@dataclass(frozen=True)
class Shelf:
    """An asset and two links to it."""

    portal: Portal
    asset_id: int
    links: tuple[int, int]

    @property
    def place(self) -> TailoredPlace:
        return TailoredPlace(asset_id=self.asset_id, version_id=1)

    def under(self, link_id: int) -> TailoredPlace:
        return TailoredPlace(asset_id=self.asset_id, version_id=1, link_id=link_id)


@pytest.fixture
def shelf(portal: Portal) -> Shelf:
    with portal.work() as work:
        asset_id = add_released(work)
        owner = ensure_user(work, Role.REP).id or 0
        room = Room(title="For the board", owner_id=owner, created_at=work.now, changed_at=work.now)
        work.session.add(room)
        work.session.flush()
        links = [Link(token_hash=name * 64, room_id=room.id or 0, owner_id=owner, mail_rule=[], created_at=work.now) for name in ("a", "b")]
        work.session.add_all(links)
        work.session.flush()
        ids = (links[0].id or 0, links[1].id or 0)
    return Shelf(portal, asset_id, ids)


def own(shelf: Shelf, role: Role = Role.REP) -> int:
    with shelf.portal.work(shelf.portal.actor(role)) as work:
        return actions.start_own(work, shelf.place, TailoredInput(company=" Norvik ", figures=FIGURES)).id or 0


def test_a_rep_finds_what_they_kept_again(shelf: Shelf) -> None:
    kept = own(shelf)
    with shelf.portal.work(shelf.portal.actor(Role.REP), read_only=True) as work:
        row = queries.find_own(work, shelf.asset_id)
        assert row is not None and (row.id, row.company, row.figures, row.revision) == (kept, "Norvik", FIGURES, 1)


@pytest.mark.parametrize("role", [Role.MARKETER, Role.MANAGER, Role.ADMIN, Role.PARTNER])
def test_nobody_else_finds_it(shelf: Shelf, role: Role) -> None:
    kept = own(shelf)
    with shelf.portal.work(shelf.portal.actor(role), read_only=True) as work:
        assert queries.find_own(work, shelf.asset_id) is None
        with pytest.raises(NotFound):
            queries.get_own(work, kept)


def test_saving_counts_and_an_old_state_overwrites_nothing(shelf: Shelf) -> None:
    kept = own(shelf)
    with shelf.portal.work(shelf.portal.actor(Role.REP)) as work:
        saved = actions.save_tailored(work, queries.get_own(work, kept), TailoredInput(figures={"docks": "14"}), 1, version_id=2)
        assert (saved.figures, saved.revision, saved.version_id) == ({"docks": "14"}, 2, 2)
    for revision, error in ((1, Stale), (None, PreconditionMissing)):
        with shelf.portal.work(shelf.portal.actor(Role.REP)) as work, pytest.raises(error):
            actions.save_tailored(work, queries.get_own(work, kept), TailoredInput(figures={"docks": "1"}), revision)
    with shelf.portal.work(read_only=True) as work:
        assert work.session.get_one(Tailored, kept).figures == {"docks": "14"}


def test_a_private_address_works_under_its_link_only(shelf: Shelf) -> None:
    first, second = shelf.links
    with shelf.portal.work(GuestActor(first)) as work:
        started = actions.start_private(work, shelf.under(first), TailoredInput(figures=FIGURES))
        assert len(started.secret) >= 27 and started.secret not in repr(started.row.model_dump())
    with shelf.portal.work(GuestActor(first), read_only=True) as work:
        row = queries.find_private(work, first, started.secret)
        assert row is not None and row.figures == FIGURES
        assert queries.find_private(work, second, started.secret) is None
        assert queries.find_private(work, first, started.secret[:-1]) is None


def test_a_link_has_so_many_private_addresses_and_no_more(shelf: Shelf) -> None:
    first, second = shelf.links
    with shelf.portal.work(GuestActor(first)) as work:
        started = [actions.start_private(work, shelf.under(first), TailoredInput()) for _ in range(actions.MOST_PRIVATE)]
        with pytest.raises(Refused, match="was not kept"):
            actions.start_private(work, shelf.under(first), TailoredInput())
        actions.save_tailored(work, started[0].row, TailoredInput(figures=FIGURES), 1)
        actions.delete_tailored(work, started[1].row)
        actions.start_private(work, shelf.under(first), TailoredInput())
    with shelf.portal.work(GuestActor(second)) as work:
        assert actions.start_private(work, shelf.under(second), TailoredInput()).secret


def test_what_is_kept_counts_against_the_store(shelf: Shelf) -> None:
    first, _ = shelf.links
    with shelf.portal.work(GuestActor(first)) as work:
        limited = replace(work, quota=Quota(10**9, sum_bytes(work) + 1500))
        kept = actions.start_private(limited, shelf.under(first), TailoredInput(figures={"text": "x" * 1000})).row
        with pytest.raises(Refused, match="at its limit, so this was not kept"):
            actions.start_private(limited, shelf.under(first), TailoredInput(figures={"text": "x" * 1000}))
        with pytest.raises(Refused, match="at its limit"):
            actions.save_tailored(limited, kept, TailoredInput(figures={"text": "x" * 2000}), 1)


def test_others_cannot_change_what_is_kept(shelf: Shelf) -> None:
    first, second = shelf.links
    with shelf.portal.work(GuestActor(first)) as work:
        private = actions.start_private(work, shelf.under(first), TailoredInput()).row.id
    kept = own(shelf)
    others: list[Actor] = [GuestActor(second), SystemActor(), shelf.portal.actor(Role.ADMIN)]
    for actor in others:
        for row_id in (private, kept):
            with shelf.portal.work(actor) as work:
                row = work.session.get_one(Tailored, row_id)
                for verb in (
                    lambda: actions.save_tailored(work, row, TailoredInput(), 1),  # noqa: B023  (called at once)
                    lambda: actions.share_tailored(work, row, is_shared=True),  # noqa: B023  (called at once)
                    lambda: actions.delete_tailored(work, row),  # noqa: B023  (called at once)
                ):
                    with pytest.raises(NotPermitted):
                        verb()


def test_starting_needs_somebody_it_can_belong_to(shelf: Shelf) -> None:
    first, second = shelf.links
    with shelf.portal.work(GuestActor(first)) as work:
        with pytest.raises(NotPermitted):
            actions.start_own(work, shelf.place, TailoredInput())
        with pytest.raises(NotPermitted):
            actions.start_private(work, shelf.under(second), TailoredInput())
        with pytest.raises(NotPermitted):
            actions.start_private(work, shelf.place, TailoredInput())


def test_the_sender_sees_what_was_shared_and_only_as_long(shelf: Shelf) -> None:
    first, _ = shelf.links
    with shelf.portal.work(GuestActor(first)) as work:
        row = actions.start_private(work, shelf.under(first), TailoredInput(figures=FIGURES)).row
        seen = [len(queries.list_shared(work, shelf.links))]
        for is_shared in (True, False):
            actions.share_tailored(work, row, is_shared=is_shared)
            seen.append(len(queries.list_shared(work, shelf.links)))
    assert seen == [0, 1, 0]


def test_deleting_forgets_the_address(shelf: Shelf) -> None:
    first, _ = shelf.links
    with shelf.portal.work(GuestActor(first)) as work:
        started = actions.start_private(work, shelf.under(first), TailoredInput())
        actions.delete_tailored(work, started.row)
        work.session.flush()
        assert queries.find_private(work, first, started.secret) is None


@pytest.mark.parametrize(
    "data",
    [
        TailoredInput(logo="data:image/svg+xml;base64,PHN2Zz4="),
        TailoredInput(logo="data:image/png;base64," + "A" * actions.MOST_LOGO),
        TailoredInput(figures={"text": "x" * actions.MOST_BYTES}),
    ],
    ids=["an SVG", "a large logo", "too much text"],
)
def test_too_much_is_refused_in_a_sentence(shelf: Shelf, data: TailoredInput) -> None:
    with shelf.portal.work(shelf.portal.actor(Role.REP)) as work, pytest.raises(AppError, match="Nothing was kept") as refusal:
        actions.start_own(work, shelf.place, data)
    assert isinstance(refusal.value, Refused)
