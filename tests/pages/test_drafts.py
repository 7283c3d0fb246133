"""A draft is discarded by itself: what readers have, or ever had, is never touched, and the file goes with the next sweep."""

import os
import time

import pytest
from starlette.testclient import TestClient

from app.core import outbox
from app.core.work import Work
from app.library import actions, queries
from app.library.jobs import sweep_blobs
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of

DRAFT = "# Gate\n\nA wrong gate.\n"


@pytest.fixture
def gate(portal: Portal) -> int:
    """Readers get v1, and v2 is a draft."""
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules", "# Gate\n\nThe gate.\n")
        add_version(work, asset_id, DRAFT)
    return asset_id


def numbers(work: Work, asset_id: int) -> list[int]:
    return sorted(version.number for version in queries.list_versions(work, asset_id))


def discard(client: TestClient, asset_id: int, number: int, revision: str = "") -> int:
    given = revision or value_of(page_of(client.get(f"/assets/{asset_id}")), "revision")
    return client.post(f"/assets/{asset_id}/versions/{number}/discard", data={"revision": given}).status_code


def test_it_is_shown_asked_and_gone(portal: Portal, marketer: TestClient, rep: TestClient, gate: int) -> None:
    address = f"/assets/{gate}/versions/2/discard"
    links = page_of(marketer.get(f"/assets/{gate}")).xpath("//section[@id='versions']//a/@href")
    assert address in links and f"/assets/{gate}/versions/1/discard" not in links
    asked = marketer.get(address)
    assert "Readers keep v1." in main_of(asked)
    answer = marketer.post(address, data={"revision": value_of(page_of(asked), "revision")})
    assert "v2 is discarded" in marketer.get(led_to(answer)).text
    assert marketer.get(f"/assets/{gate}?v=2").status_code == 404
    assert rep.get(f"/assets/{gate}/file").text == "# Gate\n\nThe gate.\n"
    portal.drain()
    with portal.work() as work:
        assert not {"waiting", "dead"} & outbox.count_by_state(work.session).keys(), "there is nothing left to read"
        assert numbers(work, gate) == [1]
        assert add_version(work, gate, DRAFT) == 3, "the same file may come again, under a number of its own"


def test_what_readers_got_is_kept(portal: Portal, marketer: TestClient, gate: int) -> None:
    with portal.work() as work:
        actions.release(work, gate)
        add_version(work, gate, "# Gate\n\nAnother gate.\n")
        only = add_draft(work, "Only a draft")
    assert [discard(marketer, gate, number) for number in (1, 2)] == [409, 409], "v1 was readers' once, v2 is"
    assert discard(marketer, only, 1) == 409, "an item without a version is none"
    assert discard(marketer, gate, 4) == 404
    assert discard(marketer, gate, 3, "1") == 412
    with portal.work() as work:
        assert (numbers(work, gate), numbers(work, only)) == ([1, 2, 3], [1])
    assert discard(marketer, gate, 3) == 303


def test_its_file_is_swept_a_day_later(portal: Portal, marketer: TestClient, gate: int) -> None:
    with portal.work() as work:
        kept, gone = (version.blob_sha256 for version in sorted(queries.list_versions(work, gate), key=lambda one: one.number))
    assert discard(marketer, gate, 2) == 303
    blobs, long_ago = portal.services.blobs, time.time() - 2 * 86400
    sweep_blobs(desk_of(portal))
    assert blobs.exists(gone), "it may have been sent again just now"
    for file in (portal.services.settings.data_dir / "blobs").glob("??/*"):
        os.utime(file, (long_ago, long_ago))
    sweep_blobs(desk_of(portal))
    assert (blobs.exists(kept), blobs.exists(gone)) == (True, False)
