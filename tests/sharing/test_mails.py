"""Mails out of rooms, through a real mail server: codes, questions, notices; and that a code tells nobody who may come in."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.identity.models import Role
from app.library.actions import release, restore, retire
from app.library.events import AssetChanged
from app.library.models import Audience, Version
from app.settings import Settings
from app.sharing.actions.links import revoke_links
from app.sharing.jobs import note_all_away
from app.sharing.models import Guest, Link, MailCode, RoomItem, Visit
from app.sharing.rules import CODES_AN_HOUR, TRIES_ALLOWED
from tests.factories.desk import desk_of
from tests.factories.library import add_released, add_version
from tests.factories.mail import Inbox, part, receiving, with_mail
from tests.factories.portal import Portal, started
from tests.factories.rooms import MadeRoom, add_room, change
from tests.pages.reading import page_of

WAITING = "a code is on its way"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A running server and its port."""
    with receiving() as server:
        yield server


@pytest.fixture
def mails(inbox: tuple[Inbox, int]) -> list[EmailMessage]:
    return inbox[0].mails


@pytest.fixture
def mailing(settings: Settings, inbox: tuple[Inbox, int]) -> Iterator[Portal]:
    """A portal that sends through that server."""
    with started(with_mail(settings, inbox[1])) as portal:
        yield portal


def make(portal: Portal, **terms: Any) -> MadeRoom:
    with portal.work() as work:
        room = add_room(work, [add_released(work, "Ramp guide", audience=Audience.CUSTOMER)], **terms)
    portal.drain()
    return room


def body(mail: EmailMessage) -> str:
    return part(mail, "plain")


def ask(client: TestClient, room: MadeRoom, address: str) -> int:
    return client.post(f"{room.root}/code", data={"email": address}).status_code


def give(client: TestClient, room: MadeRoom, address: str, code: str) -> int:
    return client.post(f"{room.root}/code/check", data={"email": address, "code": code}).status_code


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"Your code: (\d{6})", body(mail))
    assert found is not None
    return found[1]


def without(text: str, address: str) -> str:
    return text.replace(address, "ADDRESS")


def test_a_mailed_code_lets_its_address_in(mailing: Portal, mails: list[EmailMessage]) -> None:
    room, client = make(mailing, mail_rule=("buyer@example.com", "@alder.example")), mailing.client()
    assert client.get(room.root).status_code == 401
    assert ask(client, room, "Buyer@Example.com ") == 200
    mailing.drain()
    [mail] = mails
    assert mail["To"] == "buyer@example.com" and "Ramp guide" not in body(mail) and "Shorter waits" not in body(mail)
    assert give(client, room, "buyer@example.com", "000000" if code_in(mail) != "000000" else "111111") == 401
    assert give(client, room, "buyer@example.com", code_in(mail)) == 303
    assert "Ramp guide" in client.get(room.root).text
    assert give(mailing.client(), room, "buyer@example.com", code_in(mail)) == 401, "a code works once"
    with mailing.work(read_only=True) as work:
        assert code_in(mail) not in work.session.exec(select(MailCode)).one().code_hash


def test_the_answer_does_not_tell_who_may_come_in(mailing: Portal, mails: list[EmailMessage]) -> None:
    room, client = make(mailing, mail_rule=("buyer@example.com",)), mailing.client()
    allowed = client.post(f"{room.root}/code", data={"email": "buyer@example.com"})
    other = client.post(f"{room.root}/code", data={"email": "other@example.com"})
    assert allowed.status_code == other.status_code == 200 and WAITING in allowed.text
    assert without(allowed.text, "buyer@example.com") == without(other.text, "other@example.com")
    again = [client.post(f"{room.root}/code", data={"email": address}) for address in ("buyer@example.com", "other@example.com")]
    assert [answer.status_code for answer in again] == [429, 429]
    assert without(again[0].text, "buyer@example.com") == without(again[1].text, "other@example.com")
    wrong = [give(client, room, address, "123456") for address in ("buyer@example.com", "other@example.com")]
    mailing.drain()
    assert wrong == [401, 401] and [mail["To"] for mail in mails] == ["buyer@example.com"]


