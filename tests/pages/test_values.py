"""A business case in the browser of a rep: fields and document, what follows typing, keeping, files, and who gets none."""

import io
from urllib.parse import unquote

import docx
import pytest
from httpx2 import Response
from lxml import html
from lxml.html import HtmlElement
from PIL import Image
from sqlmodel import select
from starlette.testclient import TestClient

from app.activity.models import ActivityEntry, Verb
from app.core.office.writing.content import picture_of
from app.deals.actions import add_opportunity
from app.deals.models import OpportunityInput
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.library.models import Audience
from app.sharing.models import Tailored
from tests.factories.kits import add_deal
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.factories.values import add_model, definition, picture
from tests.pages.reading import led_to, main_of, page_of, value_of, words

HTMX = {"HX-Request": "true"}


def form_of(client: TestClient, asset_id: int, **changes: str) -> dict[str, str]:
    page = page_of(client.get(f"/assets/{asset_id}/case"))
    form = page.xpath("//form[@id='case']")[0]
    return {**{name: value or "" for name, value in form.form_values()}, **changes}


def document_of(answer: Response, status: int = 200) -> HtmlElement:
    found: HtmlElement = page_of(answer, status).xpath("//article[contains(@class, 'paper')]")[0]
    return found


def headline(answer: Response) -> str:
    return words(document_of(answer).xpath(".//h2")[0])


@pytest.fixture
def model_id(portal: Portal) -> int:
    with portal.work() as work:
        return add_model(work)


def test_fields_are_filled_in_and_the_document_stands_beside_them(rep: TestClient, model_id: int) -> None:
    page = page_of(rep.get(f"/assets/{model_id}/case"))
    fields = {one.get("name"): one.get("value") for one in page.xpath("//input[starts-with(@name, 'f-')]")}
    assert fields == {
        "f-sites": "4", "f-trucks": "60", "f-late_share": "40", "f-fee": "45",
        "f-reduction": "37", "f-days": "250", "f-per_site": "38,000", "f-setup": "64,000",
    }  # fmt: skip
    assert [words(one) for one in page.xpath("//form[@id='case']//legend")] == [
        "Outlook",
        "Today",
        "What changes",
        "What it costs",
        "In your words",
    ]
    assert headline(rep.get(f"/assets/{model_id}/case")) == "Shorter waits at the dock: € 247,600 a year, back in month 4"
    chart = page.xpath("//figure/svg/@aria-label")[0]
    assert chart.startswith("Cumulative net in thousand € starts at −64")
    labelled = page.xpath("//form[@id='case']//label/@for")
    assert set(labelled) >= {f"f-{key.removeprefix('f-')}" for key in fields}


def test_figures_sent_without_script_come_back_written_out(rep: TestClient, model_id: int) -> None:
    sent = rep.post(
        f"/assets/{model_id}/case", data=form_of(rep, model_id, **{"f-sites": "6", "f-per_site": "41.500", "w-decide_by": "12 December"})
    )
    assert headline(sent) == "Shorter waits at the dock: € 350,400 a year, back in month 3"
    assert (value_of(page_of(sent), "f-per_site"), value_of(page_of(sent), "f-sites")) == ("41,500", "6")
    assert "Decision needed by12 December" in words(document_of(sent))


def test_what_follows_typing_is_the_document_and_the_errors_alone(rep: TestClient, model_id: int) -> None:
    answer = rep.post(f"/assets/{model_id}/case", data=form_of(rep, model_id, **{"f-sites": "900", "f-fee": "50"}), headers=HTMX)
    parts = html.fragments_fromstring(answer.text, no_leading_text=True)
    assert [part.tag for part in parts] == ["article"] + ["p"] * 8 and not answer.text.lstrip().startswith("<!doctype")
    told = {part.get("id"): words(part) for part in parts if part.get("hx-swap-oob") and words(part)}
    assert told == {"f-sites-e": "Sites: 900 is outside. Type a number from 1 to 500 sites. Until then the document counts with 4."}
    assert "At € 50 each" in answer.text.replace('<output aria-live="off">', "").replace("</output>", "")


def test_another_outlook_brings_its_own_figures_into_the_fields(rep: TestClient, model_id: int) -> None:
    fields = form_of(rep, model_id, **{"f-sites": "6", "scenario": "low"})
    page = page_of(rep.post(f"/assets/{model_id}/case", data=fields))
    assert (value_of(page, "f-reduction"), value_of(page, "f-sites"), value_of(page, "was")) == ("22", "6", "low")
    live = rep.post(f"/assets/{model_id}/case", data=fields, headers=HTMX)
    anew = html.fromstring(f"<div>{live.text}</div>").xpath("//*[@id='case-fields']")
    assert len(anew) == 1 and anew[0].get("hx-swap-oob") == "true" and anew[0].xpath(".//input[@name='f-reduction']/@value") == ["22"]
    typed = form_of(rep, model_id, **{"f-reduction": "30", "scenario": "low", "was": "low"})
    assert value_of(page_of(rep.post(f"/assets/{model_id}/case", data=typed)), "f-reduction") == "30"


