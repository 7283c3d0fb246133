"""The judged set: passages are graded blind to their rank, count while their text stands, measure the order, and go to the benchmark."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.identity.models import AuditEntry, Role
from app.library import actions
from app.library.models import Asset
from app.ops.cli import app
from app.search.models import Judgement
from app.search.rules import ndcg
from app.settings import get_settings
from tests.architecture.source import ROOT
from tests.factories.library import add_released, add_version
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, words

ASKED = "How steep is the ramp?"
TEXTS = {
    "Ramp guide": "# Slope\n\nThe ramp is steep: it climbs six degrees.\n",
    "Ramp safety": "# Safety\n\nA steep ramp needs a rail.\n",
    "Ramp colours": "# Colours\n\nThe ramp is grey or steep black.\n",
}
GRADE = {"Ramp guide": "2", "Ramp safety": "1", "Ramp colours": "0"}


@pytest.fixture
def items(portal: Portal) -> dict[str, int]:
    """Three items that hold the words; one answers."""
    with portal.work() as work:
        found = {title: add_released(work, title, text) for title, text in TEXTS.items()}
    portal.drain()
    return found


def to_grade(client: TestClient, question: str = ASKED) -> dict[str, str]:
    """Title -> the name of its field, for a page with one passage of each."""
    page = page_of(client.get("/judged/grade", params={"q": question}))
    return {
        words(field.xpath(".//a[contains(@class,'strong')]")[0]): field.xpath(".//input/@name")[0]
        for field in page.xpath("//main//fieldset")
    }


def form_of(client: TestClient, question: str = ASKED) -> dict[str, str]:
    page = page_of(client.get("/judged/grade", params={"q": question}))
    [form] = page.xpath("//form[@action='/judged/grade']")
    return dict(form.form_values())


def grade(client: TestClient, grades: dict[str, str], question: str = ASKED) -> None:
    fields = to_grade(client, question)
    chosen = {fields[title]: value for title, value in grades.items()}
    assert led_to(client.post("/judged/grade", data={**form_of(client, question), **chosen})) == "/judged"


def kept(portal: Portal) -> dict[str, int]:
    """What was kept, by title."""
    with portal.work(read_only=True) as work:
        rows = work.session.exec(select(Asset.title, Judgement.grade).where(Asset.id == Judgement.asset_id)).all()
        return dict(rows)


def figure(client: TestClient) -> list[str]:
    """The figures of the page, such as "0.95", "100 %", "1 question"."""
    return [words(node) for node in page_of(client.get("/judged")).xpath("//dl[@class='ops-facts']//dd[not(contains(@class,'tiny'))]")]


def test_passages_are_graded_changed_and_taken_out(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    assert "No question was judged yet" in main_of(marketer.get("/judged"))
    grade(marketer, GRADE)
    assert kept(portal) == {"Ramp guide": 2, "Ramp safety": 1, "Ramp colours": 0}
    listed = main_of(marketer.get("/judged"))
    assert ASKED in listed and "3 passages graded, 2 answers among them" in listed
    again = main_of(marketer.get("/judged/grade", params={"q": "how STEEP is the ramp"}))
    assert "Graded “Answers it”" in again and "Graded “Does not”" in again, "whatever its case and punctuation"
    grade(marketer, {"Ramp safety": "2", "Ramp colours": "none"})
    assert kept(portal) == {"Ramp guide": 2, "Ramp safety": 2}
    page = page_of(marketer.get("/judged/grade", params={"q": ASKED}))
    [form] = page.xpath("//form[@action='/judged/remove']")
    assert led_to(marketer.post("/judged/remove", data=dict(form.form_values()))) == "/judged"
    assert kept(portal) == {}
    with portal.work(read_only=True) as work:
        entries = work.session.exec(select(AuditEntry).where(AuditEntry.target == "judged_question")).all()
        assert [(entry.verb, entry.detail["title"]) for entry in entries] == [("grade", ASKED)] * 2 + [("remove", ASKED)]


def test_the_order_of_passages_tells_nothing_of_their_rank(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    with portal.work() as work:
        for number in range(6):
            add_released(work, f"Steep {number}", f"# Part {number}\n\nThe ramp {number} is {'steep ' * (number + 1)}.\n")
    portal.drain()
    ranked = [words(node) for node in page_of(marketer.get("/ask", params={"q": ASKED})).xpath("//article//h3")]
    shown = list(to_grade(marketer))
    assert sorted(shown) == sorted(ranked) and shown != ranked
    assert shown == list(to_grade(marketer)), "and stays the same"


def test_a_grade_counts_while_the_text_stands(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    grade(marketer, GRADE)
    with portal.work() as work:
        moved = "# Before\n\nSomething else comes first.\n\n" + TEXTS["Ramp guide"]
        for title, text in (("Ramp guide", moved), ("Ramp safety", "# Safety\n\nA steep ramp needs two rails.\n")):
            add_version(work, items[title], text)
        actions.retire(work, items["Ramp colours"])
    portal.drain()
    assert "2 passages graded" in main_of(marketer.get("/judged")), "readers get the old versions still"
    with portal.work() as work:
        for title in ("Ramp guide", "Ramp safety"):
            actions.release(work, items[title])
    portal.drain()
    listed = main_of(marketer.get("/judged"))
    assert "1 passage graded, 1 answer among them, 1 not found any more" in listed
    assert "1 passage changed since: to be graded again" in listed
    page = main_of(marketer.get("/judged/grade", params={"q": ASKED}))
    assert "Another text was graded here: to be graded again" in page
    marketer.post("/judged/grade", data=form_of(marketer))
    assert kept(portal)["Ramp safety"] == 1, "saving without a look decides nothing"
    grade(marketer, {"Ramp safety": "2"})
    assert kept(portal) == {"Ramp guide": 2, "Ramp safety": 2, "Ramp colours": 0}
    assert "changed since" not in main_of(marketer.get("/judged"))


def test_how_well_search_ranks_is_measured(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    grade(marketer, {"Ramp guide": "0", "Ramp safety": "0"})
    assert figure(marketer) == [], "without an answer there is nothing to measure"
    ranked = [words(node) for node in page_of(marketer.get("/ask", params={"q": ASKED})).xpath("//article//h3")]
    last = ranked[-1]
    grade(marketer, {**dict.fromkeys(ranked, "0"), last: "2"})
    assert figure(marketer) == [f"{ndcg([0, 0, 2], [2]):.2f}", "0 %", "1 question"]
    grade(marketer, {ranked[0]: "1"})
    assert figure(marketer) == [f"{ndcg([1, 0, 2], [2, 1]):.2f}", "100 %", "1 question"]
    with portal.work() as work:
        actions.retire(work, items[last])
    portal.drain()
    assert figure(marketer) == ["1.00", "100 %", "1 question"]


def test_whoever_was_slower_sees_both(portal: Portal, marketer: TestClient, manager: TestClient, items: dict[str, int]) -> None:
    fields, mine = to_grade(marketer), form_of(marketer)
    grade(manager, {"Ramp guide": "0"})
    answer = marketer.post("/judged/grade", data={**mine, fields["Ramp guide"]: "2"})
    assert "Somebody graded this question meanwhile" in main_of(answer, 412) and "Graded “Does not”" in main_of(answer, 412)
    [form] = page_of(answer, 412).xpath("//form[@action='/judged/grade']")
    assert dict(form.form_values())[fields["Ramp guide"]] == "2", "what was chosen is kept"
    assert kept(portal) == {"Ramp guide": 0}
    assert led_to(marketer.post("/judged/grade", data=dict(form.form_values()))) == "/judged"
    assert kept(portal) == {"Ramp guide": 2}


def test_what_is_no_grade_is_refused(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    fields, form = to_grade(marketer), form_of(marketer)
    assert marketer.post("/judged/grade", data={**form, fields["Ramp guide"]: "7"}).status_code == 422
    assert marketer.post("/judged/grade", data={**form, "question": "???"}).status_code == 422
    assert marketer.post("/judged/grade", data={name: value for name, value in form.items() if name != "state"}).status_code == 428
    told = marketer.post("/judged/grade", data={**form, "grade-1-0123456789": "2", "grade-x": "2"}, follow_redirects=True)
    assert "No passage graded for “How steep is the ramp?”. 1 grade could not be kept: the text changed meanwhile." in told.text
    assert kept(portal) == {}


def test_what_is_said_is_what_was_kept(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    fields = to_grade(marketer)
    for chosen, told in (("2", "1 passage graded for"), ("none", "No passage graded for")):
        answer = marketer.post("/judged/grade", data={**form_of(marketer), fields["Ramp guide"]: chosen}, follow_redirects=True)
        assert told in answer.text
    assert "No question was judged yet" in main_of(marketer.get("/judged"))


def test_nothing_is_taken_out_that_somebody_graded_meanwhile(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    grade(marketer, {"Ramp guide": "2"})
    [form] = page_of(marketer.get("/judged/grade", params={"q": ASKED})).xpath("//form[@action='/judged/remove']")
    grade(marketer, {"Ramp guide": "1"})
    answer = marketer.post("/judged/remove", data=dict(form.form_values()))
    assert "Nothing was removed: look at their grades first." in main_of(answer, 412)
    assert kept(portal) == {"Ramp guide": 1}


def test_a_phrase_is_not_quoted_twice(portal: Portal, marketer: TestClient, items: dict[str, int]) -> None:
    page = page_of(marketer.get("/judged/grade", params={"q": '"steep ramp"'}))
    assert words(page.xpath("//h1")[0]) == '"steep ramp"'


@pytest.mark.parametrize("role", [Role.REP, Role.PARTNER])
def test_only_marketing_judges(portal: Portal, role: Role) -> None:
    client = portal.client(role)
    for address in ("/judged", "/judged/grade?q=ramp"):
        assert client.get(address).status_code == 403


def test_the_set_goes_to_the_benchmark(
    portal: Portal, marketer: TestClient, items: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIVER_DATA_DIR", str(portal.services.settings.data_dir))
    get_settings.cache_clear()
    folder = tmp_path / "judged"
    nothing = CliRunner().invoke(app, ["judged", str(folder)])
    assert nothing.exit_code == 1 and "No question was judged yet" in nothing.output and not folder.exists()
    grade(marketer, GRADE)
    for _ in range(2):
        written = CliRunner().invoke(app, ["judged", str(folder)])
        assert (written.exit_code, written.output) == (0, f"{folder} holds 1 question, 3 grades and 3 passages.\n")
    get_settings.cache_clear()
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    assert {row["title"] for row in corpus} == set(TEXTS)
    assert (folder / "corpus.jsonl").stat().st_mode & 0o777 == 0o600
    command = [sys.executable, "-m", "benchmarks.relevance", str(folder)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    assert json.loads(told[-1])["queries"] == 1
    assert json.loads(told[-1])["recall10"] == 1.0
    (folder / "queries.jsonl").unlink()
    refused = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert refused.returncode == 2 and f"{folder} holds no queries.jsonl. `quiver judged FOLDER` writes a judged set." in refused.stderr
    (folder / "queries.jsonl").write_text("")
    assert "there is nothing to measure" in subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stderr


def test_what_an_item_says_of_itself_goes_to_the_benchmark_with_its_grade(
    portal: Portal, marketer: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal.work() as work:
        add_released(work, "Gates", "# Doors\n\nThey are steel.\n", summary="How wide a gate is.")
    portal.drain()
    monkeypatch.setenv("QUIVER_DATA_DIR", str(portal.services.settings.data_dir))
    get_settings.cache_clear()
    grade(marketer, {"Gates": "2"}, "how wide is a gate")
    written = CliRunner().invoke(app, ["judged", str(tmp_path)])
    get_settings.cache_clear()
    assert written.output.endswith("holds 1 question, 1 grade and 2 passages.\n")
    texts = {row["_id"]: row["text"] for row in map(json.loads, (tmp_path / "corpus.jsonl").read_text().splitlines())}
    [_, judged, _] = (tmp_path / "qrels.tsv").read_text().splitlines()[1].split("\t")
    assert texts[judged] == "How wide a gate is."


def test_grades_in_the_best_order_are_worth_one() -> None:
    assert ndcg([2, 1, 0], [1, 2]) == 1.0
    assert ndcg([], [2]) == ndcg([2], []) == 0.0
    assert 0 < ndcg([0, 2], [2]) < 1
