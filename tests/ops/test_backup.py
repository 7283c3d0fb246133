"""A backup comes back whole in an empty folder, on either database; each changed byte is named; nothing is ever overwritten."""

import os
import random
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from app.core import holds
from app.core.db import open_engine, open_session
from app.core.errors import Conflict, Refused
from app.core.store import hash_file
from app.identity.models import LoginSession, Role, SetupLink, User
from app.library.jobs import sweep_blobs
from app.library.models import Asset, Version
from app.ops import backup as backup_module
from app.ops.archive import BLOBS, DATABASE, ArchiveReader
from app.ops.backup import Backup, back_up, sweeper_held
from app.ops.doctor import examine, repair
from app.ops.migrate import WrongSchema, upgrade
from app.ops.portal import UNFINISHED, open_desk, prepare, prepare_and_migrate
from app.ops.restore import restore
from app.ops.verify import verify_backup, verify_store
from app.ops.worker import Worker
from app.search.jobs import find_differences
from app.settings import Settings, get_settings
from tests.factories.library import add_released, add_version, store
from tests.factories.people import add_user, ensure_user

ITEMS = 24


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a portal with content, people, a session and a link, all read and indexed; copied for each test."""
    folder = tmp_path_factory.mktemp("library") / "portal"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUIVER_DATA_DIR", str(folder))
        fill(prepare_and_migrate())
    get_settings.cache_clear()
    return folder


def fill(settings: Settings) -> None:
    with open_desk(settings) as desk:
        with desk.open_work() as work:
            for number in range(ITEMS):
                add_released(work, f"Dock guide {number}")
            add_version(work, 1, "# Newer\n\nNot out yet.\n")
            add_user(work, Role.REP)
            marketer = ensure_user(work, Role.MARKETER)
            work.session.add(LoginSession(id_hash="x", user_id=marketer.id or 0, created_at=work.now, last_seen_at=work.now))
        Worker(desk).drain()


@pytest.fixture
def settings(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A portal of its own."""
    folder = tmp_path / "portal"
    shutil.copytree(library, folder)
    monkeypatch.setenv("QUIVER_DATA_DIR", str(folder))
    yield prepare()
    get_settings.cache_clear()


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Backup:
    return back_up(tmp_path / "quiver.tar")


def counts(settings: Settings) -> dict[str, int]:
    with open_desk(settings) as desk, desk.open_work(read_only=True) as work:
        return {table.__tablename__: len(work.session.exec(select(table)).all()) for table in (User, Asset, Version)}