def test_what_is_typed_is_told_as_text(rep: TestClient, model_id: int) -> None:
    script = "<script>alert(1)</script>{{ net }}"
    answer = rep.post(f"/assets/{model_id}/case", data=form_of(rep, model_id, **{"w-why_now": script, "company": script, "f-fee": script}))
    assert answer.status_code == 422 and "<script>alert" not in answer.text
    assert words(document_of(answer, 422)).count(script) == 2 and value_of(page_of(answer, 422), "f-fee") == script[:40]


def test_figures_are_kept_for_whoever_kept_them(portal: Portal, rep: TestClient, manager: TestClient, model_id: int) -> None:
    path = f"/assets/{model_id}/case"
    assert led_to(rep.post(path, data=form_of(rep, model_id, **{"f-sites": "6", "company": "Alder Foods", "step": "keep"}))) == path
    again = page_of(rep.get(path))
    assert (value_of(again, "f-sites"), value_of(again, "company"), value_of(again, "revision")) == ("6", "Alder Foods", "1")
    assert value_of(page_of(manager.get(path)), "f-sites") == "4"
    led_to(rep.post(path, data=form_of(rep, model_id, **{"f-sites": "7", "step": "keep"})))
    stale = rep.post(path, data=form_of(rep, model_id, **{"f-sites": "8", "revision": "1", "step": "keep"}))
    assert "changed in another window" in main_of(stale, 412) and value_of(page_of(stale, 412), "f-sites") == "8"
    unsaid = rep.post(path, data=form_of(rep, model_id, **{"f-sites": "8", "revision": "", "step": "keep"}))
    for answer, status in ((stale, 412), (unsaid, 428)):
        shown = page_of(answer, status)
        assert value_of(shown, "f-sites") == "8", "what was typed is kept"
        rows = [[words(cell) for cell in row] for row in shown.xpath("//table[contains(@class, 'both')]/tbody/tr")]
        assert rows == [["Sites", "7", "8"]], "beside what was kept meanwhile"
    assert value_of(page_of(rep.get(path)), "f-sites") == "7"
    wrong = rep.post(path, data=form_of(rep, model_id, **{"f-sites": "many", "step": "keep"}))
    assert "Nothing was kept yet" in main_of(wrong, 422) and value_of(page_of(wrong, 422), "f-sites") == "many"
    with portal.work() as work:
        assert [row.figures["sites"] for row in work.session.exec(select(Tailored)).all()] == ["7"]


def test_looking_and_calculating_keep_nothing(portal: Portal, rep: TestClient, model_id: int) -> None:
    rep.post(f"/assets/{model_id}/case", data=form_of(rep, model_id, **{"f-sites": "6"}))
    with portal.work() as work:
        assert work.session.exec(select(Tailored)).all() == []


def test_the_document_is_taken_away_with_the_figures_typed(portal: Portal, rep: TestClient, model_id: int) -> None:
    fields = form_of(rep, model_id, **{"f-sites": "6", "company": "Alder Foods"})
    answer = rep.post(f"/assets/{model_id}/case/docx", data=fields)
    assert answer.status_code == 200
    assert unquote(answer.headers["content-disposition"]) == "attachment; filename*=UTF-8''Shorter waits at the dock Alder Foods.docx"
    assert answer.headers["content-type"].endswith("wordprocessingml.document") and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox") and answer.headers["cache-control"] == "no-store"
    assert "€ 371,400" in "\n".join(one.text for one in docx.Document(io.BytesIO(answer.content)).paragraphs)
    portal.services.activity.flush()
    with portal.work() as work:
        assert [row.asset_id for row in work.session.exec(select(ActivityEntry)).all() if row.verb == Verb.DOWNLOADED] == [model_id]


@pytest.mark.parametrize("key, start", [("xlsx", b"PK"), ("pptx", b"PK"), pytest.param("pdf", b"%PDF-", marks=pytest.mark.pdf)])
def test_the_other_files_come_too(rep: TestClient, model_id: int, key: str, start: bytes) -> None:
    assert rep.post(f"/assets/{model_id}/case/{key}", data=form_of(rep, model_id)).content.startswith(start)


