"""Pictures and recordings show in their page, in parts when asked for; no other file ever opens on our origin."""

import pytest
from playwright.sync_api import expect

from app.identity.models import Role
from tests.journeys import documents
from tests.journeys.conftest import Visit
from tests.journeys.site import Site

pytestmark = pytest.mark.browser

SANDBOX = "sandbox; default-src 'none'"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "taken"</script></svg>'
PAGE = b"<!doctype html><title>Ours</title><script>document.title = 'taken'</script><p>Evil words</p>"


def test_a_picture_shows_with_what_it_shows_in_words(visit: Visit, site: Site) -> None:
    asset_id = site.add("Gate picture", documents.png(), "gate.png", summary="A grey gate from the front.")
    page = visit(Role.REP)
    page.goto(f"/assets/{asset_id}")
    picture = page.get_by_role("img", name="A grey gate from the front.")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('.media img').complete")
    assert picture.evaluate("node => node.naturalWidth") == documents.WIDTH


def test_a_recording_plays_and_can_be_read_in_parts(visit: Visit, site: Site) -> None:
    sound = documents.wav(1.5)
    asset_id = site.add("Gate sound", sound, "gate.wav", summary="The gate closes.")
    page = visit(Role.REP)
    page.goto(f"/assets/{asset_id}")
    page.wait_for_function("() => document.querySelector('audio').readyState >= 1")
    assert page.locator("audio").evaluate("node => node.duration") == pytest.approx(1.5)
    page.locator("audio").evaluate("(node) => { node.muted = true; return node.play(); }")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0")
    with site.client(Role.REP) as client:
        part = client.get(f"/assets/{asset_id}/media", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, sound[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(sound)}"
        assert part.headers["content-type"] == "audio/wav" and part.headers["content-security-policy"] == SANDBOX
        assert client.get(f"/assets/{asset_id}/media", headers={"Range": f"bytes={len(sound)}-"}).status_code == 416
        whole = client.get(f"/assets/{asset_id}/file")
    assert whole.content == sound and whole.headers["content-disposition"] == "attachment; filename*=UTF-8''gate.wav"


def test_a_time_of_the_transcript_plays_from_there_and_is_what_is_copied(visit: Visit, site: Site) -> None:
    asset_id = site.add("Gate talk", documents.wav(3), "talk.wav")
    site.wait_until_read(asset_id)
    page = visit(Role.MARKETER)
    page.goto(f"/assets/{asset_id}")
    page.get_by_role("link", name="Write the transcript").click()
    page.get_by_label("What is said (transcript)").fill("[0:00] Trucks wait.\n[0:01] It is halved.\n[0:45] The end.")
    page.get_by_role("button", name="Correct the transcript").click()
    expect(page.get_by_role("group", name="What is said")).to_contain_text("Trucks wait. It is halved.")
    page.locator("audio").evaluate("node => { node.muted = true; }")
    page.wait_for_function("() => document.querySelector('audio').readyState >= 1")
    page.get_by_role("link", name="at 0:45", exact=True).click()
    expect(page.get_by_role("link", name="at 0:45", exact=True)).to_have_attribute("aria-current", "true")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 2.5")  # as far as the recording goes
    entry = page.locator("[data-passage]", has=page.get_by_role("heading", name="at 0:45")).first
    assert page.locator(".page-head [data-copy]").get_attribute("data-passage") == entry.get_attribute("data-passage")


@pytest.mark.parametrize(("name", "content"), [("evil.html", PAGE), ("evil.svg", SVG)])
def test_what_could_run_is_only_ever_handed_out_as_a_file(visit: Visit, site: Site, name: str, content: bytes) -> None:
    asset_id = site.add(f"Handed out {name}", content, name)
    site.wait_until_read(asset_id)
    with site.client(Role.REP) as client:
        for address in (f"/assets/{asset_id}/file", f"/api/v1/assets/{asset_id}/file"):
            answer = client.get(address)
            assert answer.content == content
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["content-security-policy"] == SANDBOX
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert client.get(f"/assets/{asset_id}/media").status_code == 404
    page = visit(Role.REP)
    page.goto(f"/assets/{asset_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Handed out {name}")
    with page.expect_download() as download:
        page.locator(".page-head [data-editable]").click()
    assert download.value.suggested_filename == name
    assert "taken" not in page.title()
