"""What every test may use. Fixtures of one part of the house stand in the conftest of its folder."""

import gc
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.identity import actions
from app.identity.models import Role
from app.ops.migrate import migrate
from app.settings import Settings
from tests.factories.portal import BASE_URL, Portal, started

pytest_plugins = ["pytester", "tests.postgres", "tests.left_out", "tests.snapshots"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come last: the browser's driver keeps an event loop running in this thread, and quick tests should fail first."""
    items.sort(key=lambda item: "tests/journeys/" in item.nodeid)


_ended = count(1)


def pytest_runtest_logfinish() -> None:
    """Give back the portals of tests that ended: each start takes all there is out of garbage collection (main.settle_memory), which a
    process that starts one portal wants, and one that starts two thousand does not."""
    if next(_ended) % 100 == 0:
        gc.unfreeze()
        gc.collect()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed for real, but with little work, which tests of other things need not wait for."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "HASHER", hasher)
        yield


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("schema")
    migrate(Settings(data_dir=folder).url)
    return folder / "quiver.db"


@pytest.fixture
def data_dir(tmp_path: Path, empty_database: Path) -> Path:
    """A data folder with an empty database."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(empty_database, folder / "quiver.db")
    return folder


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Settings of a portal for tests; nothing is taken from the environment but what a test sets there."""
    return Settings(data_dir=data_dir, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False)


@pytest.fixture
def portal(settings: Settings) -> Iterator[Portal]:
    """A started portal with an empty database."""
    with started(settings) as running:
        yield running


@pytest.fixture
def anonymous(portal: Portal) -> TestClient:
    """A browser that is not signed in."""
    return portal.client()


@pytest.fixture
def rep(portal: Portal) -> TestClient:
    """A browser of a rep."""
    return portal.client(Role.REP)


@pytest.fixture
def partner(portal: Portal) -> TestClient:
    """A browser of a channel partner."""
    return portal.client(Role.PARTNER)


@pytest.fixture
def marketer(portal: Portal) -> TestClient:
    """A browser of marketing."""
    return portal.client(Role.MARKETER)


@pytest.fixture
def manager(portal: Portal) -> TestClient:
    """A browser of a manager."""
    return portal.client(Role.MANAGER)


@pytest.fixture
def admin(portal: Portal) -> TestClient:
    """A browser of an administrator."""
    return portal.client(Role.ADMIN)
