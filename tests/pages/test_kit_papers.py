"""What comes out of a kit on paper: the binder with its codes, what a scanned code tells, and the chosen slides of its decks."""

import io
import re
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pptx
import pypdfium2
import pytest
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.core.errors import AppError
from app.core.icons import drawn_mark
from app.identity.models import Role
from app.library import actions
from app.library.models import Audience
from app.plays.actions import make_kit, share_kit
from app.plays.actions.binders import put_away_binders
from app.plays.actions.items import add_item, add_note
from app.plays.models import Binder, BinderState, ItemInput, ItemKind, KitInput
from app.plays.queries import get_kit
from tests.factories.library import add_released, add_version, asset_input, store
from tests.factories.portal import Portal
from tests.factories.questions import add_question


def words_of(pdf: bytes) -> list[str]:
    """The words of each page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def fill_kit(portal: Portal, role: Role = Role.REP) -> tuple[int, int, int]:
    """A kit of this person with a whole item, an answer and a note; ids of the kit, of the item and of the answering item."""
    with portal.work() as work:
        guide = add_released(
            work, "Yard guide", "# Yard guide\n\n## Before you come\n\nBook a **slot** first.\n", audience=Audience.CUSTOMER
        )
        gate = add_released(work, "Gate rules", "# Gate rules\n\nThe gate opens at six.\n", audience=Audience.CUSTOMER)
    portal.drain()
    with portal.work() as work:
        add_question(work, "When does the gate open?", gate)
    portal.drain()
    with portal.work(portal.actor(role)) as work:
        kit_id = make_kit(work, KitInput(title="Alder Foods, site visit", account_name="Alder Foods")).id or 0
        add_item(work, kit_id, ItemInput(kind=ItemKind.ASSET, asset_id=guide))
        add_item(work, kit_id, ItemInput(kind=ItemKind.ANSWER, question_id=1))
        add_note(work, kit_id, "Ask for their gate times.")
    return kit_id, guide, gate


def printed(portal: Portal, client: TestClient, kit_id: int) -> bytes:
    """The binder of the kit, ordered, made and fetched."""
    answer = client.post(f"/kits/{kit_id}/binders", data={"notes": "on"})
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert "Waiting for its turn" in client.get(address).text
    portal.drain()
    shown = client.get(address)
    assert "ready to print" in shown.text and f"{address}/file" in shown.text
    assert "every 1s" not in shown.text and 'http-equiv="refresh"' not in shown.text, "what is over is not asked for again"
    fetched = client.get(f"{address}/file")
    assert fetched.headers["content-type"] == "application/pdf"
    assert_never_runs_here(fetched)
    return fetched.content


def assert_never_runs_here(answer: Response) -> None:
    assert answer.headers["content-disposition"].startswith("attachment; filename*=")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")


def codes_of(pages: list[str]) -> list[str]:
    return re.findall(r"/k/([a-z0-9]{10})", " ".join(pages))


@pytest.mark.pdf
def test_a_binder_has_cover_dividers_items_versions_and_codes(portal: Portal, rep: TestClient) -> None:
    kit_id, _, _ = fill_kit(portal)
    pages = words_of(printed(portal, rep, kit_id))
    whole = " ".join(pages)
    assert "Alder Foods, site visit" in pages[0] and "Before you leave the room" in pages[0]
    assert "Stage 1 of 7" in pages[1] and "They will ask" not in pages[0]
    for words in ("Book a slot first.", "When does the gate open?", "The gate opens at six.", "Ask for their gate times.", "Notes"):
        assert words in whole
    sheets = [page for page in pages if "Still current?" in page]
    assert len(sheets) >= 2 and all("v1" in page and "Fresh until" in page for page in sheets)
    assert len(set(codes_of(pages))) == 2


@pytest.mark.pdf
def test_a_note_in_a_binder_is_filled_and_what_the_kit_does_not_know_is_left_to_write_on(portal: Portal, rep: TestClient) -> None:
    kit_id, _, _ = fill_kit(portal)
    with portal.work(portal.actor(Role.REP)) as work:
        add_note(work, kit_id, "Dear {{ role }} of {{ Account }}, it costs {{price}}.\n{{ sender }}")
        name = work.actor.name
    whole = " ".join(" ".join(words_of(printed(portal, rep, kit_id))).split())
    assert f"Dear {'_' * 20} of Alder Foods, it costs {'_' * 20}." in whole and "{{" not in whole
    assert name in whole


def test_marks_on_paper_are_never_blank_discs() -> None:
    for facet, shape in {"stage": "st", "stakeholder": "who", "solution": "plain", "vertical": "plain"}.items():
        mark = drawn_mark(SimpleNamespace(facet=facet, tone="s1" if facet == "stage" else "", icon="factory"))
        assert f'class="{shape}"' in mark and ("<path" in mark or "<line" in mark)
        assert ("<circle" in mark) == (facet == "stakeholder")


@pytest.mark.pdf
def test_a_code_tells_strangers_whether_a_sheet_is_current_and_nothing_else(portal: Portal, rep: TestClient, anonymous: TestClient) -> None:
    kit_id, guide, gate = fill_kit(portal)
    codes = codes_of(words_of(printed(portal, rep, kit_id)))
    current = anonymous.get(f"/k/{codes[0]}")
    assert current.status_code == 200 and "This sheet is current" in current.text
    assert "no-store" in current.headers["cache-control"] and current.headers["referrer-policy"] == "same-origin"
    for secret in ("Yard guide", "Gate rules", "Alder", f"/assets/{guide}", f"/assets/{gate}"):
        assert secret not in current.text
    assert f"/assets/{guide}" in rep.get(f"/k/{codes[0]}").text
    with portal.work() as work:
        add_version(work, guide, "# Yard guide\n\nBook two slots.\n")
        actions.release(work, guide, 2)
        actions.retire(work, gate)
    newer, away = anonymous.get(f"/k/{codes[0]}").text, anonymous.get(f"/k/{codes[1]}").text
    assert "There is a newer version" in newer and "Version 2" in newer
    assert "out of date" in away
    assert anonymous.get("/k/aaaaaaaaaa").status_code == 404


@pytest.mark.pdf
def test_a_binder_is_for_whoever_ordered_it_and_shows_what_they_may_see(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    kit_id, guide, _ = fill_kit(portal)
    printed(portal, rep, kit_id)
    with portal.work(portal.actor(Role.REP)) as work:
        share_kit(work, kit_id, get_kit(work, kit_id).revision, is_shared=True)
    assert marketer.get(f"/kits/{kit_id}").status_code == 200
    assert marketer.get(f"/kits/{kit_id}/binders/1").status_code == 404
    assert marketer.get(f"/kits/{kit_id}/binders/1/file").status_code == 404
    with portal.work() as work:
        actions.retire(work, guide)
    assert "Book a slot first." not in " ".join(words_of(printed(portal, rep, kit_id)))


def test_ordering_twice_prints_once(portal: Portal, rep: TestClient) -> None:
    kit_id, _, _ = fill_kit(portal)
    addresses = {rep.post(f"/kits/{kit_id}/binders").headers["location"] for _ in range(2)}
    assert len(addresses) == 1
    assert rep.post(f"/kits/{kit_id}/binders", data={"notes": "on"}).headers["location"] not in addresses, "one with notes is another one"


def test_a_binder_of_a_kit_that_was_lost_meanwhile_is_given_up(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    """Ordered of a colleague's kit, which the colleague then keeps to themselves."""
    kit_id, _, _ = fill_kit(portal)
    with portal.work(portal.actor(Role.REP)) as work:
        share_kit(work, kit_id, get_kit(work, kit_id).revision, is_shared=True)
    address = marketer.post(f"/kits/{kit_id}/binders").headers["location"]
    with portal.work(portal.actor(Role.REP)) as work:
        share_kit(work, kit_id, get_kit(work, kit_id).revision, is_shared=False)
    portal.drain()
    with portal.work(portal.actor(Role.REP)) as work:
        assert [row.state for row in work.session.exec(select(Binder)).all()] == [BinderState.FAILED]
        share_kit(work, kit_id, get_kit(work, kit_id).revision, is_shared=True)
    assert "may not open the kit any more" in marketer.get(address).text


