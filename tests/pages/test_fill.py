"""Filling a template by the page: only what is missing is asked, what was typed is kept, the file comes back filled and editable."""

import io
from typing import Any

import docx
import openpyxl
import pytest
from httpx2 import Response
from lxml.html import HtmlElement
from PIL import Image
from starlette.testclient import TestClient

from app.deals.models import Account, Opportunity
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.library import queries
from app.library.actions import retire
from app.library.actions.templates import describe_fields
from app.library.models import Audience, FieldInput
from tests.factories.people import ensure_user
from tests.factories.portal import Portal
from tests.factories.templates import add_template, calculator, letter
from tests.pages.reading import led_to, main_of, page_of, value_of, words

TYPED = {
    "f.account": "Norvik <Freight>",
    "f.role": "CFO",
    "f.date": "2026-12-01",
    "f.fee": "1200",
    "f.discount": "10",
    "f.terms": "yes",
    "f.items.0.name": "Gate",
    "f.items.0.price": "5",
    "f.items.2.name": "Yard",
    "f.items.2.price": "7.5",
    "revision": "0",
}


@pytest.fixture
def offer(portal: Portal) -> int:
    """A released letter with fields of all kinds."""
    return add_template(portal)


def open_names(page: HtmlElement) -> set[str]:
    """Names of the inputs that are to be seen."""
    return set(page.xpath("//form//*[@name and not(ancestor::details[not(@open)])]/@name"))


def post(client: TestClient, asset_id: int, do: str = "file", **changed: str) -> Response:
    return client.post(
        f"/assets/{asset_id}/fill",
        data={**TYPED, "do": do, **{f"f.{key}" if key not in ("revision", "asked") else key: text for key, text in changed.items()}},
    )


def file_of(client: TestClient, answer: Response) -> str:
    """Where the filled file is: the form says so after it was sent, and the browser goes there by itself."""
    shown = client.get(led_to(answer))
    address = page_of(shown).xpath("//a[@data-ready]/@href")[0]
    assert shown.headers["refresh"] == f"0; url={address}"
    return str(address)


def taken(client: TestClient, asset_id: int, **changed: str) -> Any:
    answer = client.get(file_of(client, post(client, asset_id, **changed)))
    assert answer.status_code == 200, answer.text[:300]
    return docx.Document(io.BytesIO(answer.content))


def test_a_rep_fills_it_in_and_takes_the_file(rep: TestClient, offer: int) -> None:
    assert "Fill in" in main_of(rep.get(f"/assets/{offer}"))
    made = taken(rep, offer)
    assert [one.text for one in made.paragraphs] == [
        "Offer for Norvik <Freight>",
        "Dear CFO, from 1 December 2026 it costs 1,200, 10% less.",
        "Our terms.",
    ]
    assert [[cell.text for cell in row.cells] for row in made.tables[0].rows][1:] == [["Gate", "5"], ["Yard", "7.50"]]


def test_the_file_never_runs_on_our_origin(rep: TestClient, offer: int) -> None:
    answer = rep.get(file_of(rep, post(rep, offer)))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Offer%20letter%20Norvik%20Freight.docx"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")


def test_what_was_typed_is_kept_and_not_asked_again(rep: TestClient, offer: int) -> None:
    assert post(rep, offer, "save", fee="").status_code == 303
    page = page_of(rep.get(f"/assets/{offer}/fill"))
    assert value_of(page, "f.account") == "Norvik <Freight>"
    known, asked = page.xpath("//details[contains(., 'Known already')]")[0], page.xpath("//*[@name='f.fee']")[0]
    assert known.xpath(".//*[@name='f.account']") and known not in list(asked.iterancestors())
    assert value_of(page, "f.items.1.name") == "Yard"


def test_mistakes_stand_under_the_field_and_in_the_summary_and_nothing_is_lost(rep: TestClient, offer: int) -> None:
    page = page_of(post(rep, offer, fee="much", account=""), 422)
    summary = words(page.xpath("//*[@role='alert']")[0])
    assert "Fee: write a number" in summary and "Account: fill this in." in summary
    fee = page.xpath("//*[@name='f.fee']")[0]
    assert (fee.get("value"), fee.get("aria-invalid")) == ("much", "true")
    assert "write a number" in words(page.get_element_by_id(fee.get("aria-describedby").split()[-1]))
    assert value_of(page_of(rep.get(f"/assets/{offer}/fill")), "f.role") == "CFO"


@pytest.mark.parametrize("place", ["9" * 5000, "²", "٣", "x", "-1", ""])
def test_rows_that_no_form_has_are_left_out(rep: TestClient, offer: int, place: str) -> None:
    assert post(rep, offer, "save", **{f"items.{place}.name": "Shed"}).status_code == 303
    assert "Shed" not in rep.get(f"/assets/{offer}/fill").text