def test_a_code_runs_out_after_ten_minutes_or_five_tries(mailing: Portal, mails: list[EmailMessage]) -> None:
    room = make(mailing, mail_rule=("@example.com",))
    client = mailing.client()
    with time_machine.travel(utc_now(), tick=True) as clock:
        ask(client, room, "buyer@example.com")
        mailing.drain()
        clock.shift(timedelta(minutes=10, seconds=1))
        assert give(client, room, "buyer@example.com", code_in(mails[0])) == 401
        ask(client, room, "buyer@example.com")
        mailing.drain()
        right = code_in(mails[1])
        wrong = "000000" if right != "000000" else "111111"
        assert [give(client, room, "buyer@example.com", wrong) for _ in range(5)] == [401] * 5
        assert give(client, room, "buyer@example.com", right) == 401, "after five tries even the right one is wrong"
        clock.shift(timedelta(seconds=31))
        ask(client, room, "buyer@example.com")
        mailing.drain()
        assert give(client, room, "buyer@example.com", code_in(mails[2])) == 303


def test_the_house_coming_by_a_code_is_no_guest(mailing: Portal, mails: list[EmailMessage]) -> None:
    room = make(mailing, mail_rule=("@example.com",))
    for address in ("rep@example.com", "buyer@example.com"):
        client = mailing.client()
        ask(client, room, address)
        mailing.drain()
        assert give(client, room, address, code_in(mails[-1])) == 303
        client.get(room.root)
    mailing.services.visits.flush()
    with mailing.work(read_only=True) as work:
        seen = {work.session.get_one(Guest, visit.guest_id).email: visit.is_own for visit in work.session.exec(select(Visit)).all()}
        forwarded = [guest.email for guest in work.session.exec(select(Guest)).all() if guest.is_forwarded]
    assert seen == {"rep@example.com": True, "buyer@example.com": False} and not forwarded
    page = mailing.client(Role.REP).get(f"/rooms/{room.id}").text
    assert "1 by people, 0 automatic" in page and "<b>buyer@example.com</b>" in page and "<b>rep@example.com</b>" not in page


@pytest.mark.parametrize("address", ["anna@alder", "anna@alder.", "anna@.example", "anna"])
def test_an_address_no_mail_can_reach_is_refused_for_codes_and_questions_alike(mailing: Portal, address: str) -> None:
    room, locked = make(mailing), make(mailing, mail_rule=("@alder.example",))
    asked = mailing.client().post(f"{room.root}/questions", data={"text": "Who pays?", "email": address})
    code = mailing.client().post(f"{locked.root}/code", data={"email": address})
    assert (asked.status_code, code.status_code) == (422, 401)
    assert all("Write your e-mail address in full" in answer.text for answer in (asked, code)) and "Who pays?" in asked.text
    assert mailing.client().post(f"{room.root}/questions", data={"text": "Who pays?", "email": "anna@alder.example"}).status_code == 303


def test_a_wrong_code_keeps_no_colleague_out(mailing: Portal, mails: list[EmailMessage]) -> None:
    room, client = make(mailing, mail_rule=("@example.com",)), mailing.client()
    ask(client, room, "buyer@example.com")
    assert [give(client, room, "buyer@example.com", "none") for _ in range(TRIES_ALLOWED)] == [401] * TRIES_ALLOWED
    held_up = client.post(f"{room.root}/code/check", data={"email": "buyer@example.com", "code": "none"})
    assert held_up.status_code == 429 and "then ask for a new code" in held_up.text
    colleague = mailing.client()
    ask(colleague, room, "colleague@example.com")
    mailing.drain()
    right = next(code_in(mail) for mail in mails if mail["To"] == "colleague@example.com")
    assert give(colleague, room, "colleague@example.com", right) == 303


def test_nobody_is_flooded_with_codes(mailing: Portal, mails: list[EmailMessage]) -> None:
    room, client = make(mailing, mail_rule=("buyer@example.com",)), mailing.client()
    with time_machine.travel(utc_now(), tick=True) as clock:
        statuses = []
        for _ in range(CODES_AN_HOUR + 2):
            statuses.append(ask(client, room, "buyer@example.com"))
            clock.shift(timedelta(seconds=31))
        mailing.drain()
    assert statuses == [200] * CODES_AN_HOUR + [429, 429] and len(mails) <= CODES_AN_HOUR


