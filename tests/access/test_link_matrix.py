"""Every path under a link in every state of the link and of what it holds: who is shut out stays out, from the next request on."""

import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from app.core.work import Work
from app.identity import actions as identity
from app.identity.models import Role
from app.library import actions as library
from app.library.models import Asset, Audience
from app.sharing import rules
from app.sharing.actions import archive_room, remove_item
from app.sharing.actions.links import revoke_links
from app.sharing.actions.plans import StepInput, add_step
from app.sharing.models import Handout, Link, Miss, Room, Side
from app.sharing.queries import ClosedLink, OpenLink, open_link
from app.sharing.queries.doors import count_misses
from app.sharing.rules import Refusal
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.people import ensure_user
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_private, add_room
from tests.factories.templates import add_template, calculator
from tests.factories.values import add_model
from tests.journeys.documents import png

PASSWORD = "seven quiet ramps"
WORDS = "Words only this room holds"
TITLE = "Gate picture for Alder"
DOOR = frozenset({"POST /r/{secret}/password", "POST /r/{secret}/code", "POST /r/{secret}/code/check", "POST /r/{secret}/open"})
# What each path is sent, and what it answers on an open link; those not named answer 200 to GET and 303 to POST.
FIELDS: dict[str, dict[str, str]] = {
    "POST /r/{secret}/plan": {"text": "Meet the board", "side": "customer"},
    "POST /r/{secret}/plan/{step_id}": {"text": "Meet the board twice", "side": "us", "revision": "1"},
    "POST /r/{secret}/plan/{step_id}/tick": {"done": "1"},
    "POST /r/{secret}/questions": {"text": "Who pays?", "email": "buyer@example.com"},
    "POST /r/{secret}/seen": {"seconds": "5"},
    "POST /r/{secret}/i/{item_id}/case/logo": {"step": "bare"},
    "POST /r/{secret}/d/{draft}/logo": {"step": "bare", "revision": "1"},
    "POST /r/{secret}/i/{item_id}/fill": {"f.fee": "3", "f.docks": "10", "do": "file"},
    "POST /r/{secret}/password": {"password": PASSWORD},
    "POST /r/{secret}/code": {"email": "buyer@example.com"},
    "POST /r/{secret}/code/check": {"email": "buyer@example.com", "code": "123456"},
}
ANSWERS = {
    "POST /r/{secret}/seen": 204,
    "POST /r/{secret}/i/{item_id}/case": 200,
    "POST /r/{secret}/i/{item_id}/case/{format_key}": 200,
    "POST /r/{secret}/d/{draft}": 200,
    "POST /r/{secret}/d/{draft}/{format_key}": 200,
    "POST /r/{secret}/i/{item_id}/fill": 200,
}
# What was kept outlives its item: it is read, taken along, shown and deleted; nothing more is made of it.
OUTLIVES = {"POST /r/{secret}/d/{draft}": 409, "POST /r/{secret}/d/{draft}/logo": 404, "POST /r/{secret}/d/{draft}/{format_key}": 404}


@dataclass(frozen=True)
class Case:
    """A portal with a room, a browser that is in, and what stands in the addresses."""

    portal: Portal
    room: MadeRoom
    assets: tuple[int, int, int, int]
    step: int
    draft: str
    browser: TestClient

    def paths(self) -> Iterator[str]:
        """Every route under a link, as the program has it."""
        routes = iter_route_contexts(self.portal.app.routes)
        for context in sorted(routes, key=lambda one: (one.path or "").endswith("/delete")):  # after it there is nothing to ask for
            path = context.path or ""
            if path.startswith("/r/{secret}"):
                yield from (f"{method} {path}" for method in sorted(context.methods or ()) if method != "HEAD")

    def send(self, route: str, secret: str = "", browser: TestClient | None = None) -> httpx2.Response:
        """The answer to this route; pictures are asked for as media, texts as PDF."""
        method, path = route.split()
        item = self.room.items[1 if path.endswith("/media") else 2 if "/case" in path else 3 if "/fill" in path else 0]
        fields = {"item_id": item, "step_id": self.step, "draft": self.draft, "format_key": "docx"}
        address = path.format(secret=secret or self.room.secret, **fields)
        client = browser or self.browser
        return client.get(address) if method == "GET" else client.post(address, data=FIELDS.get(route, {}))


