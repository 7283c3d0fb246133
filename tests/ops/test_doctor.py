"""`quiver doctor` names each thing that is wrong, and mends what can be mended."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.core import outbox, schedule
from app.core.outbox import OutboxRow
from app.library.jobs import GAVE_UP
from app.library.models import Asset, Reading, Status, Version
from app.ops.doctor import PATIENCE, REBUILD, examine, find_meaning, repair
from app.ops.portal import worker_lock
from app.ops.verify import RESTORE_IT
from app.reactions import SCHEDULE
from app.search._whoosh import open_engine
from app.search.jobs import IndexDesk, read_meaning, rebuild
from app.settings import Settings
from tests.factories.desk import desk_of
from tests.factories.library import add_released, store
from tests.factories.model import MODEL_FILE
from tests.factories.portal import Portal

GUIDE = "“page.md”, item 1 “Dock guide”, version 1"


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
    assert complaints(desk, settings) == {"missing": f"The file {sha256} ({GUIDE}) is missing. {RESTORE_IT}"}


def test_a_flipped_byte_is_named(desk: IndexDesk, settings: Settings) -> None:
    sha256 = sha256_of_guide(desk)
    file = desk.blobs.path(sha256)
    content = bytearray(file.read_bytes())
    content[3] ^= 1
    file.write_bytes(content)
    assert complaints(desk, settings) == {"altered": f"The file {sha256} ({GUIDE}) was altered. {RESTORE_IT}"}


def test_a_file_nobody_refers_to_is_named(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        stray = store(work, "# Stray\n")
    assert complaints(desk, settings) == {"orphan": f"No version refers to the file {stray.sha256}. It is removed a day after it came."}


def test_an_item_search_does_not_know_is_named_and_mended(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Asset, 1).title = "Changed past the jobs"
    assert complaints(desk, settings) == {"index": "Search and database differ on item 1."}
    assert repair(desk, settings) == ["The index was built anew."]
    assert examine(desk, settings) == []


def test_an_item_only_search_knows_is_a_ghost_too(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Asset, 1).status = Status.TRASHED
    assert list(desk.index.known()) == [1]
    assert complaints(desk, settings) == {"ghost": "Search still holds item 1, which the database does not give out."}
    repair(desk, settings)
    assert examine(desk, settings) == []


def test_a_released_version_that_is_not_there_is_named(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Asset, 1).released_version_id = 99
        other = add_released(work, "Another")
        work.session.get_one(Asset, other).released_version_id = 1
    found = [complaint.sentence for complaint in examine(desk, settings) if complaint.kind == "dangling"]
    told = "The released version of item {} is not there. Release one of its versions again; which one is for a person to say."
    assert found == [told.format(1), told.format(other)]


def test_an_index_that_cannot_be_read_is_named_and_mended(desk: IndexDesk, settings: Settings) -> None:
    desk.index.close()
    assert not desk.index.ready
    assert complaints(desk, settings) == {"index": "The search index cannot be read. Until it is built anew, search is slow."}


def test_a_model_that_cannot_be_used_is_named(desk: IndexDesk, settings: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"no model")
    index = open_engine(settings.data_dir / "index", wrong)
    found = complaints(replace(desk, index=index), settings)
    assert list(found) == ["meaning"] and found["meaning"].endswith("Search goes by words alone.")
    index.close()


@pytest.mark.model
def test_how_much_of_the_library_is_known_by_meaning_is_told(desk: IndexDesk, settings: Settings) -> None:
    assert find_meaning(desk) == ""
    meaning = replace(desk, index=open_engine(settings.data_dir / "index", MODEL_FILE))
    assert find_meaning(meaning) == "Of 2 passages and titles, the meaning of 0 is read."
    read_meaning(meaning)
    assert find_meaning(meaning) == "Of 2 passages and titles, the meaning of 2 is read."
    assert examine(meaning, settings) == []
    meaning.index.close()


def test_a_job_that_gave_up_is_named_and_put_back(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        outbox.bury(work.session, 1, "the reader ran away")
        work.session.get_one(OutboxRow, 1).attempts = 8
    found = complaints(desk, settings)
    assert found == {"dead": "Job 1 (VersionUploaded) gave up after 8 tries: the reader ran away"}
    assert repair(desk, settings) == ["Job 1 (VersionUploaded) is tried again."]
    with desk.open_work(read_only=True) as work:
        assert (work.session.get_one(OutboxRow, 1).state, outbox.list_dead(work.session)) == ("waiting", [])


def test_text_nobody_has_read_is_named(portal: Portal, settings: Settings) -> None:
    with portal.work() as work:
        add_released(work, "Dock guide")
    desk = desk_of(portal)
    rebuild(desk)
    assert complaints(desk, settings) == {"unread": "The text of version 1 of item 1 waits to be read. Is a worker running?"}


def test_a_setting_that_is_none_is_named(desk: IndexDesk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_DATADIR", "/srv/quiver")
    monkeypatch.setenv("QUIVER_LOG_FORMAT", "json")
    told = "QUIVER_DATADIR is not a setting, so it does nothing. Did you mean QUIVER_DATA_DIR? README lists them all."
    assert complaints(desk, settings) == {"setting": told}


def test_a_setting_like_no_other_is_named_without_a_guess(desk: IndexDesk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("quiver_x", "1")
    assert complaints(desk, settings) == {"setting": "quiver_x is not a setting, so it does nothing. README lists them all."}


def test_a_job_nobody_works_off_is_stuck(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        row = work.session.get_one(OutboxRow, 1)
        row.state, row.due_at = "waiting", work.now - PATIENCE + timedelta(minutes=1)
    assert complaints(desk, settings) == {}
    with desk.open_work() as work:
        work.session.get_one(OutboxRow, 1).due_at = work.now - PATIENCE
    found = complaints(desk, settings)
    assert found["stuck"].startswith("Job 1 (VersionUploaded) has been due since 20")
    with desk.open_work() as work:
        work.session.get_one(OutboxRow, 1).leased_until = work.now + timedelta(minutes=1)
    assert complaints(desk, settings) == {}, "somebody works on it"


def test_a_text_no_job_would_read_is_read_anew(portal: Portal, desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Version, 1).reading = Reading.WAITING
    assert complaints(desk, settings) == {"unread": "The text of version 1 of item 1 was never read, and no job will do it."}
    assert repair(desk, settings) == ["Version 1 of item 1 is read again."]
    assert "Is a worker running?" in complaints(desk, settings)["unread"]
    portal.drain()
    assert examine(desk, settings) == []


def test_a_file_whose_reading_was_given_up_is_tried_again(portal: Portal, desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        version = work.session.get_one(Version, 1)
        version.reading, version.reading_message = Reading.NO_TEXT, GAVE_UP
    assert list(complaints(desk, settings)) == ["unreadable"]
    assert repair(desk, settings) == ["Version 1 of item 1 is read again."]
    assert repair(desk, settings) == [], "once is enough"
    portal.drain()
    assert examine(desk, settings) == []


def test_a_timed_job_that_fails_is_named_and_asked_for(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        schedule.ask_for(work.session, "sweep-blobs", work.now)
        schedule.fail_tick(work.session, "sweep-blobs", "OSError: no", work.now)
    assert complaints(desk, settings) == {"timed": "The timed job sweep-blobs failed once: OSError: no"}
    assert repair(desk, settings) == ["The timed job sweep-blobs runs again."]
    with desk.open_work(read_only=True) as work:
        assert schedule.find_due(work.session, {"sweep-blobs": SCHEDULE["sweep-blobs"].cron}, work.now) == ["sweep-blobs"]


def test_old_strays_go_and_young_ones_stay(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        old, young = store(work, "# Old stray\n"), store(work, "# Young stray\n")
        long_ago = (work.now - timedelta(days=2)).timestamp()
    os.utime(desk.blobs.path(old.sha256), (long_ago, long_ago))
    assert repair(desk, settings) == [f"The file {old.sha256}, which nobody refers to, was removed."]
    assert [complaint.subject for complaint in examine(desk, settings)] == [young.sha256]


def test_beside_a_running_portal_the_index_is_left_to_its_worker(desk: IndexDesk, settings: Settings) -> None:
    with desk.open_work() as work:
        work.session.get_one(Asset, 1).title = "Changed past the jobs"
    lock = worker_lock(settings)
    assert lock.take()
    assert repair(desk, settings) == ["The running portal builds the index anew within a few seconds."]
    lock.release()
    with desk.open_work(read_only=True) as work:
        assert schedule.list_ticks(work.session)[REBUILD].again_at is not None
    assert REBUILD in SCHEDULE
