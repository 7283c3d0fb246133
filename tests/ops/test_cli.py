"""The `quiver` command: its words, its exit codes, and that asking for help loads nothing heavy."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.core.db import open_engine
from app.ops.cli import app
from app.ops.migrate import WrongSchema, check_schema
from app.ops.portal import open_desk, worker_lock
from app.settings import Settings, get_settings
from tests.factories.library import add_released

HEAVY = ("sqlalchemy", "sqlmodel", "whoosh", "fastapi", "numpy", "onnxruntime", "docx", "pptx", "openpyxl")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this portal's data goes."""
    folder = tmp_path / "portal"
    monkeypatch.setenv("QUIVER_DATA_DIR", str(folder))
    monkeypatch.setenv("QUIVER_PORT", "8391")  # no portal of anybody listens there
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


def quiver(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_help_loads_nothing_heavy() -> None:
    program = f"import app.ops.cli, json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert json.loads(found.stdout) == []


def test_every_command_says_what_it_does() -> None:
    told = quiver("--help").output
    for command in (
        "serve",
        "work",
        "migrate",
        "import",
        "reindex",
        "backup",
        "restore",
        "verify",
        "doctor",
        "settings",
        "user",
        "framework",
        "model",
        "report",
        "judged",
    ):
        assert command in told
        assert quiver(command, "--help").exit_code == 0


def test_the_version_is_the_one_of_the_project() -> None:
    result = quiver("--version")
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert result.exit_code == 0
    assert f'version = "{result.output.removeprefix("Quiver ").strip()}"' in project


def test_migrate_makes_a_private_portal_and_may_be_repeated(folder: Path) -> None:
    for _ in range(2):
        result = quiver("migrate")
        assert (result.exit_code, "at the newest schema" in result.output) == (0, True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert not (folder / "snapshots").exists(), "an unchanged database needs no snapshot"


def test_what_a_portal_keeps_is_private_in_a_folder_that_all_may_read(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    quiver("migrate")
    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("quiver.db", "blobs", "index")}
    assert modes == {"quiver.db": 0o600, "blobs": 0o700, "index": 0o700}


def test_accounts_of_a_mistyped_folder_make_no_portal_there(folder: Path) -> None:
    for asked in (("list",), ("reset", "rep@example.com")):
        told = quiver("user", *asked)
        assert (told.exit_code, "There is no portal in" in told.output, folder.exists()) == (1, True, False)


@pytest.mark.parametrize("command", [("doctor",), ("verify",), ("user", "list"), ("framework",), ("backup", "x.zip")])
def test_looking_into_an_empty_folder_leaves_it_empty(folder: Path, command: tuple[str, ...]) -> None:
    """A backup is restored into an empty folder only, so a look may not fill it."""
    folder.mkdir()
    told = quiver(*command)
    assert (told.exit_code > 0, "There is no portal in" in told.output, list(folder.iterdir())) == (True, True, [])


def test_a_disabled_account_gets_no_link(folder: Path) -> None:
    quiver("migrate")
    for role in ("admin", "rep"):
        quiver("user", "create", f"{role}@example.com", "--name", "One", "--role", role)
    quiver("user", "disable", "rep@example.com")
    told = quiver("user", "reset", "rep@example.com")
    assert (told.exit_code, "/setup/" in told.output) == (1, False)
    assert "The account is disabled, so a link would let nobody in. Enable it first, then reset it; nothing was changed." in told.output
    quiver("user", "enable", "rep@example.com")
    assert "/setup/" in quiver("user", "reset", "rep@example.com").output


def set_revision(folder: Path, revision: str) -> None:
    engine = open_engine(f"sqlite:///{folder / 'quiver.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


def test_a_newer_database_is_refused_by_every_command(folder: Path) -> None:
    quiver("migrate")
    set_revision(folder, "from_the_future")
    codes: dict[tuple[str, ...], int] = {("doctor",): 2, ("verify",): 2}
    commands: tuple[tuple[str, ...], ...] = (
        ("migrate",),
        ("doctor",),
        ("verify",),
        ("backup", str(folder)),
        ("user", "list"),
        ("reindex",),
        ("serve",),
    )
    for command in commands:
        result = quiver(*command)
        assert (result.exit_code, "newer than this program" in result.output) == (codes.get(command, 1), True), command
    engine = open_engine(f"sqlite:///{folder / 'quiver.db'}")
    with pytest.raises(WrongSchema, match="newer"):
        check_schema(engine)
    engine.dispose()


def test_doctor_ends_with_one_when_something_is_wrong(folder: Path) -> None:
    quiver("migrate")
    assert quiver("reindex").output == "0 items are in the index.\n"
    assert (quiver("doctor").exit_code, quiver("doctor").output) == (0, "All is well.\n")
    with open_desk(Settings(data_dir=folder)) as desk, desk.open_work() as work:
        add_released(work)
    result = quiver("doctor")
    assert result.exit_code == 1
    assert "index: Search and database differ on item 1." in result.output
    assert "2 complaints; `quiver doctor --repair` mends 1 of them." in result.output
    assert "unread: " in quiver("doctor", "--repair").output
    assert quiver("doctor").output.splitlines()[1:] == ["1 complaint; `quiver doctor --repair` does not mend it."]


def test_reindex_refuses_beside_a_running_portal(folder: Path) -> None:
    quiver("migrate")
    lock = worker_lock(Settings(data_dir=folder))
    assert lock.take()
    result = quiver("reindex")
    assert (result.exit_code, "A running portal keeps the index" in result.output) == (1, True)
    lock.release()
    assert quiver("reindex").exit_code == 0


def test_accounts_from_the_command_line(folder: Path) -> None:
    quiver("migrate")
    created = quiver("user", "create", "rep@example.com", "--name", "A Rep", "--role", "rep")
    assert "/setup/" in created.output
    assert (
        "There is an account with this e-mail address" in quiver("user", "create", "REP@example.com", "--name", "B", "--role", "rep").output
    )
    assert "There is no role “chief”" in quiver("user", "create", "b@example.com", "--name", "B", "--role", "chief").output
    assert quiver("user", "disable", "rep@example.com").output == "rep@example.com can no longer sign in. What they made stays.\n"
    assert quiver("user", "list").output == "rep@example.com  rep  A Rep  (disabled)\n"
    assert quiver("user", "enable", "rep@example.com").exit_code == 0
    assert "/setup/" in quiver("user", "reset", "rep@example.com").output
    missing = quiver("user", "reset", "nobody@example.com")
    assert (missing.exit_code, "There is no account" in missing.output) == (1, True)


def test_import_and_import_again(folder: Path, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "guide.md").write_text("# Guide\n\nHow docks work.\n")
    (documents / "old.doc").write_text("no")
    manifest, mapping = tmp_path / "files.csv", tmp_path / "map.toml"
    manifest.write_text("file,title\nguide.md,Guide\nold.doc,Old\n")
    mapping.write_text("[defaults]\nrelease = false\n")
    arguments = ("import", str(documents), "--manifest", str(manifest), "--map", str(mapping))
    first, again = quiver(*arguments), quiver(*arguments)
    assert (first.exit_code, again.exit_code) == (1, 1), "a file was refused"
    assert "Refused old.doc: Files of type .doc are not accepted. Save it as DOCX and upload that." in first.output
    assert "1 new, 0 newer versions, 0 older versions, 0 with the same content, 0 here already, 1 refused; 2 in all." in first.output
    assert "0 new, 0 newer versions, 0 older versions, 0 with the same content, 1 here already, 1 refused; 2 in all." in again.output
    assert quiver("doctor").output == "All is well.\n", "what was imported is read and indexed when the command ends"


def test_framework_lists_the_keys_a_manifest_may_use(folder: Path) -> None:
    nothing = quiver("framework")
    assert (nothing.exit_code, "There is no portal in" in nothing.output, folder.exists()) == (1, True, False)
    quiver("migrate")
    listed = [line.split(maxsplit=2) for line in quiver("framework").output.splitlines()]
    assert ["stage", "prove", "Prove value"] in listed
    assert ["stakeholder", "economic", "Economic buyer"] in listed
    assert ["kind", "one-pager", "One-pager"] in listed


def test_the_mapping_in_the_readme_leads_to_released_items(folder: Path, tmp_path: Path) -> None:
    """With its own words, and with ours, which need no table."""
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    documents, manifest, mapping = tmp_path / "documents", tmp_path / "files.csv", tmp_path / "map.toml"
    mapping.write_text(readme.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    manifest.write_text(readme.partition("```csv\n")[2].partition("```")[0], encoding="utf-8")
    documents.mkdir()
    names = [line.partition(",")[0] for line in manifest.read_text(encoding="utf-8").splitlines()[1:]]
    for name in names:
        (documents / name).write_text(f"# {name}\n\nHow docks work.\n")
    quiver("migrate")
    quiver("user", "create", "marketing@example.com", "--name", "Marketing", "--role", "marketer")
    result = quiver("import", str(documents), "--manifest", str(manifest), "--map", str(mapping))
    assert result.exit_code == 0, result.output
    told = [line for line in result.output.splitlines() if line and not line.startswith(("Taking in", "Reading"))]
    assert told == [
        f"{len(names)} new, 0 newer versions, 0 older versions, 0 with the same content, 0 here already, 0 refused; {len(names)} in all."
    ], "nothing is refused, unknown or kept as a draft"


def test_an_import_whose_manifest_is_none_says_so(folder: Path, tmp_path: Path) -> None:
    manifest, mapping = tmp_path / "files.csv", tmp_path / "map.toml"
    manifest.write_bytes(b"PK\x03\x04\x00\x00")
    mapping.write_text("")
    result = quiver("import", str(tmp_path), "--manifest", str(manifest), "--map", str(mapping))
    assert (result.exit_code, "files.csv is no text. Save the table as CSV" in result.output) == (1, True)
    assert not folder.exists(), "it is told before anything is made"
