"""A file sent as a new version that is one already: nothing is kept twice, and the way back to that version is offered."""

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.library import actions
from app.library.actions import SameBytes
from app.library.queries import list_versions
from tests.factories.library import add_released, add_version, store
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, words

ONE, TWO, THREE = (f"# Gate\n\nThe {colour} gate.\n" for colour in ("green", "red", "blue"))


@pytest.fixture
def asset_id(portal: Portal) -> int:
    """v1, then v2 which readers get, then v3 as a draft."""
    with portal.work() as work:
        found = add_released(work, "Gate rules", ONE)
        actions.release(work, found, add_version(work, found, TWO))
        add_version(work, found, THREE)
    portal.drain()
    return found


def send(client: TestClient, asset_id: int, text: str) -> Response:
    return client.post(f"/assets/{asset_id}/versions", files={"file": ("again.md", text.encode())}, data={"note": "n"})


@pytest.mark.parametrize(
    ("text", "told", "button"),
    [
        (ONE, "These are the bytes of v1. Nothing was changed.", "Go back to v1"),
        (TWO, "These are the bytes of v2, which readers get. Nothing was changed.", ""),
        (THREE, "These are the bytes of v3. Nothing was changed.", "Release v3"),
    ],
)
def test_bytes_that_are_a_version_are_refused(
    portal: Portal, marketer: TestClient, asset_id: int, text: str, told: str, button: str
) -> None:
    page = page_of(send(marketer, asset_id, text), 409)
    alert = page.xpath("//*[@role='alert']")[0]
    assert told in words(alert)
    assert [words(node) for node in alert.xpath(".//button")] == ([button] if button else [])
    with portal.work(read_only=True) as work:
        assert [version.number for version in list_versions(work, asset_id)] == [3, 2, 1]


def test_the_way_back_works_from_the_refusal(portal: Portal, marketer: TestClient, rep: TestClient, asset_id: int) -> None:
    form = page_of(send(marketer, asset_id, ONE), 409).xpath("//*[@role='alert']//form")[0]
    assert led_to(marketer.post(form.get("action"), data=dict(form.form_values()))) == f"/assets/{asset_id}"
    assert "The green gate." in main_of(rep.get(f"/assets/{asset_id}"))


def test_other_bytes_and_other_items_are_no_matter(portal: Portal, marketer: TestClient, asset_id: int) -> None:
    assert led_to(send(marketer, asset_id, "# Gate\n\nA new gate.\n")) == f"/assets/{asset_id}?v=4"
    with portal.work() as work:
        other = add_released(work, "Other rules")
        assert actions.upload_version(work, other, store(work, ONE)).number == 2
        with pytest.raises(SameBytes):
            actions.upload_version(work, other, store(work, ONE))
