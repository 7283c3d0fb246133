"""The operations page: what was given up and why, sending it again, timed jobs, and what is not well."""

from pathlib import Path

import pytest
import time_machine
from sqlmodel import col, select

from app.core import outbox, schedule
from app.core.clock import utc_now
from app.identity.models import AuditEntry, Role
from app.library.events import AssetChanged
from app.pages.operations import JOB_WORDS, TIMED_WORDS
from app.reactions import REACTIONS, SCHEDULE
from app.search.jobs import read_meaning
from app.settings import Settings
from app.web.operations import REASONS, UNFORESEEN, reason_of
from tests.factories.desk import desk_of
from tests.factories.library import add_released
from tests.factories.model import MODEL_FILE
from tests.factories.portal import Portal, started
from tests.library.test_statement_counts import MOST, counted
from tests.pages.reading import page_of, words


def give_up(portal: Portal, error: str = "OperationalError: database is locked") -> int:
    """A job that ran out of attempts; its id."""
    with portal.work() as work:
        asset_id = add_released(work, "Dock guide")
    portal.drain()
    with portal.work() as work:
        work.record(AssetChanged(asset_id))
        work.session.flush()
        [row] = [one for one in outbox.list_unfinished(work.session, AssetChanged) if one.state == "waiting"]
        row.attempts, row.last_error = 8, error
        outbox.bury(work.session, row.id or 0, error)
        return row.id or 0


def state_of(portal: Portal, job_id: int) -> tuple[str, int]:
    with portal.work(read_only=True) as work:
        row = outbox.find_row(work.session, job_id)
        assert row is not None
        return row.state, row.attempts


def verbs(portal: Portal) -> list[tuple[str, str, int | None]]:
    with portal.work(read_only=True) as work:
        found = work.session.exec(
            select(AuditEntry).where(col(AuditEntry.target).in_(["job", "timed_job"])).order_by(col(AuditEntry.id))
        ).all()
        return [(entry.verb, entry.target, entry.target_id) for entry in found]


def test_a_portal_in_order_says_so(portal: Portal) -> None:
    with portal.work() as work:
        add_released(work, "Dock guide")
    portal.drain()
    shown = portal.client(Role.ADMIN).get("/operations").text
    assert "All is well" in shown and "No job was given up" in shown
    assert "1 item in it" in shown and "schema 00" in shown and "SQLite" in shown


def test_a_job_that_was_given_up_is_shown_with_its_reason_and_sent_again(portal: Portal) -> None:
    job_id, admin = give_up(portal), portal.client(Role.ADMIN)
    shown = admin.get("/operations").text
    assert "Bring search up to date with an item" in shown and "The database was busy or could not be reached." in shown
    assert "OperationalError: database is locked" in shown and "Some jobs were given up" in shown and "tried 8 times" in shown
    answer = admin.post(f"/operations/jobs/{job_id}/resend")
    assert (answer.status_code, answer.headers["location"]) == (303, "/operations")
    assert state_of(portal, job_id) == ("waiting", 0)
    assert verbs(portal) == [("resend", "job", job_id)]
    again = admin.post(f"/operations/jobs/{job_id}/resend")
    assert again.status_code == 409 and "not set aside any more" in again.text
    portal.drain()
    assert state_of(portal, job_id)[0] == "done"
    assert admin.post("/operations/jobs/999999/resend").status_code == 404


def test_all_of_them_are_sent_again_at_once(portal: Portal) -> None:
    jobs, admin = [give_up(portal), give_up(portal)], portal.client(Role.ADMIN)
    assert "Try all 2 again" in admin.get("/operations").text
    assert "2 jobs will be tried again." in admin.post("/operations/jobs/resend", follow_redirects=True).text
    assert [state_of(portal, job_id) for job_id in jobs] == [("waiting", 0)] * 2
    assert "No job was set aside." in admin.post("/operations/jobs/resend", follow_redirects=True).text


def test_many_given_up_jobs_come_in_pages(portal: Portal) -> None:
    for _ in range(21):
        give_up(portal)
    admin = portal.client(Role.ADMIN)
    assert admin.get("/operations").text.count("Details<span") == 20
    assert admin.get("/operations?page=2").text.count("Details<span") == 1