def make_case(portal: Portal, **terms: Any) -> Case:
    template = add_template(portal, "Fee sheet for Alder", calculator(), "fee.xlsx", audience=Audience.CUSTOMER)
    with portal.work() as work:
        text = add_released(work, "Ramp guide for Alder", f"# Ramp\n\n{WORDS}.\n", Audience.CUSTOMER)
        picture = add_draft(work, TITLE, png(), "gate.png", audience=Audience.CUSTOMER)
        library.release(work, picture)
        model = add_model(work)
        room = add_room(work, (text, picture, model, template), **terms)
        step = add_step(work, room.id, StepInput("Agree on a date", None, Side.US))
        draft = add_private(work, room, 2)
    portal.drain()
    return Case(portal, room, (text, picture, model, template), step.id or 0, draft, portal.client())


@pytest.fixture
def case(portal: Portal) -> Case:
    return make_case(portal)


def says_nothing(answer: httpx2.Response) -> bool:
    """Whether neither the room nor what it holds stands in the answer."""
    return not any(words in answer.text for words in (WORDS, TITLE, "Ramp guide", "Shorter waits", "Alder Foods", "Agree on"))


def answers(case: Case, *, secret: str = "", browser: TestClient | None = None) -> dict[str, int]:
    """What each path answers; in no case more of the room than its status says."""
    found = {}
    for route in case.paths():
        answer = case.send(route, secret, browser)
        assert answer.status_code < 400 or says_nothing(answer), route
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer"), route
        assert answer.headers["x-robots-tag"] == "noindex", route
        found[route] = answer.status_code
    assert len(found) >= 27, "every path under a link is asked"
    return found


def usual(route: str) -> int:
    """What a path answers on an open link."""
    return ANSWERS.get(route, 200 if route.startswith("GET") else 303)


def test_an_open_link_opens_every_path(case: Case) -> None:
    assert answers(case) == {route: usual(route) for route in case.paths()}


def expire(work: Work, case: Case) -> None:
    work.session.get_one(Link, case.room.link).expires_at = work.now - timedelta(seconds=1)


def revoke(work: Work, case: Case) -> None:
    assert revoke_links(work, [case.room.link]) == 1


def archive(work: Work, case: Case) -> None:
    archive_room(work, case.room.id, archived=True)


def disable_owner(work: Work, _case: Case) -> None:
    identity.disable_user(work, ensure_user(work, Role.REP).id or 0)


CLOSED: dict[str, tuple[Callable[[Work, Case], None], int]] = {
    "expired": (expire, 410),
    "revoked": (revoke, 404),
    "archived": (archive, 410),
    "owner disabled": (disable_owner, 404),
}


@pytest.mark.parametrize("state", CLOSED)
def test_a_closed_link_is_closed_for_who_was_in_a_moment_ago(case: Case, state: str) -> None:
    close, status = CLOSED[state]
    assert case.send("GET /r/{secret}").status_code == 200
    with case.portal.work() as work:
        close(work, case)
    assert answers(case) == dict.fromkeys(case.paths(), status)


def test_only_a_link_that_ended_says_whom_to_write_to(case: Case) -> None:
    with case.portal.work() as work:
        expire(work, case)
    assert "rep@example.com" in case.send("GET /r/{secret}").text
    with case.portal.work() as work:
        revoke(work, case)
    revoked, unknown = case.send("GET /r/{secret}"), case.send("GET /r/{secret}", secrets.token_urlsafe(20))
    assert "rep@example.com" not in revoked.text and revoked.status_code == unknown.status_code == 404
    assert revoked.text == unknown.text, "a revoked link is as if it had never been"
    assert {name for name in revoked.headers if name != "x-request-id"} == {name for name in unknown.headers if name != "x-request-id"}


def test_revoking_works_in_every_state(case: Case) -> None:
    with case.portal.work() as work:
        for close in (expire, archive, disable_owner):
            close(work, case)
        library.trash(work, case.assets[0])
        revoke(work, case)
    with case.portal.work() as work:
        work.session.get_one(Link, case.room.link).expires_at = None
        archive_room(work, case.room.id, archived=False)
        identity.enable_user(work, ensure_user(work, Role.REP).id or 0)
    assert case.send("GET /r/{secret}").status_code == 404, "nothing but revoking keeps it shut now"