def test_no_file_is_made_of_figures_that_are_not_understood(rep: TestClient, model_id: int) -> None:
    answer = rep.post(f"/assets/{model_id}/case/docx", data=form_of(rep, model_id, **{"f-sites": "many"}))
    assert "No file was made" in main_of(answer, 422) and value_of(page_of(answer, 422), "f-sites") == "many"
    assert rep.post(f"/assets/{model_id}/case/exe", data=form_of(rep, model_id)).status_code == 404


def test_only_who_may_see_the_model_may_fill_it_in(portal: Portal, rep: TestClient, partner: TestClient, marketer: TestClient) -> None:
    with portal.work() as work:
        draft = add_model(work, definition(title="A draft"), released=False)
        internal = add_model(work, definition(title="For us"), audience=Audience.INTERNAL)
    for client, asset_id, wanted in ((rep, draft, 404), (partner, internal, 404), (marketer, draft, 200), (rep, internal, 200)):
        assert client.get(f"/assets/{asset_id}/case").status_code == wanted
        assert client.post(f"/assets/{asset_id}/case", data={}).status_code == wanted
        assert client.post(f"/assets/{asset_id}/case/docx", data={}).status_code == wanted
    assert "This is a draft of the model" in main_of(marketer.get(f"/assets/{draft}/case"))
    assert portal.client().get(f"/assets/{internal}/case").status_code == 303


def test_what_is_no_model_says_so(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        page = add_released(work, "A page")
        broken = add_model(work, definition(headline="{nothing}"))
    for asset_id in (page, broken):
        assert "is no value model" in rep.get(f"/assets/{asset_id}/case").text
        assert rep.get(f"/assets/{asset_id}/case").status_code == 409
    assert "Fill in" not in main_of(rep.get(f"/assets/{page}"))


def test_search_finds_its_texts_and_the_item_leads_to_the_fields(portal: Portal, rep: TestClient, model_id: int) -> None:
    portal.drain()
    assert "Shorter waits at the dock" in main_of(rep.get("/ask?q=demurrage+terms+of+five+carriers&set=1"))
    page = page_of(rep.get(f"/assets/{model_id}"))
    assert f"/assets/{model_id}/case" in page.xpath("//main//a/@href") and "Assumptions" in main_of(rep.get(f"/assets/{model_id}"))


def test_a_model_that_was_downloaded_can_be_sent_again(portal: Portal, marketer: TestClient, model_id: int) -> None:
    content = marketer.get(f"/assets/{model_id}/file").content.replace(b"Shorter waits", b"Much shorter waits", 1)
    sent = marketer.post(f"/assets/{model_id}/versions", files={"file": ("model.qvalue", content)})
    assert led_to(sent) == f"/assets/{model_id}?v=2"
    assert "Much shorter waits at the dock" in main_of(marketer.get(f"/assets/{model_id}/case?v=2"))
    refused = marketer.post(f"/assets/{model_id}/versions", files={"file": ("model.qvalue", b'{"a": 1}')})
    assert "holds no value model" in refused.text


def test_every_role_of_the_house_sees_the_page(portal: Portal, model_id: int) -> None:
    for role in Role:
        assert portal.client(role).get(f"/assets/{model_id}/case").status_code == 200


def test_an_opportunity_gives_its_account_and_has_figures_of_its_own(
    portal: Portal, rep: TestClient, partner: TestClient, model_id: int
) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        install_defaults(work)
        stage = list_values(work).by_facet(Facet.STAGE)[0].id
        deal = add_opportunity(work, OpportunityInput(account="Alder Foods", name="Four docks", stage_id=stage)).id
    path = f"/assets/{model_id}/case?opportunity={deal}"
    page = page_of(rep.get(path))
    assert value_of(page, "company") == "Alder Foods" and page.xpath("//form[@id='case']/@action") == [path]
    fields = {name: value or "" for name, value in page.xpath("//form[@id='case']")[0].form_values()}
    assert led_to(rep.post(path, data={**fields, "f-sites": "9", "step": "keep"})) == path
    assert value_of(page_of(rep.get(path)), "f-sites") == "9"
    assert value_of(page_of(rep.get(f"/assets/{model_id}/case")), "f-sites") == "4"
    assert rep.get(f"/assets/{model_id}/case?opportunity=99999").status_code == 404
    assert partner.get(path).status_code == 404


def test_the_opportunity_leads_to_each_released_model(portal: Portal, rep: TestClient, model_id: int) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        deal = add_deal(work)
    with portal.work() as work:
        add_model(work, definition(title="A draft"), released=False)

    def offered() -> list[str]:
        found: list[str] = page_of(rep.get(f"/opportunities/{deal}")).xpath("//a[contains(@href, '/case?')]/@href")
        return found

    assert offered() == [f"/assets/{model_id}/case?opportunity={deal}"]
    with portal.work() as work:
        other = add_model(work, definition(title="Zinc"))
    assert offered() == [f"/assets/{one}/case?opportunity={deal}" for one in (model_id, other)]
    assert page_of(rep.get(offered()[0])).xpath("//form[@id='case']")


def test_the_opportunity_is_chosen_on_the_page(portal: Portal, rep: TestClient, partner: TestClient, model_id: int) -> None:
    with portal.work(portal.actor(Role.REP)) as work:
        deal = add_deal(work)
    chooser = page_of(rep.get(f"/assets/{model_id}/case")).xpath("//form[.//select[@name='opportunity']]")[0]
    assert chooser.get("action") == f"/assets/{model_id}/case"
    assert chooser.xpath(".//option/@value") == ["", str(deal)]
    chosen = page_of(rep.get(f"/assets/{model_id}/case?opportunity={deal}"))
    assert chosen.xpath("//select[@name='opportunity']/option[@selected]/@value") == [str(deal)]
    assert value_of(page_of(rep.get(f"/assets/{model_id}/case?opportunity=")), "company") == ""
    assert not page_of(partner.get(f"/assets/{model_id}/case")).xpath("//select[@name='opportunity']"), "it is none of theirs"


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        ("12500", "EUR", "12,500"),
        ("70.40", "EUR", "70"),
        ("12500", "USD", "64,000"),
        ("99000000", "EUR", "64,000"),
        (None, "EUR", "64,000"),
    ],
)
def test_a_figure_is_filled_from_the_amount_where_it_may_be_that(
    portal: Portal, rep: TestClient, amount: str | None, currency: str, fee: str
) -> None:
    data = definition()
    next(one for one in data["inputs"] if one["key"] == "setup").update(filled_from="amount", step=1)
    with portal.work() as work:
        model_id = add_model(work, data)
    with portal.work(portal.actor(Role.REP)) as work:
        deal = add_deal(work, amount=amount, currency=currency)
    path = f"/assets/{model_id}/case?opportunity={deal}"
    page = page_of(rep.get(path))
    assert value_of(page, "f-setup") == fee and value_of(page, "company") == "Alder Foods"
    fields = {name: value or "" for name, value in page.xpath("//form[@id='case']")[0].form_values()}
    led_to(rep.post(path, data={**fields, "f-setup": "100", "step": "keep"}))
    assert value_of(page_of(rep.get(path)), "f-setup") == "100", "what somebody typed stays"


