"""Mails about what is due, through a real mail server: what they say, one a day, and what happens when the server refuses or hangs."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from pydantic import ValidationError
from sqlmodel import col, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.core import outbox
from app.core.clock import utc_now
from app.core.outbox import OutboxRow
from app.identity import actions as identity
from app.identity.models import Role, User
from app.library import actions as library
from app.library.models import Asset, Audience
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.cli import app as cli
from app.reactions import SCHEDULE
from app.review.jobs import want_due_mails
from app.settings import Settings
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released
from tests.factories.mail import Inbox, part, receiving, with_mail
from tests.factories.people import ensure_user
from tests.factories.portal import Portal, started


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A running server and its port."""
    with receiving() as server:
        yield server


@pytest.fixture
def mailing(settings: Settings, inbox: tuple[Inbox, int]) -> Iterator[Portal]:
    """A portal that sends through that server, with items of marketing: one over, one expired, one due, one in time."""
    with started(with_mail(settings, inbox[1])) as portal:
        with portal.work() as work:
            add_released(work, "Old <b>price</b>", confirmed_on=work.today - timedelta(days=190))
            add_released(work, "Gone offer", expires_on=work.today - timedelta(days=3))
            add_released(work, "Nearly due", confirmed_on=work.today - timedelta(days=170))
            add_released(work, "Good brief")
        yield portal


@pytest.fixture
def mails(inbox: tuple[Inbox, int]) -> list[EmailMessage]:
    return inbox[0].mails


def due(portal: Portal) -> None:
    """Six o'clock."""
    want_due_mails(desk_of(portal))
    portal.drain()


def mail_rows(portal: Portal) -> list[OutboxRow]:
    with portal.work(read_only=True) as work:
        return list(work.session.exec(select(OutboxRow).where(col(OutboxRow.event) == "DueMailWanted")).all())


def test_the_mail_says_what_is_due_and_why(mailing: Portal, mails: list[EmailMessage]) -> None:
    due(mailing)
    [mail] = mails
    assert (mail["To"], mail["From"]) == ("Marketer One <marketer@example.com>", "Quiver <quiver@example.com>")
    assert mail["Subject"] == "Quiver: 3 items need a look"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = part(mail, "plain"), part(mail, "html")
    assert "Hello Marketer One,\n\nOf what you look after, 2 items are over and 1 item is due soon." in text
    assert "Old <b>price</b>\nPast its review date since " in text and ", 10 days over.\nhttp://testserver/assets/1\n" in text
    assert text.index("Old") < text.index("Gone offer") < text.index("Nearly due") and "Good brief" not in text
    assert "Old &lt;b&gt;price&lt;/b&gt;" in html and '<a href="http://testserver/assets/1">' in html
    assert "http://testserver/account" in text and "http://testserver/account" in html
    assert not any(word in html for word in ("<img", "<script", "style=", "?"))


def test_one_mail_a_day_however_often_it_is_asked_for(mailing: Portal, mails: list[EmailMessage]) -> None:
    with time_machine.travel(utc_now(), tick=True) as clock:
        due(mailing)
        due(mailing)
        assert len(mails) == 1
        clock.shift(timedelta(days=1))
        due(mailing)
    assert len({mail["Message-ID"] for mail in mails}) == len(mails) == 2
    assert SCHEDULE["send-due-mails"].cron == "0 6 * * *"


def test_who_wants_none_owns_nothing_due_or_left_gets_none(mailing: Portal, mails: list[EmailMessage]) -> None:
    with mailing.work() as work:
        ensure_user(work, Role.MARKETER).due_mails = False
        ensure_user(work, Role.REP)
    due(mailing)
    assert mails == []
    with mailing.work() as work:
        work.session.exec(select(User).where(col(User.role) == Role.MARKETER)).one().due_mails = True
    want_due_mails(desk_of(mailing))
    with mailing.work() as work:
        identity.disable_user(work, 1)
    mailing.drain()
    assert mails == [] and len(mail_rows(mailing)) == 1, "left between the asking and the sending"


def test_instead_of_an_owner_who_left_somebody_else_is_asked(mailing: Portal, mails: list[EmailMessage]) -> None:
    with mailing.work() as work:
        ensure_user(work, Role.MANAGER)
        identity.disable_user(work, ensure_user(work, Role.MARKETER).id or 0)
    mailing.drain()
    due(mailing)
    [mail] = mails
    assert mail["To"] == "Manager One <manager@example.com>"
    assert "Good brief\nIts owner left; asked instead: Manager One." in part(mail, "plain")


def test_what_was_settled_meanwhile_is_not_named(mailing: Portal, mails: list[EmailMessage]) -> None:
    want_due_mails(desk_of(mailing))
    with mailing.work() as work:
        for asset in work.session.exec(select(Asset)).all():
            asset.review_on, asset.expires_on = work.today + timedelta(days=90), None
    mailing.drain()
    assert mails == [] and [row.state for row in mail_rows(mailing)] == ["done"]


def test_a_refusing_server_is_tried_again_until_the_mail_is_set_aside(mailing: Portal, inbox: tuple[Inbox, int]) -> None:
    box = inbox[0]
    box.refusal = "451 not now"
    with time_machine.travel(utc_now(), tick=True) as clock:
        due(mailing)
        [row] = mail_rows(mailing)
        assert row.state == "waiting" and 1 <= row.attempts < outbox.MAX_ATTEMPTS and "451" in row.last_error
        for _ in range(outbox.MAX_ATTEMPTS):
            clock.shift(timedelta(hours=2))
            mailing.drain()
        [row] = mail_rows(mailing)
        assert (row.state, row.attempts, box.mails) == ("dead", outbox.MAX_ATTEMPTS, [])
        box.refusal = ""
        with mailing.work() as work:
            outbox.revive(work.session, row.id or 0, work.now)
        mailing.drain()
    day = str(row.payload["day"])
    assert [mail["Message-ID"] for mail in box.mails] == [f"<due-1-{day}@testserver>"], "the id of the first try"


