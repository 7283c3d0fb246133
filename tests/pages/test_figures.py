"""How questions do: what is kept of a click, a copy and a "no", how it is counted, who may see it."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from sqlmodel import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.activity.actions import log_happenings
from app.activity.models import ActivityEntry, Happening, QuestionFigures, Verb
from app.activity.queries import list_question_figures
from app.core.paging import PageRequest
from app.core.work import Work
from app.identity.models import Role
from app.library.models import Audience
from app.library.queries import list_passages
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.cli import app
from app.ops.migrate import migrate
from app.settings import Settings, get_settings
from tests.factories.library import add_released
from tests.factories.portal import BASE_URL, Portal, started
from tests.pages.reading import led_to, main_of, page_of, words

RAMP = "How steep is the ramp?"
REFERRED = {"Referer": f"{BASE_URL}/ask?{urlencode({'q': RAMP, 'set': '1'})}"}


@pytest.fixture
def ramp(portal: Portal) -> int:
    """An item that answers."""
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide", "# Ramp\n\nThe ramp is steep: six degrees.\n")
    portal.drain()
    return asset_id


def kept(portal: Portal) -> list[tuple[str, str, str, int | None]]:
    """What the log says: verb, question, its words, answers."""
    portal.services.activity.flush()
    with portal.work(read_only=True) as work:
        rows = work.session.exec(select(ActivityEntry).order_by(ActivityEntry.id)).all()  # type: ignore[arg-type]  # a column at run time
        return [(row.verb, row.question, row.question_words, row.answers) for row in rows]


def test_what_is_opened_and_used_from_answers_is_kept_with_the_question(portal: Portal, rep: TestClient, ramp: int) -> None:
    page = page_of(rep.get("/ask", params={"q": RAMP}))
    [opened] = page.xpath("//article//h3/a/@href")
    shown = page_of(rep.get(opened))
    assert "Opened for “How steep is the ramp?”" in words(shown)
    here = {"Referer": f"{BASE_URL}{opened}"}
    assert rep.get(f"/assets/{ramp}/file", headers=here).status_code == 200
    copied = {"asset_id": str(ramp), "version_id": "1", "passage_id": "1"}
    assert rep.post("/activity/copied", data=copied, headers=REFERRED).status_code == 204
    asked = ("How steep is the ramp?", "how steep is the ramp")
    assert kept(portal) == [("asked", *asked, 1), *((verb, *asked, None) for verb in ("viewed", "downloaded", "copied"))]


def test_a_use_that_no_question_led_to_has_none(portal: Portal, rep: TestClient, ramp: int) -> None:
    elsewhere = ("https://search.example/ask?q=secret", f"{BASE_URL}/library/away?q=secret", "http://[", f"{BASE_URL}/ask")
    for address in elsewhere:
        rep.get(f"/assets/{ramp}", headers={"Referer": address})
    assert kept(portal) == [("viewed", "", "", None)] * len(elsewhere)


def test_whoever_asked_says_whether_it_answered(portal: Portal, rep: TestClient, ramp: int) -> None:
    page = page_of(rep.get("/ask", params={"q": RAMP}))
    [form] = page.xpath("//form[@action='/ask/answered']")
    assert words(form) == "Did this answer it? Yes: Ramp guideNo: Ramp guide"
    for said, told in (("yes", "Noted, thank you."), ("no", "Marketing sees which questions go unanswered.")):
        answer = rep.post("/ask/answered", data={**dict(form.form_values()), "said": said})
        assert led_to(answer).startswith("/ask?q=How")
        assert told in rep.get("/account").text
    assert [entry[:2] for entry in kept(portal)[1:]] == [("answered", RAMP), ("not_answered", RAMP)]
    assert rep.post("/ask/answered", data={**dict(form.form_values()), "said": "perhaps"}).status_code == 422


def test_only_the_answer_on_top_asks_and_only_where_something_was_asked(portal: Portal, rep: TestClient, ramp: int) -> None:
    with portal.work() as work:
        anchor = list_passages(work, 1)[0].anchor
        record_question(work, QuestionInput(text=RAMP, asset_id=ramp, anchor=anchor))
        add_released(work, "Second", "# Other\n\nA steep ramp, too.\n")
    portal.drain()
    page = page_of(rep.get("/ask", params={"q": RAMP}))
    assert len(page.xpath("//article[contains(@class,'best')]")) == 1
    assert len(page.xpath("//form[@action='/ask/answered']")) == 1
    assert not page_of(rep.get("/ask?set=1")).xpath("//form[@action='/ask/answered']")
    assert not page_of(rep.get(f"/assets/{ramp}")).xpath("//form[@action='/ask/answered']")


def test_a_question_that_found_nothing_is_kept_as_such(portal: Portal, rep: TestClient, ramp: int) -> None:
    rep.get("/ask", params={"q": "Zeppelin moorings?"})
    rep.get("/api/v1/ask", params={"q": "Zeppelin moorings?"})
    assert kept(portal)[0] == ("asked", "Zeppelin moorings?", "zeppelin moorings", 0)
    portal.services.index.close()
    rep.get("/ask", params={"q": "Zeppelin moorings?"})
    assert kept(portal)[-1][3] is None, "without the index nobody knows"


Story = Iterable[tuple[float, int, Verb, str, int | None]]  # minutes ago, who, what, the question, answers


def told(work: Work, story: Story) -> None:
    log_happenings(
        work,
        [
            Happening(
                work.now - timedelta(minutes=minutes), who, verb, None if verb == Verb.ASKED else 1, question=question, answers=answers
            )
            for minutes, who, verb, question, answers in story
        ],
    )


def figures(work: Work, days: int = 30) -> dict[str, QuestionFigures]:
    found = list_question_figures(work, work.now - timedelta(days=days), PageRequest(1, 100))
    assert found.total == len(found.items)
    return {one.question: one for one in found.items}


STORY: Story = (
    (300, 1, Verb.ASKED, "Who pays for the ramp?", 4),  # used: opened, then copied
    (299, 1, Verb.VIEWED, "Who pays for the ramp?", None),
    (298, 1, Verb.ASKED, "Who pays for the ramp?", 4),  # back to the answers
    (297, 1, Verb.COPIED, "Who pays for the ramp?", None),
    (280, 1, Verb.ASKED, "who pays for the RAMP", 4),  # asked once more, later; nothing used, another question soon
    (276, 1, Verb.ASKED, "ramp payer", 0),  # nothing found
    (200, 1, Verb.ASKED, "Lunch?", 2),  # the last thing they did; not soon after the one before
    (290, 2, Verb.ASKED, "Who pays for the ramp?", 4),  # said no, then downloaded all the same
    (289, 2, Verb.NOT_ANSWERED, "Who pays for the ramp?", None),
    (289, 2, Verb.NOT_ANSWERED, "Who pays for the ramp?", None),
    (288, 2, Verb.DOWNLOADED, "Who pays for the ramp?", None),
    (287, 2, Verb.VIEWED, "", None),  # from elsewhere
    (250, 2, Verb.ASKED, "Lunch?", 2),
    (249, 2, Verb.ANSWERED, "Lunch?", None),
    (248, 2, Verb.ASKED, "???", 0),  # no words at all
    (60 * 24 * 40, 2, Verb.ASKED, "Long ago?", 0),
)
COUNTED = {
    #                            asked, people, nothing, unused, again, opened, copied, no
    "Who pays for the ramp?": (3, 2, 0, 2, 1, 1, 2, 1),
    "ramp payer": (1, 1, 1, 1, 0, 0, 0, 0),
    "Lunch?": (2, 2, 0, 1, 0, 0, 0, 0),
}


def as_counted(found: Iterable[QuestionFigures]) -> dict[str, tuple[int, ...]]:
    return {
        one.question: (
            *(one.asked, one.people, one.nothing_found, one.not_used, one.asked_again),
            *(one.opened, one.copied, one.said_no),
        )
        for one in found
    }


@contextmanager
def portal_on(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    url = "" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    settings = Settings(
        data_dir=tmp_path, database_url=url, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False
    )
    migrate(settings.url)
    with started(settings) as portal:
        yield portal


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_every_asking_is_counted_by_what_followed_it(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with portal_on(kind, request, tmp_path) as portal, portal.work() as work:
        told(work, STORY)
        work.session.flush()
        found = figures(work)
        assert as_counted(found.values()) == COUNTED
        assert list(found) == list(COUNTED), "the worst first"
        assert found["ramp payer"].last_at == work.now - timedelta(minutes=276)
        assert list(figures(work, days=50)) == ["Who pays for the ramp?", "Long ago?", "ramp payer", "Lunch?"]


def test_the_page_shows_the_worst_first_and_leads_on(portal: Portal, marketer: TestClient) -> None:
    assert "Nothing was asked" in main_of(marketer.get("/questions/figures"))
    with portal.work() as work:
        told(work, STORY)
    page = page_of(marketer.get("/questions/figures"))
    rows = [words(row.xpath("./th/span")[0]) for row in page.xpath("//tbody/tr")]
    assert rows == list(COUNTED)
    first = page.xpath("//tbody/tr")[0]
    assert [words(cell) for cell in first.xpath("./td[@data-label]")] == ["3", "0", "2", "1", "1", "1", "2"]
    asked, linked, graded = first.xpath(".//a/@href")
    assert marketer.get(asked).status_code == 200
    assert "Who pays for the ramp?" in marketer.get(linked).text
    assert "Who pays for the ramp?" in marketer.get(graded).text
    assert "Long ago?" not in words(page)
    assert "Long ago?" in main_of(marketer.get("/questions/figures?days=90"))
    assert "/questions/figures" in marketer.get("/questions").text


def test_the_csv_and_the_command_say_the_same(portal: Portal, marketer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal.work() as work:
        told(work, [*STORY, (10, 1, Verb.ASKED, "=1+1 or what?", 0)])
    answer = marketer.get("/questions/figures.csv?days=30")
    rows = list(csv.reader(answer.text.splitlines()))
    assert rows[0][:3] == ["Question", "Asked", "People"]
    assert [row[0] for row in rows[1:]] == ["Who pays for the ramp?", "'=1+1 or what?", "ramp payer", "Lunch?"]
    assert tuple(map(int, rows[1][1:9])) == COUNTED["Who pays for the ramp?"]
    assert answer.headers["content-disposition"].startswith("attachment")
    monkeypatch.setenv("QUIVER_DATA_DIR", str(portal.services.settings.data_dir))
    get_settings.cache_clear()
    written = CliRunner().invoke(app, ["report", "questions", "--days", "30"])
    get_settings.cache_clear()
    assert (written.exit_code, list(csv.reader(written.stdout.splitlines()))) == (0, rows)


@pytest.mark.parametrize("role", [Role.REP, Role.PARTNER])
def test_nobody_but_marketing_learns_what_others_asked(portal: Portal, role: Role) -> None:
    client = portal.client(role)
    for address in ("/questions/figures", "/questions/figures.csv"):
        assert client.get(address).status_code == 403
    assert "/questions/figures" not in client.get("/questions").text


def test_a_partner_says_nothing_of_what_they_may_not_see(portal: Portal, partner: TestClient) -> None:
    with portal.work() as work:
        hidden = add_released(work, "Margins", audience=Audience.INTERNAL)
    sent = {"question": RAMP, "asset_id": str(hidden), "said": "yes"}
    assert partner.post("/ask/answered", data=sent).status_code == 404
    assert kept(portal) == []
