"""Looks for what should not be: files missing, altered or orphaned, index and database apart, jobs that gave up, unknown settings."""

import os
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path

from app.core import outbox, schedule
from app.core.outbox import OutboxRow
from app.core.printing import missing_libraries
from app.library.events import VersionUploaded
from app.library.jobs import GAVE_UP, sweep_blobs
from app.library.queries import list_dangling, list_unread
from app.library.queries.files import list_unreadable
from app.ops.archive import BLOBS, ArchiveReader
from app.ops.portal import worker_lock
from app.ops.verify import Complaint, check_files
from app.search.documents import documents_of
from app.search.jobs import IndexDesk, find_differences, rebuild
from app.settings import Settings

# A job that has been due for so long has nobody who works it off.
PATIENCE = timedelta(minutes=15)
REBUILD = "rebuild-index"


def examine(desk: IndexDesk, settings: Settings) -> list[Complaint]:
    """Everything that is wrong with a portal; empty when all is well. Reads every stored file."""
    checks = (
        unknown_settings(settings),
        _machine(),
        check_files(desk),
        _dangling(desk),
        _index(desk),
        _meaning(desk),
        _jobs(desk),
        _timed(desk),
        _texts(desk),
    )
    return [complaint for check in checks for complaint in check]


def unknown_settings(settings: Settings) -> Iterator[Complaint]:
    """Variables that look like settings and are none, such as mistyped ones."""
    known = [name.upper() for name in type(settings).model_fields]
    for name in sorted(os.environ):
        prefix, _, own = name.upper().partition("_")
        if prefix == "QUIVER" and own not in known and not own.startswith("TEST_"):
            close = get_close_matches(own, known, 1)
            meant = f" Did you mean QUIVER_{close[0]}?" if close else ""
            yield Complaint("setting", name, f"{name} is not a setting, so it does nothing.{meant} README lists them all.")


def _machine() -> Iterator[Complaint]:
    """What this machine lacks; everything else works without it."""
    if missing := missing_libraries():
        yield Complaint("machine", "pdf", missing)


def find_meaning(desk: IndexDesk) -> str:
    """How far the meaning of what search finds is known, as a line; empty where there is no model."""
    state = desk.index.meaning_state(wait=True)
    if state is None or state.model == "none":
        return ""
    return f"Of {state.total:,} passages and titles, the meaning of {state.read:,} is read."


def repair(desk: IndexDesk, settings: Settings, backup: Path | None = None) -> list[str]:
    """Mend what can be mended without losing anything; gives a sentence for each thing done."""
    complaints = examine(desk, settings)
    done = [*_bring_back(desk, complaints, backup)] if backup is not None else []
    done += _sweep(desk, complaints)
    done += _revive(desk)
    done += _read_again(desk)
    done += _run_again(desk, complaints)
    if any(complaint.kind in ("ghost", "index") for complaint in complaints):
        done.append(_mend_index(desk, settings))
    return done


def _dangling(desk: IndexDesk) -> Iterator[Complaint]:
    with desk.open_work(read_only=True) as work:
        dangling = list_dangling(work)
    for asset_id in dangling:
        told = f"The released version of item {asset_id} is not there. Release one of its versions again; which one is for a person to say."
        yield Complaint("dangling", str(asset_id), told)


def _index(desk: IndexDesk) -> Iterator[Complaint]:
    remedy = "the index is built anew"
    if not desk.index.ready:
        yield Complaint("index", "", "The search index cannot be read. Until it is built anew, search is slow.", remedy)
        return
    differing = find_differences(desk)
    with desk.open_work(read_only=True) as work:
        documents = documents_of(work, differing)
    for asset_id in differing:
        if documents.get(asset_id):
            yield Complaint("index", str(asset_id), f"Search and database differ on item {asset_id}.", remedy)
        else:
            yield Complaint("ghost", str(asset_id), f"Search still holds item {asset_id}, which the database does not give out.", remedy)


def _meaning(desk: IndexDesk) -> Iterator[Complaint]:
    state = desk.index.meaning_state(wait=True)
    if state is not None and state.fault:
        yield Complaint("meaning", "", state.fault)


def _jobs(desk: IndexDesk) -> Iterator[Complaint]:
    with desk.open_work(read_only=True) as work:
        dead = outbox.list_dead(work.session)
        overdue = outbox.list_overdue(work.session, work.now - PATIENCE)
    for row in dead:
        tries = "1 try" if row.attempts == 1 else f"{row.attempts} tries"
        told = f"Job {row.id} ({row.event}) gave up after {tries}: {row.last_error}"
        yield Complaint("dead", str(row.id), told, "it is tried again")
    for row in overdue:
        told = f"Job {row.id} ({row.event}) has been due since {row.due_at:%Y-%m-%d %H:%M} UTC. Start the portal, or `quiver work`."
        yield Complaint("stuck", str(row.id), told)


