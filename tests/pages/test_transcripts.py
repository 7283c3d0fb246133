"""What is said in recordings: written down on the upload page or the item's, found and copied by stretch, corrected in the open."""

import pytest
from starlette.testclient import TestClient

from app.core.paging import PageRequest
from app.identity.models import Role
from app.identity.queries.audit import list_audit
from app.library import actions
from app.library.events import VersionUploaded
from app.library.jobs import give_up_reading, read_version
from app.library.queries import list_unread, list_versions
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, asset_input, store
from tests.factories.portal import Portal
from tests.journeys import documents
from tests.pages.reading import led_to, main_of, page_of, value_of, words

SAID = "[0:00] Trucks wait at the gate.\n\n[1:20] The zeppelin scheduler halves it."


def add_recording(portal: Portal, *, released: bool = True, title: str = "Gate talk") -> int:
    with portal.work() as work:
        asset_id = actions.create_asset(work, asset_input(work, title), store(work, documents.wav(), "gate.wav")).id or 0
        if released:
            actions.release(work, asset_id)
    portal.drain()
    return asset_id


def address(asset_id: int, number: int = 1) -> str:
    return f"/assets/{asset_id}/versions/{number}/transcript"


def write(client: TestClient, asset_id: int, text: str) -> str:
    page = page_of(client.get(address(asset_id)))
    answer = client.post(address(asset_id), data={"text": text, "revision": value_of(page, "revision", address(asset_id))})
    return led_to(answer)


def verbs(portal: Portal) -> list[str]:
    with portal.work(read_only=True) as work:
        return [entry.verb for entry in list_audit(work, PageRequest(1, 20)).items]


