"""A slice of `make torture-fuzz` for every day: each route, asked naughtily by everybody in turn, answers in a sentence."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from app.identity.models import Role
from app.settings import Settings
from app.web.deps import public
from tests.factories.portal import BASE_URL, Portal, started
from tests.torture.fuzz import TURNS, fill, is_fault
from tests.torture.naughty import Door, doors_of, requests

ROUNDS = 3
router = APIRouter()


@router.get("/broken/{word}", dependencies=[public()])
def break_down(word: str) -> str:
    """What the fuzz has to find: letters outside ASCII are not expected."""
    return word.encode("ascii").decode()


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("naughty")
    (folder / "quiver.db").write_bytes(empty_database.read_bytes())
    settings = Settings(data_dir=folder, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False)
    with started(settings, router) as portal:
        with portal.work() as work:
            fill(work)
        portal.drain()
        yield portal


def faults(portal: Portal, doors: Sequence[Door], rounds: int) -> list[str]:
    """The requests that were answered with a fault of the portal's own."""
    found = []
    clients = {role: portal.client(role) for role in TURNS}
    for number, sent in enumerate(requests(doors, rounds * len(doors), seed=21)):
        role: Role | None = TURNS[(number + number // len(doors)) % len(TURNS)]
        headers = {name.encode(): value.encode("latin-1") for name, value in sent.headers.items()}
        answer = clients[role].request(sent.method, sent.path, content=sent.body, headers=headers)
        if is_fault(answer.status_code, answer.content):
            found.append(f"{answer.status_code} {role} {sent.method} {sent.path[:200]}")
    return found


# Starlette leaves the file of a part whose end never came to the collector of garbage; it is in memory, within the limit of a form.
@pytest.mark.filterwarnings("ignore:Exception ignored in.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")
def test_no_naughty_request_gets_a_fault(portal: Portal) -> None:
    doors = [door for door in doors_of(portal.app) if not door.path.startswith("/broken")]
    assert len(doors) > 140
    assert faults(portal, doors, ROUNDS) == []
    assert portal.client().get("/readyz").status_code == 200


def test_a_broken_route_is_found(portal: Portal) -> None:
    """The control."""
    doors = [door for door in doors_of(portal.app) if door.path.startswith("/broken")]
    assert any(fault.startswith("500") for fault in faults(portal, doors, 30))
