"""Files that come in parts: begun, appended where they end, finished once; ZIPs are opened; limits hold before and while sending."""

import io
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping

import pytest
from starlette.testclient import TestClient

from app.core.paging import PageRequest
from app.core.store import hash_file
from app.framework.actions import install_defaults
from app.identity.models import Role
from app.library import jobs, queries
from app.library.models import IncomingUpload
from app.settings import Settings
from tests.factories.desk import desk_of
from tests.factories.portal import Portal, started
from tests.pages.reading import led_to, main_of

Runs = Iterator[object]
JSON = {"Accept": "application/json"}
PAGE = b"# Gate\n\n" + b"A gate opens. " * 4000


def zipped(files: Mapping[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


@pytest.fixture
def portal(settings: Settings) -> Iterator[Portal]:
    """A portal with the framework it starts with and small limits."""
    limits = {"max_upload_bytes": 200_000, "user_quota_bytes": 400_000, "total_quota_bytes": 600_000}
    with started(settings.model_copy(update=limits)) as running:
        with running.work() as work:
            install_defaults(work)
        yield running


def begin(client: TestClient, name: str, size: int, folder: str = "") -> str:
    answer = client.post("/upload/incoming", data={"name": name, "size": str(size), "folder": folder}, headers=JSON)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def append(client: TestClient, key: str, offset: int, content: bytes) -> int:
    """The status of a part."""
    return client.post(f"/upload/incoming/{key}/parts?offset={offset}", content=content, headers=JSON).status_code


def finish(client: TestClient, key: str, status: int = 201) -> list[dict[str, str]]:
    answer = client.post(f"/upload/incoming/{key}/finish", headers=JSON)
    assert answer.status_code == status, answer.text
    return list(answer.json()["files"])


def send(client: TestClient, name: str, content: bytes, folder: str = "", status: int = 201) -> list[dict[str, str]]:
    key = begin(client, name, len(content), folder)
    assert append(client, key, 0, content) == 200
    return finish(client, key, status)


def titles(portal: Portal) -> list[str]:
    with portal.work(read_only=True) as work:
        return sorted(view.card.title for view in queries.list_drafts(work, PageRequest(1, 100)).items)


def left_behind(portal: Portal) -> list[str]:
    blobs = portal.services.settings.data_dir / "blobs"
    return [file.name for folder in ("partial", "incoming") for file in (blobs / folder).iterdir()]


def test_parts_become_one_file_however_often_it_is_asked(portal: Portal, marketer: TestClient) -> None:
    key = begin(marketer, "gate.md", len(PAGE), "Decks/Finance")
    assert append(marketer, key, 0, PAGE[:30_000]) == 200
    assert marketer.get(f"/upload/incoming/{key}").json() == {"offset": 30_000, "size": len(PAGE)}
    assert marketer.post(f"/upload/incoming/{key}/finish", headers=JSON).status_code == 409
    assert append(marketer, key, 0, PAGE[:30_000]) == 409, "a part must begin where the file ends"
    assert append(marketer, key, 30_000, PAGE[30_000:]) == 200
    told = finish(marketer, key)
    assert finish(marketer, key) == told and [file["name"] for file in told] == ["gate.md"]
    with portal.work(read_only=True) as work:
        view = queries.get_draft(work, int(told[0]["key"]))
        path = portal.services.blobs.path(view.card.version.sha256)
    assert path.read_bytes() == PAGE and hash_file(path) == view.card.version.sha256
    assert view.source_folder == "Decks/Finance"
    assert titles(portal) == ["Gate"] and left_behind(portal) == []


def test_a_file_goes_on_after_the_server_forgot_its_running_hash(portal: Portal, marketer: TestClient) -> None:
    key = begin(marketer, "gate.md", len(PAGE))
    assert append(marketer, key, 0, PAGE[:10_000]) == 200
    vars(portal.services.blobs.partials)["_hashes"].clear()
    assert append(marketer, key, 10_000, PAGE[10_000:]) == 200
    finish(marketer, key)
    assert [portal.services.blobs.verify(sha256) for sha256, _ in portal.services.blobs.list_all()] == [True]


def test_more_bytes_than_were_said_are_refused(marketer: TestClient) -> None:
    key = begin(marketer, "gate.md", 10)
    assert append(marketer, key, 0, b"x" * 11) == 413
    assert marketer.get(f"/upload/incoming/{key}").json()["offset"] == 0


def test_name_size_and_room_are_checked_before_a_byte_comes(portal: Portal, marketer: TestClient) -> None:
    def refused(name: str, size: int) -> tuple[int, str]:
        answer = marketer.post("/upload/incoming", data={"name": name, "size": str(size)}, headers=JSON)
        return answer.status_code, answer.json()["detail"]

    assert refused("offer.docm", 5)[1].startswith("Files with macros (.docm) are not accepted.")
    assert refused("", 5)[0] == 422 and refused("gate.md", 0)[0] == 422
    assert refused("gate.md", 200_001)[0] == 413
    begin(marketer, "one.md", 200_000)
    begin(marketer, "two.md", 200_000)
    status, sentence = refused("three.md", 10)
    assert status == 413 and sentence.startswith("You have used up your share of the store, so the file was not kept.")
    manager = portal.client(Role.MANAGER)
    begin(manager, "four.md", 200_000)
    with portal.work() as work:
        assert len(queries.list_asset_ids(work)) == 0


def test_room_that_was_used_up_meanwhile_stops_the_next_part(portal: Portal, marketer: TestClient) -> None:
    key = begin(marketer, "late.md", 150_000)
    for number in range(3):
        content = bytes([65 + number]) * 100_000
        assert marketer.post("/upload/files", files={"file": (f"{number}.txt", content)}, headers=JSON).status_code == 201
    assert append(marketer, key, 0, b"x" * 150_000) == 413


def test_another_persons_upload_is_as_if_it_were_not_there(portal: Portal, marketer: TestClient, manager: TestClient) -> None:
    key = begin(marketer, "gate.md", 10)
    assert append(manager, key, 0, b"x" * 10) == 404
    assert [manager.get(f"/upload/incoming/{key}").status_code, manager.post(f"/upload/incoming/{key}/finish").status_code] == [404, 404]
    assert manager.post(f"/upload/incoming/{key}/cancel").status_code == 404
    assert "gate.md" not in manager.get("/upload").text and "gate.md" in marketer.get("/upload").text


def test_what_was_begun_is_shown_and_can_be_taken_off_the_list(portal: Portal, marketer: TestClient) -> None:
    key = begin(marketer, "tour.mp4", 100_000)
    append(marketer, key, 0, b"x" * 25_600)
    assert "25 KB of 98 KB are here. Choose the same file again to go on from there." in main_of(marketer.get("/upload"))
    assert led_to(marketer.post(f"/upload/incoming/{key}/cancel")) == "/upload"
    assert left_behind(portal) == [] and marketer.get(f"/upload/incoming/{key}").status_code == 404


def test_a_file_that_is_not_what_it_says_is_named_and_leaves_nothing(portal: Portal, marketer: TestClient) -> None:
    told = send(marketer, "offer.docx", b"<!doctype html><title>x</title>", status=422)
    assert told[0]["detail"].startswith("The file is named .docx but its content is a web page.")
    assert left_behind(portal) == [] and titles(portal) == []


def test_abandoned_parts_are_swept_after_a_day(portal: Portal, marketer: TestClient) -> None:
    old, new = begin(marketer, "old.md", 10), begin(marketer, "new.md", 10)
    for key in (old, new):
        append(marketer, key, 0, b"x")
    (portal.services.blobs.partials.path("stray")).write_bytes(b"x")
    desk = desk_of(portal)
    jobs.sweep_uploads(desk)
    assert sorted(left_behind(portal)) == sorted([old, new, "stray"])
    age(portal, old, "stray")
    for _ in range(2):
        jobs.sweep_uploads(desk)
        assert left_behind(portal) == [new]
    assert marketer.get(f"/upload/incoming/{old}").status_code == 404


def age(portal: Portal, begun: str, stray: str) -> None:
    """Make an upload and a file two days old."""
    two_days = 172_800
    for key in (begun, stray):
        path = portal.services.blobs.partials.path(key)
        before = path.stat().st_mtime - two_days
        os.utime(path, (before, before))
    with portal.work() as work:
        row = work.session.get_one(IncomingUpload, begun)
        row.created_at = row.created_at.replace(year=row.created_at.year - 1)


ARCHIVE = {
    "Decks/Finance/price list.md": b"# Prices\n",
    "Decks/gate.html": b"<h1>Gate</h1>",
    "notes.docx": b"<!doctype html><title>no document</title>",
    "inner.zip": b"PK\x03\x04",
    "macro.docm": b"PK\x03\x04",
    "__MACOSX/._gate.html": b"litter",
    "Decks/.DS_Store": b"litter",
}


@pytest.mark.parametrize("way", ["parts", "form"])
def test_each_file_of_a_zip_is_a_row_and_the_refused_are_named(portal: Portal, marketer: TestClient, way: str) -> None:
    content = zipped(ARCHIVE)
    if way == "parts":
        told = send(marketer, "decks.zip", content, "Autumn")
    else:
        answer = marketer.post("/upload/files", files={"file": ("Autumn/decks.zip", content)}, headers=JSON)
        told = answer.json()["files"]
    kept = {file["name"]: int(file["key"]) for file in told if "key" in file}
    refused = {file["name"]: file["detail"] for file in told if "detail" in file}
    assert list(kept) == ["price list.md", "gate.html"]
    with portal.work(read_only=True) as work:
        folders = [queries.get_draft(work, key).source_folder for key in kept.values()]
    assert folders == ["Autumn/Decks/Finance", "Autumn/Decks"]
    assert refused["notes.docx"].startswith("The file is named .docx but its content is a web page.")
    assert refused["inner.zip"].startswith("A ZIP inside a ZIP is not opened.")
    assert refused["macro.docm"].startswith("Files with macros (.docm) are not accepted.")
    assert len(told) == 5 and left_behind(portal) == []


def bomb() -> bytes:
    return zipped({f"{number}.txt": b"0" * 1_500_000 for number in range(10)}, zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped({"../../etc/passwd.txt": b"x"}), "a part leads outside the file"),
        (zipped({"/etc/passwd.txt": b"x"}), "a part leads outside the file"),
        (bomb(), "it unpacks to more than 100 times its size"),
        (zipped({f"{number}.txt": b"x" for number in range(501)}), "holds 501 files; at most 500 are taken"),
        (zipped({"__MACOSX/x": b"x"}), "The ZIP holds no files"),
        (b"PK\x05\x06" + b"\0" * 18, "The ZIP holds no files"),
        (b"<html>no zip", "is named .zip but is no ZIP"),
    ],
)
def test_an_unsafe_zip_is_refused_as_a_whole(portal: Portal, marketer: TestClient, content: bytes, sentence: str) -> None:
    told = send(marketer, "decks.zip", content, status=422)
    assert sentence in told[0]["detail"]
    assert titles(portal) == [] and left_behind(portal) == [] and list(portal.services.blobs.list_all()) == []


