"""Business cases under a link: a champion's logo is redrawn by us, kept at their private address alone, and stands in every file."""

import io
import re
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from httpx2 import Response
from lxml import html
from PIL import Image, PngImagePlugin
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.office.writing.content import picture_of
from app.library.actions import retire
from app.sharing.models import Handout, RoomItem, Tailored
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_room
from tests.factories.values import add_model, picture
from tests.pages.reading import page_of, value_of

HIDDEN = "words within the picture"


@pytest.fixture
def room(portal: Portal) -> MadeRoom:
    with portal.work() as work:
        return add_room(work, [add_model(work)])


def case_of(room: MadeRoom) -> str:
    return f"{room.root}/i/{room.items[0]}/case"


def form_of(client: TestClient, path: str, **changes: str) -> dict[str, str]:
    form = page_of(client.get(path)).xpath("//form[@id='case']")[0]
    return {**{name: value or "" for name, value in form.form_values()}, **changes}


def send(client: TestClient, path: str, content: bytes, **changes: str) -> Response:
    return client.post(f"{path}/logo", data=form_of(client, path, **changes), files={"logo": ("logo.png", content)})


def logos(text: str) -> list[str]:
    found: list[str] = html.fromstring(text).xpath("//p[@class='p-c']/img/@src")
    return found


def logo_with_words() -> bytes:
    details = PngImagePlugin.PngInfo()
    details.add_text("Comment", HIDDEN)
    return picture(1600, 400, pnginfo=details)


def private_of(answer: Response) -> str:
    """The private address somebody was led to."""
    assert answer.status_code == 303, answer.text
    private, _, said = answer.headers["location"].partition("?")
    assert said == "said=kept"
    return private


def test_a_logo_is_kept_with_the_figures_at_a_private_address(room: MadeRoom, anonymous: TestClient) -> None:
    private = private_of(send(anonymous, case_of(room), logo_with_words(), **{"f-sites": "6"}))
    assert re.fullmatch(rf"{room.root}/d/[A-Za-z0-9_-]{{27}}", private)
    shown = anonymous.get(private)
    [logo] = logos(shown.text)
    with Image.open(io.BytesIO(picture_of(logo))) as small:
        assert (small.format, small.size) == ("PNG", (640, 160))
    assert HIDDEN.encode() not in picture_of(logo) and HIDDEN.encode() in logo_with_words()
    assert value_of(page_of(shown), "f-sites") == "6"
    assert logos(anonymous.get(case_of(room)).text) == [], "the item itself is as it was, for everybody else"
    worked_out = anonymous.post(private, data=form_of(anonymous, private, **{"f-sites": "7"}), headers={"HX-Request": "true"})
    assert logos(f"<div>{worked_out.text}</div>") == [], "an answer to typing leaves the picture to the page that has it"
    assert logos(anonymous.get(private).text) == [logo]
    assert not anonymous.cookies


def test_the_logo_stands_in_every_file(room: MadeRoom, anonymous: TestClient) -> None:
    private = private_of(send(anonymous, case_of(room), picture(300, 100)))
    fields = form_of(anonymous, private)
    taken = {key: io.BytesIO(anonymous.post(f"{private}/{key}", data=fields).content) for key in ("docx", "xlsx", "pptx")}
    assert len(docx.Document(taken["docx"]).inline_shapes) == 2
    book: Any = openpyxl.load_workbook(taken["xlsx"])
    assert len(book["Business case"]._images) == 1
    assert [shape.shape_type for shape in pptx.Presentation(taken["pptx"]).slides[0].shapes].count(13) == 1


@pytest.mark.pdf
def test_the_logo_stands_in_the_pdf(room: MadeRoom, anonymous: TestClient) -> None:
    private = private_of(send(anonymous, case_of(room), picture(300, 100)))
    answer = anonymous.post(f"{private}/pdf", data=form_of(anonymous, private))
    assert answer.headers["content-type"] == "application/pdf" and b"/Subtype /Image" in answer.content.replace(
        b"/Subtype/Image", b"/Subtype /Image"
    )


def test_it_is_changed_and_taken_off(room: MadeRoom, anonymous: TestClient) -> None:
    private = private_of(send(anonymous, case_of(room), picture(300, 100)))
    before = logos(anonymous.get(private).text)
    assert private_of(send(anonymous, private, picture(100, 100), **{"f-sites": "9"})) == private
    after = logos(anonymous.get(private).text)
    assert len(after) == 1 and after != before
    assert private_of(anonymous.post(private, data=form_of(anonymous, private, step="keep", company="Norvik"))) == private
    assert logos(anonymous.get(private).text) == after, "keeping figures keeps the logo"
    assert private_of(send(anonymous, private, b"", step="bare")) == private
    assert logos(anonymous.get(private).text) == [] and value_of(page_of(anonymous.get(private)), "f-sites") == "9"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "is no PNG or JPEG picture"),
        (b"\x89PNG\r\n\x1a\n broken", "is no PNG or JPEG picture"),
        (b"\x89PNG" + b"\0" * (4 * 1024 * 1024), "is larger than 4 MB"),
        (b"", "No picture was chosen"),
    ],
    ids=["svg", "broken", "large", "none"],
)
def test_what_is_no_logo_is_refused_and_what_was_typed_stays(
    portal: Portal, room: MadeRoom, anonymous: TestClient, content: bytes, told: str
) -> None:
    answer = send(anonymous, case_of(room), content, **{"f-sites": "6"})
    assert told in answer.text and value_of(page_of(answer, 422), "f-sites") == "6"
    with portal.work(read_only=True) as work:
        assert work.session.exec(select(Tailored)).all() == [], "nothing was kept"


