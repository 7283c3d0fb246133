"""Rooms and links as people of the house make them: what may go out, who sees what, terms, the register, handing over."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity import actions as identity
from app.identity.actions import start_session
from app.identity.actions.organisations import create_organisation
from app.identity.models import Role
from app.library import actions as library
from app.library.models import Asset, Audience
from app.plays.actions.items import pin_item
from app.plays.queries import get_kit
from app.sharing.actions.plans import MOST_STEPS
from app.sharing.models import Guest, Link, PlanStep, Room, RoomItem
from app.web.sessions import cookie_name
from tests.factories.kits import add_deal, add_kit, add_passage
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.people import add_user, ensure_user
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_room, change
from tests.factories.values import add_model
from tests.pages.reading import led_to, main_of, page_of, value_of, words

TERMS = {"expires": "30", "handout": "original", "versions": "follow", "notifies": "on"}


def address_on(page: str) -> str:
    found = re.search(r'value="http://testserver(/r/[A-Za-z0-9_-]{27})"', page)
    assert found is not None
    return found[1]


def make_released(portal: Portal, title: str = "Ramp guide", audience: Audience = Audience.CUSTOMER) -> int:
    with portal.work() as work:
        return add_released(work, title, audience=audience)


def make_room(portal: Portal, **terms: Any) -> MadeRoom:
    with portal.work() as work:
        return add_room(work, [add_released(work, "Ramp guide", audience=Audience.CUSTOMER)], **terms)


def test_share_makes_room_item_and_link_in_one_step(portal: Portal, rep: TestClient) -> None:
    asset_id = make_released(portal)
    made = rep.post("/share", data={"asset_id": str(asset_id), **TERMS})
    assert made.status_code == 200 and made.headers["cache-control"] == "no-store" and made.headers["referrer-policy"] == "same-origin"
    address = address_on(made.text)
    assert "Ramp guide" in portal.client().get(address).text
    with portal.work(read_only=True) as work:
        link, room = work.session.exec(select(Link)).one(), work.session.exec(select(Room)).one()
    assert link.expires_at is not None and timedelta(days=29) < link.expires_at - link.created_at <= timedelta(days=30, seconds=5)
    for page in (f"/rooms/{room.id}", f"/links/{link.id}", "/links", "/rooms"):
        assert address not in rep.get(page).text, "it is shown once"


def not_released(work: Work) -> int:
    return add_draft(work, "Secret plan", audience=Audience.CUSTOMER)


def retired(work: Work) -> int:
    asset_id = add_released(work, "Secret plan", audience=Audience.CUSTOMER)
    library.retire(work, asset_id)
    return asset_id


def expired(work: Work) -> int:
    return add_released(work, "Secret plan", audience=Audience.CUSTOMER, expires_on=work.today - timedelta(days=1))


def for_partners(work: Work) -> int:
    return add_released(work, "Secret plan", audience=Audience.PARTNER)


def internal(work: Work) -> int:
    return add_released(work, "Secret plan")


@pytest.mark.parametrize("make", [not_released, retired, expired, for_partners, internal])
def test_what_is_not_for_customers_is_refused_by_name(portal: Portal, manager: TestClient, make: Callable[[Work], int]) -> None:
    with portal.work() as work:
        asset_id = make(work)
    room = make_room(portal)
    for address, more in ((f"/rooms/{room.id}/items", {}), ("/share", TERMS)):
        refused = manager.post(address, data={"asset_id": str(asset_id), **more})
        assert refused.status_code == 422 and "“Secret plan”" in refused.text, address
    with portal.work(read_only=True) as work:
        assert len(work.session.exec(select(RoomItem)).all()) == 1 and len(work.session.exec(select(Room)).all()) == 1


def test_what_goes_away_later_is_named_to_the_sender(portal: Portal, rep: TestClient) -> None:
    room = make_room(portal)
    with portal.work() as work:
        library.retire(work, work.session.exec(select(RoomItem)).one().asset_id)
    page = rep.get(f"/rooms/{room.id}").text
    assert "Guests do not get it" in page and "“Ramp guide” is retired" in page


def test_a_replaced_item_is_told_and_given_on_request(portal: Portal, rep: TestClient) -> None:
    room = make_room(portal, follows=False)
    with portal.work() as work:
        asset_id = work.session.exec(select(RoomItem)).one().asset_id
        library.release(work, asset_id, add_version(work, asset_id, "# Ramp\n\nNewer words.\n"))
    portal.drain()
    assert "v1 then, v2 now" in rep.get(f"/rooms/{room.id}").text
    assert "Newer words" not in portal.client().get(f"{room.root}/i/{room.items[0]}").text
    assert change(rep, room, f"items/{room.items[0]}/update") == 303
    assert "Newer words" in portal.client().get(f"{room.root}/i/{room.items[0]}").text
    assert "v1 then" not in rep.get(f"/rooms/{room.id}").text


def test_items_move_within_their_section_and_sections_stay_together(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        room = add_room(work, [add_released(work, f"Item {letter}", audience=Audience.CUSTOMER) for letter in "ABCD"])
    a, b, c, d = room.items
    for item, section in ((a, "Read"), (b, "Fill in"), (c, "Read"), (d, "Fill in")):
        assert change(rep, room, f"items/{item}", section=section, note="") == 303

    def order() -> list[str]:
        return re.findall(r"<b>(Item .)</b>", portal.client().get(room.root).text)

    assert order() == ["Item A", "Item C", "Item B", "Item D"]
    change(rep, room, f"items/{c}/move", places="-1")
    assert order() == ["Item C", "Item A", "Item B", "Item D"]
    change(rep, room, "items/order", order=f"{d},{b},{a},{c}")
    assert order() == ["Item D", "Item B", "Item A", "Item C"]
    for broken in (f"{d},{b}", f"{d},{b},{a},{c},{c}", f"{d},{b},{a},{a}", ""):
        assert change(rep, room, "items/order", order=broken) == 422, broken
    change(rep, room, f"items/{b}/remove")
    assert order() == ["Item D", "Item A", "Item C"]


def test_rooms_of_others_are_unknown_but_to_those_who_see_all(portal: Portal, manager: TestClient, marketer: TestClient) -> None:
    room = make_room(portal)
    for address in (f"/rooms/{room.id}", f"/links/{room.link}", f"/rooms/{room.id}/preview"):
        assert marketer.get(address).status_code == 404 and manager.get(address).status_code == 200
    assert "Shorter waits" not in marketer.get("/rooms").text + marketer.get("/links").text
    assert "Shorter waits" in manager.get("/links").text and "Rep One" in manager.get("/rooms").text
    marketer.post("/links/revoke", data={"link": str(room.link)})
    assert portal.client().get(room.root).status_code == 200
    manager.post("/links/revoke", data={"link": str(room.link)})
    assert portal.client().get(room.root).status_code == 404


def test_partners_share_within_their_organisation(portal: Portal) -> None:
    clients = {}
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide", audience=Audience.CUSTOMER)
        north, south = create_organisation(work, "North").id, create_organisation(work, "South").id
        for name, organisation in (("one", north), ("two", north), ("three", south)):
            user = add_user(work, Role.PARTNER, f"{name}@partner.example", f"Partner {name}")
            user.organisation_id = organisation
            work.session.flush()
            clients[name] = portal.client()
            clients[name].cookies.set(cookie_name(portal.services.settings), start_session(work, user, "Firefox"))
    made = clients["one"].post("/share", data={"asset_id": str(asset_id), **TERMS})
    assert "Ramp guide" in portal.client().get(address_on(made.text)).text
    with portal.work(read_only=True) as work:
        room_id = work.session.exec(select(Room)).one().id
    assert [clients[name].get(f"/rooms/{room_id}").status_code for name in ("one", "two", "three")] == [200, 200, 404]


def test_terms_that_cannot_be_are_refused_and_typed_words_are_kept(portal: Portal, rep: TestClient) -> None:
    room = make_room(portal)
    for fields, sentence in (
        ({"expires": "day", "expires_on": "2020-01-01"}, "Choose a day to come"),
        ({"expires": "day", "expires_on": ""}, "Choose the day the link ends on"),
        ({"password": "short"}, "Use at least 8 characters"),
        ({"view_limit": "0"}, "Choose a number from 1"),
        ({"view_limit": "often"}, "Write a whole number"),
        ({"mail_rule": "buyer@example.com"}, "cannot mail codes"),
        ({"watermarks": "on"}, "A watermark needs"),
    ):
        refused = rep.post(f"/rooms/{room.id}/links", data={"recipient": "Board of Alder", **TERMS, **fields})
        assert refused.status_code == 422 and sentence in refused.text and "Board of Alder" in refused.text, fields


def test_no_end_is_never_chosen_beforehand_and_offered_only_by_right(portal: Portal, rep: TestClient, manager: TestClient) -> None:
    room = make_room(portal)
    for preset in ("open", "named", "read", "unknown"):
        page = manager.get(f"/rooms/{room.id}/links/new?preset={preset}").text
        assert 'value="30" checked' in page and 'value="none">' in page
        assert 'value="none"' not in rep.get(f"/rooms/{room.id}/links/new?preset={preset}").text
    endless = {**TERMS, "expires": "none", "recipient": "Board of Alder"}
    for address, more in ((f"/rooms/{room.id}/links", {}), (f"/links/{room.link}", {"revision": "1"})):
        refused = rep.post(address, data={**endless, **more})
        assert refused.status_code == 422 and "Your role makes links that end" in refused.text and "Board of Alder" in refused.text
    with portal.work(read_only=True) as work:
        assert all(link.expires_at is not None for link in work.session.exec(select(Link)).all())
    made = manager.post(f"/rooms/{room.id}/links", data=endless)
    assert portal.client().get(address_on(made.text)).status_code == 200
    kept = rep.post(f"/links/{room.link + 1}", data={**endless, "recipient": "Their board", "revision": "1"})
    assert kept.status_code == 303, "what somebody with the right decided stays so"


def test_a_search_goes_on_over_the_pages_whatever_it_holds(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide", audience=Audience.CUSTOMER)
        for number in range(30):
            add_room(work, [asset_id], title=f"R & D {number}")
            add_room(work, [asset_id], title=f"Purchasing {number}")
    address = re.search(r'href="(\?q=[^"]+)"[^>]*rel="next"', rep.get("/links", params={"q": "R & D"}).text)
    assert address is not None
    second = rep.get(f"/links{unescape(address[1])}").text
    assert second.count("R &amp; D") >= 5 and "Purchasing" not in second


def test_a_new_address_ends_the_old_one(portal: Portal, rep: TestClient) -> None:
    room = make_room(portal)
    renewed = address_on(rep.post(f"/links/{room.link}/address").text)
    assert portal.client().get(room.root).status_code == 404 and portal.client().get(renewed).status_code == 200


def test_terms_are_changed_later_and_not_over_somebody_elses(portal: Portal, rep: TestClient) -> None:
    room = make_room(portal)
    changed = rep.post(f"/links/{room.link}", data={**TERMS, "recipient": "Their CFO", "handout": "nothing", "revision": "1"})
    assert changed.status_code == 303
    assert portal.client().get(f"{room.root}/i/{room.items[0]}/file").status_code == 404
    stale = rep.post(f"/links/{room.link}", data={**TERMS, "recipient": "Typed meanwhile", "revision": "1"})
    assert stale.status_code == 412 and 'value="Typed meanwhile"' in stale.text
    assert "It now is for Their CFO" in stale.text and "read only" in stale.text, "what somebody else chose stands beside it"
    unsaid = rep.post(f"/links/{room.link}", data={**TERMS, "recipient": "Typed meanwhile"})
    assert unsaid.status_code == 428 and 'value="Typed meanwhile"' in unsaid.text and 'name="revision" value="2"' in unsaid.text


def test_of_two_who_change_a_room_the_second_overwrites_nothing(portal: Portal, rep: TestClient, manager: TestClient) -> None:
    room = make_room(portal)
    with portal.work() as work:
        guest = Guest(link_id=room.link, email="buyer@example.com", first_seen_at=work.now)
        work.session.add(guest)
        work.session.flush()
        about, who = f"/rooms/{room.id}/items/{room.items[0]}", f"/rooms/{room.id}/guests/{guest.id}"
    with portal.work(read_only=True) as work:
        seen = {"revision": str(work.session.get_one(Room, room.id).revision)}
    assert manager.post(about, data={"section": "Theirs", "note": "The manager's words", **seen}).status_code == 303
    for address, typed, shown in (
        (about, {"section": "Mine", "note": "The rep's words"}, ("The manager&#39;s words", "The rep&#39;s words", "Theirs")),
        (who, {"name": "Kim of purchasing"}, ("nobody by name", "Kim of purchasing")),
        (
            f"/rooms/{room.id}",
            {"title": "A new title", "welcome": "Hello"},
            ("It now says “Shorter waits”", "A new title", "Good that you are here."),
        ),
        (f"{about}/move", {"places": "1"}, ()),
        (f"{about}/update", {}, ()),
        (f"{about}/remove", {}, ()),
        (f"/rooms/{room.id}/items/order", {"order": str(room.items[0])}, ()),
    ):
        for more, status in ((seen, 412), ({}, 428)):
            refused = rep.post(address, data={**typed, **more})
            assert refused.status_code == status, address
            assert not [words for words in shown if words not in refused.text], address
    page = portal.client().get(room.root).text
    assert "The manager&#39;s words" in page and "rep&#39;s words" not in page
    assert change(rep, room, f"guests/{guest.id}", name="Kim of purchasing") == 303


def test_what_guests_do_in_the_plan_leaves_the_senders_form_good(portal: Portal, rep: TestClient) -> None:
    room, guest = make_room(portal), portal.client()
    with portal.work(read_only=True) as work:
        seen = str(work.session.get_one(Room, room.id).revision)
    for number in range(MOST_STEPS):
        assert guest.post(f"{room.root}/plan", data={"text": f"Step {number}", "side": "customer"}).status_code == 303
    full = guest.post(f"{room.root}/plan", data={"text": "One too many", "side": "customer"})
    assert full.status_code == 409 and "so this one was not added" in full.text and 'value="One too many"' in full.text
    with portal.work(read_only=True) as work:
        step = work.session.exec(select(PlanStep.id)).first()
    guest.post(f"{room.root}/plan/{step}/tick", data={"done": "1"})
    assert rep.post(f"/rooms/{room.id}", data={"title": "Another title", "revision": seen}).status_code == 303
    assert rep.post(f"/rooms/{room.id}/plan", data={"text": "Ours", "side": "us"}).status_code == 303, "guests fill their own places"


def test_a_step_that_is_refused_keeps_what_was_typed(portal: Portal, rep: TestClient) -> None:
    room, guest = make_room(portal), portal.client()
    typed = {"text": "Meet the board", "side": "customer", "due_on": "soon"}
    refused = rep.post(f"/rooms/{room.id}/plan", data=typed)
    assert refused.status_code == 422 and 'value="Meet the board"' in refused.text and 'value="soon"' in refused.text
    rep.post(f"/rooms/{room.id}/plan", data={"text": "Meet them", "side": "us"})
    with portal.work(read_only=True) as work:
        step = work.session.exec(select(PlanStep.id)).one()
    for who, root in ((rep, f"/rooms/{room.id}"), (guest, room.root)):
        for fields, status in (({"revision": "1"}, 422), ({"due_on": ""}, 428)):
            refused = who.post(f"{root}/plan/{step}", data={**typed, **fields})
            assert refused.status_code == status
            assert 'value="Meet the board"' in refused.text and "It now says: “Meet them”" in refused.text, (root, fields)


def test_both_sides_of_a_step_are_kept_when_two_change_it(portal: Portal, rep: TestClient) -> None:
    room, guest = make_room(portal), portal.client()
    rep.post(f"/rooms/{room.id}/plan", data={"text": "Meet the board", "side": "us"})
    with portal.work(read_only=True) as work:
        step = work.session.exec(select(PlanStep)).one().id
    assert guest.post(f"{room.root}/plan/{step}", data={"text": "Meet it on Monday", "side": "us", "revision": "1"}).status_code == 303
    stale = rep.post(f"/rooms/{room.id}/plan/{step}", data={"text": "Meet it on Friday", "side": "us", "revision": "1"})
    assert stale.status_code == 412 and "Meet it on Monday" in stale.text and "Meet it on Friday" in stale.text
    stale = guest.post(f"{room.root}/plan/{step}", data={"text": "Meet it on Sunday", "side": "us", "revision": "1"})
    assert stale.status_code == 412 and "Meet it on Monday" in stale.text and "Meet it on Sunday" in stale.text


def test_a_link_is_shut_when_its_owner_leaves_and_opens_when_it_is_handed_over(portal: Portal, admin: TestClient) -> None:
    room = make_room(portal)
    with portal.work() as work:
        ensure_user(work, Role.MARKETER)
        rep_id, marketer_id = ensure_user(work, Role.REP).id or 0, ensure_user(work, Role.MARKETER).id
        identity.disable_user(work, rep_id)
    assert portal.client().get(room.root).status_code == 404
    page = admin.get(f"/people/{rep_id}/hand-over").text
    assert "Shorter waits" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision is not None
    handed = admin.post(f"/people/{rep_id}/hand-over", data={"owner": str(marketer_id), "step": "stay", "revision": revision[1]})
    assert handed.status_code == 303
    opened = portal.client().get(room.root)
    assert opened.status_code == 200 and "Marketer One" in opened.text and "Rep One" not in opened.text


def test_an_archived_room_is_closed_and_can_be_opened_again(portal: Portal, rep: TestClient) -> None:
    room = make_room(portal)
    rep.post(f"/rooms/{room.id}/archive", data={"archived": "1"})
    assert portal.client().get(room.root).status_code == 410 and "Shorter waits" in rep.get("/rooms?archived=1").text
    rep.post(f"/rooms/{room.id}/archive", data={"archived": "0"})
    assert portal.client().get(room.root).status_code == 200


def test_speaker_notes_and_change_notes_stay_at_home(portal: Portal) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide", audience=Audience.CUSTOMER, summary="Say this to the CFO first.", tags=["objection"])
        room = add_room(work, [asset_id])
    portal.drain()
    seen = portal.client().get(room.root).text + portal.client().get(f"{room.root}/i/{room.items[0]}").text
    assert not [word for word in ("CFO first", "objection", "Marketer One", "Fresh", "snippet", "Quiver") if word in seen]


def test_a_kit_becomes_a_room_without_what_is_for_colleagues(portal: Portal, rep: TestClient) -> None:
    first, other = make_released(portal, "For them"), make_released(portal, "For us", Audience.INTERNAL)
    rep.post("/kits/items", data={"kind": "asset", "asset_id": str(first), "title": "Beat Tolvane"})
    kit_id = re.findall(r'href="/kits/(\d+)"', rep.get("/kits").text)[0]
    rep.post("/kits/items", data={"kind": "asset", "asset_id": str(other), "kit": kit_id})
    page = page_of(rep.get(f"/kits/{kit_id}/room"))
    assert page.xpath("//input[@name='asset'][@checked]/@value") == [str(first)]
    assert "“For us” is not meant for customers" in words(page), "what stays inside is named before"
    made = rep.post(f"/kits/{kit_id}/room", data={"asset": [str(first), str(other)]})
    assert made.status_code == 303
    told = main_of(rep.get(made.headers["location"]))
    assert "For them" in told and "For us" not in told
    assert "Beat Tolvane" not in rep.get(f"{made.headers['location']}/preview").text, "what a kit is called is for colleagues"


def test_a_room_of_a_kit_says_what_becomes_of_parts_and_kept_versions(portal: Portal, rep: TestClient) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        deal = add_deal(work)
    with portal.work() as work:
        part, kept, other = (
            add_released(work, title, f"# {title}\n\nOld words.\n", audience=Audience.CUSTOMER) for title in ("Part", "Kept", "Other")
        )
    portal.drain()
    with portal.work(portal.actor(Role.REP)) as work:
        kit_id = add_kit(work, "Beat Tolvane", kept, other, opportunity_id=deal)
        add_passage(work, kit_id, part)
        kit = get_kit(work, kit_id)
        pin_item(work, kit_id, kit.entries[0].id, kit.revision)
    with portal.work() as work:
        library.release(work, kept, add_version(work, kept, "# Kept\n\nNewer words.\n"))
    portal.drain()
    told = main_of(rep.get(f"/kits/{kit_id}/room"))
    assert "The whole file goes in, not only" in told and "The kit keeps v1" in told and "hand out v2" in told
    refused = rep.post(f"/kits/{kit_id}/room", data={})
    assert "Nothing is ticked, so no room was made" in main_of(refused, 422)
    made = led_to(rep.post(f"/kits/{kit_id}/room", data={"asset": [str(part), str(kept)]}))
    told = main_of(rep.get(made))
    assert "v1 then, v2 now" in told and "Other" not in told
    with portal.work(read_only=True) as work:
        room = work.session.exec(select(Room)).one()
    assert (room.opportunity_id, room.company) == (deal, "Alder Foods")
    for versions, expected in (("pin", "Old words"), ("follow", "Newer words")):
        link = address_on(rep.post(f"{made}/links", data={**TERMS, "versions": versions}).text)
        item = re.findall(rf'href="({link}/i/\d+)"', portal.client().get(link).text)[0]
        assert expected in portal.client().get(item).text


def test_a_room_is_for_an_opportunity_which_shows_what_hangs_on_it(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        deal = add_deal(work)
    with portal.work() as work:
        model_id = add_model(work)
    form = page_of(rep.get(f"/rooms/new?opportunity={deal}"))
    assert value_of(form, "company") == "Alder Foods"
    assert form.xpath("//select[@name='opportunity']/option[@selected]/@value") == [str(deal)]
    room = led_to(rep.post("/rooms", data={"title": "Shorter waits", "company": "Alder Foods", "opportunity": str(deal)}))
    rep.post(f"{room}/items", data={"asset_id": str(model_id)})
    assert page_of(rep.get(room)).xpath(f"//main//a[@href='/opportunities/{deal}']")
    guest, link = portal.client(), address_on(rep.post(f"{room}/links", data=TERMS).text)
    item = page_of(guest.get(link)).xpath("//a[contains(@href, '/case')]/@href")[0]
    fields = {name: value or "" for name, value in page_of(guest.get(item)).xpath("//form[@id='case']")[0].form_values()}
    private = led_to(guest.post(item, data={**fields, "step": "keep"})).partition("?")[0]
    page = page_of(rep.get(f"/opportunities/{deal}"))
    assert page.xpath(f"//main//a[@href='{room}']") and not page.xpath(f"//main//a[starts-with(@href, '{room}/shared')]")
    guest.post(f"{private}/share", data={"shared": "1"})
    rep.post(f"/assets/{model_id}/case?opportunity={deal}", data={**fields, "step": "keep"})
    page = page_of(rep.get(f"/opportunities/{deal}"))
    cases = page.xpath("//section[@aria-labelledby='cases-h']//li")
    assert sorted("Yours" in words(one) for one in cases) == [False, True] and page.xpath(f"//main//a[starts-with(@href, '{room}/shared')]")
    assert rep.get(page.xpath(f"//main//a[starts-with(@href, '{room}/shared')]/@href")[0]).status_code == 200
    theirs = page_of(marketer.get(f"/opportunities/{deal}"))
    assert not theirs.xpath(f"//main//a[starts-with(@href, '{room}')]"), "a colleague's rooms and what was shared with them"
    assert not theirs.xpath("//section[@aria-labelledby='cases-h']//li")


def test_people_known_in_the_rooms_stand_on_the_opportunity_once_with_their_role(portal: Portal, rep: TestClient) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        deal = add_deal(work)
        role = next(iter(list_values(work).by_facet(Facet.STAKEHOLDER)))
    room = make_room(portal)
    with portal.work() as work:
        work.session.get_one(Room, room.id).opportunity_id = deal
        other = Link(token_hash="x" * 64, room_id=room.id, owner_id=1, mail_rule=[], created_at=work.now)
        work.session.add(other)
        work.session.flush()
        for link, known in ((room.link, role.id), (other.id or 0, None)):
            work.session.add(Guest(link_id=link, email="cfo@alder.example", stakeholder_id=known, first_seen_at=work.now))
    people = page_of(rep.get(f"/opportunities/{deal}")).xpath("//section[@aria-labelledby='people-h']//li")
    assert len(people) == 1 and "cfo@alder.example" in words(people[0]) and role.name in words(people[0])


def test_an_opportunity_one_may_not_know_of_stays_with_the_room(portal: Portal, rep: TestClient, partner: TestClient) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        deal = add_deal(work)
    refused = partner.post("/rooms", data={"title": "For them", "opportunity": str(deal)})
    assert "There is no such opportunity" in main_of(refused, 404) and value_of(page_of(refused, 404), "title") == "For them"
    room = led_to(partner.post("/rooms", data={"title": "For them"}))
    with portal.work() as work:
        work.session.exec(select(Room)).one().opportunity_id = deal
    page = page_of(partner.get(room))
    assert "Alder Foods" not in words(page)
    led_to(partner.post(room, data={"title": "For you", "opportunity": "", "revision": value_of(page, "revision", room)}))
    with portal.work(read_only=True) as work:
        kept = work.session.exec(select(Room)).one()
    assert (kept.title, kept.opportunity_id) == ("For you", deal)


def test_who_takes_an_item_back_is_told_which_rooms_and_kits_hold_it(portal: Portal, marketer: TestClient) -> None:
    room = make_room(portal)
    with portal.work() as work:
        item = work.session.exec(select(RoomItem)).one()
        asset_id = item.asset_id
    with portal.work(portal.actor(Role.REP)) as work:
        add_kit(work, "Site visit", asset_id)
    said = "It is in 1 kit and 1 room with 1 working link"
    with portal.work() as work:
        review = f"/review/change?verb=retire&items={asset_id}:{work.session.get_one(Asset, asset_id).revision}"
    assert said in main_of(marketer.get(f"/assets/{asset_id}")) and said in main_of(marketer.get(review))
    assert "It is in" not in main_of(portal.client(Role.REP).get(f"/assets/{asset_id}")), "for whoever may retire it"
    assert portal.client(Role.REP).post(f"/links/{room.link}/revoke").status_code == 303
    assert "1 room with 0 working links" in main_of(marketer.get(review))
