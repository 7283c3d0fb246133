"""Looks for what should not be: files missing, altered or orphaned, index and database apart, stuck jobs, unknown settings."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from app.core import outbox
from app.library.queries import list_blob_hashes, list_dangling, list_unread
from app.search.jobs import IndexDesk, find_differences, rebuild
from app.settings import Settings


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong, in a sentence, and whether `--repair` mends it."""

    kind: str
    sentence: str
    mendable: bool = False


def examine(desk: IndexDesk, settings: Settings) -> list[Complaint]:
    """Everything that is wrong with a portal; empty when all is well. Reads every stored file."""
    checks = (_unknown_settings(settings), _files(desk), _index(desk), _jobs(desk))
    return [complaint for check in checks for complaint in check]


def repair(desk: IndexDesk) -> None:
    """Mend what can be mended without losing anything: the index, and jobs set aside."""
    rebuild(desk)
    with desk.open_work() as work:
        for row in outbox.list_dead(work.session):
            outbox.revive(work.session, row.id or 0, work.now)


def _unknown_settings(settings: Settings) -> Iterator[Complaint]:
    known = {f"QUIVER_{name.upper()}" for name in type(settings).model_fields}
    for name in sorted(os.environ):
        if name.startswith("QUIVER_") and name not in known and not name.startswith("QUIVER_TEST_"):
            yield Complaint("setting", f"{name} is not a setting, so it does nothing. README lists them all.")


def _files(desk: IndexDesk) -> Iterator[Complaint]:
    with desk.open_work(read_only=True) as work:
        wanted = list_blob_hashes(work)
        dangling = list_dangling(work)
    for asset_id in dangling:
        yield Complaint("dangling", f"The released version of item {asset_id} is not there. Release one of its versions again.")
    stored = {sha256 for sha256, _ in desk.blobs.list_all()}
    for sha256 in sorted(wanted - stored):
        yield Complaint("missing", f"The file {sha256} is missing. Restore it from a backup.")
    for sha256 in sorted(wanted & stored):
        if not desk.blobs.verify(sha256):
            yield Complaint("altered", f"The file {sha256} was altered. Restore it from a backup.")
    for sha256 in sorted(stored - wanted):
        yield Complaint("orphan", f"No version refers to the file {sha256}. It is removed after a day.")


def _index(desk: IndexDesk) -> Iterator[Complaint]:
    if not desk.index.ready:
        yield Complaint("index", "The search index cannot be read.", mendable=True)
        return
    for asset_id in find_differences(desk):
        yield Complaint("ghost", f"Search and database differ on item {asset_id}.", mendable=True)


def _jobs(desk: IndexDesk) -> Iterator[Complaint]:
    with desk.open_work(read_only=True) as work:
        dead = outbox.list_dead(work.session)
        unread = list_unread(work)
    for row in dead:
        yield Complaint("stuck", f"Job {row.id} ({row.event}) gave up after {row.attempts} tries: {row.last_error}", mendable=True)
    for asset_id, version_id in unread:
        yield Complaint("unread", f"The text of version {version_id} of item {asset_id} is not read yet. Is a worker running?")
