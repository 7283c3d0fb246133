"""What was just put away is told with an Undo: a form of the page itself, which works without a script and cannot be made up."""

from base64 import urlsafe_b64encode

import pytest
from starlette.testclient import TestClient

from app.web.render import UNDO, sign_flash
from tests.factories.library import add_draft, add_released
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words


def toast(client: TestClient, path: str) -> tuple[str, list[str]]:
    """What the toast says, and where its Undo leads."""
    page = page_of(client.get(path))
    found = page.xpath("//*[@role='status']/div[@class='toast']")
    return (words(found[0]) if found else ""), [form.get("action") for node in found for form in node.xpath(".//form")]


def test_retiring_can_be_undone_from_the_toast(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Ramp brief")
    revision = value_of(page_of(marketer.get(f"/assets/{asset_id}")), "revision")
    path = led_to(marketer.post(f"/assets/{asset_id}/retire", data={"revision": revision}))
    assert rep.get(f"/assets/{asset_id}").status_code == 404
    told, undo = toast(marketer, path)
    assert told.endswith("Undo") and undo == [f"/assets/{asset_id}/restore"]
    assert toast(marketer, path) == ("", []), "it is shown once"
    assert led_to(marketer.post(undo[0])) == f"/assets/{asset_id}"
    assert toast(marketer, f"/assets/{asset_id}") == ("Restored. Readers find it again.", [])
    assert "Ramp brief" in main_of(rep.get(f"/assets/{asset_id}"))


@pytest.mark.parametrize("verb", ["assets/{}/trash", "upload/files/{}/skip", "upload/files/{}/discard"])
def test_what_went_into_the_trash_can_be_brought_back(portal: Portal, marketer: TestClient, verb: str) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Ramp draft")
    revision = value_of(page_of(marketer.get(f"/assets/{asset_id}")), "revision")
    assert led_to(marketer.post(f"/{verb.format(asset_id)}", data={"revision": revision})) == "/upload"
    told, undo = toast(marketer, "/upload")
    assert (told, undo) == ("Moved to the trash.Undo", [f"/assets/{asset_id}/restore"])
    marketer.post(undo[0])
    assert "Ramp draft" in main_of(marketer.get("/upload"))


def test_other_verbs_have_no_undo(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Ramp draft")
    revision = value_of(page_of(marketer.get(f"/assets/{asset_id}")), "revision")
    path = led_to(marketer.post(f"/assets/{asset_id}/release", data={"revision": revision}))
    assert toast(marketer, path) == ("Released. Readers get it now.", [])


def test_nobody_can_make_an_undo_up(portal: Portal, marketer: TestClient) -> None:
    settings = portal.services.settings
    forged = urlsafe_b64encode(f"Moved.{UNDO}/sign-out".encode()).decode()
    signature = sign_flash("Moved.", settings).partition(".")[2]
    marketer.cookies.set("quiver_flash", f"{forged}.{signature}")
    assert toast(marketer, "/account") == ("", [])
