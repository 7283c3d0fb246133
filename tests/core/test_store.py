"""Files are kept under the hash of their bytes, whole or not at all; limits hold while they stream; a full disk is told."""

import errno
import os
from pathlib import Path

import pytest

from app.core.errors import NotFound, StorageFull, TooLarge
from app.core.store import DamagedBlob, DiskStore, StoredBlob, hash_file

CONTENT = b"a dock door\n" * 1000
# sha256sum of these bytes
SHA256 = "d3b02be3f42414e1e7a80b51ae98f88a572494b9216e1802e9190f1ad6478cfc"


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "blobs")


def keep(store: DiskStore, *pieces: bytes, limit: int = 1_000_000) -> StoredBlob:
    writer = store.writer(limit)
    for piece in pieces:
        writer.write(piece)
    blob = writer.keep()
    writer.discard()
    return blob


def files_below(store: DiskStore) -> list[str]:
    return sorted(str(file.relative_to(store.root)) for file in store.root.rglob("*") if file.is_file())


def test_bytes_come_back_under_their_hash(store: DiskStore) -> None:
    blob = keep(store, CONTENT[:100], CONTENT[100:])
    assert blob == StoredBlob(SHA256, len(CONTENT))
    assert files_below(store) == [f"{blob.sha256[:2]}/{blob.sha256}"]
    with store.open(blob.sha256) as file:
        assert file.read() == CONTENT
    assert hash_file(store.path(blob.sha256)) == blob.sha256
    assert store.exists(blob.sha256) and store.verify(blob.sha256)
    assert [sha256 for sha256, _ in store.list_all()] == [blob.sha256]


def test_nothing_is_visible_before_it_is_kept(store: DiskStore) -> None:
    writer = store.writer(1000)
    writer.write(b"half")
    assert list(store.list_all()) == []
    writer.discard()
    writer.discard()
    assert files_below(store) == []


def test_the_same_bytes_twice_are_one_file(store: DiskStore) -> None:
    assert keep(store, CONTENT) == keep(store, CONTENT)
    assert len(files_below(store)) == 1


def test_the_limit_holds_while_the_bytes_arrive(store: DiskStore) -> None:
    writer = store.writer(10)
    writer.write(b"0123456789")
    with pytest.raises(TooLarge, match="larger than"):
        writer.write(b"!")
    assert writer.path.stat().st_size == 10, "what is over the limit never reaches the disk"
    writer.discard()


def test_missing_and_altered_files_are_noticed(store: DiskStore) -> None:
    blob = keep(store, CONTENT)
    file = store.path(blob.sha256)
    file.write_bytes(CONTENT[:-1] + b"?")
    assert not store.verify(blob.sha256)
    store.delete(blob.sha256)
    store.delete(blob.sha256)
    assert not store.exists(blob.sha256)
    assert not store.verify(blob.sha256)
    with pytest.raises(NotFound, match="quiver doctor"):
        store.open(blob.sha256)


def test_bytes_are_compared_with_their_hash_before_they_go_out(store: DiskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = keep(store, CONTENT)
    file = store.checked_path(blob.sha256)
    assert file.read_bytes() == CONTENT
    file.write_bytes(CONTENT[:-1] + b"?")
    for _ in range(2):
        with pytest.raises(DamagedBlob, match="damaged"):
            store.checked_path(blob.sha256)
    file.write_bytes(CONTENT)
    assert store.checked_path(blob.sha256) == file
    flip_unnoticed(file)
    assert store.checked_path(blob.sha256) == file, "not hashed anew for each range of a recording"
    monkeypatch.setattr("app.core.store.RECHECK_SECONDS", 0.0)
    with pytest.raises(DamagedBlob):
        store.checked_path(blob.sha256)
    store.delete(blob.sha256)
    with pytest.raises(NotFound):
        store.checked_path(blob.sha256)


def flip_unnoticed(file: Path) -> None:
    """As a failing disk does: size and times stay."""
    times = file.stat()
    file.write_bytes(CONTENT[:-1] + b"!")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_only_what_nobody_writes_any_more_is_cleared_away(store: DiskStore) -> None:
    (store.root / "incoming" / "upload-left").write_bytes(b"left by a kill")
    living = store.writer(1000)
    living.write(b"still arriving")
    assert store.clear_incoming() == 1
    assert living.keep().size == len(b"still arriving")
    assert store.clear_incoming() == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_at_each_step(store: DiskStore, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    writer = store.writer(1000)
    writer.write(b"words")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageFull, match="disk is full"):
            writer.keep()
        patch.setattr("app.core.store.mkstemp", full)
        with pytest.raises(StorageFull, match="disk is full"):
            store.writer(1000)
    writer.discard()
    assert files_below(store) == []
    assert keep(store, b"room again").size == 10


def test_another_fault_of_the_disk_is_no_full_disk(store: DiskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise OSError(errno.EIO, "broken")

    writer = store.writer(1000)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="broken"):
        writer.keep()
    writer.discard()
