"""`quiver serve`: what it prints on the first start and later, and that it names mistyped settings."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app.core.desk import OpenWork
from app.core.errors import Conflict
from app.core.store import BlobStore
from app.identity.actions import create_user
from app.identity.models import NewUser, Role
from app.identity.rules import ROLE_NAMES
from app.ops.portal import open_files, prepare_and_migrate
from app.ops.seed import PEOPLE, SIGN_IN
from app.ops.serve import SIGN_INS, Seed, serve
from app.ops.setting_faults import WrongSetting
from app.settings import get_settings
from app.web.wire import BoundedHttp

Served = dict[str, Any]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "portal"
    monkeypatch.setenv("QUIVER_DATA_DIR", str(folder))
    monkeypatch.setenv("QUIVER_PORT", "8391")  # no portal of anybody listens there
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """What the web server was started with, instead of starting it."""
    given: Served = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: given.update(options, app=app))
    return given


def load_small_seed() -> Seed:
    def seed(open_work: OpenWork, _blobs: BlobStore, sign_ins: Path) -> bool:
        with open_work() as work:
            create_user(work, NewUser(email="admin@quiver.example", name="An administrator", role=Role.ADMIN))
        sign_ins.write_text("admin@quiver.example  secret words\n")
        return True

    return seed


def load_nothing() -> Seed:
    raise AssertionError("the demo's builders are loaded for an empty portal only")


def test_a_new_portal_prints_its_set_up_link_until_it_is_used(folder: Path, served: Served, capsys: Captured) -> None:
    links = []
    for _ in range(2):
        serve(load_seed=None, workers=1)
        address, link = capsys.readouterr().out.splitlines()
        assert address == "Quiver is at http://127.0.0.1:8391"
        assert link.startswith(
            "Set up the first administrator, once, by this link (earlier ones no longer work): http://127.0.0.1:8391/setup/"
        )
        links.append(link)
    assert links[0] != links[1]
    assert (served["host"], served["port"], served["workers"], served["factory"]) == ("127.0.0.1", 8391, 1, True)
    assert (served["access_log"], served["server_header"]) == (False, False)
    assert served["http"] is BoundedHttp
    assert (folder / "quiver.db").exists()


@pytest.mark.usefixtures("served")
def test_a_portal_without_administrator_says_how_to_make_one(folder: Path, capsys: Captured) -> None:
    prepare_and_migrate()
    for role, told in ((Role.MARKETER, True), (Role.ADMIN, False)):
        with open_files(get_settings()) as desk, desk.open_work() as work:
            create_user(work, NewUser(email=f"{role}@example.com", name="Somebody", role=role))
        serve(load_seed=None, workers=1)
        assert ("quiver user create EMAIL --name NAME --role admin" in capsys.readouterr().out) is told
    assert (folder / "quiver.db").exists()


def test_the_demo_is_loaded_once_and_its_sign_ins_are_printed(folder: Path, served: Served, capsys: Captured) -> None:
    told = ["Quiver is at http://127.0.0.1:8391", "Demo sign-ins:", "  admin@quiver.example  secret words"]
    for load in (load_small_seed, load_nothing):
        serve(load_seed=load, workers=1)
        assert capsys.readouterr().out.splitlines() == told
    assert (folder / SIGN_INS).exists()
    assert served["app"] == "app.main:create_app"


def test_the_columns_of_the_sign_ins_stand_below_their_names() -> None:
    header = SIGN_IN.format("address", "password", "role", "name")
    for role, name in PEOPLE.items():
        line = SIGN_IN.format(f"{role}@quiver.example", "x" * 16, ROLE_NAMES[role], name)
        for column, value in {"password": "x" * 16, "role": ROLE_NAMES[role], "name": name}.items():
            assert line[header.index(column) :].startswith(value)


def test_a_mistyped_setting_is_named_at_the_start(folder: Path, served: Served, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_PROT", "9000")
    serve(load_seed=None, workers=1)
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "QUIVER_PROT is not a setting, so it does nothing. Did you mean QUIVER_PORT? README lists them all."


def test_a_taken_port_is_told_before_anything_else(folder: Path, served: Served, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("QUIVER_PORT", str(port))
        with pytest.raises(Conflict, match=f"Port {port} is taken, .* choose another one with QUIVER_PORT"):
            serve(load_seed=load_nothing, workers=1)
    assert (capsys.readouterr().out, served) == ("", {})
    assert not (folder / "quiver.db").exists()


def test_an_address_of_another_computer_is_told(folder: Path, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_HOST", "192.0.2.7")
    with pytest.raises(WrongSetting, match=r"QUIVER_HOST is “192\.0\.2\.7”, but this computer has no such address"):
        serve(load_seed=load_nothing, workers=1)
    assert served == {}
