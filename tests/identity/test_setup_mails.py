"""Mails with the link to choose a password, through a real mail server: beside the administrator's own link, and safe to send twice."""

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from sqlmodel import col, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.core.clock import utc_now
from app.core.errors import NotPermitted
from app.core.logs import configure_logs
from app.core.outbox import MAX_ATTEMPTS, OutboxRow
from app.identity import actions, queries, rules
from app.identity.events import LinkMailWanted
from app.identity.jobs import send_links
from app.identity.models import NewUser, Role
from app.ops.cli import app as cli
from app.settings import Settings
from tests.factories.desk import desk_of
from tests.factories.mail import Inbox, part, receiving, with_mail
from tests.factories.people import PASSWORD, add_user
from tests.factories.portal import Portal, started

NEW = {"name": "New <b>Rep</b>", "email": "new@example.com", "role": "rep"}
LINK = re.compile(r"http://testserver(/setup/[\w-]{43})\b")


@pytest.fixture
def server() -> Iterator[tuple[Inbox, int]]:
    """A running mail server and its port."""
    with receiving() as running:
        yield running


@pytest.fixture
def inbox(server: tuple[Inbox, int]) -> Inbox:
    return server[0]


@pytest.fixture
def portal(settings: Settings, server: tuple[Inbox, int]) -> Iterator[Portal]:
    """A portal that sends through that server."""
    with started(with_mail(settings, server[1])) as running:
        yield running


def link_in(text: str) -> str:
    """The one address of a link there."""
    [link] = set(LINK.findall(text))
    return str(link)


def mailed(mail: EmailMessage) -> str:
    """The link of a mail, the same in its text and its HTML."""
    link = link_in(part(mail, "plain"))
    assert link_in(part(mail, "html")) == link
    return link


def invite(admin: TestClient) -> str:
    """The link the administrator is shown."""
    return link_in(admin.post("/people/new", data=NEW).text)


def reset(portal: Portal, admin: TestClient, email: str = NEW["email"]) -> str:
    """The same for somebody who has an account."""
    with portal.work(read_only=True) as work:
        user = queries.get_user_by_email(work, email)
        key, revision = user.id, str(user.revision)
    return link_in(admin.post(f"/people/{key}/link", data={"revision": revision}).text)


def use(portal: Portal, link: str) -> int:
    return portal.client().post(link, data={"password": PASSWORD}).status_code


def opened(portal: Portal, link: str) -> int:
    return portal.client().get(link).status_code


def rows(portal: Portal) -> list[OutboxRow]:
    with portal.work(read_only=True) as work:
        return list(work.session.exec(select(OutboxRow).where(col(OutboxRow.event) == "LinkMailWanted").order_by(col(OutboxRow.id))).all())


def test_somebody_invited_is_mailed_a_link_that_works(portal: Portal, admin: TestClient, inbox: Inbox) -> None:
    invite(admin)
    portal.drain()
    [mail] = inbox.mails
    assert mail["To"] == '"New <b>Rep</b>" <new@example.com>' and mail["Subject"] == "Quiver: choose your password"
    text, html = part(mail, "plain"), part(mail, "html")
    assert "Hello New <b>Rep</b>,\n\nYou have an account at http://testserver and sign in with new@example.com." in text
    assert "New &lt;b&gt;Rep&lt;/b&gt;" in html and "If an administrator gave you another one, use either of the two" in html
    assert not any(word in html for word in ("<img", "<script", "style=", "?"))
    assert use(portal, mailed(mail)) == 303


def test_a_new_link_for_somebody_who_was_here_says_so(portal: Portal, admin: TestClient, inbox: Inbox) -> None:
    with portal.work() as work:
        actions.start_session(work, add_user(work, Role.REP, password=PASSWORD), "")
    reset(portal, admin, "rep@example.com")
    portal.drain()
    [mail] = inbox.mails
    assert mail["Subject"] == "Quiver: choose a new password"
    assert "An administrator took away the password of rep@example.com at http://testserver." in part(mail, "plain")
    assert use(portal, mailed(mail)) == 303


