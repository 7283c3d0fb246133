"""A champion on a phone is asked who they are: a code comes by mail through a real server, and lets this browser in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from app.identity.models import Role
from tests.factories.mail import Inbox, part, receiving
from tests.factories.rooms import add_room
from tests.factories.values import add_model
from tests.journeys.axe import complaints
from tests.journeys.conftest import Visit, served
from tests.journeys.site import Site, eventually
from tests.journeys.test_small_screen import FINGER, LEAST, PHONE, SMALL, check_no_sideways_scroll

pytestmark = pytest.mark.browser

BUYER = "buyer@alder.example"


@pytest.fixture(scope="module")
def mail() -> Iterator[tuple[Inbox, int]]:
    """A running mail server and its port."""
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def site(mail: tuple[Inbox, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served portal that sends its mails through that server."""
    server = {"smtp_host": "127.0.0.1", "smtp_port": str(mail[1]), "smtp_from": "Quiver <quiver@example.com>", "smtp_security": "none"}
    with served(tmp_path_factory.mktemp("mailing") / "data", **server) as running:
        yield running


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_mailed_code_opens_the_room(visit: Visit, site: Site, mail: tuple[Inbox, int], script: bool) -> None:
    inbox = mail[0]
    before = len(inbox.mails)
    with site.work() as work:
        room = add_room(work, [add_model(work)], title="Shorter waits for Alder", mail_rule=("@alder.example",))
    guest = visit(**PHONE, java_script_enabled=script)
    guest.goto(room.root)
    expect(guest.get_by_text("Shorter waits for Alder")).to_have_count(0)
    guest.get_by_label("Your e-mail address").fill(BUYER)
    guest.get_by_role("button", name="Mail me a code").tap()
    expect(guest.get_by_role("status").filter(has_text=BUYER)).to_be_visible()
    if script:
        check_no_sideways_scroll(guest, "the door")
        assert guest.evaluate(SMALL, [FINGER, LEAST]) == [] and complaints(guest, "the door") == []
    eventually(lambda: len(inbox.mails) > before, "the code is mailed")
    sent = inbox.mails[-1]
    code = re.search(r"Your code: (\d{6})", part(sent, "plain"))
    assert sent["To"] == BUYER and code is not None
    wrong = f"{(int(code[1]) + 1) % 1_000_000:06}"
    guest.get_by_label("Code from the mail").fill(wrong)
    guest.get_by_role("button", name="Open", exact=True).tap()
    expect(guest.get_by_role("alert")).to_be_visible()
    guest.get_by_label("Code from the mail").fill(f"{code[1][:3]} {code[1][3:]}")
    guest.get_by_role("button", name="Open", exact=True).tap()
    expect(guest.get_by_role("heading", level=1, name="Shorter waits for Alder")).to_be_visible()
    [cookie] = guest.context.cookies()
    assert cookie["path"] == room.root and cookie["httpOnly"]
    stranger = visit(**PHONE)
    stranger.goto(room.root)
    expect(stranger.get_by_label("Your e-mail address")).to_be_visible()
    rep = visit(Role.REP)
    rep.goto(f"/rooms/{room.id}")
    expect(rep.locator("main")).to_contain_text(BUYER)