def test_a_figure_that_is_not_understood_keeps_neither(room: MadeRoom, anonymous: TestClient) -> None:
    answer = send(anonymous, case_of(room), picture(30, 10), **{"f-sites": "nine hundred"})
    assert "Nothing was kept yet" in answer.text and value_of(page_of(answer, 422), "f-sites") == "nine hundred"
    private = private_of(send(anonymous, case_of(room), picture(30, 10)))
    stale = send(anonymous, private, picture(10, 10), revision="7")
    assert stale.status_code == 412 and "changed in another window" in stale.text


def test_the_sender_sees_the_logo_only_once_it_is_shared(portal: Portal, room: MadeRoom, anonymous: TestClient, rep: TestClient) -> None:
    private = private_of(send(anonymous, case_of(room), picture(300, 100), company="Norvik Freight"))
    [logo] = logos(anonymous.get(private).text)
    with portal.work(read_only=True) as work:
        [kept] = work.session.exec(select(Tailored)).all()
    page, shared = rep.get(f"/rooms/{room.id}").text, f"/rooms/{room.id}/shared/{kept.id}"
    assert logo not in page and "Norvik Freight" not in page and rep.get(shared).status_code == 404
    anonymous.post(f"{private}/share", data={"shared": "1"})
    assert logos(rep.get(shared).text) == [logo]
    assert anonymous.post(f"{private}/delete").status_code == 303
    with portal.work(read_only=True) as work:
        assert work.session.exec(select(Tailored)).all() == []


def test_no_picture_is_looked_at_for_somebody_who_is_not_let_in(
    room: MadeRoom, anonymous: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bytes] = []

    def look(content: bytes) -> str:
        looked.append(content)
        return ""

    monkeypatch.setattr("app.web.valuecase.small_logo", look)
    sent = {"files": {"logo": ("logo.png", picture(30, 10))}}
    for path in (f"/r/unknown/i/{room.items[0]}/case", f"{room.root}/i/999/case", f"{room.root}/d/unknown"):
        assert anonymous.post(f"{path}/logo", **sent).status_code == 404  # type: ignore[arg-type]  # files alone
    assert looked == []
    assert anonymous.post(f"{case_of(room)}/logo", **sent).status_code == 303 and len(looked) == 1, "the control"  # type: ignore[arg-type]


def test_terms_that_hand_out_nothing_still_let_a_logo_be_kept(portal: Portal) -> None:
    with portal.work() as work:
        reading = add_room(work, [add_model(work)], handout=Handout.NOTHING)
    client = portal.client()
    private = private_of(send(client, case_of(reading), picture(30, 10)))
    assert len(logos(client.get(private).text)) == 1
    assert client.post(f"{private}/docx", data=form_of(client, private)).status_code == 404


def test_what_was_kept_is_the_champions_when_the_item_is_away(portal: Portal, room: MadeRoom, anonymous: TestClient) -> None:
    figures = form_of(anonymous, case_of(room), **{"f-sites": "6", "company": "Alder & Sons", "step": "keep"})
    private = private_of(anonymous.post(case_of(room), data=figures))
    assert anonymous.post(private, data={**figures, "revision": ""}).status_code == 428
    with portal.work() as work:
        retire(work, work.session.get_one(RoomItem, room.items[0]).asset_id)
    page = page_of(anonymous.get(private))
    kept = {label.text_content(): text.text_content() for label, text in zip(page.xpath("//dt"), page.xpath("//dd"), strict=True)}
    assert (kept["Company"], kept["Sites"]) == ("Alder & Sons", "6") and "rep@example.com" in page.text_content()
    assert "Sites\n6" in anonymous.get(f"{private}/words").text
    assert anonymous.post(private, data=figures).status_code == 409 and anonymous.post(f"{private}/docx", data=figures).status_code == 404
    for shared, said in (("1", "shared"), ("0", "hidden")):
        told = anonymous.post(f"{private}/share", data={"shared": shared})
        assert told.headers["location"] == f"{private}?said={said}" and anonymous.get(told.headers["location"]).status_code == 200
    assert anonymous.post(f"{private}/delete").status_code == 303
    assert anonymous.get(private).status_code == anonymous.get(f"{private}/words").status_code == 404