def test_an_old_state_overwrites_nothing(rep: TestClient, offer: int) -> None:
    post(rep, offer, "save")
    page = page_of(post(rep, offer, "save", account="Mine", revision="99"), 412)
    assert value_of(page, "f.account") == "Mine" and value_of(page, "revision") == "1"
    assert value_of(page_of(rep.get(f"/assets/{offer}/fill")), "f.account") == "Norvik <Freight>"
    assert post(rep, offer, "save", account="Mine", revision="1").status_code == 303


def test_more_rows_are_given_and_nothing_is_kept_by_that(rep: TestClient, offer: int) -> None:
    page = page_of(post(rep, offer, "rows.items", fee="much", asked="account fee items"))
    assert len(page.xpath("//*[starts-with(@name, 'f.items.') and contains(@name, '.name')]")) == 9
    assert [one.get("name") for one in page.xpath("//*[@autofocus]")] == ["f.items.2.name"], "the first row that is free"
    assert not page.xpath("//*[@data-focus]"), "nothing else takes the focus"
    assert open_names(page) >= {"f.account", "f.fee", "f.items.0.name"}, "what was open stays open"
    assert "write a number" in words(page.get_element_by_id("fill-fee-e"))
    assert value_of(page_of(rep.get(f"/assets/{offer}/fill")), "f.account") == ""


def test_more_rows_of_a_table_that_is_known_leave_it_open(rep: TestClient, offer: int) -> None:
    post(rep, offer, "save")
    page = page_of(post(rep, offer, "rows.items", revision="1", asked="fee"))
    assert page.xpath("//*[@autofocus]")[0].xpath("ancestor::details[@open]")
    assert "f.account" not in {one.get("name") for one in page.xpath("//form//*[not(ancestor::details)]")}


def test_faulty_values_are_never_folded_away(rep: TestClient, offer: int) -> None:
    wrong = {"date": "soon", "items.0.price": "cheap"}
    assert post(rep, offer, "save", **wrong).status_code == 303
    page = page_of(rep.get(f"/assets/{offer}/fill"))
    assert open_names(page) >= {"f.date", "f.items.0.price"} and not open_names(page) & {"f.account", "f.fee"}
    assert "write the date" in words(page.get_element_by_id("fill-date-e"))
    assert "write a number" in words(page.get_element_by_id("fill-items.0.price-e"))
    again = page_of(post(rep, offer, **wrong, revision="1", asked="account date items"), 422)
    assert open_names(again) >= {"f.account", "f.date", "f.items.0.price"}, "what stood open in the form stays open"


def deal(portal: Portal, role: Role = Role.REP) -> int:
    with portal.work() as work:
        account = Account(name="Norvik Freight", created_at=work.now)
        work.session.add(account)
        work.session.flush()
        values = list_values(work)
        row = Opportunity(
            account_id=account.id or 0,
            name="Four sites",
            stage_id=values.by_facet(Facet.STAGE)[0].id,
            owner_id=ensure_user(work, role).id,
            created_at=work.now,
            changed_at=work.now,
        )
        work.session.add(row)
        work.session.flush()
        return row.id or 0


def test_what_the_opportunity_and_the_call_say_is_not_asked(portal: Portal, rep: TestClient, offer: int) -> None:
    deal_id = deal(portal)
    with portal.work(read_only=True) as work:
        stakeholder = list_values(work).by_facet(Facet.STAKEHOLDER)[0]
    rep.cookies.set("quiver_context", f"stakeholder={stakeholder.key}")
    page = page_of(rep.get(f"/assets/{offer}/fill?opportunity={deal_id}"))
    known = page.xpath("//details[contains(., 'Known already')]")[0]
    assert [value_of(known, f"f.{name}") for name in ("account", "role")] == ["Norvik Freight", stakeholder.name]
    assert page.xpath("//select[@name='opportunity']/option[@selected]")[0].text == "Norvik Freight, Four sites"
    assert post(rep, offer, "save", account="For the deal").headers["location"] == f"/assets/{offer}/fill"


def test_other_names_for_what_is_known_are_understood(portal: Portal, rep: TestClient) -> None:
    asset_id = add_template(portal, "Letter", letter("{{ customer_name }}, {{ sender_name }}, {{ today }}", rows=()))
    page = page_of(rep.get(f"/assets/{asset_id}/fill?opportunity={deal(portal)}"))
    assert (value_of(page, "f.customer_name"), value_of(page, "f.sender_name")) == ("Norvik Freight", "Rep One")
    assert value_of(page, "f.today").count("-") == 2


def test_each_opportunity_keeps_its_own(portal: Portal, rep: TestClient, offer: int) -> None:
    deal_id = deal(portal)
    rep.post(f"/assets/{offer}/fill", data={**TYPED, "f.account": "Norvik", "do": "save", "opportunity": str(deal_id)})
    assert value_of(page_of(rep.get(f"/assets/{offer}/fill?opportunity={deal_id}")), "f.account") == "Norvik"
    assert value_of(page_of(rep.get(f"/assets/{offer}/fill")), "f.account") == ""