def test_a_lying_zip_directory_gives_no_more_than_it_says(portal: Portal, marketer: TestClient) -> None:
    """A part that unpacks to more than its directory entry says is damaged; its neighbours are kept."""
    content = bytearray(zipped({"long.txt": b"0123456789" * 10, "fine.txt": b"fine"}, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        directory = archive.start_dir
    content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    told = send(marketer, "decks.zip", bytes(content))
    assert [("detail" in file, file["name"]) for file in told] == [(True, "long.txt"), (False, "fine.txt")]


def test_a_zip_beyond_one_transaction_goes_on_where_it_stopped(portal: Portal, marketer: TestClient) -> None:
    content = zipped({f"page {number}.md": f"# Page {number}\n".encode() for number in range(45)})
    key = begin(marketer, "pages.zip", len(content))
    append(marketer, key, 0, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.web.incoming._next", stopping_after(1))
        assert marketer.post(f"/upload/incoming/{key}/finish", headers=JSON).status_code == 500
    assert len(titles(portal)) == 20
    told = finish(marketer, key)
    assert len(told) == 45 and len(titles(portal)) == 45 and len(set(titles(portal))) == 45


def stopping_after(runs: int) -> Callable[[Runs], object]:
    left = [runs]

    def take(found: Runs) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("stopped")
        return next(found, None)

    return take


def test_one_file_of_a_zip_over_the_limit_undoes_no_other(portal: Portal, marketer: TestClient) -> None:
    big = b"".join(number.to_bytes(4, "big").hex().encode() for number in range(30_000))
    content = zipped({"big.txt": big, "fine.txt": b"fine"}, zipfile.ZIP_DEFLATED)
    assert len(content) < 200_000 < len(big)
    told = send(marketer, "x.zip", content)
    assert [(file["name"], file.get("status", "")) for file in told] == [("big.txt", "413"), ("fine.txt", "")]