def test_a_logo_stands_on_the_document(rep: TestClient, model_id: int) -> None:
    path = f"/assets/{model_id}/case"

    def send(content: bytes, **fields: str) -> Response:
        return rep.post(f"{path}/logo", data=form_of(rep, model_id, **fields), files={"logo": ("logo.png", content)})

    def logo(answer: Response) -> list[str]:
        found: list[str] = document_of(answer).xpath(".//p[@class='p-c']/img/@src")
        return found

    led_to(rep.post(path, data=form_of(rep, model_id, **{"f-sites": "6", "company": "Alder Foods", "step": "keep"})))
    assert led_to(send(picture(3000, 900), **{"f-fee": "50"})) == path
    shown = rep.get(path)
    assert len(logo(shown)) == 1 and (value_of(page_of(shown), "f-sites"), value_of(page_of(shown), "f-fee")) == ("6", "50")
    live = html.fromstring(rep.post(path, data=form_of(rep, model_id, **{"f-sites": ""}), headers=HTMX).text)
    assert live.xpath("//article//img[@hx-preserve]/@src") == [], "the page has it already"
    assert words(live.get_element_by_id("f-sites-e")) == "Nothing was typed here, so the document counts with 4."
    with Image.open(io.BytesIO(picture_of(logo(shown)[0]))) as small:
        assert small.size == (640, 192) and small.format == "PNG"
    taken = rep.post(f"{path}/docx", data=form_of(rep, model_id))
    assert len(docx.Document(io.BytesIO(taken.content)).inline_shapes) == 2
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\x89PNG\r\n\x1a\n broken"):
        refused = send(content, **{"f-fee": "60"})
        assert "is no PNG or JPEG picture" in main_of(refused, 422) and value_of(page_of(refused, 422), "f-fee") == "60"
    assert "No picture was chosen" in main_of(send(b""), 422)
    assert send(picture(10, 10), revision="1").status_code == 412
    led_to(send(b"", step="bare"))
    assert logo(rep.get(path)) == [] and value_of(page_of(rep.get(path)), "company") == "Alder Foods"