@pytest.mark.pdf
def test_after_a_week_the_pdf_is_put_away_and_the_codes_stay_good(portal: Portal, rep: TestClient, anonymous: TestClient) -> None:
    kit_id, _, _ = fill_kit(portal)
    codes = codes_of(words_of(printed(portal, rep, kit_id)))
    with portal.work(now=utc_now() + timedelta(days=6)) as work:
        assert put_away_binders(work) == 0
    with portal.work(now=utc_now() + timedelta(days=8)) as work:
        assert put_away_binders(work) == 1
    assert "not kept any more" in rep.get(f"/kits/{kit_id}/binders/1").text
    assert rep.get(f"/kits/{kit_id}/binders/1/file").status_code == 410
    assert "This sheet is current" in anonymous.get(f"/k/{codes[0]}").text


def test_why_a_binder_could_not_be_made_is_told(portal: Portal, rep: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    kit_id, _, _ = fill_kit(portal)
    monkeypatch.setattr("app.core.printing.missing_libraries", lambda: "missing")
    address = rep.post(f"/kits/{kit_id}/binders").headers["location"]
    portal.drain()
    assert "cannot make PDFs" in rep.get(address).text
    with portal.work() as work:
        assert [row.state for row in work.session.exec(select(Binder)).all()] == [BinderState.FAILED]


def add_deck(portal: Portal, title: str, slides: int) -> int:
    made = pptx.Presentation()
    for number in range(1, slides + 1):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = f"{title} {number}"
        slide.placeholders[1].text = f"What {title} slide {number} says."
    written = io.BytesIO()
    made.save(written)
    with portal.work() as work:
        file = store(work, written.getvalue(), f"{title}.pptx")
        asset_id = actions.create_asset(work, asset_input(work, title, audience=Audience.CUSTOMER), file).id or 0
        actions.release(work, asset_id)
    portal.drain()
    return asset_id


def titles_of(deck: bytes) -> list[str]:
    return [slide.shapes.title.text for slide in pptx.Presentation(io.BytesIO(deck)).slides]


def test_chosen_slides_of_one_deck_are_a_deck_and_of_several_a_zip(portal: Portal, rep: TestClient) -> None:
    first, second = add_deck(portal, "Route", 4), add_deck(portal, "Yard", 3)
    with portal.work(portal.actor(Role.REP)) as work:
        kit_id = make_kit(work, KitInput(title="Slides")).id or 0
        assert kit_id
    assert rep.get(f"/kits/{kit_id}/slides").status_code == 422
    with portal.work(portal.actor(Role.REP)) as work:
        for number in (4, 2):
            add_item(work, kit_id, ItemInput(kind=ItemKind.PASSAGE, asset_id=first, anchor=f"slide-{number}"))
    alone = rep.get(f"/kits/{kit_id}/slides")
    assert titles_of(alone.content) == ["Route 2", "Route 4"] and "Route%20-%20slides.pptx" in alone.headers["content-disposition"]
    with portal.work(portal.actor(Role.REP)) as work:
        add_item(work, kit_id, ItemInput(kind=ItemKind.PASSAGE, asset_id=second, anchor="slide-1"))
    several = rep.get(f"/kits/{kit_id}/slides")
    assert_never_runs_here(alone)
    assert_never_runs_here(several)
    with zipfile.ZipFile(io.BytesIO(several.content)) as archive:
        assert [titles_of(archive.read(name)) for name in archive.namelist()] == [["Route 2", "Route 4"], ["Yard 1"]]
    with pytest.raises(AppError), portal.work(portal.actor(Role.PARTNER)) as work:
        add_item(work, kit_id, ItemInput(kind=ItemKind.PASSAGE, asset_id=second, anchor="slide-1"))
