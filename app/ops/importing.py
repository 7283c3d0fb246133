"""`quiver import` and `quiver reindex`: runs the importer with a progress bar, then reads and indexes what is new."""

import time
from pathlib import Path

import typer

from app.core import outbox
from app.core.errors import Conflict
from app.ops.import_map import read_map
from app.ops.importer import Importer, Report
from app.ops.manifest import read_manifest
from app.ops.portal import open_desk, prepare_and_migrate, worker_lock
from app.ops.worker import Worker
from app.search.jobs import IndexDesk, rebuild

LOOK_SECONDS = 0.2


def import_folder(folder: Path, manifest: Path, mapping: Path) -> Report:
    """Import, then wait until every new file is read and found. A running portal does that part itself."""
    rows, words = read_manifest(manifest), read_map(mapping)
    settings = prepare_and_migrate()
    with open_desk(settings) as desk:
        importer = Importer(desk.open_work, desk.blobs, folder, words, settings.max_upload_bytes)
        with typer.progressbar(length=len(rows), label="Taking in") as bar:
            report = importer.run(rows, bar.update)
        lock = worker_lock(settings)
        worker = Worker(desk) if lock.take() else None
        if worker is not None:
            worker.take_over()
            worker.start()
        _wait_until_read(desk)
        if worker is not None:
            rebuild(desk)  # one segment instead of one a batch answers several times faster
        if worker is not None:
            worker.stop()
            lock.release()
    return report


def reindex() -> int:
    """Build the index anew; says how many items it holds. Refuses while another process writes it."""
    settings = prepare_and_migrate()
    lock = worker_lock(settings)
    if not lock.take():
        raise Conflict("A running portal keeps the index. Stop it, then run this again; it also mends the index itself when it starts.")
    with open_desk(settings) as desk:
        rebuild(desk)
        count = len(desk.index.known())
    lock.release()
    return count


def _wait_until_read(desk: IndexDesk) -> None:
    waiting = _waiting(desk)
    with typer.progressbar(length=waiting, label="Reading  ") as bar:
        while waiting:
            time.sleep(LOOK_SECONDS)
            left = _waiting(desk)
            bar.update(max(0, waiting - left))
            waiting = left


def _waiting(desk: IndexDesk) -> int:
    with desk.open_work(read_only=True) as work:
        return outbox.count_by_state(work.session).get("waiting", 0)