@pytest.mark.parametrize("first", ["shown", "mailed"])
def test_both_links_work_until_one_of_them_is_used(portal: Portal, admin: TestClient, inbox: Inbox, first: str) -> None:
    links = {"shown": invite(admin)}
    portal.drain()
    links["mailed"] = mailed(inbox.mails[0])
    assert links["shown"] != links["mailed"]
    assert [opened(portal, link) for link in links.values()] == [200, 200]
    assert use(portal, links.pop(first)) == 303
    [other] = links.values()
    told = portal.client().get(other)
    assert told.status_code == 410 and "or with another one of the same invitation" in told.text


def test_a_newer_invitation_ends_every_link_of_the_one_before(portal: Portal, admin: TestClient, inbox: Inbox) -> None:
    shown = invite(admin)
    portal.drain()
    again = reset(portal, admin)
    for link in (shown, mailed(inbox.mails[0])):
        assert "replaced by a newer one" in portal.client().get(link).text
    portal.drain()
    assert [opened(portal, link) for link in (again, mailed(inbox.mails[1]))] == [200, 200]
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 2


def test_a_mail_sent_twice_has_one_id_and_either_of_its_links_works(portal: Portal, admin: TestClient, inbox: Inbox) -> None:
    shown = invite(admin)
    event = LinkMailWanted(str(rows(portal)[-1].payload["token_hash"]))
    send_links(desk_of(portal), [event])  # and the worker is killed before it could say so
    portal.drain()
    first, second = inbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert [opened(portal, link) for link in (shown, mailed(first), mailed(second))] == [200, 200, 200]
    assert use(portal, mailed(first)) == 303
    assert [opened(portal, link) for link in (shown, mailed(second))] == [410, 410]


def test_a_mail_that_was_refused_comes_later_with_a_link_that_works(portal: Portal, admin: TestClient, inbox: Inbox) -> None:
    inbox.refusal = "451 not now"
    with time_machine.travel(utc_now(), tick=True) as clock:
        shown = invite(admin)
        portal.drain()
        assert rows(portal)[-1].state == "waiting" and "451" in rows(portal)[-1].last_error
        inbox.refusal = ""
        clock.shift(timedelta(hours=2))
        portal.drain()
        [mail] = inbox.mails
        assert [opened(portal, link) for link in (shown, mailed(mail))] == [200, 200]
        assert mail["Message-ID"] == inbox.refused[0]["Message-ID"]


@pytest.mark.parametrize("meanwhile", ["used", "replaced", "ran out", "disabled"])
def test_when_the_link_has_ended_none_is_mailed(portal: Portal, admin: TestClient, inbox: Inbox, meanwhile: str) -> None:
    inbox.refusal = "451 not now"
    with time_machine.travel(utc_now(), tick=True) as clock:
        shown = invite(admin)
        portal.drain()
        if meanwhile == "used":
            assert use(portal, shown) == 303
        elif meanwhile == "replaced":
            reset(portal, admin)
        elif meanwhile == "disabled":
            with portal.work() as work:
                actions.disable_user(work, queries.get_user_by_email(work, NEW["email"]).id or 0)
        inbox.refusal = ""
        clock.shift(timedelta(days=7) if meanwhile == "ran out" else timedelta(hours=2))
        portal.drain()
    assert len(inbox.mails) == (1 if meanwhile == "replaced" else 0), "only the newer invitation's"
    assert {row.state for row in rows(portal)} == {"done"}
    assert inbox.mails == [] or inbox.mails[0]["Message-ID"] != inbox.refused[0]["Message-ID"]


