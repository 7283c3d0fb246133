"""A champion on a phone: reads, ticks, asks, keeps and shares a business case; the sender sees it, and can shut the door."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.core.clock import utc_now
from app.identity.models import Role
from app.library.models import Audience
from app.sharing.actions import remove_item
from app.sharing.actions.links import revoke_links
from app.sharing.actions.plans import StepInput, add_step
from app.sharing.models import Room, Side
from tests.factories.rooms import MadeRoom, add_private, add_room
from tests.factories.values import add_model
from tests.journeys.axe import complaints
from tests.journeys.conftest import Visit
from tests.journeys.site import Site, eventually

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PASSWORD = "seven quiet ramps"


@dataclass(frozen=True)
class Rooms:
    """A room for everybody, one behind a password, one of counted views."""

    open: MadeRoom
    locked: MadeRoom
    counted: MadeRoom
    assets: tuple[int, ...]


@pytest.fixture(scope="module")
def rooms(site: Site) -> Rooms:
    text = "# Booked slots\n\nEvery slot is booked before the truck leaves.\n\n## Costs\n\n| Lane | Cost |\n|---|---|\n| North | 12 |\n"
    asset_id = site.add("Slots for Alder", text, audience=Audience.CUSTOMER)
    site.wait_until_read(asset_id)
    with site.work() as work:
        model_id = add_model(work)
        made = Rooms(
            add_room(work, [asset_id, model_id], title="Shorter waits for Alder", recipient="Board of Alder"),
            add_room(work, [asset_id], title="Behind a password", password=PASSWORD),
            add_room(work, [asset_id], title="Once", view_limit=1),
            (asset_id,),
        )
        add_step(work, made.open.id, StepInput("Agree on the sites", utc_now().date(), Side.CUSTOMER))
    return made


def no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_open_read_tick_ask_and_the_sender_sees_it(visit: Visit, rooms: Rooms) -> None:
    guest = visit(**PHONE)
    guest.goto(rooms.open.root)
    expect(guest.get_by_role("heading", level=1, name="Shorter waits for Alder")).to_be_visible()
    expect(guest.get_by_text("Quiver")).to_have_count(0)
    no_sideways_scroll(guest)
    guest.get_by_role("link", name="Slots for Alder").click()
    expect(guest.get_by_text("Every slot is booked before the truck leaves.")).to_be_visible()
    no_sideways_scroll(guest)
    guest.mouse.wheel(0, 300)
    guest.get_by_role("link", name="All documents").click()
    guest.get_by_role("button", name="Done: Agree on the sites").click()
    expect(guest.get_by_role("status").filter(has_text="The plan is saved")).to_be_visible()
    expect(guest.get_by_role("button", name="Done: Agree on the sites")).to_have_attribute("aria-pressed", "true")
    guest.get_by_text("Add a step").click()
    guest.get_by_label("What", exact=True).last.fill("Show it to the board")
    guest.get_by_role("button", name="Add", exact=True).click()
    expect(guest.get_by_text("Show it to the board").first).to_be_visible()
    guest.get_by_label("Your question").fill("Who pays for the ramp?")
    guest.get_by_role("button", name="Send").click()
    expect(guest.get_by_role("status").filter(has_text="on its way to")).to_be_visible()
    assert guest.context.cookies() == [], "nothing is left in the browser"

    rep = visit(Role.REP)
    rep.goto(f"/rooms/{rooms.open.id}")
    expect(rep.locator("#questions")).to_contain_text("Who pays for the ramp?")
    expect(rep.locator("#plan")).to_contain_text("added by a guest")
    eventually(lambda: _shows(rep, "by people"), "the visit is counted as a person's")
    expect(rep.locator("#visits")).to_contain_text("opened Slots for Alder")


def _shows(page: Page, words: str) -> bool:
    page.reload()
    return re.search(rf"[1-9]\d* {words}", page.locator("#visits").inner_text()) is not None


def test_figures_follow_are_kept_privately_shared_and_deleted(visit: Visit, rooms: Rooms) -> None:
    guest = visit(**PHONE)
    guest.goto(f"{rooms.open.root}/i/{rooms.open.items[1]}/case")
    no_sideways_scroll(guest)
    before = guest.locator("#case-doc h2").inner_text()
    guest.get_by_label("Sites", exact=True).fill("8")
    expect(guest.locator("#case-doc h2")).not_to_have_text(before)
    followed = guest.locator("#case-doc h2").inner_text()
    guest.get_by_role("button", name="Keep these figures").click()
    expect(guest.get_by_role("status").filter(has_text="Kept at your private address")).to_be_visible()
    private = guest.url.partition("?")[0]
    expect(guest.get_by_label("Your private address")).to_have_value(private)
    no_sideways_scroll(guest)

    rep = visit(Role.REP)
    rep.goto(f"/rooms/{rooms.open.id}")
    expect(rep.get_by_text("Figures guests shared")).to_have_count(0)
    colleague = visit(**PHONE)
    colleague.goto(private)
    expect(colleague.get_by_label("Sites", exact=True)).to_have_value("8")
    expect(colleague.locator("#case-doc h2")).to_have_text(followed)
    colleague.get_by_role("button", name="Share my figures").click()
    rep.reload()
    rep.get_by_role("link", name="Shorter waits at the dock: figures").click()
    expect(rep.locator(".paper h2")).to_have_text(followed)
    guest.get_by_role("button", name="Delete everything now").click()
    expect(guest.get_by_role("status").filter(has_text="Deleted")).to_be_visible()
    gone = colleague.goto(private)
    assert gone is not None and gone.status == 404


def test_a_password_and_a_counted_view_open_the_door(visit: Visit, rooms: Rooms) -> None:
    guest = visit(**PHONE)
    guest.goto(rooms.locked.root)
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Open").click()
    expect(guest.get_by_role("link", name="Slots for Alder")).to_be_visible()
    [cookie] = guest.context.cookies()
    assert cookie["path"] == rooms.locked.root and cookie["httpOnly"]
    guest.goto(rooms.counted.root)
    expect(guest.get_by_text("can be opened 1 more time")).to_be_visible()
    guest.get_by_role("button", name="Open the room").click()
    expect(guest.get_by_role("link", name="Slots for Alder")).to_be_visible()
    late = visit(**PHONE)
    late.goto(rooms.counted.root)
    expect(late.get_by_role("heading", name="This link has been opened as often as it may be")).to_be_visible()


def test_revoking_shuts_an_open_tab_at_its_next_request(visit: Visit, site: Site, rooms: Rooms) -> None:
    with site.work() as work:
        room = add_room(work, rooms.assets, title="Shut soon")
    guest = visit(**PHONE)
    guest.goto(room.root)
    expect(guest.get_by_role("link", name="Slots for Alder")).to_be_visible()
    rep = visit(Role.REP)
    rep.goto(f"/rooms/{room.id}")
    rep.get_by_role("button", name="Revoke").click()
    rep.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(rep.locator(".toast")).to_contain_text("Revoked")
    guest.get_by_role("link", name="Slots for Alder").click()
    expect(guest.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_a_page_of_a_revoked_link_falls_silent(visit: Visit, site: Site, rooms: Rooms) -> None:
    with site.work() as work:
        room = add_room(work, rooms.assets, title="Silent soon")
    guest = visit(**PHONE)
    told: list[int] = []
    guest.on("response", lambda answer: told.append(answer.status) if answer.url.endswith("/seen") else None)
    guest.clock.install()
    guest.goto(room.root)
    with guest.expect_response("**/seen"):
        guest.keyboard.press("Tab")
    with guest.expect_response("**/seen"):
        guest.clock.run_for(10_000)
    with site.work() as work:
        revoke_links(work, [room.link])
    with guest.expect_response("**/seen"):
        guest.clock.run_for(10_000)
    guest.clock.run_for(60_000)
    guest.wait_for_timeout(500)
    assert told == [204, 204, 404], "told twice, refused once, and silent since"


def items_of(page: Page) -> list[str]:
    return page.locator("#items li[data-id] .strong").all_inner_texts()


def test_items_are_dragged_and_moved_and_a_colleague_is_not_overwritten(visit: Visit, site: Site, rooms: Rooms) -> None:
    with site.work() as work:
        room = add_room(work, (*rooms.assets, add_model(work)), title="In order")
    rep, colleague = visit(Role.REP), visit(Role.MANAGER)
    for page in (rep, colleague):
        page.goto(f"/rooms/{room.id}")
    first, second = items_of(rep)
    rep.locator(f"#item-{room.items[1]}").drag_to(rep.locator(f"#item-{room.items[0]}"), target_position={"x": 60, "y": 6})
    expect(rep.locator(".toast")).to_contain_text("The order is saved")
    assert items_of(rep) == [second, first]
    rep.get_by_role("button", name=f"Move {first} up").click()
    expect(rep.locator("#items li[data-id] .strong").first).to_have_text(first)
    colleague.get_by_text(f"Section and words of {first}").click()
    colleague.locator(f"#n{room.items[0]}").fill("Page 2 is for the CFO.")
    colleague.locator(f"#item-{room.items[0]}").get_by_role("button", name="Save").click()
    expect(colleague.get_by_role("alert").first).to_contain_text("was changed meanwhile")
    expect(colleague.locator(f"#n{room.items[0]}")).to_have_value("Page 2 is for the CFO.")
    assert not complaints(colleague, "a room that was changed meanwhile")


def test_what_was_kept_is_readable_on_a_phone_when_its_item_is_away(visit: Visit, site: Site, rooms: Rooms) -> None:
    with site.work() as work:
        room = add_room(work, [add_model(work)], title="Away soon")
        draft = add_private(work, room, 0)
        remove_item(work, room.id, room.items[0], work.session.get_one(Room, room.id).revision)
    guest = visit(**PHONE)
    guest.goto(f"{room.root}/d/{draft}")
    expect(guest.get_by_role("heading", level=1, name="What you kept")).to_be_visible()
    no_sideways_scroll(guest)
    assert not complaints(guest, "kept words")
    with guest.expect_download() as waiting:
        guest.get_by_role("link", name="Take it along as text").tap()
    assert "Alder Foods" in waiting.value.path().read_text()
    guest.get_by_role("button", name="Delete everything now").click()
    expect(guest.get_by_role("status").filter(has_text="Deleted")).to_be_visible()


def test_share_makes_a_room_with_one_item_and_shows_its_address_once(visit: Visit, rooms: Rooms) -> None:
    rep = visit(Role.REP)
    rep.goto(f"/assets/{rooms.assets[0]}")
    rep.keyboard.press("s")
    expect(rep.get_by_role("heading", level=1)).to_contain_text("Share “Slots for Alder”")
    expect(rep.get_by_label("30 days")).to_be_checked()
    rep.get_by_role("button", name="Make the link").first.click()
    address = rep.get_by_label("Address of the room").input_value()
    guest = visit(**PHONE)
    guest.goto(address)
    expect(guest.get_by_role("heading", level=1, name="Slots for Alder")).to_be_visible()
    rep.get_by_role("link", name="Go to the room").click()
    expect(rep.get_by_text(address)).to_have_count(0)


def test_axe_has_nothing_to_say_of_rooms(visit: Visit, rooms: Rooms) -> None:
    guest = visit()
    found = []
    for name, path in (
        ("room", rooms.open.root),
        ("item", f"{rooms.open.root}/i/{rooms.open.items[0]}"),
        ("case", f"{rooms.open.root}/i/{rooms.open.items[1]}/case"),
        ("door", rooms.locked.root),
        ("unknown", "/r/unknown"),
    ):
        guest.goto(path)
        found += complaints(guest, name)
    rep = visit(Role.REP)
    for name, path in (
        ("rooms", "/rooms"),
        ("own room", f"/rooms/{rooms.open.id}?q=slots"),
        ("new room", "/rooms/new"),
        ("links", "/links"),
        ("new link", f"/rooms/{rooms.open.id}/links/new"),
        ("a link", f"/links/{rooms.open.link}"),
        ("share", f"/share?asset={rooms.assets[0]}"),
        ("preview", f"/rooms/{rooms.open.id}/preview"),
    ):
        rep.goto(path)
        found += complaints(rep, name)
    assert not found, "\n".join(found)