def test_a_stretch_of_a_recording_is_found_shown_and_copied(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    asset_id = add_recording(portal)
    assert "Nobody has written down what is said" in main_of(rep.get(f"/assets/{asset_id}"))
    assert not page_of(rep.get(f"/assets/{asset_id}")).xpath(f"//a[@href='{address(asset_id)}']")
    assert page_of(marketer.get(f"/assets/{asset_id}")).xpath(f"//a[@href='{address(asset_id)}']")
    assert write(marketer, asset_id, SAID) == f"/assets/{asset_id}?v=1"
    portal.drain()
    found = rep.get("/api/v1/ask", params={"q": "zeppelin"}).json()
    assert [answer["passage"]["label"] for answer in found["answers"]] == ["at 1:20"]
    results = page_of(rep.get("/ask", params={"q": "zeppelin"}))
    assert results.xpath(f"//a[starts-with(@href, '/assets/{asset_id}?at=at-80&q=')]")
    page = page_of(rep.get(f"/assets/{asset_id}?at=at-80"))
    assert page.xpath("//audio/@src") == [f"/assets/{asset_id}/media#t=80"]
    assert [words(item) for item in page.xpath("//*[@class='said']//li")] == [
        "at 0:00Trucks wait at the gate.",
        "at 1:20The zeppelin scheduler halves it.",
    ]
    assert page.xpath("//*[@class='said']//a[@aria-current]/@data-seconds") == ["80"]
    copied = page.xpath("//*[@id='copy-shown']")[0].text_content()
    assert "The zeppelin scheduler halves it." in copied and "at 1:20" in copied and "Trucks" not in copied


def test_a_draft_takes_its_transcript_in_the_row_of_the_upload_page(portal: Portal, marketer: TestClient) -> None:
    asset_id = add_recording(portal, released=False)
    row = page_of(marketer.get(f"/upload?open={asset_id}"))
    form = f"/upload/files/{asset_id}/transcript"
    assert words(row.xpath(f"//form[@action='{form}']//label")[0]) == "What is said (transcript)"
    revision = value_of(row, "revision", form)
    refused = marketer.post(form, data={"transcript": "WEBVTT\n\n00:01.000 --> 00:02.000\n", "revision": revision})
    assert "no words between them" in words(page_of(refused, 422))
    assert "WEBVTT" in value_of(page_of(refused, 422), "transcript", form)
    assert marketer.post(form, data={"transcript": SAID}).status_code == 428
    led_to(marketer.post(form, data={"transcript": SAID, "revision": revision}))
    assert "It has a transcript." in main_of(marketer.get(f"/upload?open={asset_id}"))
    assert marketer.post(form, data={"transcript": "Other words", "revision": revision}).status_code == 412
    assert "The zeppelin" in main_of(marketer.get(f"/assets/{asset_id}"))
    assert verbs(portal)[0] == "write_transcript"


def test_correcting_what_readers_get_says_so_and_is_audited(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    asset_id = add_recording(portal)
    before = rep.get(f"/assets/{asset_id}/file").content
    write(marketer, asset_id, SAID)
    page = main_of(marketer.get(address(asset_id)))
    assert "This corrects what was released" in page and "[1:20] The zeppelin scheduler" in page
    write(marketer, asset_id, SAID.replace("zeppelin", "airship"))
    portal.drain()
    assert verbs(portal)[:2] == ["correct_transcript", "correct_transcript"]
    assert rep.get("/api/v1/ask", params={"q": "zeppelin"}).json()["total"] == 0
    assert rep.get("/api/v1/ask", params={"q": "airship"}).json()["total"] == 1
    assert rep.get(f"/assets/{asset_id}/file").content == before
    assert "corrected a released transcript" in main_of(portal.client(Role.ADMIN).get("/audit"))
    write(marketer, asset_id, "")
    assert "Nobody has written down what is said" in main_of(rep.get(f"/assets/{asset_id}"))


def test_two_who_write_at_once_lose_no_words(portal: Portal, marketer: TestClient, manager: TestClient) -> None:
    asset_id = add_recording(portal)
    revision = value_of(page_of(marketer.get(address(asset_id))), "revision", address(asset_id))
    write(manager, asset_id, SAID)
    answer = marketer.post(address(asset_id), data={"text": "My own words", "revision": revision})
    page = page_of(answer, 412)
    assert "Somebody changed this item meanwhile" in words(page) and value_of(page, "text", address(asset_id)) == "My own words"
    again = {"text": "My own words", "revision": value_of(page, "revision", address(asset_id))}
    led_to(marketer.post(address(asset_id), data=again))
    assert "My own words" in main_of(marketer.get(f"/assets/{asset_id}"))


@pytest.mark.parametrize("text", ["x" * 200_001, "[2:00] on\n[1:00] back\n" * 1001, "WEBVTT\n\n00:01.000 --> 00:02.000\n"])
def test_what_cannot_be_kept_is_shown_again_with_the_reason(portal: Portal, marketer: TestClient, text: str) -> None:
    asset_id = add_recording(portal)
    revision = value_of(page_of(marketer.get(address(asset_id))), "revision", address(asset_id))
    page = page_of(marketer.post(address(asset_id), data={"text": text, "revision": revision}), 422)
    assert "nothing was changed" in words(page).lower()
    assert value_of(page, "text", address(asset_id)).strip() == text.strip()


def test_reading_the_file_again_does_not_lose_the_words(portal: Portal, marketer: TestClient) -> None:
    asset_id = add_recording(portal)
    write(marketer, asset_id, SAID)
    with portal.work(read_only=True) as work:
        version_id = list_versions(work, asset_id)[0].id or 0
    for job in (read_version, give_up_reading):
        job(desk_of(portal), [VersionUploaded(asset_id, version_id)])
        assert "The zeppelin" in main_of(marketer.get(f"/assets/{asset_id}")), job
    with portal.work(read_only=True) as work:
        assert list_unread(work) == []


def test_a_program_gives_the_words_of_a_recording(portal: Portal, marketer: TestClient) -> None:
    asset_id = add_recording(portal, released=False)
    path = f"/api/v1/assets/{asset_id}/versions/1/transcript"
    tag = marketer.get(f"/api/v1/assets/{asset_id}").headers["ETag"]
    assert marketer.put(path, json={"text": SAID}).status_code == 428
    answer = marketer.put(path, json={"text": SAID}, headers={"If-Match": tag})
    assert [(one["label"], one["anchor"]) for one in answer.json()["passages"]] == [("at 0:00", "at-0"), ("at 1:20", "at-80")]
    assert marketer.put(path, json={"text": SAID}, headers={"If-Match": tag}).status_code == 412


def test_what_can_be_read_by_itself_takes_no_transcript(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        page_id, picture_id = add_released(work, "Gate page"), add_draft(work, "Gate picture", documents.png(), "gate.png")
    recording = add_recording(portal)
    assert marketer.get(address(page_id)).status_code == 404
    assert rep.get(address(recording)).status_code == 403
    assert marketer.get(address(recording, 7)).status_code == 404
    row = page_of(marketer.get(f"/upload?open={picture_id}"))
    assert "What it shows in words" in words(row) and not row.xpath("//textarea[@name='transcript']")