def test_a_foreign_opportunity_is_unknown(portal: Portal, partner: TestClient, offer: int) -> None:
    shared = add_template(portal, "Shared", audience=Audience.PARTNER)
    assert partner.get(f"/assets/{shared}/fill?opportunity={deal(portal)}").status_code == 404


def test_nobody_else_takes_the_file(rep: TestClient, marketer: TestClient, anonymous: TestClient, offer: int) -> None:
    address = file_of(rep, post(rep, offer))
    assert marketer.get(address).status_code == 404
    assert anonymous.get(address).status_code in (303, 401)
    assert rep.get(address.replace(f"/assets/{offer}/", f"/assets/{offer + 1}/")).status_code == 404


def test_what_readers_do_not_get_any_more_is_not_filled(portal: Portal, rep: TestClient, offer: int) -> None:
    address = file_of(rep, post(rep, offer))
    with portal.work() as work:
        retire(work, offer)
    assert rep.get(address).status_code == rep.get(f"/assets/{offer}/fill").status_code == 404


def test_locked_fields_are_shown_and_not_asked(portal: Portal, rep: TestClient, offer: int) -> None:
    with portal.work() as work:
        revision = queries.get_asset(work, offer).revision
        locked = FieldInput(name="fee", kind="money", label="Fee a month", default="99", unit="EUR", is_locked=True)
        describe_fields(work, offer, [locked], revision)
    page = page_of(rep.get(f"/assets/{offer}/fill"))
    assert not page.xpath("//*[@name='f.fee']")
    assert "Fee a month" in words(page.xpath("//details[contains(., 'Set by marketing')]")[0])
    assert "it costs € 99," in taken(rep, offer, fee="1").paragraphs[1].text


def test_a_section_that_is_not_wanted_is_left_out(rep: TestClient, offer: int) -> None:
    assert [one.text for one in taken(rep, offer, terms="no").paragraphs][2:] == [""]


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_picture_is_kept_until_it_is_taken_out(portal: Portal, rep: TestClient) -> None:
    made = docx.Document(io.BytesIO(letter("For {{ account }}", rows=())))
    made.add_picture(io.BytesIO(picture()))
    made.inline_shapes[0]._inline.docPr.set("descr", "{{ logo }}")
    out = io.BytesIO()
    made.save(out)
    asset_id = add_template(portal, "With logo", out.getvalue())
    sent = {"f.logo": ("logo.png", picture(), "image/png")}
    data = {"f.account": "Norvik", "do": "save", "revision": "0"}
    assert rep.post(f"/assets/{asset_id}/fill", data=data, files=sent).status_code == 303
    address = file_of(rep, rep.post(f"/assets/{asset_id}/fill", data={**data, "do": "file", "revision": "1"}))
    again = docx.Document(io.BytesIO(rep.get(address).content))
    assert picture() in [part.blob for part in again.part.package.iter_parts() if str(part.partname).startswith("/word/media/field")]
    wrong = rep.post(f"/assets/{asset_id}/fill", data=data, files={"f.logo": ("logo.svg", b"<svg/>", "image/svg+xml")})
    assert "no PNG or JPEG" in main_of(wrong, 422)
    large = rep.post(f"/assets/{asset_id}/fill", data=data, files={"f.logo": ("logo.png", picture() + b"0" * 600_000, "image/png")})
    assert "larger than 500 KB" in main_of(large, 422)


@pytest.mark.office
def test_a_workbook_shows_what_it_computes(portal: Portal, rep: TestClient) -> None:
    asset_id = add_template(portal, "Calculator", calculator(), "case.xlsx")
    answer = rep.get(
        file_of(rep, rep.post(f"/assets/{asset_id}/fill", data={"f.fee": "2.5", "f.docks": "4", "do": "file", "revision": "0"}))
    )
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content), data_only=True)["Case"]
    assert [sheet[name].value for name in ("B1", "B2", "B3")] == [2.5, 4, 10]


@pytest.mark.office
def test_a_pdf_comes_without_another_program(rep: TestClient, offer: int) -> None:
    answer = rep.get(file_of(rep, post(rep, offer, "pdf")))
    assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


def test_without_libreoffice_no_pdf_is_offered(rep: TestClient, offer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages.templates.can_convert", lambda: False)
    assert not page_of(rep.get(f"/assets/{offer}/fill")).xpath("//button[@value='pdf']")


def test_something_without_fields_says_so(portal: Portal, rep: TestClient) -> None:
    plain = add_template(portal, "Plain", letter("No field", rows=()))
    assert "has no fields to fill in" in rep.get(f"/assets/{plain}/fill", headers={"accept": "text/html"}).text
    assert "Fill in" not in main_of(rep.get(f"/assets/{plain}"))


def test_after_a_download_the_form_goes_on_with_what_is_kept(rep: TestClient, offer: int) -> None:
    page = page_of(rep.get(led_to(post(rep, offer))))
    assert taken(rep, offer, account="Another", revision=value_of(page, "revision")).paragraphs[0].text == "Offer for Another"
