"""Words that stand in one item only never reach somebody who may not see the item: by page, list, count, search, correction or log."""

import logging
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.core.work import Work
from app.identity import rules
from app.identity.models import Role
from app.library import actions
from app.library import rules as library_rules
from app.library.models import Audience
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.search.documents import documents_of
from app.search.engine import PARTNER, SearchResult
from app.settings import Settings
from app.sharing.models import RoomItem
from app.sharing.queries import list_items
from tests.factories.library import asset_input, store
from tests.factories.portal import BASE_URL, Portal, started
from tests.factories.rooms import MadeRoom, add_room
from tests.journeys import documents

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
# Speaker notes of decks, which partners and customers may get, are words of the house.
SPOKEN = {"internal": "wuxofine", "partner": "jyqozaka", "customer": "hexujimo"}
SPOKEN_QUESTION = "What do we say before the price of a crane?"


@dataclass(frozen=True)
class Canaries:
    """The portal and where the items are."""

    portal: Portal
    ids: dict[str, int]
    decks: dict[str, int]
    question_id: int


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
            decks = {audience: add_deck(work, audience) for audience in SPOKEN}
        portal.drain()
        with portal.work() as work:
            answer = QuestionInput(text=SPOKEN_QUESTION, asset_id=decks["customer"], anchor="slide-1-notes")
            question_id = record_question(work, answer).id or 0
        portal.drain()
        yield Canaries(portal, ids, decks, question_id)


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


def add_deck(work: Work, audience: str) -> int:
    """A released deck of one slide with a word of its own in its speaker notes."""
    deck = documents.pptx([("Cranes", f"A crane for {audience} readers.")], notes=f"Say {SPOKEN[audience]} before the price.")
    data = asset_input(work, f"Deck {audience}", audience=Audience(audience))
    asset_id = actions.create_asset(work, data, store(work, deck, f"deck-{audience}.pptx")).id or 0
    actions.release(work, asset_id)
    return asset_id


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


# What the holder of a link gets of the one item their room holds; its summary, tags, questions and notes are for the house.
BEHIND_LINK = {("customer", "title"), ("customer", "body"), ("customer", "file")}


def behind_link(room: MadeRoom, ids: dict[str, int]) -> Iterator[str]:
    """Everything under a link, and what somebody might try there."""
    yield room.root
    for item in (*room.items, *ids.values(), 999):
        yield from (f"{room.root}/i/{item}{path}" for path in ("", "/file", "/pdf", "/media", "/case"))
    yield from (f"{room.root}/d/unknown", f"{room.root}?said=asked", f"{room.root}/nothing", "/r/unknown")


def test_nothing_of_the_portal_reaches_who_holds_a_link(canaries: Canaries) -> None:
    with canaries.portal.work() as work:
        room = add_room(work, [canaries.ids["customer"]])
    client, seen = canaries.portal.client(), ""
    for address in behind_link(room, canaries.ids):
        answer = client.get(address)
        seen += f"{answer.text} {answer.headers}"
    assert [place for place, word in WORDS.items() if place not in BEHIND_LINK and word in seen] == []
    assert all(WORDS[place] in seen for place in BEHIND_LINK), "the control: what the room holds is shown"
    assert "Marketer One" not in seen and "Rep One" in seen, "of the house only the sender is named"


def test_what_was_put_into_a_room_by_mistake_does_not_get_out(canaries: Canaries) -> None:
    """Rows that no form would make: the room itself grants nothing."""
    with canaries.portal.work() as work:
        room = add_room(work, [canaries.ids["customer"]])
        for item in ("draft", "internal", "partner", "retired", "trashed"):
            row = RoomItem(room_id=room.id, position=9, asset_id=canaries.ids[item], added_version_id=1, note="")
            work.session.add(row)
        work.session.flush()
        items = tuple(row.id or 0 for row in list_items(work, room.id))
    client = canaries.portal.client()
    seen = "".join(client.get(address).text for address in behind_link(replace(room, items=items), canaries.ids))
    shown = BEHIND_LINK | {("retired", "title")}  # it was for customers once, so they are told what is away
    assert [place for place, word in WORDS.items() if place not in shown and word in seen] == []


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
            assert (found["total"], found["best"], found["answers"], found["corrected"], found["widened"]) == (0, None, [], {}, {}), (
                item,
                place,
            )
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


