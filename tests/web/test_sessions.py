"""How long a session lives, what ends it at once, and that reading pages does not write."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import select
from starlette.testclient import TestClient

from app.identity import actions, queries
from app.identity.models import LoginSession, Role
from tests.factories.portal import Portal

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def status(client: TestClient) -> int:
    return client.get("/account").status_code


def last_seen(portal: Portal) -> datetime:
    with portal.work(read_only=True) as work:
        return work.session.exec(select(LoginSession)).one().last_seen_at


def test_a_session_ends_after_twelve_idle_hours(portal: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        rep = portal.client(Role.REP)
        clock.move_to(START + timedelta(hours=11, minutes=59))
        assert status(rep) == 200
        clock.shift(timedelta(hours=11, minutes=59))
        assert status(rep) == 200, "use keeps it alive"
        clock.shift(timedelta(hours=12))
        assert status(rep) == 303


def test_a_session_ends_after_seven_days_however_much_it_is_used(portal: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        rep = portal.client(Role.REP)
        for _ in range(15):
            clock.shift(timedelta(hours=11))
            assert status(rep) == 200
        clock.move_to(START + timedelta(days=7))
        assert status(rep) == 303


def test_use_is_noted_every_five_minutes_at_most_and_after_the_answer(portal: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        rep = portal.client(Role.REP)
        clock.shift(timedelta(minutes=4))
        assert status(rep) == 200
        assert last_seen(portal) == START
        clock.shift(timedelta(minutes=1))
        assert status(rep) == 200
        assert last_seen(portal) == START + timedelta(minutes=5)


def test_reading_goes_on_while_nothing_can_be_written(portal: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        rep = portal.client(Role.REP)
        clock.shift(timedelta(minutes=10))
        blocker = sqlite3.connect(portal.services.settings.data_dir / "quiver.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        try:
            assert status(rep) == 200
        finally:
            blocker.execute("ROLLBACK")
            blocker.close()
        assert last_seen(portal) == START


def test_a_get_changes_nothing_but_the_note_of_use(portal: Portal, rep: TestClient) -> None:
    def rows() -> list[str]:
        with sqlite3.connect(f"file:{portal.services.settings.data_dir / 'quiver.db'}?mode=ro", uri=True) as connection:
            return [line for line in connection.iterdump() if "login_session" not in line]

    before = rows()
    for path in ("/account", "/sign-in", "/healthz", "/readyz", "/nowhere", "/setup/made-up"):
        rep.get(path)
    assert rows() == before


def test_disabling_bites_on_the_next_request(portal: Portal, rep: TestClient) -> None:
    assert status(rep) == 200
    rep_id = portal.actor(Role.REP).id
    with portal.work() as work:
        actions.disable_user(work, rep_id)
    assert status(rep) == 303
    with portal.work() as work:
        actions.enable_user(work, rep_id)
    assert status(rep) == 303, "enabling does not bring old sessions back"


def test_a_session_of_somebody_disabled_is_worth_nothing_even_if_it_is_still_there(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        queries.get_user_by_email(work, "rep@example.com").is_active = False
    assert status(rep) == 303


def test_a_role_change_bites_on_the_next_request(portal: Portal, marketer: TestClient) -> None:
    assert marketer.get("/upload").status_code == 200
    marketer_id = portal.actor(Role.MARKETER).id
    with portal.work() as work:
        actions.change_role(work, marketer_id, Role.REP)
    assert marketer.get("/upload").status_code == 303, "the session ended"
    assert portal.client(Role.MARKETER).get("/upload").status_code == 403, "the usual marketer is a rep now"


def test_sessions_that_ran_out_are_cleared_away_at_the_next_sign_in(portal: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        portal.session_of(Role.REP)
        clock.shift(timedelta(hours=13))
        portal.session_of(Role.MARKETER)
    with portal.work(read_only=True) as work:
        assert len(work.session.exec(select(LoginSession)).all()) == 1


@pytest.mark.parametrize("cookie", ["", "x", "é", "a" * 5000, "quiver; drop", '"'])
def test_made_up_cookies_are_nobody(portal: Portal, cookie: str) -> None:
    assert portal.client().get("/account", headers={b"cookie": f"quiver={cookie}".encode()}).status_code == 303