def flip(path: Path, offset: int) -> None:
    """Change one byte of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x55]))


def test_everything_comes_back_in_an_empty_folder(settings: Settings, made: Backup, tmp_path: Path) -> None:
    assert (made.files, made.missing, made.altered) == (ITEMS + 1, (), ())
    restored = restore(made.path, tmp_path / "into")
    assert (restored.files, restored.indexed, restored.left_out, restored.missing) == (ITEMS + 1, ITEMS, (), ())
    there = Settings(data_dir=tmp_path / "into")
    assert counts(there) == {"user_account": 2, "asset": ITEMS, "version": ITEMS + 1}
    with open_desk(there) as desk:
        assert examine(desk, there) == []
        assert desk.index.ready and find_differences(desk) == []
        with desk.open_work(read_only=True) as work:
            assert work.session.exec(select(LoginSession)).all() == [], "a session that ended since must not live again"
            assert work.session.exec(select(SetupLink)).all() == []
            for version in work.session.exec(select(Version)).all():
                assert hash_file(desk.blobs.path(version.blob_sha256)) == version.blob_sha256
    assert (tmp_path / "into" / "secret.key").read_text() == (settings.data_dir / "secret.key").read_text()
    assert stat.S_IMODE((tmp_path / "into").stat().st_mode) == 0o700
    assert {stat.S_IMODE((tmp_path / "into" / name).stat().st_mode) for name in ("quiver.db", "secret.key")} == {0o600}


@pytest.mark.postgres
def test_a_backup_moves_a_portal_to_postgresql_and_back(
    made: Backup, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIVER_DATABASE_URL", postgres_url)
    restore(made.path, tmp_path / "into")
    there = Settings(data_dir=tmp_path / "into")
    assert there.url.startswith("postgresql") and not (there.data_dir / "quiver.db").exists()
    assert counts(there) == {"user_account": 2, "asset": ITEMS, "version": ITEMS + 1}
    with open_desk(there) as desk:
        assert examine(desk, there) == []
        with desk.open_work() as work:
            assert add_released(work, "After the move") == ITEMS + 1
    with pytest.raises(Refused, match="has tables already"):
        restore(made.path, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    monkeypatch.setenv("QUIVER_DATA_DIR", str(there.data_dir))
    of_postgresql = back_up(tmp_path / "postgresql.tar")
    monkeypatch.delenv("QUIVER_DATABASE_URL")
    assert verify_backup(of_postgresql.path) == []
    restore(of_postgresql.path, tmp_path / "back")
    assert counts(Settings(data_dir=tmp_path / "back")) == {"user_account": 2, "asset": ITEMS + 1, "version": ITEMS + 2}


def test_a_backup_is_one_private_tar_without_the_index(made: Backup) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    with tarfile.open(made.path) as tar:
        names = tar.getnames()
    assert names[:2] == ["database.db", "secret.key"] and names[-2:] == ["manifest.json", "seal.json"]
    assert all(name.startswith("blobs/") for name in names[2:-2])
    assert [path.name for path in made.path.parent.iterdir() if path.name.startswith("quiver.tar")] == ["quiver.tar"]


def test_a_folder_gets_a_file_of_its_own_and_nothing_is_overwritten(settings: Settings, made: Backup, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    again = back_up(tmp_path / "backups")
    assert again.path.parent == tmp_path / "backups" and again.path.suffix == ".tar"
    before = made.path.read_bytes()
    with pytest.raises(Refused, match="exists, so no backup was written over it"):
        back_up(made.path)
    assert made.path.read_bytes() == before
    with pytest.raises(Refused, match="There is no folder"):
        back_up(tmp_path / "nowhere" / "quiver.tar")
    with pytest.raises(Refused, match=r"There is no folder .*mistyped. Make it, or name a file with an ending"):
        back_up(tmp_path / "mistyped")
    assert not (tmp_path / "mistyped").exists()


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(settings: Settings, made: Backup, tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "letter.txt").write_text("dear")
    with pytest.raises(Refused, match="is not empty, so nothing was restored into it"):
        restore(made.path, tmp_path / "into")
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["letter.txt"]
    with pytest.raises(Refused, match="is a file"):
        restore(made.path, made.path)
    (tmp_path / "disk" / "lost+found").mkdir(parents=True)
    assert restore(made.path, tmp_path / "disk").files == ITEMS + 1


def offsets_of_twenty_files(path: Path) -> dict[str, int]:
    """A place inside each of twenty stored files of a backup."""
    archive = ArchiveReader(path)
    entries = [entry for entry in archive.manifest.entries if entry.name.startswith(BLOBS)]
    archive.close()
    chance = random.Random(20)
    return {entry.name.rpartition("/")[2]: entry.offset + 512 + chance.randrange(entry.size) for entry in chance.sample(entries, 20)}


def test_of_twenty_flipped_bytes_twenty_are_named(made: Backup) -> None:
    assert verify_backup(made.path) == []
    flipped = offsets_of_twenty_files(made.path)
    for offset in flipped.values():
        flip(made.path, offset)
    found = verify_backup(made.path)
    assert {complaint.subject for complaint in found} == set(flipped)
    assert {complaint.kind for complaint in found} == {"altered"}


def test_of_twenty_flipped_bytes_of_the_store_twenty_are_named_and_brought_back(settings: Settings, made: Backup) -> None:
    blobs = settings.data_dir / "blobs"
    flipped = sorted(offsets_of_twenty_files(made.path))
    for sha256 in flipped:
        path = blobs / sha256[:2] / sha256
        flip(path, path.stat().st_size // 2)
    gone = next(path for path in blobs.glob("??/*") if path.name not in flipped)
    gone.unlink()
    found = verify_store()
    assert {(complaint.kind, complaint.subject) for complaint in found} == {
        ("missing", gone.name),
        *(("altered", name) for name in flipped),
    }
    assert all(complaint.subject in complaint.sentence and "“page.md”, item " in complaint.sentence for complaint in found)
    with open_desk(settings) as desk:
        assert repair(desk, settings) == [], "not without a backup"
        assert len(repair(desk, settings, made.path)) == 21
    assert verify_store() == []


def test_any_byte_of_a_backup_that_changes_is_noticed(made: Backup) -> None:
    """Also in the frames between the files, the list and the end."""
    content = made.path.read_bytes()
    chance = random.Random(4)
    edges = [0, 200, 511, len(content) - 1, len(content) - 1024, len(content) - 1200, len(content) - 1530, len(content) - 2000]
    for offset in [*edges, *(chance.randrange(len(content)) for _ in range(150))]:
        flip(made.path, offset)
        with suppress(Refused):
            assert verify_backup(made.path) != [], offset
        flip(made.path, offset)
    assert verify_backup(made.path) == []


def test_a_damaged_backup_is_refused_by_name_unless_asked_otherwise(made: Backup, tmp_path: Path) -> None:
    [sha256, *_] = flipped = offsets_of_twenty_files(made.path)
    flip(made.path, flipped[sha256])
    with pytest.raises(Refused, match=f"1 of {ITEMS + 1} files in .* nothing was restored: {sha256}"):
        restore(made.path, tmp_path / "into")
    assert not (tmp_path / "into").exists()
    restored = restore(made.path, tmp_path / "into", despite_damage=True)
    assert (restored.files, restored.left_out) == (ITEMS, (sha256,))
    there = Settings(data_dir=tmp_path / "into")
    with open_desk(there) as desk:
        assert [(complaint.kind, complaint.subject) for complaint in examine(desk, there)] == [("missing", sha256)]


def test_a_damaged_database_is_never_restored(made: Backup, tmp_path: Path) -> None:
    flip(made.path, 512 + 4096)
    (tmp_path / "into").mkdir()
    with pytest.raises(Refused, match=r"database.db in .* was altered, so nothing was restored"):
        restore(made.path, tmp_path / "into", despite_damage=True)
    assert list((tmp_path / "into").iterdir()) == []
    assert [complaint.subject for complaint in verify_backup(made.path)] == [DATABASE]


@pytest.mark.parametrize("cut", [lambda size: 0, lambda size: 700, lambda size: size // 2, lambda size: size - 1])
def test_half_a_backup_is_none(made: Backup, tmp_path: Path, cut: Callable[[int], int]) -> None:
    os.truncate(made.path, cut(made.size))
    for use in (lambda: restore(made.path, tmp_path / "into"), lambda: verify_backup(made.path)):
        with pytest.raises(Refused, match="is no backup of Quiver, or it was not written to its end"):
            use()
    assert not (tmp_path / "into").exists()


def test_a_backup_of_a_newer_program_is_refused(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_module, "schema_state", lambda _engine: ("9999", "9999"))
    monkeypatch.setattr(backup_module, "_read_snapshot", lambda _path, _blobs: ("9999", []))
    monkeypatch.setattr(backup_module, "keep_snapshot", lambda _engine, _revision, path: path.write_bytes(b"newer"))
    made = back_up(tmp_path / "newer.tar")
    with pytest.raises(WrongSchema, match="newer than this program"):
        restore(made.path, tmp_path / "into")
    with pytest.raises(WrongSchema, match="newer than this program"):
        verify_backup(made.path)
    assert not (tmp_path / "into").exists()


def test_what_was_damaged_already_is_told_with_the_backup(settings: Settings, tmp_path: Path) -> None:
    altered, missing = sorted((settings.data_dir / "blobs").glob("??/*"))[:2]
    flip(altered, 3)
    missing.unlink()
    made = back_up(tmp_path / "quiver.tar")
    assert (made.missing, made.altered, made.files) == ((missing.name,), (altered.name,), ITEMS)
    found = {complaint.subject: complaint for complaint in verify_backup(made.path)}
    assert found.keys() == {missing.name, altered.name}
    assert found[missing.name].sentence == f"The file {missing.name} was missing already when the backup was made."
    with pytest.raises(Refused, match=altered.name):
        restore(made.path, tmp_path / "into")


def test_while_a_backup_runs_nothing_is_swept(settings: Settings) -> None:
    with open_desk(settings) as desk:
        with desk.open_work() as work:
            stray = store(work, "# Stray\n").sha256
            long_ago = (work.now - timedelta(days=2)).timestamp()
        os.utime(desk.blobs.path(stray), (long_ago, long_ago))
        with sweeper_held(desk) as extend:
            extend()
            sweep_blobs(desk)
            assert desk.blobs.exists(stray)
        sweep_blobs(desk)
        assert not desk.blobs.exists(stray)


def test_the_mark_of_a_killed_backup_runs_out(settings: Settings) -> None:
    with open_desk(settings) as desk:
        with desk.open_work() as work:
            holds.take(work.session, holds.SWEEP, work.now + backup_module.HOLD)
        with desk.open_work(read_only=True) as work:
            still, over = (holds.is_held(work.session, holds.SWEEP, work.now + late) for late in (timedelta(), backup_module.HOLD))
    assert (still, over) == (True, False)


def test_no_portal_starts_on_half_a_restore(settings: Settings) -> None:
    (settings.data_dir / UNFINISHED).touch()
    with pytest.raises(Conflict, match="was not finished"):
        prepare()


def test_an_older_backup_is_brought_up_to_date(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup that an older program made, with the schema of its time."""
    old = tmp_path / "old" / "quiver.db"
    old.parent.mkdir()
    upgrade(f"sqlite:///{old}", "0001")
    monkeypatch.setattr(backup_module, "schema_state", lambda _engine: ("0001", "0001"))
    monkeypatch.setattr(backup_module, "_read_snapshot", lambda _path, _blobs: ("0001", []))
    monkeypatch.setattr(backup_module, "keep_snapshot", lambda _engine, _revision, path: path.write_bytes(old.read_bytes()))
    made = back_up(tmp_path / "older.tar")
    assert verify_backup(made.path) == []
    restore(made.path, tmp_path / "into")
    engine = open_engine(Settings(data_dir=tmp_path / "into").url)
    with open_session(engine, read_only=True) as session:
        assert session.exec(select(Asset).where(col(Asset.id) > 0)).all() == []
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar() != "0001"
    engine.dispose()