def spoken_places(canaries: Canaries, client: TestClient) -> Iterator[tuple[str, str]]:
    """Every way to the decks, their passages, their question, and what search says near each word: (address, answer)."""
    question = quote(SPOKEN_QUESTION)
    paths = ["/", "/ask?q=crane", "/api/v1/ask?q=crane", f"/ask?q={question}", f"/api/v1/ask?q={question}", "/questions"]
    paths.append(f"/questions/{canaries.question_id}")
    for deck_id in canaries.decks.values():
        paths += [f"/assets/{deck_id}", f"/assets/{deck_id}?at=slide-1-notes", f"/api/v1/assets/{deck_id}"]
    for word in SPOKEN.values():
        paths += [f"/ask?q={asked}" for asked in (f"{word[:-1]}x", f"{word[:5]}*", "price")]
        paths += [f"/api/v1/ask?q={asked}" for asked in (f"{word[:-1]}x", f"{word[:5]}*", "price")]
    for path in paths:
        yield path, client.get(path, headers={"HX-Request": "true"} if path.startswith("/ask") else {}).text


def kit_with_notes(canaries: Canaries, client: TestClient) -> tuple[int, str]:
    """What adding a passage of notes to a kit is answered, and the kits, one with the answer spoken in notes."""
    deck_id = str(canaries.decks["customer"])
    passage = client.post("/kits/items", data={"kind": "passage", "asset_id": deck_id, "anchor": "slide-1-notes", "title": "Notes"})
    answer = client.post("/kits/items", data={"kind": "answer", "question_id": str(canaries.question_id), "title": "Answers"})
    assert answer.status_code == 303, answer.text[:300]
    kits = sorted(set(re.findall(r"/kits/\d+", client.get("/kits").text)))
    return passage.status_code, "".join(client.get(kit).text for kit in kits)


def heard(text: str) -> list[str]:
    return [audience for audience, word in SPOKEN.items() if word in text]


@pytest.mark.parametrize("ready", [True, False], ids=["index", "no index"])
def test_speaker_notes_of_what_partners_get_stay_in_the_house(canaries: Canaries, ready: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not ready:
        monkeypatch.setattr(canaries.portal.services.index, "search", lambda request: SearchResult(ready=False))
    partner, rep = canaries.portal.client(Role.PARTNER), canaries.portal.client(Role.REP)
    for address, text in spoken_places(canaries, partner):
        assert heard(text) == [], address
    assert {audience for _, text in spoken_places(canaries, rep) for audience in heard(text)} == set(SPOKEN), "the control"
    for audience, word in SPOKEN.items():
        assert ask(canaries, Role.PARTNER, word)["total"] == 0, audience
        assert ask(canaries, Role.REP, word)["total"] == 1, "the control"
    assert ask(canaries, Role.PARTNER, "crane")["total"] == 2, "the slides themselves are theirs"


def test_kits_of_partners_hold_no_speaker_notes(canaries: Canaries) -> None:
    status, kit = kit_with_notes(canaries, canaries.portal.client(Role.PARTNER))
    assert (status, heard(kit)) == (422, [])
    status, kit = kit_with_notes(canaries, canaries.portal.client(Role.REP))
    assert (status, heard(kit)) == (303, ["customer"]), "the control"


def test_notes_in_an_index_of_yesterday_are_not_given(canaries: Canaries) -> None:
    """An index made before the rule says whom it thinks may read; the database decides."""
    portal, deck_id = canaries.portal, canaries.decks["partner"]
    with portal.work() as work:
        documents_now = documents_of(work, [deck_id])[deck_id]
    portal.services.index.update(deck_id, [replace(one, audience=PARTNER) for one in documents_now])
    try:
        assert ask(canaries, Role.PARTNER, SPOKEN["partner"])["answers"] == []
    finally:
        portal.services.index.update(deck_id, documents_now)


def test_without_the_rule_on_notes_they_get_out(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the tests before."""
    monkeypatch.setattr(library_rules, "NOTES_AUDIENCE", Audience.CUSTOMER)
    client = canaries.portal.client(Role.PARTNER)
    assert {audience for _, text in spoken_places(canaries, client) for audience in heard(text)} == {"partner", "customer"}
    assert heard(kit_with_notes(canaries, client)[1]) == ["customer"]
