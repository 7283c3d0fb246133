"""Every route, every actor, every state: each gets exactly what matrix.py says; a route that is missing there fails here."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from sqlmodel import select

from app.core.errors import AppError
from app.core.work import Actor
from app.deals.models import Opportunity
from app.identity import rules
from app.identity.models import AnonymousActor, Role, TokenActor
from app.identity.rules import PERMISSIONS, Permission
from app.library.models import Asset
from app.plays.models import Kit
from app.settings import Settings
from app.web import deps
from app.web.deps import permission_of
from tests.access import matrix
from tests.access.matrix import ACTORS, PEOPLE, ROWS, SIGNED_OUT, TOKENS, VERBS, Row
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


def wrong_cells(states: StatesPortal, row: Row, actors: Sequence[str] = ACTORS) -> Iterator[str]:
    """The cells of a route that are answered otherwise than the matrix says."""
    for actor in actors:
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


# A program is let in to few routes; what its marketer must not see there is what is in the trash.
LEAST_HIDDEN = {matrix.READ_ASSETS: 3, matrix.WRITE_ASSETS: 6}


@pytest.mark.parametrize("actor", [*(actor for actor in PEOPLE if actor not in SIGNED_OUT), *LEAST_HIDDEN])
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
    assert compared >= (LEAST_HIDDEN[actor] if actor in TOKENS else 15), "the control: there is something hidden"


def test_refusals_changed_nothing(states: StatesPortal) -> None:
    """Every cell that must be refused was tried on the shared assets by now."""
    with states.portal.work(read_only=True) as work:
        for query, of_table in (
            (select(Asset.id, Asset.revision), matrix.STATES),
            (select(Kit.id, Kit.revision), matrix.KIT_STATES),
            (select(Opportunity.id, Opportunity.revision), matrix.DEAL_STATES),
        ):
            shared = {states.shared[state].id: states.shared[state].revision for state in of_table}
            assert {key: revision for key, revision in work.session.exec(query).all() if key in shared} == shared


def who_acts(portal: Portal, actor: str) -> Actor:
    if actor in SIGNED_OUT:
        return AnonymousActor()
    if actor in TOKENS:
        person = portal.actor(Role.MARKETER)
        return TokenActor(person.id, person.name, person.role, 1, frozenset({actor}))
    return portal.actor(Role.PARTNER if actor in matrix.PARTNERS else Role(actor))


def outcome_of_verb(portal: Portal, actor: str, name: str) -> str:
    who = who_acts(portal, actor)
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


def allow(permission: Permission, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take one check out, wherever `rules.may` is used."""
    original = rules.may
    for name, module in sorted(sys.modules.items()):
        if name.startswith("app.") and getattr(module, "may", None) is original:
            monkeypatch.setattr(module, "may", lambda actor, asked: asked is permission or original(actor, asked))


# What no route declares rests on these permissions: what is shown of drafts, of others' rooms, and of questions nothing answers yet;
# and links without an end.
UNDECLARED = {
    Permission.SEE_UNRELEASED: ("GET /assets/{asset_id}", "GET /api/v1/assets/{asset_id}"),
    Permission.SEE_ALL_LINKS: ("GET /rooms/{room_id}", "GET /links/{link_id}"),
    Permission.SHARE_WITHOUT_END: ("POST /rooms/{room_id}/links",),
    Permission.EDIT_QUESTIONS: ("GET /questions/{question_id}", "GET /api/v1/questions/{question_id}"),
}


def rows_that_rest_on(app: FastAPI, permission: Permission) -> list[Row]:
    """Routes whose answer depends on the permission."""
    declared = names_of_routes(app)
    return [row for row in ROWS if declared[row.route] is permission or row.route in UNDECLARED.get(permission, ())]


@pytest.mark.parametrize("permission", list(PERMISSIONS))
def test_without_its_check_a_permission_is_missed(states: StatesPortal, permission: Permission, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with one permission given to everybody, a cell of every route that rests on it must turn red."""
    allow(permission, monkeypatch)
    rows = rows_that_rest_on(states.portal.app, permission)
    assert rows
    for row in rows:
        assert next(wrong_cells(states, row), None) is not None, row.route
    states.fill()


@pytest.mark.parametrize("scope", TOKENS)
def test_without_its_limits_a_scope_is_missed(states: StatesPortal, scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a token that may whatever its person may turns cells red at every API route it must not use."""
    monkeypatch.setattr(rules, "SCOPES", {**rules.SCOPES, scope: frozenset(Permission)})
    shut = [row for row in ROWS if row.is_api and matrix.MARKETER in row.who and not row.lets_in(scope)]
    assert len(shut) >= 10
    for row in shut:
        assert next(wrong_cells(states, row, (scope,)), None) is not None, row.route
    states.fill()


def test_on_pages_a_token_would_be_missed(states: StatesPortal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were tokens taken on pages, too, cells would turn red."""
    monkeypatch.setattr(deps, "carries_token", lambda request: request.headers.get("authorization", "") != "")
    row = next(row for row in ROWS if row.route == "GET /assets/{asset_id}")
    assert next(wrong_cells(states, row, (matrix.READ_ASSETS,)), None) is not None


def test_every_permission_has_its_control() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert {actor for actor in PEOPLE if actor not in SIGNED_OUT} == {*Role, matrix.OTHER_PARTNER}
    assert set(TOKENS) == set(rules.SCOPES)
    assert set(matrix.SEEN_BY) == set(matrix.STATES)
