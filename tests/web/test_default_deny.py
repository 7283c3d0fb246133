"""A route that does not say who may use it keeps the portal from starting."""

import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from app import main
from app.core.icons import STATIC
from app.identity.models import Role
from app.identity.rules import PERMISSIONS, Permission
from app.main import create_app
from app.settings import Settings
from app.web.deps import public, require, undeclared_routes
from tests.factories.portal import Portal, started


def answer() -> str:
    return "reached"


def router_with(*dependencies: object, path: str = "/test/new", methods: tuple[str, ...] = ("GET",)) -> APIRouter:
    router = APIRouter()
    router.add_api_route(path, answer, methods=list(methods), dependencies=list(dependencies))  # type: ignore[arg-type]  # Depends objects
    return router


def undeclared_with(router: APIRouter) -> list[str]:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    return undeclared_routes(app)


def test_a_forgotten_permission_stops_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "ROUTES", [*main.ROUTES, *router_with().routes])
    with pytest.raises(RuntimeError, match="GET /test/new"):
        create_app(settings)


def test_a_declared_route_starts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "ROUTES", [*main.ROUTES, *router_with(require(Permission.ASK)).routes])
    assert undeclared_routes(create_app(settings)) == []


def test_being_public_takes_the_mark_and_the_list() -> None:
    assert undeclared_with(router_with(public())) == ["GET /test/new"]
    assert undeclared_with(router_with(path="/sign-in")) == ["GET /sign-in"]
    assert undeclared_with(router_with(public(), path="/sign-in")) == []
    assert undeclared_with(router_with(public(), path="/sign-in", methods=("GET", "DELETE"))) == ["DELETE /sign-in"]


def test_another_dependency_is_no_permission() -> None:
    assert undeclared_with(router_with(Depends(answer))) == ["GET /test/new"]


def test_routers_inside_routers_and_their_permissions_are_seen() -> None:
    outer, guarded = APIRouter(prefix="/outer"), APIRouter(dependencies=[require(Permission.ASK)])
    outer.include_router(router_with(path="/inner"))
    guarded.include_router(router_with(path="/guarded"))
    outer.include_router(guarded)
    assert undeclared_with(outer) == ["GET /outer/inner"]


def test_plain_routes_and_mounts_are_seen() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.routes.append(Route("/plain", answer))
    app.router.routes.append(Mount("/files", StaticFiles(directory=STATIC)))
    assert undeclared_routes(app) == ["GET /plain", "MOUNT /files"], "HEAD goes with GET"


def test_the_interactive_docs_of_the_framework_are_off(anonymous: TestClient, admin: TestClient) -> None:
    for client in (anonymous, admin):
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert client.get(path).status_code == 404


@pytest.mark.parametrize("permission", [Permission.ASK, Permission.UPLOAD, Permission.MANAGE_USERS])
def test_a_permission_lets_in_exactly_its_roles(settings: Settings, permission: Permission) -> None:
    with started(settings, router_with(require(permission))) as portal:
        allowed = {role for role in Role if portal.client(role).get("/test/new").status_code == 200}
        assert allowed == PERMISSIONS[permission]
        assert portal.client().get("/test/new").status_code == 303


def test_who_may_not_is_told_so(portal: Portal) -> None:
    answer = portal.client(Role.REP).get("/upload")
    assert answer.status_code == 403
    assert "The Sales role may not do this" in answer.text


def test_the_description_of_the_api_is_for_everybody(anonymous: TestClient) -> None:
    description = anonymous.get("/api/openapi.json").json()
    assert description["info"]["title"] == "Quiver"
    assert [path for path in description["paths"] if not path.startswith("/api/")] == []
