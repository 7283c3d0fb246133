"""Every route, every actor, every state: each gets exactly what matrix.py says; a route that is missing there fails here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from sqlmodel import col, select

from app.core.errors import AppError
from app.core.work import Actor
from app.identity import rules
from app.identity.models import AnonymousActor, Role
from app.identity.rules import PERMISSIONS, Permission
from app.library.models import Asset
from app.settings import Settings
from app.web.deps import permission_of
from tests.access import matrix
from tests.access.matrix import ACTORS, ROWS, SIGNED_OUT, VERBS, Row
from tests.access.portal_of_states import NEVER_EXISTED, StatesPortal, Target
from tests.factories.portal import BASE_URL, Portal, started


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[StatesPortal]:
    """One portal for all cells: a cell that is let in gets an asset of its own, one that is not changes nothing."""
    folder = tmp_path_factory.mktemp("states")
    (folder / "quiver.db").write_bytes(empty_database.read_bytes())
    settings = Settings(data_dir=folder, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False)
    with started(settings) as portal:
        filled = StatesPortal(portal)
        filled.fill()
        yield filled


def names_of_routes(app: FastAPI) -> dict[str, Permission | None]:
    """Each route as the matrix names it, with the permission it declares."""
    return {
        f"{method} {context.path}": permission_of(context)
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or {"MOUNT"})
        if method != "HEAD"
    }


def wrong_cells(states: StatesPortal, row: Row) -> Iterator[str]:
    """The cells of a route that are answered otherwise than the matrix says."""
    for actor in ACTORS:
        for state in row.states:
            answer, expected = states.ask(row, actor, state), row.expected(actor, state)
            if answer.status_code != expected:
                yield f"{row.route} for {actor}, {state or 'no object'}: {answer.status_code}, must be {expected}"


def test_the_matrix_names_every_route_once(states: StatesPortal) -> None:
    assert sorted(row.route for row in ROWS) == sorted(names_of_routes(states.portal.app))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.route)
def test_everybody_gets_what_the_matrix_says(states: StatesPortal, row: Row) -> None:
    assert list(wrong_cells(states, row)) == []


def without(answer: httpx2.Response, asset_id: int) -> str:
    """The body without what differs between any two requests."""
    return answer.text.replace(str(asset_id), "ID").replace(answer.headers["x-request-id"], "NUMBER")


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in SIGNED_OUT])
def test_what_is_hidden_looks_as_if_it_had_never_existed(states: StatesPortal, actor: str) -> None:
    compared = 0
    for row in ROWS:
        for state in row.states:
            if row.is_hidden(actor, state):
                hidden = states.shared[state]
                found = states.send(row, actor, hidden)
                missing = states.send(row, actor, Target(NEVER_EXISTED, 1, hidden.number))
                assert found.status_code == missing.status_code == 404, row.route
                assert without(found, hidden.id) == without(missing, NEVER_EXISTED), row.route
                assert found.headers.keys() == missing.headers.keys()
                compared += 1
    assert compared >= 15, "the control: there is something hidden"


def test_refusals_changed_nothing(states: StatesPortal) -> None:
    """Every cell that must be refused was tried on the shared assets by now."""
    with states.portal.work(read_only=True) as work:
        shared = {target.id: target.revision for target in states.shared.values()}
        rows = work.session.exec(select(Asset).where(col(Asset.id).in_(shared))).all()
    assert {row.id: row.revision for row in rows} == shared


def outcome_of_verb(portal: Portal, actor: str, name: str) -> str:
    who = AnonymousActor() if actor in SIGNED_OUT else portal.actor(Role.PARTNER if actor in matrix.PARTNERS else Role(actor))
    try:
        with portal.work(who) as work:
            VERBS[name][1](work)
            work.session.rollback()
    except AppError as error:
        return error.code
    return "done"


def expected_of_verb(actor: str, name: str) -> str:
    if actor in VERBS[name][0]:
        return "done"
    return "sign_in_needed" if actor in SIGNED_OUT else "not_permitted"


@pytest.mark.parametrize("name", VERBS)
def test_verbs_without_a_route_are_guarded_too(portal: Portal, name: str) -> None:
    assert {actor: outcome_of_verb(portal, actor, name) for actor in ACTORS} == {actor: expected_of_verb(actor, name) for actor in ACTORS}


def allow(permission: Permission) -> Callable[[Actor, Permission], bool]:
    """`rules.may` with one check taken out."""
    original = rules.may
    return lambda actor, asked: asked is permission or original(actor, asked)


def rows_that_rest_on(app: FastAPI, permission: Permission) -> list[Row]:
    """Routes that declare the permission; what is shown of drafts rests on a permission no route declares."""
    if permission is Permission.SEE_UNRELEASED:
        return [row for row in ROWS if row.route == "GET /assets/{asset_id}"]
    declared = names_of_routes(app)
    return [row for row in ROWS if declared[row.route] is permission]


@pytest.mark.parametrize("permission", list(PERMISSIONS))
def test_without_its_check_a_permission_is_missed(states: StatesPortal, permission: Permission, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with one permission given to everybody, a cell must turn red."""
    monkeypatch.setattr(rules, "may", allow(permission))
    wrong = (cell for row in rows_that_rest_on(states.portal.app, permission) for cell in wrong_cells(states, row))
    assert next(wrong, None) is not None
    states.fill()


def test_every_permission_has_its_control() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert {actor for actor in ACTORS if actor not in SIGNED_OUT} == {*Role, matrix.OTHER_PARTNER}
    assert set(matrix.SEEN_BY) == set(matrix.STATES)
