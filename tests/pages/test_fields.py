"""What marketing says of the fields, by the page."""

import pytest
from starlette.testclient import TestClient

from tests.factories.portal import Portal
from tests.factories.templates import add_read, add_template, letter
from tests.pages.reading import led_to, main_of, page_of, value_of


@pytest.fixture
def offer(portal: Portal) -> int:
    return add_template(portal)


def posted(client: TestClient, asset_id: int, **changed: str) -> dict[str, str | list[str]]:
    """What the untouched form would send, with some parts replaced ("fee__label" for fee.label)."""
    form = page_of(client.get(f"/assets/{asset_id}/fields")).xpath(f"//form[@action='/assets/{asset_id}/fields']")[0]
    sent: dict[str, str | list[str]] = {"name": [str(one.get("value")) for one in form.xpath(".//input[@name='name']")]}
    for name, value in form.fields.items():
        if name != "name" and value is not None:
            sent[name] = str(value)
    for key, value in changed.items():
        name, _, part = key.rpartition("__")
        sent[f"{part}.{name.replace('__', '.')}" if name else part] = value
    return sent


def test_fields_are_listed_with_their_places(marketer: TestClient, offer: int) -> None:
    assert "Fields" in main_of(marketer.get(f"/assets/{offer}"))
    page = page_of(marketer.get(f"/assets/{offer}/fields"))
    assert [one.get("value") for one in page.xpath("//input[@name='name']")][:3] == ["account", "role", "date"]
    assert "account, paragraph 1" in main_of(marketer.get(f"/assets/{offer}/fields"))
    assert page.xpath("//select[@name='kind.fee']/option[@selected]")[0].get("value") == "money"


@pytest.mark.parametrize("address", ["/upload", "/assets/{0}/fields"])
def test_how_fields_are_written_is_told_where_they_are_uploaded_and_described(marketer: TestClient, offer: int, address: str) -> None:
    told = " ".join(page_of(marketer.get(address.format(offer))).xpath("string(//details[@id='writing-fields'])").split())
    wanted = ("DOCX", "PPTX", "XLSX", "{{ account }}", "{{#terms}}", "{{ items.price }}", "MERGEFIELD", "alternative text", "with a name")
    assert [words for words in wanted if words not in told] == []


def test_descriptions_are_saved_in_the_order_asked_for(marketer: TestClient, rep: TestClient, offer: int) -> None:
    data = posted(
        marketer,
        offer,
        fee__label="Fee a month",
        fee__position="0",
        fee__unit="EUR",
        role__kind="choice",
        role__choices="CFO\r\nCIO\r\nCFO",
    )
    assert led_to(marketer.post(f"/assets/{offer}/fields", data=data)) == f"/assets/{offer}"
    page = page_of(marketer.get(f"/assets/{offer}/fields"))
    assert page.xpath("//input[@name='name']")[0].get("value") == "fee"
    assert value_of(page, "choices.role").split() == ["CFO", "CIO"]
    asked = page_of(rep.get(f"/assets/{offer}/fill"))
    assert [one.get("value") for one in asked.xpath("//select[@name='f.role']/option")] == ["", "CFO", "CIO"]
    assert "Fee a month (EUR)" in main_of(rep.get(f"/assets/{offer}/fill"))


def test_a_mistake_is_told_and_nothing_is_lost(marketer: TestClient, offer: int) -> None:
    data = posted(marketer, offer, fee__minimum="much", role__help="As on the card")
    answer = marketer.post(f"/assets/{offer}/fields", data=data)
    page = page_of(answer, 422)
    assert "Fee: Write a number; only numbers and dates have bounds." in main_of(answer, 422)
    assert (value_of(page, "minimum.fee"), value_of(page, "help.role")) == ("much", "As on the card")
    assert page.xpath("//*[@name='minimum.fee']")[0].get("aria-invalid") == "true"


def test_somebody_elses_change_is_not_overwritten(marketer: TestClient, offer: int) -> None:
    data = posted(marketer, offer, fee__label="Mine")
    page = page_of(marketer.post(f"/assets/{offer}/fields", data={**data, "revision": "1"}), 412)
    assert value_of(page, "label.fee") == "Mine"
    assert marketer.post(f"/assets/{offer}/fields", data={key: one for key, one in data.items() if key != "revision"}).status_code == 428


def test_a_half_field_is_told_on_the_page_of_the_item(portal: Portal, marketer: TestClient) -> None:
    asset_id = add_read(portal, "Offer", letter("{{ acount } and {{ account }}"))
    assert "“{{ acount }” on paragraph 1 is no whole field" in main_of(marketer.get(f"/assets/{asset_id}"))
    assert "It cannot be released as it is" in main_of(marketer.get(f"/assets/{asset_id}/fields"))
    revision = value_of(page_of(marketer.get(f"/assets/{asset_id}")), "revision")
    answer = marketer.post(f"/assets/{asset_id}/release", data={"revision": revision, "version": "1"})
    assert "is not released, since it could not be filled in" in main_of(answer, 422)


def test_likely_misspellings_are_pointed_out(portal: Portal, marketer: TestClient) -> None:
    asset_id = add_template(portal, "Offer", letter("For {{ acount }}", rows=()))
    assert "close to “account”" in main_of(marketer.get(f"/assets/{asset_id}/fields"))


def test_reps_do_not_describe_fields(rep: TestClient, offer: int) -> None:
    assert rep.get(f"/assets/{offer}/fields").status_code == 403
    assert "/fields" not in rep.get(f"/assets/{offer}").text
