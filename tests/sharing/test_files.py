"""What guests take away as PDF: an item's text printed, an uploaded PDF with the reader's address on every page."""

import io
import os
from pathlib import Path
from typing import Any

import docx
import pikepdf
import pypdfium2
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.office.convert import NotConverted
from app.core.office.stamp import NotStamped, stamp_pdf
from app.library import actions as library
from app.library.jobs import sweep_blobs
from app.library.models import Audience
from app.library.queries import get_shown
from app.sharing.actions.doors import make_code
from app.sharing.models import Handout, MailCode
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_room
from tests.factories.templates import add_template, letter
from tests.factories.values import add_model
from tests.journeys.documents import pdf, png

pytestmark = pytest.mark.pdf
READER = "buyer@example.com"


def words_of(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def enter(portal: Portal, room: MadeRoom) -> TestClient:
    """A browser that gave the code of the reader's mail."""
    client = portal.client()
    assert client.post(f"{room.root}/code", data={"email": READER}).status_code == 200
    with portal.work() as work:
        digits = make_code(work, work.session.exec(select(MailCode.id)).one() or 0)
    assert client.post(f"{room.root}/code/check", data={"email": READER, "code": digits}).status_code == 303
    return client


def test_an_uploaded_pdf_carries_its_reader_and_a_printed_one_does_too(portal: Portal) -> None:
    with portal.work() as work:
        guide = add_released(work, "Ramp guide", "# Ramp\n\nThe ramp is steep.\n", Audience.CUSTOMER)
        sheet = add_draft(work, "Ramp sheet", pdf("Steep ramps"), "ramp.pdf", audience=Audience.CUSTOMER, pdf_only_reason="A scan.")
        library.release(work, sheet)
        room = add_room(work, [guide, sheet], mail_rule=(READER,), watermarks=True, handout=Handout.PDF)
    portal.drain()
    client = enter(portal, room)
    printed, stamped = (client.get(f"{room.root}/i/{room.items[0]}/pdf"), client.get(f"{room.root}/i/{room.items[1]}/file"))
    assert printed.headers["content-disposition"] == "attachment; filename*=UTF-8''page.pdf"
    assert "The ramp is steep." in words_of(printed.content)[0] and READER in words_of(printed.content)[0]
    assert "Steep ramps" in words_of(stamped.content)[0] and READER in words_of(stamped.content)[0]


@pytest.mark.office
def test_what_a_guest_filled_in_carries_them_too(portal: Portal) -> None:
    letters = add_template(portal, "Letter to the board", letter("Dear {{ account }}", rows=()), audience=Audience.CUSTOMER)
    with portal.work() as work:
        model = add_model(work)
        room = add_room(work, [letters, model], mail_rule=(READER,), watermarks=True)
        plain = add_room(work, [letters, model])
    typed = {"f.account": "Alder Foods", "do": "pdf"}
    for made, name in ((room, READER), (plain, "")):
        client = enter(portal, made) if name else portal.client()
        filled = client.post(f"{made.root}/i/{made.items[0]}/fill", data=typed)
        case = client.post(f"{made.root}/i/{made.items[1]}/case/pdf")
        for answer in (filled, case):
            assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
            pages = words_of(answer.content)
            assert [READER in page for page in pages] == [bool(name)] * len(pages), answer.headers["content-disposition"]
        assert client.post(f"{made.root}/i/{made.items[1]}/case/docx").content.startswith(b"PK"), "only PDFs are marked"


def two_pages(tmp_path: Path, **save: Any) -> Path:
    path = tmp_path / "two.pdf"
    with pikepdf.open(io.BytesIO(pdf("Steep ramps"))) as document:
        document.pages.append(document.pages[0])
        document.save(path, **save)
    return path


def test_the_line_stands_on_every_page_whatever_it_holds(tmp_path: Path) -> None:
    stamped = stamp_pdf(two_pages(tmp_path), "Handed to (someone)\\ at größe@example.com")
    assert [("(someone)\\" in text, "größe@example.com" in text, "Steep ramps" in text) for text in words_of(stamped)] == [(True,) * 3] * 2


def test_pages_that_share_their_fonts_are_marked_too() -> None:
    held = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf("Steep ramps"))) as document:
        document.pages[0].Resources = document.make_indirect(document.pages[0].Resources)
        document.pages.append(document.pages[0])
        document.save(held)
    assert ["größe@example.com" in text for text in words_of(stamp_pdf(held.getvalue(), "größe@example.com"))] == [True, True]


