"""The folder of the index: one sub-folder per rebuild, a pointer to the current one, a list of checksums, one writer.
Called by the engine; knows nothing of what the files mean."""

import fcntl
import json
import os
import re
import shutil
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.search.engine import IndexBusy

POINTER = "current"
MANIFEST = "manifest.json"
LOCK = "writer.lock"
LOCK_PATIENCE = 10.0  # seconds

_FOLDER = re.compile(r"g\d{1,9}")


class BrokenIndex(Exception):
    """What is on disk cannot be trusted."""


class IndexStore:
    """Folders `g1`, `g2` ... under one path; `current` names the one in use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread_lock = threading.RLock()

    def current(self) -> Path:
        """The folder in use; BrokenIndex without one."""
        try:
            name = (self.path / POINTER).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise BrokenIndex("no index yet") from error
        folder = self.path / name
        if not _FOLDER.fullmatch(name) or not folder.is_dir():
            raise BrokenIndex("the pointer names no index folder")
        return folder

    def signature(self) -> tuple[int, ...]:
        """Changes whenever somebody may have committed or swapped; cheap."""
        try:
            pointer = os.stat(self.path / POINTER)
            return (pointer.st_ino, pointer.st_mtime_ns, os.stat(self.current()).st_mtime_ns)
        except (OSError, BrokenIndex):
            return ()

    def fresh_folder(self) -> Path:
        """A new empty folder beside the current one."""
        self.path.mkdir(parents=True, exist_ok=True)
        numbers = [int(each.name[1:]) for each in self.path.iterdir() if _FOLDER.fullmatch(each.name)]
        folder = self.path / f"g{max(numbers, default=0) + 1}"
        folder.mkdir()
        return folder

    def publish(self, folder: Path) -> None:
        """Make the folder the current one in one step and remove all others."""
        _replace(self.path / POINTER, folder.name)
        self.sweep()

    def sweep(self) -> None:
        """Remove folders that nobody points at: what a killed rebuild or a swap left."""
        keep = self.current().name
        for each in self.path.iterdir():
            if _FOLDER.fullmatch(each.name) and each.name != keep:
                shutil.rmtree(each, ignore_errors=True)

    def seal(self, folder: Path, version: str) -> None:
        """Write the checksums of all files of the folder; known ones are not read again, as index files never change."""
        _, before = _manifest(folder)
        files = {each.name: before.get(each.name) or _checksum(each) for each in _sealed_files(folder)}
        _replace(folder / MANIFEST, json.dumps({"version": version, "files": files}))

    def verify(self, folder: Path, version: str) -> None:
        """BrokenIndex if the folder is of another version or a file is not what was written."""
        written, files = _manifest(folder)
        if written != version:
            raise BrokenIndex("another version of the index")
        # after a kill between commit and seal a listed file may be gone and a new one unlisted: opening shows whether the rest is whole
        for name, expected in files.items():
            file = folder / name
            if file.exists() and _checksum(file) != expected:
                raise BrokenIndex(f"{name} is damaged")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The one writer, over threads and processes; IndexBusy if another process keeps it."""
        with self._thread_lock, only_one(self.path / LOCK):
            yield


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """One at a time, over threads and processes, holds this file; IndexBusy if another keeps it. Not to be entered twice by one thread."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "wb") as held:
        _locked(held.fileno())
        yield


def _locked(descriptor: int) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise IndexBusy("another process is writing the index") from error
            time.sleep(0.05)


def _manifest(folder: Path) -> tuple[str, dict[str, list[int]]]:
    """Version and checksums as written; nothing if that cannot be read."""
    try:
        loaded = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return str(loaded["version"]), dict(loaded["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", {}


def _sealed_files(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_file() and each.suffix in (".seg", ".toc", ".arrays", ".places")]


def _checksum(file: Path) -> list[int]:
    total, size = 0, 0
    with open(file, "rb") as stream:
        while block := stream.read(1 << 20):
            total = zlib.crc32(block, total)
            size += len(block)
    return [size, total]


def _replace(file: Path, text: str) -> None:
    beside = file.with_name(f"{file.name}.new")
    with open(beside, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, file)