def test_a_server_that_is_not_there_uses_up_tries_too(settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with started(with_mail(settings, int(unused.getsockname()[1]))) as portal:
            with portal.work() as work:
                add_released(work, "Old price", confirmed_on=work.today - timedelta(days=190))
            due(portal)
            [row] = mail_rows(portal)
    assert row.state == "waiting" and row.attempts >= 1 and "did not take the mail" in row.last_error


def test_a_hanging_server_slows_no_page_and_no_other_job(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and never says a word
        running = with_mail(settings, int(silent.getsockname()[1])).model_copy(update={"embedded_worker": True})
        with started(running) as portal:
            with portal.work() as work:
                add_released(work, "Old price", confirmed_on=work.today - timedelta(days=190))
            want_due_mails(desk_of(portal))
            connection, _ = silent.accept()
            before = time.monotonic()
            marketer = portal.client(Role.MARKETER)
            assert "Old price" in marketer.get("/review").text
            with portal.work() as work:
                add_released(work, "Windlass guide", "# Windlass\n\nTurn the windlass twice.\n")
            while "Windlass guide" not in marketer.get("/ask?q=windlass").text:
                assert time.monotonic() - before < 15, "reading and indexing go on"
                time.sleep(0.1)
            assert [row.state for row in mail_rows(portal)] == ["waiting"], "the control: the mail still hangs"
            threading.Timer(0.1, connection.close).start()


def test_without_a_server_nothing_is_asked_for(portal: Portal) -> None:
    with portal.work() as work:
        add_released(work, "Old price", confirmed_on=work.today - timedelta(days=190))
    due(portal)
    assert mail_rows(portal) == []


def test_a_mail_names_nothing_its_reader_may_not_see(mailing: Portal, mails: list[EmailMessage]) -> None:
    words = {"draft": "bodilu", "retired": "kanupe", "trashed": "tirogu", "other": "vemiso", "question": "zulaki", "summary": "domevi"}
    with mailing.work() as work:
        rep, other = ensure_user(work, Role.REP).id, ensure_user(work, Role.MANAGER).id
        past = work.today - timedelta(days=400)
        add_draft(work, words["draft"], owner_id=rep, expires_on=past)
        retired = add_released(work, words["retired"], owner_id=rep, confirmed_on=past)
        trashed = add_released(work, words["trashed"], owner_id=rep, confirmed_on=past)
        add_released(work, words["other"], owner_id=other, confirmed_on=past)
        own = add_released(work, "Own item", owner_id=rep, confirmed_on=past, summary=words["summary"], audience=Audience.INTERNAL)
        record_question(work, QuestionInput(text=words["question"], asset_id=own))
        library.retire(work, retired)
        library.trash(work, trashed)
    due(mailing)
    to_rep = next(str(mail) for mail in mails if "rep@" in mail["To"])
    assert "Own item" in to_rep, "the control"
    assert [word for word in words.values() if word in to_rep] == []
    assert "Old" not in to_rep and "Gone offer" not in to_rep


def test_a_partner_is_mailed_nothing(mailing: Portal, mails: list[EmailMessage]) -> None:
    with mailing.work() as work:
        partner = ensure_user(work, Role.PARTNER).id
        add_released(work, "Partner item", owner_id=partner, confirmed_on=work.today - timedelta(days=400), audience=Audience.INTERNAL)
    due(mailing)
    assert [mail["To"] for mail in mails] == ["Marketer One <marketer@example.com>"]


def test_a_server_needs_an_address_mails_are_from() -> None:
    with pytest.raises(ValidationError, match="QUIVER_SMTP_FROM"):
        Settings(smtp_host="mail.example.com")
    assert "hunter2" not in repr(Settings(smtp_host="mail.example.com", smtp_user="q@example.com", smtp_password="hunter2"))  # type: ignore[arg-type]  # taken as text


def test_mail_test_says_whether_the_server_took_it(settings: Settings, inbox: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch) -> None:
    box, port = inbox
    monkeypatch.setenv("QUIVER_DATA_DIR", str(settings.data_dir))
    run = CliRunner().invoke
    nothing = run(cli, ["mail-test", "rep@example.com"])
    assert (nothing.exit_code, "QUIVER_SMTP_HOST" in nothing.output) == (1, True)
    for name, value in (("HOST", "127.0.0.1"), ("PORT", str(port)), ("FROM", "quiver@example.com"), ("SECURITY", "none")):
        monkeypatch.setenv(f"QUIVER_SMTP_{name}", value)
    taken = run(cli, ["mail-test", "rep@example.com"])
    assert (taken.exit_code, taken.output) == (0, "127.0.0.1 took the mail to rep@example.com.\n")
    assert [mail["To"] for mail in box.mails] == ["rep@example.com"]
    box.refusal = "550 no such person"
    refused = run(cli, ["mail-test", "rep@example.com"])
    assert refused.exit_code == 1 and "550" in refused.output
    assert run(cli, ["mail-test", "not an address"]).exit_code == 1


def test_the_review_page_says_nothing_about_mail_where_there_is_some(mailing: Portal) -> None:
    admin: TestClient = mailing.client(Role.ADMIN)
    assert "No mail server" not in admin.get("/review").text