def enter(case: Case, browser: TestClient, password: str = PASSWORD) -> int:
    return browser.post(f"{case.room.root}/password", data={"password": password}).status_code


def test_a_wrong_password_opens_nothing(portal: Portal) -> None:
    case = make_case(portal, password=PASSWORD)
    assert enter(case, case.browser, "wrong ramps") == 401
    stranger = portal.client()
    routes = [route for route in case.paths() if route not in DOOR]
    for route in routes:
        answer = case.send(route, browser=stranger)
        assert answer.status_code == 401 and says_nothing(answer), route
        assert not stranger.cookies, "no cookie before the password"
    assert enter(case, stranger) == 303
    [cookie] = list(stranger.cookies.jar)
    assert cookie.path == case.room.root and cookie.has_nonstandard_attr("HttpOnly")
    assert {route: case.send(route, browser=stranger).status_code for route in routes} == {route: usual(route) for route in routes}
    assert case.send("GET /r/{secret}", browser=portal.client()).status_code == 401, "the pass is the browser's"


def test_ten_wrong_passwords_and_the_right_one_waits(portal: Portal) -> None:
    case = make_case(portal, password=PASSWORD)
    assert [enter(case, case.browser, f"wrong ramps {number}") for number in range(10)] == [401] * 10
    assert enter(case, case.browser) == 429


def test_wrong_passwords_shut_no_other_link_and_success_clears_them(portal: Portal) -> None:
    case = make_case(portal, password=PASSWORD)
    with portal.work() as work:
        other = add_room(work, (case.assets[0],), password=PASSWORD)
    assert [enter(case, case.browser, "wrong ramps") for _ in range(rules.TRIES_ALLOWED)] == [401] * rules.TRIES_ALLOWED
    held_up = case.browser.post(f"{case.room.root}/password", data={"password": PASSWORD})
    assert held_up.status_code == 429 and "Wait 15 minutes, then type it again" in held_up.text
    for _ in range(2):
        browser = portal.client()
        wrong = [browser.post(f"{other.root}/password", data={"password": "wrong"}).status_code for _ in range(rules.TRIES_ALLOWED - 1)]
        assert set(wrong) == {401}
        assert browser.post(f"{other.root}/password", data={"password": PASSWORD}).status_code == 303, "success clears one's own count"
    assert enter(case, portal.client()) == 429, "and nobody else's"


def test_guessing_at_many_links_is_bounded_for_one_address(portal: Portal) -> None:
    with portal.work() as work:
        asset = add_released(work, "Ramp guide", audience=Audience.CUSTOMER)
        rooms = [add_room(work, (asset,), mail_rule=("buyer@example.com",)) for _ in range(rules.TRIES_OF_PLACE + 1)]
    browser, fields = portal.client(), {"email": "buyer@example.com", "code": "123456"}
    statuses = [browser.post(f"{room.root}/code/check", data=fields).status_code for room in rooms]
    assert statuses == [401] * rules.TRIES_OF_PLACE + [429]


def test_an_open_page_of_a_revoked_link_keeps_no_neighbour_from_a_password(portal: Portal) -> None:
    """It went on telling that it is looked at, and was counted as guessing passwords."""
    case, other = make_case(portal), make_case(portal, password=PASSWORD)
    with portal.work() as work:
        revoke(work, case)
    assert [case.send("POST /r/{secret}/seen").status_code for _ in range(rules.MISSES_ALLOWED + 5)] == [404] * (rules.MISSES_ALLOWED + 5)
    assert case.send("GET /r/{secret}").status_code == 404, "it was no guess"
    assert {case.send("GET /r/{secret}").status_code for _ in range(rules.MISSES_ALLOWED)} == {404, 429}
    assert enter(other, portal.client()) == 303, "the guesses of others are none at the password"


def test_other_terms_or_another_address_end_every_pass(portal: Portal) -> None:
    case = make_case(portal, password=PASSWORD)
    assert enter(case, case.browser) == 303 and case.send("GET /r/{secret}").status_code == 200
    with portal.work() as work:
        work.session.get_one(Link, case.room.link).revision += 1
    assert case.send("GET /r/{secret}").status_code == 401


