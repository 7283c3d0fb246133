"""`quiver doctor` names each thing that is wrong, and mends what can be mended."""

import pytest

from app.core import outbox
from app.core.outbox import OutboxRow
from app.library.models import Asset, Status, Version
from app.ops.doctor import examine, repair
from app.search.jobs import IndexDesk, rebuild
from app.settings import Settings
from tests.factories.desk import desk_of
from tests.factories.library import add_released, store
from tests.factories.portal import Portal


@pytest.fixture
def desk(portal: Portal) -> IndexDesk:
    """A portal in order, with one released item."""
    with portal.work() as work:
        add_released(work, "Dock guide")
    portal.drain()
    return desk_of(portal)


def complaints(desk: IndexDesk, settings: Settings) -> dict[str, str]:
    return {complaint.kind: complaint.sentence for complaint in examine(desk, settings)}


def sha256_of_guide(desk: IndexDesk) -> str:
    with desk.open_work(read_only=True) as work:
        return work.session.get_one(Version, 1).blob_sha256


def test_a_portal_in_order_has_nothing_to_complain_of(desk: IndexDesk, settings: Settings) -> None:
    assert examine(desk, settings) == []


def test_a_missing_file_is_named(desk: IndexDesk, settings: Settings) -> None:
    sha256 = sha256_of_guide(desk)
    desk.blobs.delete(sha256)
    assert complaints(desk, settings) == {"missing": f"The file {sha256} is missing. Restore it from a backup."}


def test_a_flipped_byte_is_named(desk: IndexDesk, settings: Settings) -> None:
    sha256 = sha256_of_guide(desk)
    file = desk.blobs.path(sha256)
    content = bytearray(file.read_bytes())
    content[3] ^= 1
    file.write_bytes(content)
    assert complaints(desk, settings) == {"altered": f"The file {sha256} was altered. Restore it from a backup."}


def test_a_file_nobody_refers_to_is_named(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        stray = store(work, "# Stray\n")
    assert complaints(desk, settings) == {"orphan": f"No version refers to the file {stray.sha256}. It is removed after a day."}


def test_an_item_search_does_not_know_is_named_and_mended(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Asset, 1).title = "Changed past the jobs"
    assert complaints(desk, settings) == {"ghost": "Search and database differ on item 1."}
    repair(desk)
    assert examine(desk, settings) == []


def test_an_item_only_search_knows_is_a_ghost_too(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Asset, 1).status = Status.TRASHED
    assert list(desk.index.known()) == [1]
    assert complaints(desk, settings) == {"ghost": "Search and database differ on item 1."}


def test_a_released_version_that_is_not_there_is_named(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Asset, 1).released_version_id = 99
        other = add_released(work, "Another")
        work.session.get_one(Asset, other).released_version_id = 1
    found = [complaint.sentence for complaint in examine(desk, settings) if complaint.kind == "dangling"]
    told = "The released version of item {} is not there. Release one of its versions again."
    assert found == [told.format(1), told.format(other)]


def test_an_index_that_cannot_be_read_is_named_and_mended(desk: IndexDesk, settings: Settings) -> None:
    desk.index.close()
    assert not desk.index.ready
    assert complaints(desk, settings) == {"index": "The search index cannot be read."}


def test_a_job_that_gave_up_is_named_and_put_back(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        outbox.bury(work.session, 1, "the reader ran away")
        work.session.get_one(OutboxRow, 1).attempts = 8
    found = complaints(desk, settings)
    assert found == {"stuck": "Job 1 (VersionUploaded) gave up after 8 tries: the reader ran away"}
    repair(desk)
    with desk.open_work(read_only=True) as work:
        assert (work.session.get_one(OutboxRow, 1).state, outbox.list_dead(work.session)) == ("waiting", [])


def test_text_nobody_has_read_is_named(portal: Portal, settings: Settings) -> None:
    with portal.work() as work:
        add_released(work, "Dock guide")
    desk = desk_of(portal)
    rebuild(desk)
    assert complaints(desk, settings) == {"unread": "The text of version 1 of item 1 is not read yet. Is a worker running?"}


def test_a_setting_that_is_none_is_named(desk: IndexDesk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_DATADIR", "/srv/quiver")
    monkeypatch.setenv("QUIVER_LOG_FORMAT", "json")
    assert complaints(desk, settings) == {"setting": "QUIVER_DATADIR is not a setting, so it does nothing. README lists them all."}
