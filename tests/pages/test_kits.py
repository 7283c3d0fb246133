"""Kits: made, filled, put in order, kept true, shared, and taken along; and what each reader gets of them."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import docx
import pytest
from lxml.html import HtmlElement
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.work import Work
from app.identity.actions import start_session
from app.identity.models import Role, User
from app.library import actions as library
from app.library.models import Asset, Audience
from app.messaging.actions import link_answer, record_question
from app.messaging.models import BuyerQuestion, QuestionInput
from app.plays.actions.items import add_item
from app.plays.models import ItemInput, ItemKind, Kit, KitItem
from app.web.sessions import cookie_name
from tests.factories.kits import add_deal, add_kit, add_passage
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.people import add_user
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words
from tests.pages.test_deals import join

GUIDE = "# Docks\n\nThe dock opens at six.\n\n# Gates\n\nThe gate closes at nine.\n"


@contextmanager
def acting(portal: Portal, role: Role) -> Iterator[Work]:
    """Work as the usual account of this role."""
    with portal.work(portal.actor(role)) as work:
        yield work


@pytest.fixture
def guide(portal: Portal) -> int:
    """A released item with two passages, for customers."""
    with portal.work() as work:
        asset_id = add_released(work, "Dock guide", GUIDE, audience=Audience.CUSTOMER)
    portal.drain()
    return asset_id


def colleague(portal: Portal) -> TestClient:
    """A browser of another rep."""
    client = portal.client()
    with portal.work() as work:
        secret = start_session(work, add_user(work, Role.REP, "second@example.com", "Rep Two"), "Firefox")
    client.cookies.set(cookie_name(portal.services.settings), secret)
    return client


def entries(page: HtmlElement) -> list[str]:
    """The headings of the entries in order."""
    return [words(node) for node in page.xpath("//ol[@class='kit']/li//h2")]


def press(client: TestClient, page: HtmlElement, verb: str, **more: str) -> str:
    """Send the first form of the page whose address ends like that."""
    form = page.xpath(f"//form[contains(@action, '/{verb}')]")[0]
    return led_to(client.post(form.get("action"), data={**dict(form.form_values()), **more}))


def test_made_for_the_call_that_is_set(portal: Portal, rep: TestClient, guide: int) -> None:
    rep.post("/context", data={"stage": "discover", "stakeholder": "technical"})
    page = page_of(rep.get("/kits/new"))
    typed = {"title": " Alder,  visit ", "account_name": "Alder", "meeting_on": "2027-02-14"}
    form = {**dict(page.xpath("//main//form")[0].form_values()), **typed}
    address = led_to(rep.post("/kits/new", data=form))
    told = main_of(rep.get(address))
    assert "Alder, visit" in told and "Meeting on 14 February 2027" in told and "Discover" in told and "Technical evaluator" in told
    edit = page_of(rep.get(f"{address}/edit"))
    sent = {**dict(edit.xpath("//main//form")[0].form_values()), "title": "Alder, second visit"}
    assert led_to(rep.post(f"{address}/edit", data=sent)) == address
    assert "changed meanwhile" in words(page_of(rep.post(f"{address}/edit", data=sent), 412))
    assert rep.post(f"{address}/edit", data={"title": "x"}).status_code == 428
    assert "Give it a title" in words(page_of(rep.post("/kits/new", data={"title": " ", "meeting_on": "soon"}), 422))


def test_for_an_opportunity(portal: Portal, rep: TestClient) -> None:
    with acting(portal, Role.REP) as work:
        deal = add_deal(work, "Alder Foods", stage="prove")
    page = page_of(rep.get(f"/kits/new?opportunity={deal}"))
    address = led_to(rep.post("/kits/new", data=dict(page.xpath("//main//form")[0].form_values())))
    assert "Alder Foods, Four sites" in main_of(rep.get(address)) and "Prove value" in main_of(rep.get(address))
    assert "Alder Foods0 entries" in main_of(rep.get(f"/opportunities/{deal}"))


def test_filled_from_answers_items_passages_and_notes(portal: Portal, rep: TestClient, guide: int) -> None:
    with portal.work() as work:
        record_question(work, QuestionInput(text="When does it open?", asset_id=guide, anchor="h-docks"))
    portal.drain()
    results = page_of(rep.get("/ask?q=when+does+it+open"))
    links = results.xpath("//article//a[@data-kit-add]/@href")
    assert "kind=answer" in links[0] and len(links) >= 1
    choose = page_of(rep.get(links[0]))
    assert "When does it open?" in main_of(rep.get(links[0]))
    back = press(rep, choose, "kits/items", title="Alder, visit")
    assert back.startswith("/ask?q=when")
    after = page_of(rep.get(back))
    assert "Added to Alder, visit." in words(after.xpath("//div[@class='toast']")[0])
    assert words(after.xpath("//*[@id='current-kit']")[0]) == "Kit: Alder, visit When does it open?"
    asset = page_of(rep.get(f"/assets/{guide}"))
    for link in asset.xpath("//a[@data-kit-add]/@href"):
        form = dict(page_of(rep.get(link)).xpath("//form[@action='/kits/items']")[0].form_values())
        led_to(rep.post("/kits/items", data={**form, "kit": "1"}))
    press(rep, page_of(rep.get("/kits/1")), "notes", text="  Begin with\nthe gate.  ")
    page = page_of(rep.get("/kits/1"))
    assert entries(page) == ["When does it open?", "Dock guide", "Docks", "Gates", "Note"], "the same passage stands in it once"
    assert "The dock opens at six." in words(page) and "Begin with" in words(page)
    assert "My kitsAll kits Alder, visit5 entries" in main_of(rep.get("/"))


def test_added_twice_stands_in_it_once_and_adding_is_undone(portal: Portal, rep: TestClient, guide: int) -> None:
    form = {"kind": "asset", "asset_id": str(guide), "title": "Visit", "next": "/kits/1"}
    led_to(rep.post("/kits/items", data=form))
    undo = page_of(rep.get("/kits/1")).xpath("//div[@class='toast']/form/@action")
    led_to(rep.post("/kits/items", data={**form, "kit": "1", "title": ""}))
    told = page_of(rep.get("/kits/1"))
    assert "It is already in Visit." in words(told.xpath("//div[@class='toast']")[0]) and entries(told) == ["Dock guide"]
    led_to(rep.post(undo[0]))
    assert entries(page_of(rep.get("/kits/1"))) == []


@pytest.mark.parametrize(
    "fields", [{"kind": "note"}, {"kind": "passage", "anchor": "gone"}, {"kind": "passage", "anchor": "x" * 400}, {"kind": "nonsense"}]
)
def test_what_cannot_be_added_is_told_and_makes_no_kit(portal: Portal, rep: TestClient, guide: int, fields: dict[str, str]) -> None:
    sent = {"asset_id": str(guide), "title": "Empty", **fields}
    assert rep.post("/kits/items", data=sent).status_code == 422
    assert "Choose a kit, or give a new one a title." in main_of(
        rep.post("/kits/items", data={"kind": "asset", "asset_id": str(guide)}), 422
    )
    with portal.work(read_only=True) as work:
        assert work.session.exec(select(Kit)).all() == []


def test_adding_in_place_answers_with_the_kit(portal: Portal, rep: TestClient, guide: int) -> None:
    partial = {"HX-Request": "true"}
    assert "<main" not in rep.get(f"/kits/choose?kind=asset&asset_id={guide}", headers=partial).text
    answer = rep.post("/kits/items", data={"kind": "asset", "asset_id": str(guide), "title": "Visit"}, headers=partial)
    assert answer.status_code == 200 and 'data-told="Added to Visit."' in answer.text and "Dock guide" in answer.text
    refused = rep.post("/kits/items", data={"kind": "asset", "asset_id": str(guide)}, headers=partial)
    assert refused.status_code == 422 and "<main" not in refused.text


def test_put_in_order_by_buttons_and_by_place(portal: Portal, rep: TestClient) -> None:
    with acting(portal, Role.MARKETER) as work:
        ids = [add_released(work, title) for title in ("Alpha", "Beta", "Gamma")]
    with acting(portal, Role.REP) as work:
        add_kit(work, "Visit", *ids)
    page = page_of(rep.get("/kits/1"))
    assert [button.get("aria-label") for button in page.xpath("//button[@aria-disabled]")] == ["Move up: Alpha", "Move down: Gamma"]
    down = page.xpath("//button[@aria-label='Move down: Alpha']/ancestor::form")[0]
    at = led_to(rep.post(down.get("action"), data={**dict(down.form_values()), "way": "down"}))
    page = page_of(rep.get(at))
    assert entries(page) == ["Beta", "Alpha", "Gamma"]
    assert page.xpath(f"//*[@id='{at.partition('#')[2]}']/@aria-label") == ["Move down: Alpha"], "the button keeps the focus"
    assert "changed meanwhile" in words(page_of(rep.post(down.get("action"), data=dict(down.form_values())), 412))
    revision = dict(page.xpath("//form[contains(@action, '/move')]")[0].form_values())["revision"]
    led_to(rep.post("/kits/1/items/3/move", data={"place": "0", "revision": revision}))
    assert entries(page_of(rep.get("/kits/1"))) == ["Gamma", "Beta", "Alpha"]
    assert rep.post("/kits/1/items/3/move", data={"place": "1"}).status_code == 428
    assert rep.post("/kits/1/items/99/move", data={"place": "1", "revision": str(int(revision) + 1)}).status_code == 404


def test_removed_and_put_back_in_its_place(portal: Portal, rep: TestClient) -> None:
    with acting(portal, Role.MARKETER) as work:
        ids = [add_released(work, title) for title in ("Alpha", "Beta", "Gamma")]
    with acting(portal, Role.REP) as work:
        add_kit(work, "Visit", *ids)
    button = page_of(rep.get("/kits/1")).xpath("//form[@action='/kits/1/items/2/remove']")[0]
    after = page_of(rep.get(led_to(rep.post(button.get("action"), data=dict(button.form_values())))))
    assert entries(after) == ["Alpha", "Gamma"]
    led_to(rep.post(after.xpath("//div[@class='toast']/form/@action")[0]))
    assert entries(page_of(rep.get("/kits/1"))) == ["Alpha", "Beta", "Gamma"]
    assert rep.post("/kits/1/items/2/put-back").status_code == 404, "it is there"


def test_changed_looked_at_kept_and_following(portal: Portal, rep: TestClient, guide: int) -> None:
    with acting(portal, Role.REP) as work:
        kit = add_kit(work, "Visit", guide)
        add_passage(work, kit, guide, 1)
    with portal.work() as work:
        library.release(work, guide, add_version(work, guide, "# Fences\n\nNew.\n\n# Gates\n\nThe gate closes at ten.\n"))
    portal.drain()
    page = page_of(rep.get("/kits/1"))
    assert words(page).count("Changed since you added it: v1 → v2") == 2 and "2 entries changed since somebody last looked" in words(page)
    assert "The gate closes at ten." in words(page), "the passage is found where it is now"
    press(rep, page, "items/2/looked-at")
    page = page_of(rep.get("/kits/1"))
    assert words(page).count("Changed since") == 1
    press(rep, page, "items/1/pin")
    page = page_of(rep.get("/kits/1"))
    assert "Kept at v1; readers get v2 now." in words(page) and "Changed since" not in words(page)
    with zipfile.ZipFile(io.BytesIO(rep.get("/kits/1/files.zip").content)) as archive:
        bodies = [archive.read(name).decode() for name in archive.namelist()[1:]]
    assert ["nine" in body for body in bodies] == [True, False], "each in the version the kit gives"
    press(rep, page, "items/1/follow")
    assert "Changed since you added it: v1 → v2" in main_of(rep.get("/kits/1"))


def test_a_passage_that_is_gone_is_lost_not_replaced(portal: Portal, rep: TestClient, guide: int) -> None:
    with acting(portal, Role.REP) as work:
        add_passage(work, add_kit(work, "Visit"), guide, 1)
    with portal.work() as work:
        library.release(work, guide, add_version(work, guide, "# Something else\n\nQuite other words stand here now.\n"))
    portal.drain()
    page = page_of(rep.get("/kits/1"))
    assert "v2 has no such passage any more" in words(page) and "Quite other words" not in words(page.xpath("//ol[@class='kit']")[0])
    press(rep, page, "items/1/looked-at")
    page = page_of(rep.get("/kits/1"))
    assert entries(page) == ["Dock guide"] and "no such passage" not in words(page)


def test_another_answer_is_told(portal: Portal, rep: TestClient, guide: int) -> None:
    with portal.work() as work:
        other = add_released(work, "Other guide", "# Hours\n\nIt opens at five.\n")
        record_question(work, QuestionInput(text="When does it open?", asset_id=guide, anchor="h-docks"))
    portal.drain()
    rep.post("/kits/items", data={"kind": "answer", "question_id": "1", "title": "Visit"})
    assert "The dock opens at six." in main_of(rep.get("/kits/1")) and "Another answer" not in main_of(rep.get("/kits/1"))
    with portal.work() as work:
        link_answer(work, 1, other, "h-hours", work.session.get_one(BuyerQuestion, 1).revision)
    page = page_of(rep.get("/kits/1"))
    assert "Another answer since you added it" in words(page) and "It opens at five." in words(page)
    press(rep, page, "looked-at")
    assert "Another answer" not in main_of(rep.get("/kits/1"))


def test_what_is_stale_expired_retired_hidden_or_gone_is_said(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    with portal.work() as work:
        ids = {name: add_released(work, f"Item {name}") for name in ("stale", "expired", "retired", "drawn", "gone")}
        draft = add_draft(work, "Item hidden")
        for name, facts in (
            ("stale", {"review_on": work.today - timedelta(days=3)}),
            ("expired", {"expires_on": work.today - timedelta(days=2)}),
        ):
            asset = work.session.get_one(Asset, ids[name])
            for key, value in facts.items():
                setattr(asset, key, value)
    with acting(portal, Role.MARKETER) as work:
        add_kit(work, "Visit", *ids.values(), draft)
        library.retire(work, ids["retired"])
        library.trash(work, ids["drawn"])
        work.session.get_one(Kit, 1).is_shared = True
        work.session.get_one(KitItem, 5).asset_id = None
    page = page_of(rep.get("/kits/1"))
    assert entries(page) == ["Item stale", "Item expired", "Item retired", "Not for you", "Removed for good", "Not for you"]
    told = main_of(rep.get("/kits/1"))
    assert (
        "Stale, 3 days over" in told
        and "Expired 2 days ago: it is left out" in told
        and "Retired: marketing took it back. Ask Marketer One." in told
    )
    assert "Item hidden" not in rep.get("/kits/1").text and "Item drawn" not in rep.get("/kits/1").text
    with zipfile.ZipFile(io.BytesIO(rep.get("/kits/1/files.zip").content)) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
        assert archive.namelist() == ["index.csv", "01 page.md"]
    assert [row[:2] for row in rows[2:]] == [
        ["left out", "Item expired"],
        ["left out", "Item retired"],
        ["left out", "not for you"],
        ["left out", "not for you"],
        ["left out", "not for you"],
    ]


def test_usual_on_such_calls(portal: Portal, rep: TestClient, guide: int) -> None:
    rep.post("/context", data={"stage": "target", "stakeholder": "economic"})
    rep.get(f"/assets/{guide}")
    portal.services.activity.flush()
    with portal.work() as work:
        add_released(work, "Filed there")
    page = page_of(rep.get("/kits/new"))
    led_to(rep.post("/kits/new", data={**dict(page.xpath("//main//form")[0].form_values()), "title": "Visit"}))
    page = page_of(rep.get("/kits/1"))
    usual = [words(node) for node in page.xpath("//section[.//h2='Usual on such calls']//li")]
    assert usual == ["Dock guide Used at this stageFresh Add Dock guide", "Filed there Filed for this stageFresh Add Filed there"]
    led_to(rep.post("/kits/items", data=dict(page.xpath("//aside//form")[0].form_values())))
    page = page_of(rep.get("/kits/1"))
    assert entries(page) == ["Dock guide"] and "Used at this stage" not in words(page)


def test_shared_kits_are_read_and_copied_but_not_changed(portal: Portal, rep: TestClient, guide: int) -> None:
    with acting(portal, Role.REP) as work:
        add_kit(work, "Visit", guide)
    other = colleague(portal)
    assert other.get("/kits/1").status_code == 404
    press(rep, page_of(rep.get("/kits/1")), "share", shared="yes")
    assert "Visit" in main_of(other.get("/kits?shelf=team"))
    page = page_of(other.get("/kits/1"))
    assert "Shared by Rep One" in words(page) and page.xpath("//form[contains(@action, '/remove')]") == []
    for verb in ("edit", "share", "archive", "bring-back", "notes", "items/1/remove", "items/1/take-out", "items/1/pin"):
        assert other.post(f"/kits/1/{verb}", data={"revision": "3", "text": "x", "title": "x"}).status_code == 403, verb
    assert other.get("/kits/1/edit").status_code == 403 and other.get("/kits/1/files.zip").status_code == 200
    copied = press(other, page, "copy")
    assert value_of(page_of(other.get(copied)), "title") == "Copy of Visit"
    assert entries(page_of(other.get("/kits/2"))) == ["Dock guide"] and rep.get("/kits/2").status_code == 404


def test_teams_do_not_see_into_each_other(portal: Portal, rep: TestClient, partner: TestClient, manager: TestClient, guide: int) -> None:
    with acting(portal, Role.PARTNER) as work:
        add_kit(work, "Of a partner", guide)
        work.session.get_one(Kit, 1).is_shared = True
    with acting(portal, Role.REP) as work:
        add_kit(work, "Of the house", guide)
        work.session.get_one(Kit, 2).is_shared = True
    assert rep.get("/kits/1").status_code == manager.get("/kits/1").status_code == partner.get("/kits/2").status_code == 404
    assert manager.get("/kits/2").status_code == 200
    join(portal, Role.PARTNER, "Partner North")
    first = portal.actor(Role.PARTNER)
    with portal.work() as work:
        second = add_user(work, Role.PARTNER, "second@example.com", "Partner Two")
        second.organisation_id = work.session.get_one(User, first.id).organisation_id
        secret = start_session(work, second, "Firefox")
    other = portal.client()
    other.cookies.set(cookie_name(portal.services.settings), secret)
    assert "Of a partner" in main_of(other.get("/kits?shelf=team")) and "Of the house" not in main_of(other.get("/kits?shelf=team"))


def test_put_away_and_brought_back(portal: Portal, rep: TestClient) -> None:
    with acting(portal, Role.REP) as work:
        add_kit(work, "Visit")
    press(rep, page_of(rep.get("/kits/1")), "archive")
    assert "No kits yet" in main_of(rep.get("/kits")) and "Visit" in main_of(rep.get("/kits?shelf=archived"))
    press(rep, page_of(rep.get("/kits?shelf=archived")), "bring-back")
    assert "Visit" in main_of(rep.get("/kits"))


def test_taken_along_as_zip(portal: Portal, rep: TestClient, guide: int) -> None:
    with portal.work() as work:
        inside = add_released(work, "=Inside", "# Inside\n\nOnly for us.\n")
    portal.drain()
    with acting(portal, Role.REP) as work:
        kit = add_kit(work, "Alder / visit", guide, inside)
        add_passage(work, kit, guide, 1)
    answer = rep.get("/kits/1/files.zip")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Alder%20visit.zip"
    assert answer.headers["x-content-type-options"] == "nosniff"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None and archive.namelist() == ["index.csv", "01 page.md", "02 page.md"]
        assert archive.read("01 page.md").decode() == GUIDE
        rows = list(csv.reader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
    assert (
        rows[1][:4] == ["01 page.md", "Dock guide", "v1", rows[1][3]]
        and rows[1][3].startswith("Fresh until")
        and rows[1][6] == "customers too"
    )
    assert rows[2][1] == "'=Inside" and rows[2][6] == "our own people", "no spreadsheet takes a title for a formula"
    empty = led_to(rep.post("/kits/new", data={"title": "Empty"}))
    assert "There is no file in this kit" in main_of(rep.get(f"{empty}/files.zip"), 409)


def test_taken_along_as_letter(portal: Portal, rep: TestClient, guide: int) -> None:
    with portal.work() as work:
        inside = add_released(work, "Inside", "# Inside\n\nOnly for us.\n")
        whole = add_released(work, "Whole one", "# Whole\n\nFor everybody.\n", audience=Audience.CUSTOMER)
    portal.drain()
    with acting(portal, Role.REP) as work:
        kit = add_kit(work, "Visit", account_name="Alder Foods")
        add_passage(work, kit, guide, 1)
        add_passage(work, kit, inside)
        add_item(work, kit, ItemInput(kind=ItemKind.ASSET, asset_id=whole))
    press(rep, page_of(rep.get("/kits/1")), "notes", text="Dear {{ role }} of {{ account }},")
    page = page_of(rep.get("/kits/1/letter"))
    assert page.xpath("//input[@name='entries']/@value") == ["1", "2", "4"], "a whole item is no text"
    assert page.xpath("//input[@name='entries'][@checked]/@value") == ["1"], "neither what is for our own people nor a note is ticked"
    assert "your own note" in words(page.xpath("//label[.//*[@value='4']]")[0])
    assert [words(one) for one in page.get_element_by_id("l-entries").xpath(".//li")] == ["Whole one"]
    fields = {"kind": "proposal", "subject": "Offer", "account": "<b>Alder</b>", "role": "board", "day": "2026-11-27", "sender": "Rep One"}
    answer = rep.post("/kits/1/letter", data={**fields, "entries": ["1", "4"]})
    assert answer.status_code == 200 and answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Offer.docx"
    texts = [paragraph.text for paragraph in docx.Document(io.BytesIO(answer.content)).paragraphs]
    assert texts[:2] == ["Offer", "<b>Alder</b>, board · 27 November 2026 · Rep One"]
    assert texts[2:] == ["Gates", "The gate closes at nine.", "Dear board of <b>Alder</b>,"]
    refused = page_of(rep.post("/kits/1/letter", data={**fields, "day": "soon"}), 422)
    assert "Tick at least one entry" in words(refused) and value_of(refused, "subject") == "Offer"
    assert rep.post("/kits/1/letter", data={**fields, "entries": ["99"]}).status_code == 422


def test_a_note_is_added_whatever_was_changed_meanwhile(portal: Portal, rep: TestClient) -> None:
    with acting(portal, Role.REP) as work:
        kit_id = add_kit(work, "Alder visit")
    before = page_of(rep.get(f"/kits/{kit_id}"))
    for text in ("First words", "Second words"):
        press(rep, before, "notes", text=text)
    shown = main_of(rep.get(f"/kits/{kit_id}"))
    assert shown.index("First words") < shown.index("Second words")


@pytest.mark.parametrize(("revision", "status"), [("1", 412), ("", 428)])
def test_a_changed_note_that_could_not_be_saved_is_kept_in_its_form(portal: Portal, rep: TestClient, revision: str, status: int) -> None:
    """Beside it stands what was saved meanwhile; the next save is made knowing that."""
    with acting(portal, Role.REP) as work:
        kit_id = add_kit(work, "Alder visit")
    address = f"/kits/{kit_id}"
    press(rep, page_of(rep.get(address)), "notes", text="First words")
    press(rep, page_of(rep.get(address)), "notes", text="Second words")
    refused = page_of(rep.post(f"{address}/items/1/note", data={"text": "Mine", "revision": revision}), status)
    assert "What you typed is kept below." in words(refused)
    assert refused.get_element_by_id("n-1").text == "Mine" and "First words" in words(refused.get_element_by_id("item-1"))
    press(rep, refused, "items/1/note")
    assert "Mine" in words(page_of(rep.get(address)).get_element_by_id("item-1"))
    press(rep, page_of(rep.get(address)), "items/1/remove")
    current = value_of(page_of(rep.get(address)), "revision")
    gone = page_of(rep.post(f"{address}/items/1/note", data={"text": "Late words", "revision": current}), 404)
    assert gone.get_element_by_id("note-text").text == "Late words"
