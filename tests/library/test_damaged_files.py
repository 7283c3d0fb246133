"""A stored file that lost or changed its bytes is told as such on every exit; what is left goes on."""

from pathlib import Path

import pytest

from app.core.office.parse import DAMAGED, PROTECTED, STOPPED, TOO_BIG, TOO_LONG
from app.framework.actions import install_defaults
from app.identity.models import Role
from app.library.actions import release
from app.library.jobs import GAVE_UP
from app.library.models import UNREADABLE, Version
from tests.factories.library import add_draft, add_released, store
from tests.factories.portal import Portal

PICTURE = b"\x89PNG\r\n\x1a\n made up"


def file_of(portal: Portal, asset_id: int) -> Path:
    with portal.work(read_only=True) as work:
        return portal.services.blobs.path(work.session.get_one(Version, asset_id).blob_sha256)


@pytest.mark.parametrize("exit_path", ["/assets/1/file", "/assets/1/media", "/api/v1/assets/1/file"])
def test_altered_bytes_never_go_out(portal: Portal, exit_path: str, caplog: pytest.LogCaptureFixture) -> None:
    with portal.work() as work:
        assert add_released(work, "Picture", text="unused", file_name="gate.png") == 1
        version = work.session.get_one(Version, 1)
        version.blob_sha256 = store(work, PICTURE, "gate.png").sha256
    rep = portal.client(Role.REP)
    assert rep.get(exit_path).content == PICTURE
    file_of(portal, 1).write_bytes(PICTURE.replace(b"made", b"fade"))
    answer = rep.get(exit_path)
    assert (answer.status_code, "damaged" in answer.text) == (500, True)
    assert "blob_damaged" in caplog.text
    assert rep.get("/assets/1").status_code == 200
    file_of(portal, 1).write_bytes(PICTURE)
    assert rep.get(exit_path).content == PICTURE, "restored from a backup, without a restart"


def test_a_damaged_picture_is_told_before_it_is_released(portal: Portal) -> None:
    with portal.work() as work:
        install_defaults(work)
        asset_id = add_draft(work, "Gate", PICTURE, "gate.png")
    portal.drain()
    marketer = portal.client(Role.MARKETER)
    row, opened = marketer.get("/upload").text, marketer.get(f"/upload?open={asset_id}").text
    assert "Cannot be read" in row
    assert "The file could not be read" in opened
    assert "Readers will see only its name and can download it as it is." in opened
    shown = marketer.get(f"/assets/{asset_id}").text
    assert "Readers will see only its name and can download it as it is." in shown
    with portal.work() as work:
        release(work, asset_id)
    assert "Readers will see only its name" not in marketer.get(f"/assets/{asset_id}").text, "it is out"


@pytest.mark.parametrize("told", [PROTECTED, TOO_LONG, TOO_BIG, DAMAGED, STOPPED, GAVE_UP])
def test_whatever_the_reader_cannot_read_begins_alike(told: str) -> None:
    assert told.startswith(UNREADABLE)


def test_a_missing_file_is_told(portal: Portal) -> None:
    with portal.work() as work:
        add_released(work, "Guide")
    file_of(portal, 1).unlink()
    answer = portal.client(Role.REP).get("/assets/1/file")
    assert (answer.status_code, "missing" in answer.text) == (404, True)