def test_a_timed_job_is_asked_for_and_shown_until_it_ran(portal: Portal) -> None:
    admin = portal.client(Role.ADMIN)
    assert admin.post("/operations/timed/rebuild-index/run").status_code == 303
    shown = admin.get("/operations").text
    assert "The index is being built" in shown and "Within seconds, or running" in shown
    with portal.work() as work:
        assert schedule.take_tick(work.session, "rebuild-index", SCHEDULE["rebuild-index"].cron, work.now)
        schedule.finish_tick(work.session, "rebuild-index", work.now)
    assert "Build the index anew</button>" in admin.get("/operations").text
    assert verbs(portal) == [("run", "timed_job", None)]
    assert admin.post("/operations/timed/make-coffee/run").status_code == 404


def test_a_timed_job_that_fails_is_shown_with_its_next_try(portal: Portal) -> None:
    with portal.work() as work:
        schedule.ask_for(work.session, "sweep-blobs", work.now)
        schedule.fail_tick(work.session, "sweep-blobs", "OSError: [Errno 28] No space left on device", work.now)
    shown = portal.client(Role.ADMIN).get("/operations").text
    assert "Failed 1 time" in shown and "The disk was full." in shown and "No space left on device" in shown


def meaning_card(portal: Portal) -> str:
    page = page_of(portal.client(Role.ADMIN).get("/operations"))
    [card] = page.xpath("//dl[@class='ops-facts']/div[dt='Meaning read']")
    return ": ".join(words(part) for part in card.xpath("./dd"))


def test_a_portal_without_a_model_says_that_words_count_alone(portal: Portal) -> None:
    with portal.work() as work:
        add_released(work, "Dock guide")
    portal.drain()
    assert meaning_card(portal) == "None: no model: search goes by words"


@pytest.mark.model
def test_how_far_reading_meaning_is_and_its_last_fault_are_shown(settings: Settings) -> None:
    with started(settings.model_copy(update={"model_path": str(MODEL_FILE)})) as portal:
        with portal.work() as work:
            add_released(work, "Dock guide")
        portal.drain()
        portal.services.index.list_unread()  # the model is open
        assert meaning_card(portal) == "0 of 2: passages and titles"
        read_meaning(desk_of(portal))
        assert meaning_card(portal) == "2 of 2: passages and titles"
        with portal.work() as work:
            schedule.ask_for(work.session, "read-meaning", work.now)
            schedule.fail_tick(work.session, "read-meaning", "OSError: [Errno 28] No space left on device", work.now)
        assert meaning_card(portal).endswith("The last try failed: The disk was full.")


def test_a_model_that_cannot_be_used_is_among_what_needs_a_look(settings: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"no model")
    with started(settings.model_copy(update={"model_path": str(wrong)})) as portal:
        with portal.work() as work:
            add_released(work, "Dock guide")
        portal.drain()
        portal.services.index.list_unread()
        shown = portal.client(Role.ADMIN).get("/operations").text
        assert "Something needs a look" in shown and "Search goes by words alone." in shown


def test_jobs_nobody_works_off_are_told(portal: Portal) -> None:
    with portal.work() as work:
        add_released(work, "Dock guide")
    admin = portal.client(Role.ADMIN)
    assert "Is a worker running?" not in admin.get("/operations").text
    with time_machine.travel(utc_now().timestamp() + 600, tick=True):
        assert "Is a worker running?" in admin.get("/operations").text


def test_every_job_has_words_and_every_error_a_sentence() -> None:
    assert {event.__name__ for event in REACTIONS} <= set(JOB_WORDS)
    assert set(SCHEDULE) <= set(TIMED_WORDS)
    assert reason_of("KeyError: 'x'") == UNFORESEEN
    assert [reason_of(f"{words}: and more") for words, _ in REASONS] == [sentence for _, sentence in REASONS]


def test_nobody_else_finds_the_way(portal: Portal) -> None:
    assert 'href="/operations"' in portal.client(Role.ADMIN).get("/account").text
    assert 'href="/operations"' not in portal.client(Role.MANAGER).get("/account").text


def test_the_page_asks_the_database_no_more_for_many_jobs(portal: Portal) -> None:
    admin, counts = portal.client(Role.ADMIN), []
    admin.get("/account")
    for number in (2, 12):
        for _ in range(number):
            give_up(portal)
        with counted(portal.services.engine) as statements:
            assert admin.get("/operations").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= MOST
