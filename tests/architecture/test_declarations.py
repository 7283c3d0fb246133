"""What must be written down somewhere is: each route's permission, each setting in the README, each event's consequences."""

import importlib
import pkgutil
import re
from collections.abc import Iterable

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

import app
from app.core.outbox import Event
from app.main import create_app
from app.ops.migrate import migrate
from app.ops.reference import BEGIN, END, settings_table, with_table
from app.reactions import REACTIONS
from app.settings import Settings
from app.web.deps import PUBLIC_ROUTES, public, undeclared_routes
from tests.architecture.source import ROOT


@pytest.fixture
def portal(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    migrate(settings.url)
    return create_app(settings)


def events() -> set[type[Event]]:
    """Every kind of event, once every events module is loaded."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".events"):
            importlib.import_module(module.name)
    return {kind for kind in subclasses(Event) if kind.__module__.startswith("app.")}


def subclasses(kind: type[Event]) -> set[type[Event]]:
    return {found for direct in kind.__subclasses__() for found in ({direct} | subclasses(direct))}


def unnamed_settings(text: str, names: Iterable[str]) -> list[str]:
    """Settings that a text does not mention as a word of their own."""
    variables = [f"QUIVER_{name.upper()}" for name in names]
    return [variable for variable in variables if not re.search(rf"\b{variable}\b", text)]


def test_every_route_declares_its_permission(portal: FastAPI) -> None:
    assert undeclared_routes(portal) == []


def test_a_route_without_permission_is_found(portal: FastAPI) -> None:
    portal.get("/made-up")(lambda: None)
    portal.get("/made-up-public", dependencies=[public()])(lambda: None)
    assert undeclared_routes(portal) == ["GET /made-up", "GET /made-up-public"]


def test_the_public_list_names_only_routes_that_exist(portal: FastAPI) -> None:
    existing = {f"{method} {context.path}" for context in iter_route_contexts(portal.routes) for method in context.methods or ()}
    assert PUBLIC_ROUTES - existing == set()


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert unnamed_settings(readme, Settings.model_fields) == []


def test_a_setting_that_is_missing_is_found() -> None:
    assert unnamed_settings("`QUIVER_HOST`, `QUIVER_PORTS`", ["host", "port"]) == ["QUIVER_PORT"]


def test_every_event_has_an_entry_in_reactions() -> None:
    known = events()
    assert known, "no event was found"
    assert {kind.__name__ for kind in known - set(REACTIONS)} == set()


def test_an_event_without_entry_is_found() -> None:
    class Forgotten(Event):
        pass

    assert Forgotten in subclasses(Event)
    assert Forgotten not in REACTIONS


def test_the_readme_shows_the_settings_as_they_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == with_table(readme), "run `make settings-reference`"


def test_a_table_that_is_old_is_found() -> None:
    readme = f"before\n{BEGIN}\n| `QUIVER_HOST` | old | words |\n{END}\nafter\n"
    made = with_table(readme)
    assert made == f"before\n{BEGIN}\n{settings_table()}{END}\nafter\n"
    assert "| `QUIVER_MAX_UPLOAD_BYTES` | `524288000` (500 MB) | largest file accepted, in bytes |" in made
    with pytest.raises(ValueError, match="marks"):
        with_table("no marks here")