def test_a_pass_or_an_item_of_another_link_is_worth_nothing(portal: Portal) -> None:
    case = make_case(portal, password=PASSWORD)
    other = make_case(portal, password=PASSWORD)
    assert enter(other, case.browser) == 303
    given = next(iter(case.browser.cookies.jar)).value or ""
    stranger = portal.client(Cookie=f"room={given}")
    assert case.send("GET /r/{secret}", other.room.secret, stranger).status_code == 200, "the control: the pass is good at its own link"
    assert {case.send(route, browser=stranger).status_code for route in case.paths() if route not in DOOR} == {401}
    assert enter(case, case.browser) == 303
    for path in (
        f"/i/{other.room.items[0]}",
        f"/i/{other.room.items[0]}/file",
        f"/i/{other.room.items[1]}/media",
        f"/i/{other.room.items[0]}/pdf",
    ):
        assert case.browser.get(case.room.root + path).status_code == 404
    assert case.browser.post(f"{case.room.root}/plan/{other.step}/tick", data={"done": "1"}).status_code == 404


def test_counted_views_end_and_looking_in_uses_none(portal: Portal) -> None:
    case = make_case(portal, view_limit=2)
    for _ in range(3):
        assert case.browser.head(case.room.root).status_code == 401
        assert case.send("GET /r/{secret}").status_code == 401, "link previews and scanners get the door"
    assert case.browser.post(f"{case.room.root}/open").status_code == 303
    for _ in range(3):
        assert case.send("GET /r/{secret}").status_code == 200, "who is in reads on"
    second, third = portal.client(), portal.client()
    assert second.post(f"{case.room.root}/open").status_code == 303 and case.send("GET /r/{secret}", browser=second).status_code == 200
    assert answers(case, browser=third) == dict.fromkeys(case.paths(), 410)
    assert case.send("GET /r/{secret}").status_code == 200


def expire_asset(work: Work, case: Case) -> None:
    for asset_id in case.assets:
        work.session.get_one(Asset, asset_id).expires_on = work.today - timedelta(days=1)


def retire_assets(work: Work, case: Case) -> None:
    for asset_id in case.assets:
        library.retire(work, asset_id)


def trash_assets(work: Work, case: Case) -> None:
    for asset_id in case.assets:
        library.trash(work, asset_id)


def take_from_customers(work: Work, case: Case) -> None:
    for asset_id in case.assets:
        asset = work.session.get_one(Asset, asset_id)
        asset.audience, asset.title = Audience.PARTNER, "Word for partners alone"


AWAY = {"expired": expire_asset, "retired": retire_assets, "trashed": trash_assets, "not customer-facing": take_from_customers}


@pytest.mark.parametrize("state", AWAY)
@pytest.mark.parametrize("follows", [True, False])
def test_an_item_that_went_away_is_away_on_every_path(portal: Portal, state: str, follows: bool) -> None:
    case = make_case(portal, follows=follows)
    with portal.work() as work:
        AWAY[state](work, case)
    for route in case.paths():
        answer = case.send(route)
        assert answer.status_code == (404 if "/i/{item_id}" in route else OUTLIVES.get(route, usual(route))), route
        assert WORDS not in answer.text and "Word for partners" not in answer.text
    room = case.send("GET /r/{secret}").text
    assert room.count("No longer available. Ask Rep One") == 4
    assert ("Ramp guide for Alder" in room) == (state in ("expired", "retired")), "only what is still for customers is named"


def test_a_private_address_is_known_under_its_own_link_alone(portal: Portal) -> None:
    case, other = make_case(portal), make_case(portal)
    assert case.browser.get(f"{case.room.root}/d/{case.draft}").status_code == 200
    assert case.browser.get(f"{other.room.root}/d/{case.draft}").status_code == 404
    assert case.browser.get(f"{case.room.root}/d/{case.draft}x").status_code == 404


def test_the_definition_of_a_value_model_stays_at_home(case: Case) -> None:
    for path in ("file", "pdf", "media"):
        assert case.browser.get(f"{case.room.root}/i/{case.room.items[2]}/{path}").status_code == 404


def test_a_removed_item_is_gone(case: Case) -> None:
    with case.portal.work() as work:
        remove_item(work, case.room.id, case.room.items[0], work.session.get_one(Room, case.room.id).revision)
    for route in case.paths():
        if "/i/{item_id}" in route and not any(part in route for part in ("/media", "/case", "/fill")):
            assert case.send(route).status_code == 404, route
    assert says_nothing(case.send("GET /r/{secret}/i/{item_id}"))


