"""Freshness to the second, and the same in every place that decides it: pages, counts, queue, map and index."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from app.core.paging import PageRequest
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity import actions as identity
from app.identity.models import Role
from app.library import actions
from app.library.actions.findings import settle_findings
from app.library.models import Asset, Audience, Finding, FindingReason, Status
from app.library.queries import get_view
from app.library.queries.catalogue import CatalogueFilter, list_catalogue
from app.library.queries.findings import list_open_findings
from app.library.queries.squares import is_current, is_past_review
from app.review.models import QueueFilter, Reason
from app.review.queries.mails import read_asked
from app.review.queries.queue import count_items, fits, get_health, list_queue
from app.review.rules import health_line
from app.search.documents import documents_of
from app.search.jobs import find_differences
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, asset_input
from tests.factories.people import add_user, ensure_user
from tests.factories.portal import Portal

MIDNIGHT = datetime(2026, 6, 16, tzinfo=UTC)  # the first moment of the day after 15 June
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "review,expires,before,after",
    [
        ("2026-06-29", None, "ok", "due"),
        ("2026-06-15", None, "due", "stale"),
        ("2026-08-01", "2026-06-15", "ok", "expired"),
        ("2026-06-15", "2026-06-15", "due", "expired"),
        ("2026-06-14", "2026-06-15", "stale", "expired"),
    ],
)
def test_a_second_before_and_after_each_boundary(portal: Portal, review: str, expires: str | None, before: str, after: str) -> None:
    with portal.work() as work:
        asset = work.session.get_one(Asset, add_released(work, "Boundary"))
        asset.review_on = datetime.fromisoformat(review).date()
        asset.expires_on = datetime.fromisoformat(expires).date() if expires else None
    for now, state in ((MIDNIGHT - SECOND, before), (MIDNIGHT, after), (MIDNIGHT + SECOND, after)):
        with portal.work(read_only=True, now=now) as work:
            assert get_view(work, 1).card.freshness.state == state, now
            health = get_health(work)
            assert (health.current, health.due, health.stale, health.expired) == tuple(
                int(state == one) for one in ("ok", "due", "stale", "expired")
            ), now
            queue = list_queue(work, QueueFilter(), read_asked(work), PageRequest(), 0).items
            assert len(queue) == (state != "ok"), now


def disable(portal: Portal, user_id: int) -> None:
    with portal.work() as work:
        identity.disable_user(work, user_id)
    portal.drain()


def test_an_owner_who_leaves_makes_their_items_stale_everywhere_at_once(portal: Portal) -> None:
    with portal.work() as work:
        leaver = add_user(work, Role.MANAGER, "leaver@example.com", "Leaver").id or 0
        asset_id, kept = add_released(work, "Left behind", owner_id=leaver), add_released(work, "Kept")
    portal.drain()
    disable(portal, leaver)
    with portal.work(read_only=True) as work:
        assert get_view(work, asset_id).card.freshness.words == "Stale, its owner left"
        states = {card.title: card.freshness.state for card in list_catalogue(work, CatalogueFilter(), None, 100).cards}
        assert states == {"Left behind": "stale", "Kept": "ok"}
        documents = documents_of(work, [asset_id, kept])
        assert {key: {one.stale_now for one in found} for key, found in documents.items()} == {asset_id: {True}, kept: {False}}
        assert list(work.session.exec(select(Asset.id).where(is_current(work), is_past_review(work))).all()) == [asset_id]
        assert health_line(get_health(work)) == "1 of 2 fresh, 0 due, 1 stale, 0 expired"
    assert find_differences(desk_of(portal)) == [], "the index was told"
    with portal.work() as work:
        identity.enable_user(work, leaver)
    portal.drain()
    with portal.work(read_only=True) as work:
        assert get_view(work, asset_id).card.freshness.state == "ok"
    assert find_differences(desk_of(portal)) == []


def test_still_right_does_not_bring_an_owner_back_but_assigning_does(portal: Portal) -> None:
    with portal.work() as work:
        leaver = add_user(work, Role.MANAGER, "leaver@example.com", "Leaver").id or 0
        asset_id = add_released(work, "Left behind", owner_id=leaver)
    disable(portal, leaver)
    marketer = portal.client(Role.MARKETER)
    marketer.post(f"/assets/{asset_id}/confirm", data={"revision": "2"})
    with portal.work(read_only=True) as work:
        assert get_view(work, asset_id).card.freshness.words == "Stale, its owner left"
        me = portal.actor(Role.MARKETER).id
    marketer.post("/review/assign", data={"items": f"{asset_id}:3", "owner_id": str(me)})
    with portal.work(read_only=True) as work:
        assert get_view(work, asset_id).card.freshness.state == "ok"
        assert list_open_findings(work) == []


def test_what_is_retired_or_trashed_has_nothing_open_and_comes_back_as_it_was(portal: Portal) -> None:
    with portal.work() as work:
        leaver = add_user(work, Role.MANAGER, "leaver@example.com", "Leaver").id or 0
        ids = [add_released(work, title, owner_id=leaver, confirmed_on=work.today - timedelta(days=400)) for title in ("A", "B", "C")]
        ids.append(add_draft(work, "D", owner_id=leaver))
    disable(portal, leaver)
    with portal.work() as work:
        assert Counter(finding.asset_id for finding in list_open_findings(work)) == Counter(ids)
        actions.retire(work, ids[0])
        actions.retire(work, ids[1])
        for asset_id in ids[1:]:
            actions.trash(work, asset_id)
        work.session.flush()
        assert list_open_findings(work) == []
        restored = [actions.restore(work, asset_id).status for asset_id in ids[1:]]
        assert restored == [Status.RETIRED, Status.RELEASED, Status.DRAFT], "what was retired before is not published"
        work.session.flush()
        found = {(finding.asset_id, finding.reason) for finding in list_open_findings(work)}
        assert found == {(asset_id, FindingReason.OWNER_GONE) for asset_id in ids[2:]}, "the owner of what is in use again is still gone"
        assert actions.restore(work, ids[1]).status == Status.RELEASED
        assert len({finding.id for finding in work.session.exec(select(Finding)).all()}) > len(found), "closed ones are kept"


def scatter(work: Work, chance: random.Random, owners: list[int], number: int) -> None:
    """So many items with dates around today, of several owners and kinds."""
    kinds = [kind.id for kind in list_values(work).by_facet(Facet.KIND)[:4]]
    for index in range(number):
        asset = work.session.get_one(Asset, add_released(work, f"Item {index}", "# Same\n", kind_id=chance.choice(kinds)))
        days = chance.choice([-400, -14, -2, -1, 0, 1, 12, 13, 14, 15, 300])
        asset.review_on = work.today + timedelta(days=days) if chance.random() < 0.9 else None
        asset.expires_on = work.today + timedelta(days=chance.choice([-30, -1, 0, 1])) if chance.random() < 0.3 else None
        asset.owner_id = chance.choice(owners)
        settle_findings(work, asset)


def test_counts_and_queue_agree_with_what_the_pages_say_of_each_item(portal: Portal) -> None:
    chance = random.Random(7)
    with portal.work() as work:
        asset_input(work)
        owners = [add_user(work, Role.MANAGER, f"o{number}@example.com", f"Owner {number}").id or 0 for number in range(4)]
        identity.disable_user(work, owners[0])
        scatter(work, chance, owners, 60)
    with portal.work(portal.actor(Role.MARKETER), read_only=True) as work:
        rows = work.session.exec(select(Asset).where(col(Asset.status) == Status.RELEASED)).all()
        states = {row.id: get_view(work, row.id or 0).card.freshness.state for row in rows}
        health, by_state = get_health(work), Counter(states.values())
        assert (health.current, health.due, health.stale, health.expired) == tuple(by_state[s] for s in ("ok", "due", "stale", "expired"))
        assert min(by_state.values()) > 2, "something of each"
        asked, counted = read_asked(work), count_items(work)
        filters = [QueueFilter(reason, mine=mine) for reason in (None, *Reason) for mine in (False, True)]
        filters += [QueueFilter(owner_id=owner) for owner in owners] + [QueueFilter(kind_id=kind) for kind in {row.kind_id for row in rows}]
        for chosen in filters:
            total = sum(some.number for some in counted if fits(chosen, asked, work.actor.id)(some))
            assert len(list_queue(work, chosen, asked, PageRequest(1, 100), 0).items) == total, chosen
        listed = {item.card.id: item for item in list_queue(work, QueueFilter(), asked, PageRequest(1, 100), 0).items}
        assert set(listed) == {asset_id for asset_id, state in states.items() if state != "ok"}
        assert {Reason.OWNER_GONE in dict(item.reasons) for item in listed.values()} == {True, False}


def test_reps_count_only_what_they_may_see(portal: Portal) -> None:
    with portal.work() as work:
        ensure_user(work, Role.MARKETER)
        add_released(work, "Internal one", audience=Audience.INTERNAL)
        add_released(work, "For partners", audience=Audience.PARTNER, expires_on=work.today - timedelta(days=1))
    with portal.work(portal.actor(Role.PARTNER), read_only=True) as work:
        assert health_line(get_health(work)) == "0 of 1 fresh, 0 due, 0 stale, 1 expired"