def test_what_cannot_be_marked_is_not_handed_out(tmp_path: Path) -> None:
    locked = two_pages(tmp_path, encryption=pikepdf.Encryption(owner="o", user="u"))
    picture = tmp_path / "no.pdf"
    picture.write_bytes(png())
    for path in (locked, picture):
        with pytest.raises(NotStamped, match="not handed out"):
            stamp_pdf(path, READER)


def leaflet(*, changed: bool = False) -> bytes:
    """A Word document with a picture, and words that somebody struck out."""
    made = docx.Document()
    made.add_paragraph("The ramp is steep.")
    made.add_picture(io.BytesIO(png()))
    if changed:
        struck: Any = made.add_paragraph()._p
        words = "<w:r><w:delText>secret</w:delText></w:r>"
        struck.append(parse_xml(f'<w:del {nsdecls("w")} w:id="1" w:author="A">{words}</w:del>'))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def leaflet_room(portal: Portal, content: bytes, **terms: Any) -> MadeRoom:
    """A room with one Word document."""
    with portal.work() as work:
        asset_id = add_draft(work, "Leaflet", content, "leaflet.docx", audience=Audience.CUSTOMER)
    portal.drain()
    with portal.work() as work:
        library.release(work, asset_id)
        room = add_room(work, [asset_id], handout=Handout.PDF, **terms)
    portal.drain()
    return room


def pictures_in(content: bytes) -> int:
    with pikepdf.open(io.BytesIO(content)) as document:
        return sum(len(page.get_images()) for page in document.pages)


TEXT_ONLY = "The PDF holds the text of this file"


@pytest.mark.office
def test_an_office_file_comes_as_the_pdf_it_looks_like_made_once_and_marked_for_its_reader(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = leaflet_room(portal, leaflet(), mail_rule=(READER,), watermarks=True)
    client, address = enter(portal, room), f"{room.root}/i/{room.items[0]}"
    assert TEXT_ONLY not in client.get(address).text
    first = client.get(f"{address}/pdf")
    assert first.headers["content-disposition"] == "attachment; filename*=UTF-8''leaflet.pdf"
    assert pictures_in(first.content) == 1
    assert "The ramp is steep." in words_of(first.content)[0] and READER in words_of(first.content)[0]
    monkeypatch.setattr("app.core.office.layout.convert", lambda *_: pytest.fail("made a second time"))
    assert pictures_in(client.get(f"{address}/pdf").content) == 1


@pytest.mark.office
def test_what_was_struck_out_is_in_no_pdf(portal: Portal) -> None:
    room = leaflet_room(portal, leaflet(changed=True))
    client, address = portal.client(), f"{room.root}/i/{room.items[0]}"
    told = " ".join(words_of(client.get(f"{address}/pdf").content))
    assert "The ramp is steep." in told and "secret" not in told
    assert TEXT_ONLY in client.get(address).text


def test_where_no_pdf_like_the_file_can_be_made_its_text_is_printed_and_said_to_be_that(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def fails(*_: object) -> bytes:
        tries.append("tried")
        raise NotConverted("no")

    monkeypatch.setattr("app.core.office.layout.convert", fails)
    monkeypatch.setattr("app.core.office.layout.can_convert", lambda: True)
    room = leaflet_room(portal, leaflet())
    client, address = portal.client(), f"{room.root}/i/{room.items[0]}"
    assert TEXT_ONLY not in client.get(address).text
    for _ in range(2):
        told = words_of(client.get(f"{address}/pdf").content)[0]
        assert "The ramp is steep." in told and "without its layout" in told
    assert (len(tries), TEXT_ONLY in client.get(address).text) == (1, True)
    monkeypatch.setattr("app.core.office.layout.can_convert", lambda: False)
    assert "The ramp is steep." in words_of(client.get(f"{address}/pdf").content)[0]


def test_what_was_made_of_a_file_goes_with_it(portal: Portal) -> None:
    blobs = portal.services.blobs
    with portal.work() as work:
        kept = get_shown(work, add_released(work, "Ramp guide")).version.blob_sha256
    for sha256 in (kept, "0" * 64):
        blobs.derived.keep(sha256, b"%PDF-")
        os.utime(blobs.derived.find(sha256) or "", (1, 1))
    sweep_blobs(desk_of(portal))
    assert (blobs.derived.find(kept) is not None, blobs.derived.find("0" * 64)) == (True, None)