def test_no_link_lies_in_the_outbox_the_database_or_the_log(settings: Settings, server: tuple[Inbox, int]) -> None:
    inbox, port = server
    quoting = "554 we do not like {link}"
    with started(with_mail(settings, port).model_copy(update={"log_format": "json"})) as portal:
        stream = io.StringIO()
        handler = logging.getLogger().handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # the test's own client logs whole addresses
        inbox.refusal = quoting
        shown = invite(portal.client(Role.ADMIN))
        with time_machine.travel(utc_now(), tick=True) as clock:
            for _ in range(MAX_ATTEMPTS):
                portal.drain()
                clock.shift(timedelta(hours=2))
        dead = rows(portal)[-1]
        operations = portal.client(Role.ADMIN).get("/operations").text
        stored = b"".join(path.read_bytes() for path in settings.data_dir.glob("quiver.db*"))
    configure_logs(settings)
    sent = [mailed(mail) for mail in inbox.refused if mail["To"].endswith("<new@example.com>")]
    tokens = [link.removeprefix("/setup/") for link in (shown, *sent)]
    assert len(tokens) == len(set(tokens)) == MAX_ATTEMPTS + 1, "each try had a link of its own"
    assert dead.state == "dead" and "we do not like http://testserver/setup/(the link)" in dead.last_error, "the control: it was quoted"
    assert dead.payload.keys() == {"token_hash"}
    assert "job_failed" in stream.getvalue() and b"new@example.com" in stored
    assert "Mail somebody a link to choose their password" in operations
    kept = stream.getvalue() + operations + json.dumps(dead.payload)
    assert [token for token in tokens if token in kept or token.encode() in stored] == []


def test_the_page_says_what_is_mailed_and_that_either_link_works(portal: Portal, admin: TestClient) -> None:
    assert "They are mailed a link" in admin.get("/people/new").text
    told = admin.post("/people/new", data=NEW).text
    assert "A mail with a link of their own is on its way" in told
    assert "This is a second link, for when the mail does not arrive. Both work until" in told


def test_without_a_mail_server_the_administrator_alone_gets_a_link(settings: Settings) -> None:
    with started(settings) as portal:
        admin = portal.client(Role.ADMIN)
        told = admin.get("/people/new").text + admin.post("/people/new", data=NEW).text
        assert "mail with" not in told and "mailed" not in told and "second link" not in told
        assert "Send this link to them; with it they choose a password." in told
        assert rows(portal) == []


def test_commands_have_it_mailed_by_the_running_portal(
    settings: Settings, data_dir: Path, server: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, port = server
    values = {"DATA_DIR": str(data_dir), "BASE_URL": "http://testserver"}
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_FROM": "quiver@example.com", "SMTP_SECURITY": "none"}
    for name, value in (values | mail).items():
        monkeypatch.setenv(f"QUIVER_{name}", value)
    made = CliRunner().invoke(cli, ["user", "create", "new@example.com", "--name", "New", "--role", "rep"]).output
    with started(with_mail(settings, port)) as portal:
        portal.drain()
        again = CliRunner().invoke(cli, ["user", "reset", "new@example.com"]).output
        portal.drain()
        assert all("mails them a link of their own, too" in told for told in (made, again))
        assert "replaced" in portal.client().get(mailed(inbox.mails[0])).text
        assert [opened(portal, link) for link in (link_in(again), mailed(inbox.mails[1]))] == [200, 200]
        monkeypatch.delenv("QUIVER_SMTP_HOST")
        assert "mails" not in CliRunner().invoke(cli, ["user", "reset", "new@example.com"]).output


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_quiver_and_administrators_make_links_to_mail(portal: Portal, role: Role) -> None:
    with portal.work() as work:
        invited = actions.create_user(work, NewUser(email="new@example.com", name="New", role=Role.REP))
    with portal.work(portal.actor(role), read_only=True) as work:
        with pytest.raises(NotPermitted):
            actions.issue_mailed_link(work, rules.token_hash(invited.token))
        with pytest.raises(NotPermitted):
            actions.want_link_mail(work, invited)
