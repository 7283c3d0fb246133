"""A page costs at most twelve statements, however many rows it shows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.activity.actions import log_happenings
from app.activity.models import Happening, Verb
from app.core.office.parse import ParsedFile, ParsedPassage
from app.core.work import Work
from app.identity.models import Role
from app.library import actions
from app.library.queries import get_shown
from app.messaging.actions import record_asked, record_question
from app.messaging.models import AskedInput, QuestionInput
from app.search.actions import grade_passages, state_of
from app.search.jobs import rebuild
from app.search.queries.judged import list_gradables
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal
from tests.factories.values import add_model

MOST = 12
FEW, MANY = 6, 30


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements of the block; BEGIN and PRAGMA are no work."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        is_ours = threading.current_thread().name != "activity"  # writes what was viewed, whenever it likes
        if is_ours and not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def read(work: Work, asset_id: int, text: str) -> None:
    """Give an asset a passage, without waiting for a reader."""
    passage = ParsedPassage("p1", "Part 1", (), text, f"<p>{text}</p>")
    actions.store_text(work, get_shown(work, asset_id).version.id or 0, ParsedFile("", (passage,), 1, "page", "", text, (1, 2)))


def judge(work: Work, question: str, asset_id: int) -> None:
    """Somebody graded all there is of this item."""
    parts = list_gradables(work, {asset_id})[asset_id]
    grade_passages(work, question, {(asset_id, part.digest): 2 for part in parts}, state_of([]))


def fill(work: Work, number: int) -> int:
    """So many drafts, items past their date, items to find, questions and requests; the id of one item."""
    past = work.today - timedelta(days=400)
    asset_id = 0
    for index in range(number):
        add_draft(work, f"Draft {index}", f"# Draft {index}\n\nFirst.\n\n# More\n\nSecond.\n")
        add_released(work, f"Past {index}", confirmed_on=past)
        asset_id = add_released(work, f"Ramp {index}")
        read(work, asset_id, f"The ramp number{index} waits.")
        record_question(work, QuestionInput(text=f"Where is ramp number{index}?", asset_id=asset_id))
        record_asked(work, AskedInput(text=f"Who pays for ramp {index}?", context={"stage": "discover"}))
        actions.retire(work, add_released(work, f"Retired {index}"))
        log_happenings(work, [Happening(work.now, 1, Verb.ASKED, question=f"Who pays for ramp {index}?", answers=0)])
        judge(work, f"Who pays for item {asset_id}?", asset_id)
    add_version(work, asset_id, "# Newer\n")
    return asset_id


def count(portal: Portal, address: str) -> int:
    client = portal.client(Role.MARKETER)
    client.get("/account")
    with counted(portal.services.engine) as statements:
        answer = client.get(address)
    assert answer.status_code == 200, address
    return len(statements)


PAGES = (
    "/",
    "/?by=step",
    "/ask?q=ramp",
    "/ask?q=nothing+like+it",
    "/assets/{id}",
    "/assets/{id}/edit",
    "/upload",
    "/ask?set=1&stage=target",
    "/ask/suggest?q=ramp",
    "/questions",
    "/questions?state=unanswered&stage=discover",
    "/questions/1",
    "/questions/1/edit",
    "/questions/figures",
    "/judged",
    "/judged/grade?q=ramp",
    "/questions/answer?asset_id={id}&anchor=p1&text=where+is+ramp",
    "/searches",
    "/framework",
    "/framework/stage",
    "/framework/step",
    "/framework/audience",
    "/framework/stage/target",
    "/framework/stage/target/retire",
    "/framework/synonyms",
    "/framework/synonyms/new",
    "/review",
    "/review?owner=me&reason=past_review",
    "/review/change?verb=retire&items={id}:3&items=2:2",
    "/review/change?verb=assign&items={id}:3",
    "/review/policies",
    "/review/log",
    "/library/away",
    "/assets/{model}/case",
    "/assets/{model}/model",
    "/api/v1/assets",
)


@pytest.fixture
def counts(portal: Portal) -> dict[str, list[int]]:
    """Statements of each page with few rows, then with many."""
    found: dict[str, list[int]] = {page: [] for page in PAGES}
    for number in (FEW, MANY - FEW):
        with portal.work() as work:
            asset_id, model_id = fill(work, number), add_model(work)
        rebuild(desk_of(portal))
        for page in PAGES:
            found[page].append(count(portal, page.format(id=asset_id, model=model_id)))
    return found


def test_no_page_asks_more_when_it_shows_more(counts: dict[str, list[int]]) -> None:
    assert {page: found for page, found in counts.items() if found[0] != found[1]} == {}
    assert {page: found for page, found in counts.items() if found[1] > MOST} == {}
    assert all(found[0] >= 3 for found in counts.values()), "something was counted"
