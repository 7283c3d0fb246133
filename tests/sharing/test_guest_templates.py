"""Templates under a link: a champion fills one in, takes it away, keeps it privately, shares or deletes it."""

import io
import re

import pytest
from docx import Document
from openpyxl import load_workbook
from starlette.testclient import TestClient

from app.library.models import Audience
from app.sharing.actions.tailored import MOST_PRIVATE
from app.sharing.models import Handout, RoomItem
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_room, change
from tests.factories.templates import add_template, calculator, letter

TYPED = {"f.account": "Alder =SUM(A1) Foods", "f.fee": "3"}


@pytest.fixture
def room(portal: Portal) -> MadeRoom:
    """A letter that asks for an account, and a sheet of a fee."""
    first = add_template(portal, "Letter to the board", letter("Dear {{ account }}", rows=()), audience=Audience.CUSTOMER)
    sheet = add_template(portal, "Fee sheet", calculator(), "fee.xlsx", audience=Audience.CUSTOMER)
    with portal.work() as work:
        return add_room(work, [first, sheet])


def form_of(room: MadeRoom, place: int = 0) -> str:
    return f"{room.root}/i/{room.items[place]}/fill"


def test_the_company_is_known_and_the_filled_file_comes_at_once(portal: Portal, room: MadeRoom, anonymous: TestClient) -> None:
    assert f"{form_of(room)}" in anonymous.get(f"{room.root}/i/{room.items[0]}").text
    assert "Alder Foods" in anonymous.get(form_of(room)).text
    made = anonymous.post(form_of(room), data={**TYPED, "do": "file"})
    assert made.status_code == 200 and made.headers["content-disposition"].endswith("Letter%20to%20the%20board%20Alder%20Foods.docx")
    assert made.headers["content-security-policy"] == "sandbox; default-src 'none'" and made.headers["cache-control"] == "no-store"
    assert "Dear Alder =SUM(A1) Foods" in [part.text for part in Document(io.BytesIO(made.content)).paragraphs]
    sheet = anonymous.post(form_of(room, 1), data={"f.fee": "12.5", "f.docks": "4", "do": "file"})
    book = load_workbook(io.BytesIO(sheet.content))
    assert book["Case"]["B1"].value == 12.5 and book["Case"]["B3"].value == "=B1*B2"
    assert not anonymous.cookies


def test_what_is_missing_is_asked_and_what_was_typed_is_kept(room: MadeRoom, anonymous: TestClient) -> None:
    refused = anonymous.post(form_of(room, 1), data={"f.fee": "not a figure", "f.docks": "4", "do": "file"})
    assert refused.status_code == 422 and "not a figure" in refused.text and "No file was made" in refused.text


def test_it_is_kept_privately_shared_and_deleted(portal: Portal, room: MadeRoom, anonymous: TestClient, rep: TestClient) -> None:
    kept = anonymous.post(form_of(room), data={**TYPED, "do": "save"})
    private = kept.headers["location"].partition("?")[0]
    assert re.fullmatch(rf"{room.root}/d/[A-Za-z0-9_-]{{27}}", private)
    page = anonymous.get(private).text
    assert "Alder =SUM(A1) Foods" in page and "never what you type unless you share it" in page
    assert "Figures guests shared" not in rep.get(f"/rooms/{room.id}").text
    assert anonymous.post(private, data={**TYPED, "revision": "0", "do": "save"}).status_code == 412
    anonymous.post(f"{private}/share", data={"shared": "1"})
    shared = re.search(r'href="(/rooms/\d+/shared/\d+)"', rep.get(f"/rooms/{room.id}").text)
    assert shared is not None and "Alder =SUM(A1) Foods" in rep.get(shared[1]).text
    anonymous.post(f"{private}/share", data={"shared": "0"})
    assert rep.get(shared[1]).status_code == 404
    assert anonymous.post(f"{private}/delete").status_code == 303
    assert anonymous.get(private).status_code == 404


def test_what_finds_no_room_is_refused_with_what_was_typed(room: MadeRoom, anonymous: TestClient) -> None:
    answers = [anonymous.post(form_of(room), data={**TYPED, "do": "save"}) for _ in range(MOST_PRIVATE + 1)]
    assert [answer.status_code for answer in answers] == [303] * MOST_PRIVATE + [422]
    assert "50 private addresses under this link" in answers[-1].text and "Alder =SUM(A1) Foods" in answers[-1].text


def test_what_was_kept_outlives_that_its_item_was_removed(portal: Portal, room: MadeRoom, anonymous: TestClient, rep: TestClient) -> None:
    private = anonymous.post(form_of(room), data={**TYPED, "do": "save"}).headers["location"].partition("?")[0]
    with portal.work() as work:
        item = work.session.get_one(RoomItem, room.items[0])
        item.section, asset_id = "For the board", item.asset_id
    assert change(rep, room, f"items/{room.items[0]}/remove") == 303
    assert "Letter to the board" not in anonymous.get(room.root).text and anonymous.get(form_of(room)).status_code == 404
    assert change(rep, room, f"items/{room.items[0]}", section="Away") == 404
    assert f'href="/rooms/{room.id}"' in rep.get(f"/share?asset={asset_id}").text, "it can be added again"
    away = anonymous.get(private)
    assert "no longer available" in away.text and "rep@example.com" in away.text and "Alder =SUM(A1) Foods" in away.text
    assert "Letter to the board" not in away.text
    refused = anonymous.post(private, data={**TYPED, "do": "save", "revision": "1"})
    assert refused.status_code == 409 and "nothing was done with what you sent" in refused.text and "Alder =SUM(A1) Foods" in refused.text
    taken = anonymous.get(f"{private}/words")
    assert taken.headers["content-disposition"].endswith("what-you-typed.txt") and "Alder =SUM(A1) Foods" in taken.text
    assert anonymous.post(f"{private}/share", data={"shared": "1"}).status_code == 303
    assert "Figures guests shared" in rep.get(f"/rooms/{room.id}").text
    assert rep.post(f"/rooms/{room.id}/items", data={"asset_id": str(asset_id)}).status_code == 303
    assert "Alder =SUM(A1) Foods" in anonymous.get(private).text
    assert re.findall(r"<b>([\w ]+)</b>", anonymous.get(room.root).text) == ["Fee sheet", "Letter to the board"]
    assert "For the board" in anonymous.get(room.root).text
    assert rep.post(f"/rooms/{room.id}/items", data={"asset_id": str(asset_id)}).status_code == 409, "it is there once"


def test_the_terms_hold_for_filled_files_too(portal: Portal) -> None:
    asset_id = add_template(portal, "Letter to the board", letter("Dear {{ account }}", rows=()), audience=Audience.CUSTOMER)
    with portal.work() as work:
        reading = add_room(work, [asset_id], handout=Handout.NOTHING)
    client = portal.client()
    assert 'value="file"' not in client.get(form_of(reading)).text
    for wanted in ("file", "pdf"):
        assert client.post(form_of(reading), data={**TYPED, "do": wanted}).status_code == 404


def test_secrets_of_private_addresses_stay_out_of_the_log(room: MadeRoom, anonymous: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        private = anonymous.post(form_of(room), data={**TYPED, "do": "save"}).headers["location"].partition("?")[0]
        anonymous.get(private)
    ours = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert "/r/.../d/..." in ours and room.secret not in ours and private.rpartition("/")[2] not in ours
