"""Words that stand in one item only never reach somebody who may not see the item: by page, list, count, search, correction or log."""

import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.core.work import Work
from app.identity import rules
from app.identity.models import Role
from app.library import actions
from app.library.models import Audience
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.settings import Settings
from tests.factories.library import asset_input, store
from tests.factories.portal import BASE_URL, Portal, started

PLACES = ("title", "summary", "body", "file", "tag", "question", "note")
SHARED = "ramp"
CONSONANTS, VOWELS = "bdfgklmnprtvz", "aeiou"
CURATOR_ITEMS = {"draft", "internal", "partner", "customer", "retired", "trashed", "older", "newer"}
READABLE: dict[Role | None, set[str]] = {
    None: set(),
    Role.PARTNER: {"partner", "customer"},
    Role.REP: {"internal", "partner", "customer"},
    Role.MARKETER: CURATOR_ITEMS,
    Role.ADMIN: CURATOR_ITEMS,
}
ITEMS = ("draft", "internal", "partner", "customer", "retired", "trashed", "older", "newer")


def make_words() -> dict[tuple[str, str], str]:
    """A word for each place of each item; far enough apart that one is no misspelling of another."""
    chance = random.Random(11)
    words = {
        (item, place): "".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(6)) for item in ITEMS for place in PLACES
    }
    assert len(set(words.values())) == len(words)
    return words


WORDS = make_words()


@dataclass(frozen=True)
class Canaries:
    """The portal and where the items are."""

    portal: Portal
    ids: dict[str, int]


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Canaries]:
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "quiver.db").write_bytes(empty_database.read_bytes())
    settings = Settings(data_dir=folder, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False)
    with started(settings) as portal:
        with portal.work() as work:
            ids = {item: add_item(work, item) for item in ("draft", "internal", "partner", "customer", "retired", "trashed")}
            ids["older"] = ids["newer"] = ids["customer"]
            add_hidden_versions(work, ids["customer"])
        portal.drain()
        yield Canaries(portal, ids)


def add_item(work: Work, item: str) -> int:
    """An asset with a word of its own in each place."""
    word = {place: WORDS[item, place] for place in PLACES}
    audience = Audience(item) if item in set(Audience) else Audience.CUSTOMER
    data = asset_input(work, f"Note {word['title']}", summary=f"About {word['summary']}", tags=[word["tag"]], audience=audience)
    first = item_text(WORDS["older", "body"]) if item == "customer" else item_text(word["body"])
    name = WORDS["older", "file"] if item == "customer" else word["file"]
    asset_id = actions.create_asset(work, data, store(work, first, f"{name}.md", word["note"])).id or 0
    if item != "draft":
        actions.release(work, asset_id)
    if item in ("retired", "trashed"):
        getattr(actions, {"retired": "retire", "trashed": "trash"}[item])(work, asset_id)
    if item != "trashed":
        question = f"Where is the {word['question']} {SHARED}?"
        record_question(work, QuestionInput(text=question, phrasings=[f"Find {word['question']}"], asset_id=asset_id))
    return asset_id


def add_hidden_versions(work: Work, asset_id: int) -> None:
    """The customer item gets its released version, and one more that nobody has released."""
    for item in ("customer", "newer"):
        file = store(work, item_text(WORDS[item, "body"]), f"{WORDS[item, 'file']}.md", WORDS[item, "note"])
        number = actions.upload_version(work, asset_id, file).number
        if item == "customer":
            actions.release(work, asset_id, number)


def item_text(word: str) -> str:
    return f"# Loading\n\nThe {SHARED} is {word} at the dock.\n"


def leaked(role: Role | None, text: str, asked: str = "") -> list[tuple[str, str]]:
    """The canaries in a text that this reader must not see; what they asked themselves may be repeated."""
    readable = READABLE[role]
    return [place for place, word in WORDS.items() if place[0] not in readable and word != asked and word in text]


