"""The audit log as administrators read it: in words, with links, narrowed, and as CSV."""

import ast
import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.identity.actions import audit, tokens
from app.identity.models import Role, TokenActor
from app.library.actions import create_asset, trash
from app.pages import audit as page
from app.pages.audit import VERBS, detail_words
from tests.factories.library import add_released, asset_input, store
from tests.factories.portal import Portal

APP = Path(page.__file__).parents[1]


def rows_of(client: TestClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/audit.csv?{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''audit-")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_an_entry_says_who_did_what_to_which_thing(portal: Portal, admin: TestClient) -> None:
    with portal.work(portal.actor(Role.MARKETER)) as work:
        asset_id = create_asset(work, asset_input(work, "Dock <guide>"), store(work, "# Dock\n")).id
    text = admin.get("/audit").text
    assert f'<a href="/assets/{asset_id}">Dock &lt;guide&gt;</a>' in text
    assert f"item {asset_id}" in text
    assert ">Marketer One</a>" in text
    assert rows_of(admin, "thing=asset")[0] | {"When (UTC)": ""} == {
        "When (UTC)": "",
        "Who": "Marketer One",
        "Through": "",
        "What": "added",
        "Kind of thing": "item",
        "Number": str(asset_id),
        "Thing": "Dock <guide>",
        "Details": "",
    }


def test_what_a_program_did_names_its_token(portal: Portal, admin: TestClient) -> None:
    marketer = portal.actor(Role.MARKETER)
    with portal.work(marketer) as work:
        token = tokens.make_token(work, "Import", ["assets:write"], 30).token.id or 0
    with portal.work(TokenActor(marketer.id, marketer.name, Role.MARKETER, token, frozenset({"assets:write"}))) as work:
        audit(work, "edit", "asset", 1)
    row = rows_of(admin, "verb=edit")[0]
    assert (row["Who"], row["Through"]) == ("Marketer One", f"token {token}")
    assert f"through token {token}" in admin.get("/audit?verb=edit").text


def test_it_is_narrowed_by_person_verb_thing_and_days(portal: Portal, admin: TestClient) -> None:
    marketer, today = portal.actor(Role.MARKETER), utc_now().date()
    with portal.work(marketer) as work:
        trash(work, add_released(work, "Ramp guide"))
    with portal.work(marketer, now=utc_now() - timedelta(days=3)) as work:
        audit(work, "edit", "asset", 77)
    past = today - timedelta(days=3)
    assert {row["Who"] for row in rows_of(admin, f"who={marketer.id}")} == {"Marketer One"}
    assert {row["What"] for row in rows_of(admin, "verb=trash")} == {"put into the trash"}
    assert {row["Kind of thing"] for row in rows_of(admin, "thing=user")} == {"person"}
    assert [row["Number"] for row in rows_of(admin, "thing=asset&number=77")] == ["77"]
    assert [row["Number"] for row in rows_of(admin, f"until={past}")] == ["77"], "the last day counts as a whole"
    assert [row["Number"] for row in rows_of(admin, f"since={past}&until={past}")] == ["77"]
    assert "77" not in {row["Number"] for row in rows_of(admin, f"since={past + timedelta(days=1)}&thing=asset")}
    assert rows_of(admin, f"until={past - timedelta(days=1)}") == []
    assert "No entries" in admin.get("/audit?verb=edit&thing=user").text


@pytest.mark.parametrize("nonsense", ["who=x&number=-1&since=tomorrow&until=9999-12-31&page=0", "who=99999999999999999999", "number=1.5"])
def test_filters_that_mean_nothing_are_not_set(admin: TestClient, nonsense: str) -> None:
    assert admin.get(f"/audit?{nonsense}").status_code == 200
    assert len(rows_of(admin, nonsense)) >= 1


def test_formulas_in_the_export_are_text(portal: Portal, admin: TestClient) -> None:
    with portal.work(portal.actor(Role.MARKETER)) as work:
        create_asset(work, asset_input(work, "=HYPERLINK(1)"), store(work, "# Dock\n"))
        audit(work, "edit", "asset", 1, note="plain")
    assert rows_of(admin, "thing=asset&verb=create")[0]["Thing"] == "'=HYPERLINK(1)"


def test_the_export_goes_on_over_runs_and_ends_at_its_limit(portal: Portal, admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal.work() as work:
        for number in range(1, 31):
            audit(work, "confirm", "asset", number)
    monkeypatch.setattr(page, "RUN", 4)
    assert [row["Number"] for row in rows_of(admin, "verb=confirm")] == [str(number) for number in range(30, 0, -1)]
    monkeypatch.setattr(page, "MOST_EXPORTED", 12)
    assert len(rows_of(admin, "verb=confirm")) == 12


def test_pages_of_it(portal: Portal, admin: TestClient) -> None:
    with portal.work() as work:
        for number in range(120):
            audit(work, "confirm", "asset", number + 1)
    third = admin.get("/audit?verb=confirm&page=3").text
    assert "20 of 120 shown" in third
    assert "/audit?" not in third.partition("<form")[0] or "verb=confirm&amp;page=2" in third


def test_details_in_words() -> None:
    assert detail_words({"role": "rep", "title": "x", "token": 3, "scopes": ["a", "b"], "organisation": None}) == "role: rep, scopes: a, b"


def audited_verbs() -> set[str]:
    """Every verb that stands in the program text of a call of audit()."""
    found: set[str] = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "audit" and len(node.args) > 1:
                found |= {leaf.value for leaf in ast.walk(node.args[1]) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}
    return found


def test_every_verb_has_words() -> None:
    assert len(audited_verbs()) > 30
    assert audited_verbs() - set(VERBS) == set()
    assert len(set(VERBS.values())) == len(VERBS), "each choice of the filter has words of its own"