def _timed(desk: IndexDesk) -> Iterator[Complaint]:
    with desk.open_work(read_only=True) as work:
        ticks = schedule.list_ticks(work.session)
    for name, tick in ticks.items():
        if tick.failures:
            times = "once" if tick.failures == 1 else f"{tick.failures} times in a row"
            told = f"The timed job {name} failed {times}: {tick.last_error}"
            yield Complaint("timed", name, told, "it runs again at once")


def _texts(desk: IndexDesk) -> Iterator[Complaint]:
    """Versions whose text waits without a job that would read it, or whose reading was given up."""
    with desk.open_work(read_only=True) as work:
        unread, given_up = list_unread(work), list_unreadable(work, GAVE_UP)
        queued = _queued_versions(outbox.list_unfinished(work.session, VersionUploaded))
    for asset_id, version_id in unread:
        if version_id in queued:
            told = f"The text of version {version_id} of item {asset_id} waits to be read. Is a worker running?"
            yield Complaint("unread", str(version_id), told)
        else:
            told = f"The text of version {version_id} of item {asset_id} was never read, and no job will do it."
            yield Complaint("unread", str(version_id), told, "it is read anew")
    for asset_id, version_id in given_up:
        told = f"Reading version {version_id} of item {asset_id} was given up after several tries, so only its title and tags are found."
        yield Complaint("unreadable", str(version_id), told, "it is tried again")


def _queued_versions(rows: list[OutboxRow]) -> set[int]:
    return {int(row.payload["version_id"]) for row in rows}


def _bring_back(desk: IndexDesk, complaints: list[Complaint], backup: Path) -> Iterator[str]:
    """Missing and altered files out of a backup; only with the very bytes they had."""
    archive = ArchiveReader(backup)
    try:
        for complaint in complaints:
            sha256 = complaint.subject
            entry = archive.find(f"{BLOBS}{sha256[:2]}/{sha256}") if complaint.kind in ("missing", "altered") else None
            if entry is None:
                continue
            writer = desk.blobs.writer(entry.size)
            try:
                if archive.copy(entry, writer.write) and entry.sha256 == sha256:
                    writer.keep()
                    yield f"The file {sha256} was brought back from {backup}."
            finally:
                writer.discard()
    finally:
        archive.close()


def _sweep(desk: IndexDesk, complaints: list[Complaint]) -> list[str]:
    orphans = {complaint.subject for complaint in complaints if complaint.kind == "orphan"}
    if not orphans:
        return []
    sweep_blobs(desk)
    left = {sha256 for sha256, _ in desk.blobs.list_all()}
    return [f"The file {sha256}, which nobody refers to, was removed." for sha256 in sorted(orphans - left)]


def _revive(desk: IndexDesk) -> list[str]:
    with desk.open_work() as work:
        dead = outbox.list_dead(work.session)
        for row in dead:
            outbox.revive(work.session, row.id or 0, work.now)
    return [f"Job {row.id} ({row.event}) is tried again." for row in dead]


def _read_again(desk: IndexDesk) -> list[str]:
    with desk.open_work() as work:
        queued = _queued_versions(outbox.list_unfinished(work.session, VersionUploaded))
        again = [pair for pair in (*list_unread(work), *list_unreadable(work, GAVE_UP)) if pair[1] not in queued]
        for asset_id, version_id in again:
            work.record(VersionUploaded(asset_id=asset_id, version_id=version_id))
    return [f"Version {version_id} of item {asset_id} is read again." for asset_id, version_id in again]


def _run_again(desk: IndexDesk, complaints: list[Complaint]) -> list[str]:
    names = [complaint.subject for complaint in complaints if complaint.kind == "timed"]
    with desk.open_work() as work:
        for name in names:
            schedule.ask_for(work.session, name, work.now)
    return [f"The timed job {name} runs again." for name in names]


def _mend_index(desk: IndexDesk, settings: Settings) -> str:
    """Only one process may write the index: where a portal runs, it is asked to."""
    lock = worker_lock(settings)
    if not lock.take():
        with desk.open_work() as work:
            schedule.ask_for(work.session, REBUILD, work.now)
        return "The running portal builds the index anew within a few seconds."
    try:
        rebuild(desk)
    finally:
        lock.release()
    return "The index was built anew."