def addresses(canaries: Canaries) -> Iterator[str]:
    """Everything there is to see without a question."""
    yield from (
        "/",
        f"/ask?q={SHARED}",
        f"/ask?q={SHARED}&expired=1&set=1",
        f"/api/v1/ask?q={SHARED}",
        "/api/v1/assets?limit=100",
        "/account",
    )
    yield from ("/people", "/people/new", "/organisations", "/audit", "/audit.csv", "/people/1", "/people/1/hand-over")
    yield from ("/questions", "/review", "/upload", "/questions/new", "/api/openapi.json", "/nothing-here")
    for asset_id in sorted(set(canaries.ids.values())):
        for version in ("", "?v=1", "?v=2", "?v=3"):
            yield from (f"/assets/{asset_id}{version}", f"/assets/{asset_id}/file{version}", f"/assets/{asset_id}/media{version}")
            yield from (f"/api/v1/assets/{asset_id}{version}", f"/api/v1/assets/{asset_id}/file{version}")
        yield from (f"/assets/{asset_id}/edit", f"/upload/files/{asset_id}", f"/upload/status?ids={asset_id}")


@pytest.mark.parametrize("role", READABLE)
def test_no_page_shows_what_is_not_for_its_reader(canaries: Canaries, role: Role | None) -> None:
    client = canaries.portal.client(role)
    seen = ""
    for address in addresses(canaries):
        answer = client.get(address)
        text = f"{answer.text} {answer.headers}"
        assert leaked(role, text) == [], address
        seen += text
    shown = {place for place, word in WORDS.items() if word in seen}
    wanted = {
        (item, place) for item in READABLE[role] for place in ("title", "summary", "body", "file", "tag") if (item, place) in in_use()
    }
    assert wanted - shown == set(), "the control: what is for this reader is shown"


def test_without_the_check_of_drafts_the_words_get_out(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test before."""
    may = rules.may
    monkeypatch.setattr(rules, "may", lambda actor, asked: asked is rules.Permission.SEE_UNRELEASED or may(actor, asked))
    client = canaries.portal.client(Role.PARTNER)
    assert any(leaked(Role.PARTNER, client.get(address).text) for address in addresses(canaries))


def in_use() -> set[tuple[str, str]]:
    """The places that hold a word: of the customer item's other versions only body, file name and note are their own."""
    return {(item, place) for item, place in WORDS if item not in ("older", "newer") or place in ("body", "file")}


def ask(canaries: Canaries, role: Role, question: str) -> dict[str, Any]:
    answer = canaries.portal.client(role).get("/api/v1/ask", params={"q": question})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("role", [Role.PARTNER, Role.REP, Role.MARKETER])
def test_asking_for_a_hidden_word_finds_and_counts_nothing(canaries: Canaries, role: Role) -> None:
    in_index = {"internal", "partner", "customer"}
    for (item, place), word in sorted(WORDS.items()):
        found = ask(canaries, role, word)
        if item in READABLE[role] & in_index and place not in ("note",):
            assert found["total"] == 1, f"the control: {item} {place} is found"
        else:
            assert (found["total"], found["best"], found["answers"], found["corrected"]) == (0, None, [], {}), (item, place)
            assert sum(facet["count"] for facet in found["facets"]) == 0, (item, place)


@pytest.mark.parametrize("role", [Role.PARTNER, Role.REP])
def test_misspelt_words_are_not_put_right_with_hidden_ones(canaries: Canaries, role: Role) -> None:
    client = canaries.portal.client(role)
    for (item, place), word in sorted(WORDS.items()):
        for asked in (f"{word[:-1]}x", f"{word[:8]}*", f"{word} {SHARED}"):
            answer = client.get("/ask", params={"q": asked, "set": "1"}, headers={"HX-Request": "true"})
            assert leaked(role, answer.text, word if word in asked else "") == [], (item, place, asked)


def test_errors_and_logs_hold_no_content(canaries: Canaries, caplog: pytest.LogCaptureFixture) -> None:
    client = canaries.portal.client(Role.REP)
    with caplog.at_level(logging.INFO):
        for address in addresses(canaries):
            client.get(address)
        client.get("/ask", params={"q": WORDS["draft", "body"]})
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert len(ours) > 20
    assert [word for word in WORDS.values() if word in " ".join(ours)] == []