def test_a_link_that_keeps_versions_keeps_the_one_of_the_day(portal: Portal) -> None:
    kept, following = make_case(portal, follows=False), make_case(portal)
    for case in (kept, following):
        with portal.work() as work:
            number = add_version(work, case.assets[0], "# Ramp\n\nNewer words.\n")
            add_version(work, case.assets[0], "# Ramp\n\nUnreleased words.\n")
            library.release(work, case.assets[0], number)
    portal.drain()
    file = "GET /r/{secret}/i/{item_id}/file"
    assert WORDS in kept.send(file).text and "Newer words" in following.send(file).text
    assert "Unreleased" not in kept.send(file).text + following.send(file).text


def test_the_terms_say_what_can_be_taken_away(portal: Portal) -> None:
    taken = ("GET /r/{secret}/i/{item_id}/file", "GET /r/{secret}/i/{item_id}/pdf")
    for handout, expected in ((Handout.ORIGINAL, [200, 200]), (Handout.PDF, [404, 200]), (Handout.NOTHING, [404, 404])):
        case = make_case(portal, handout=handout)
        assert [case.send(route).status_code for route in taken] == expected, handout
        assert WORDS in case.send("GET /r/{secret}/i/{item_id}").text


def test_files_of_users_never_run_on_our_origin(case: Case) -> None:
    for route in ("GET /r/{secret}/i/{item_id}/file", "GET /r/{secret}/i/{item_id}/pdf", "GET /r/{secret}/i/{item_id}/media"):
        answer = case.send(route)
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert route.endswith("media") or answer.headers["content-disposition"].startswith("attachment;")


def test_ten_thousand_guesses_hit_nothing(case: Case) -> None:
    with case.portal.work(read_only=True) as work:
        found = [open_link(work, secrets.token_urlsafe(rules.SECRET_BYTES)) for _ in range(10_000)]
        assert isinstance(open_link(work, case.room.secret), OpenLink), "the control"
    assert {one.reason for one in found if isinstance(one, ClosedLink)} == {Refusal.UNKNOWN} and len(found) == 10_000
    assert not any(isinstance(one, OpenLink) for one in found)


def test_guesses_are_held_up(case: Case) -> None:
    more = 20
    statuses = [case.send("GET /r/{secret}", secrets.token_urlsafe(20)).status_code for _ in range(rules.MISSES_ALLOWED + more)]
    assert statuses == [404] * rules.MISSES_ALLOWED + [429] * more
    with case.portal.work(read_only=True) as work:
        assert count_misses(work, "testclient", Miss.ADDRESS) == rules.MISSES_ALLOWED, "held up, a guess writes nothing"
    assert case.send("GET /r/{secret}").status_code == 200, "a link that is right is not shut by a neighbour's guesses"
    assert case.send("GET /r/{secret}", secrets.token_urlsafe(20)).headers["retry-after"] == "900"


def test_a_secret_has_160_bits_and_is_kept_as_a_hash(case: Case) -> None:
    assert len(urlsafe_b64decode(case.room.secret + "=")) * 8 == 160
    stored = b"".join(file.read_bytes() for file in case.portal.services.settings.data_dir.glob("quiver.db*"))
    assert case.room.secret.encode() not in stored


@pytest.mark.parametrize("state", CLOSED)
def test_without_its_check_a_closed_link_is_missed(case: Case, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were the state not looked at, the matrix would turn red."""
    with case.portal.work() as work:
        CLOSED[state][0](work, case)
    monkeypatch.setattr(rules, "refusal_of", lambda *_args, **_more: None)
    assert 200 in answers(case).values()


def test_without_its_check_a_lock_is_missed(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were no pass asked for, the matrix would turn red."""
    case = make_case(portal, password=PASSWORD, view_limit=1)
    monkeypatch.setattr(rules, "missing_step", lambda *_args: None)
    assert case.send("GET /r/{secret}").status_code == 200


def test_without_its_check_an_expired_item_is_missed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were the item not looked at again, it would go out."""
    with case.portal.work() as work:
        expire_asset(work, case)
    monkeypatch.setattr(rules, "entry_fault", lambda *_args: "")
    assert case.send("GET /r/{secret}/i/{item_id}").status_code == 200