def test_a_code_that_waited_too_long_for_the_server_is_not_sent(mailing: Portal, mails: list[EmailMessage]) -> None:
    room = make(mailing, mail_rule=("buyer@example.com",))
    with time_machine.travel(utc_now(), tick=True) as clock:
        ask(mailing.client(), room, "buyer@example.com")
        clock.shift(timedelta(minutes=11))
        mailing.drain()
    assert mails == []


def test_whoever_comes_beside_the_recipient_was_forwarded_the_link(mailing: Portal, mails: list[EmailMessage]) -> None:
    room = make(mailing, mail_rule=("@example.com",), recipient="buyer@example.com")
    for address in ("buyer@example.com", "board@example.com"):
        client = mailing.client()
        ask(client, room, address)
        mailing.drain()
        assert give(client, room, address, code_in(mails[-1])) == 303
    with mailing.work(read_only=True) as work:
        assert {guest.email: guest.is_forwarded for guest in work.session.exec(select(Guest)).all()} == {
            "buyer@example.com": False,
            "board@example.com": True,
        }
    page = mailing.client(Role.REP).get(f"/rooms/{room.id}").text
    assert "board@example.com" in page and "Forwarded to them" in page


def test_a_question_reaches_the_sender_who_answers_straight_to_the_guest(mailing: Portal, mails: list[EmailMessage]) -> None:
    room, client = make(mailing), mailing.client()
    asked = client.post(f"{room.root}/questions", data={"text": "Who pays\nfor the ramp?", "email": "buyer@example.com"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"{room.root}?said=asked")
    mailing.drain()
    [mail] = [each for each in mails if "question" in each["Subject"]]  # the first sign of a person may be told meanwhile
    assert (mail["To"], mail["Reply-To"]) == ("Rep One <rep@example.com>", "buyer@example.com")
    assert mail["Subject"] == "A question from “Shorter waits”" and "Who pays\nfor the ramp?" in body(mail).replace("\r\n", "\n")
    assert room.secret not in body(mail), "mails carry no secret"
    assert "Who pays" in mailing.client(Role.REP).get(f"/rooms/{room.id}").text
    refused = client.post(f"{room.root}/questions", data={"text": "And the gate?", "email": "no address"})
    assert refused.status_code == 422 and "And the gate?" in refused.text, "what was typed is kept"


def test_the_first_sign_of_a_person_is_told_once_a_day_if_wanted(mailing: Portal, mails: list[EmailMessage]) -> None:
    told, quiet = make(mailing), make(mailing, notifies=False)
    client = mailing.client()
    for room in (told, quiet):
        client.get(room.root)
        mailing.services.visits.flush()
        mailing.drain()
        assert mails == [], "a page that was only fetched may be a scanner's"
    for room in (told, told, quiet):
        client.post(f"{room.root}/seen", data={"seconds": "3"})
        mailing.services.visits.flush()
        mailing.drain()
    [mail] = mails
    assert mail["Subject"] == "“Shorter waits” was opened" and mail["To"] == "Rep One <rep@example.com>"
    with mailing.work(read_only=True) as work:
        assert len(work.session.exec(select(Visit)).all()) == 2


def test_a_link_that_was_revoked_meanwhile_mails_no_code(mailing: Portal, mails: list[EmailMessage]) -> None:
    room = make(mailing, mail_rule=("buyer@example.com",))
    ask(mailing.client(), room, "buyer@example.com")
    with mailing.work() as work:
        revoke_links(work, [work.session.exec(select(Link)).one().id or 0])
    mailing.drain()
    assert mails == []


def test_somebody_is_told_once_however_their_address_is_written(mailing: Portal, mails: list[EmailMessage]) -> None:
    room, rep = make(mailing, recipient="Buyer@Example.com"), mailing.client(Role.REP)
    with mailing.work() as work:
        work.session.add(Guest(link_id=room.link, email="buyer@example.com", first_seen_at=work.now))
    assert rep.post(f"/rooms/{room.id}/items/{room.items[0]}/tell").status_code == 303
    mailing.drain()
    assert [mail["To"] for mail in mails] == ["buyer@example.com"]


def test_a_newer_version_is_told_to_whom_the_sender_wants_and_only_then(mailing: Portal, mails: list[EmailMessage]) -> None:
    room, rep = make(mailing, recipient="buyer@example.com"), mailing.client(Role.REP)
    with mailing.work() as work:
        asset_id = work.session.exec(select(RoomItem)).one().asset_id
        number = add_version(work, asset_id, "# Ramp\n\nNewer words.\n")
        work.session.exec(select(Version).where(Version.asset_id == asset_id, Version.number == number)).one().note = "New prices."
        release(work, asset_id, number)
    mailing.drain()
    assert mails == [], "nothing goes by itself"
    change(rep, room, f"items/{room.items[0]}", note="Read this before Monday.")
    [offered] = page_of(rep.get(f"/rooms/{room.id}")).xpath("//textarea[@name='changed']")
    assert offered.text == "New prices."
    said = {"changed": f"{offered.text}\r\nThey are on page 2."}
    assert rep.post(f"/rooms/{room.id}/items/{room.items[0]}/tell", data=said).status_code == 303
    mailing.drain()
    [mail] = mails
    assert (mail["To"], mail["Reply-To"]) == ("buyer@example.com", "rep@example.com")
    assert "Ramp guide" in str(mail["Subject"]) and "What changed:" in body(mail) and "They are on page 2." in body(mail)
    assert "New prices." in body(mail) and "before Monday" not in body(mail) and room.secret not in body(mail)
    with mailing.work() as work:
        link = work.session.exec(select(Link)).one()
        link.recipient = "Somebody there"
    assert rep.post(f"/rooms/{room.id}/items/{room.items[0]}/tell").status_code == 422


def test_the_owner_is_told_once_what_a_live_room_does_not_show_any_more(mailing: Portal, mails: list[EmailMessage]) -> None:
    with mailing.work() as work:
        first, second = (add_released(work, title, audience=Audience.CUSTOMER) for title in ("Ramp guide", "Fee sheet"))
        room = add_room(work, [first, second])
        shut = add_room(work, [first], title="Nobody gets in")
        revoke_links(work, [shut.link])
    mailing.drain()
    assert mails == []
    with mailing.work() as work:
        retire(work, first)
        retire(work, second)
    mailing.drain()
    [mail] = mails
    assert mail["Subject"] == "2 items no longer shown in “Shorter waits”" and mail["To"].addresses[0].addr_spec == "rep@example.com"
    assert "“Ramp guide” is retired" in body(mail) and "“Fee sheet” is retired" in body(mail) and f"/rooms/{room.id}#items" in body(mail)
    page = mailing.client(Role.REP).get("/rooms").text
    assert "2 items no longer shown" in page and "1 item no longer shown" in page, "the list says it of every room"
    with mailing.work() as work:
        work.record(AssetChanged(first))
    note_all_away(desk_of(mailing))
    mailing.drain()
    assert len(mails) == 1
    with mailing.work() as work:
        restore(work, first)
    mailing.drain()
    with mailing.work() as work:
        retire(work, first)
    mailing.drain()
    assert len(mails) == 2 and "1 item no longer shown" in mails[1]["Subject"]


def test_what_expires_is_told_by_the_clock(mailing: Portal, mails: list[EmailMessage]) -> None:
    with mailing.work() as work:
        add_room(work, [add_released(work, "Ramp guide", audience=Audience.CUSTOMER, expires_on=work.today)])
    mailing.drain()
    note_all_away(desk_of(mailing))
    mailing.drain()
    assert mails == [], "its day is the last good one"
    with time_machine.travel(utc_now() + timedelta(days=1), tick=True):
        note_all_away(desk_of(mailing))
        mailing.drain()
        note_all_away(desk_of(mailing))
        mailing.drain()
    assert ["“Ramp guide” has expired" in body(mail) for mail in mails] == [True]
