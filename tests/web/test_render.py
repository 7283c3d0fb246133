"""What surrounds a page: navigation, call context, messages; and how cookies of ours are read."""

from collections import UserString
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from markupsafe import Markup, escape
from pydantic import SecretStr
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from app.core.clock import utc_now
from app.core.richtext import sanitise
from app.core.templating import ago, day, environment, filesize, plural, rich
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.identity.models import Role
from app.settings import Settings
from app.web.context import choose
from app.web.render import PAGES, page, read_flash, safe_path, sign_flash
from tests.factories.portal import Portal
from tests.pages.reading import page_of


@pytest.mark.parametrize(
    "role,labels",
    [(Role.REP, ["Map", "Questions"]), (Role.PARTNER, ["Map", "Questions"]), (Role.MARKETER, ["Map", "Questions", "Upload", "Review"])],
)
def test_the_navigation_names_what_exists_and_may_be_entered(portal: Portal, role: Role, labels: list[str]) -> None:
    client = portal.client(role)
    text = client.get("/account").text
    for label, path in (("Map", "/"), ("Questions", "/questions"), ("Upload", "/upload"), ("Review", "/review")):
        assert (f'href="{path}"' in text and f">{label}</a>" in text) is (label in labels)
        if label in labels:
            assert client.get(path).status_code == 200, "no dead link"


@pytest.mark.parametrize(
    "path,current", [("/", ["Map"]), ("/ask?q=dock", []), ("/questions", ["Questions"]), ("/judged", ["Questions"]), ("/links", ["Rooms"])]
)
def test_the_entry_a_page_belongs_to_is_marked(marketer: TestClient, path: str, current: list[str]) -> None:
    assert page_of(marketer.get(path)).xpath("//header//nav/a[@aria-current='page']/text()") == current


def test_a_stranger_gets_no_navigation(anonymous: TestClient) -> None:
    text = anonymous.get("/nowhere").text
    assert 'href="/upload"' not in text
    assert "On this call" not in text


def test_the_call_follows_from_page_to_page(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        install_defaults(work)
    assert "Any stage" in rep.get("/account", headers={"accept": "text/html"}).text or "On this call" not in rep.get("/account").text
    rep.post("/context", data={"stage": "discover", "stakeholder": "technical", "next": "/"})
    text = rep.get("/").text
    assert "Discover" in text
    assert "chip--on" in text
    rep.post("/context", data={"clear": "1", "next": "/"})
    assert "chip--on" not in rep.get("/").text


def test_only_plausible_keys_of_call_facets_are_taken() -> None:
    fields = {"stage": "discover", "stakeholder": "<b>", "solution": "", "kind": "letter", "vertical": "x" * 100}
    assert choose(fields) == {Facet.STAGE: "discover"}
    assert choose(QueryParams("stage=prove&vertical=food")) == {Facet.STAGE: "prove", Facet.VERTICAL: "food"}


@pytest.mark.parametrize("cookie", ["stage=gone", "stage=%00", "=&=&=", "x" * 700, "a=1&" * 50, '"', "stage=discover;stage=prove"])
def test_a_made_up_context_does_no_harm(rep: TestClient, cookie: str) -> None:
    answer = rep.get("/", headers={"cookie": f"quiver_context={cookie}; quiver={rep.cookies['quiver']}"})
    assert answer.status_code == 200
    assert "chip--on" not in answer.text


def test_a_message_that_we_did_not_sign_is_not_shown(anonymous: TestClient) -> None:
    settings, other = Settings(secret_key=SecretStr("ours")), Settings(secret_key=SecretStr("theirs"))
    assert read_flash(sign_flash("Saved: 3 × “a; b”", settings), settings) == "Saved: 3 × “a; b”"
    assert read_flash(sign_flash("Call this number", other), settings) == ""
    for cookie in ("", "x", "é.é", "====.x", sign_flash("a", settings)[:-1]):
        assert read_flash(cookie, settings) == ""
    anonymous.cookies.set("quiver_flash", sign_flash("Call this number", other))
    assert "Call this number" not in anonymous.get("/sign-in").text


@pytest.mark.parametrize("path", ["/", "/ask?q=what%20now&stage=prove", "/assets/7#p12", "/a/b?x=%2F"])
def test_own_addresses_pass(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "ask", "//evil.example/x", "/\\evil.example", "http://evil.example", "/a\nb", "/a\\b", "\t//x", "javascript:x"]
)
def test_other_addresses_become_the_start_page(path: str) -> None:
    assert safe_path(path) == "/"


def test_addresses_with_other_scripts_are_encoded_for_the_header() -> None:
    assert safe_path("/ask?q=Überfahrt") == "/ask?q=%C3%9Cberfahrt"


def test_one_template_has_one_type() -> None:
    taken = next(iter(PAGES))

    class Another:
        pass

    with pytest.raises(RuntimeError, match=taken):
        page(taken)(Another)


@pytest.mark.parametrize(
    "html,clean",
    [
        ("<p onclick='x()'>a<script>bad()</script></p>", "<p>a</p>"),
        ("<a href='javascript:x()'>a</a>", '<a rel="noopener noreferrer">a</a>'),
        ("<a href='https://example.com' style='x'>a</a>", '<a href="https://example.com" rel="noopener noreferrer">a</a>'),
        ("<img src=x onerror=y><svg/onload=x><iframe src=x></iframe>a", "a"),
        ("<h1>a</h1><h2>b</h2><b>c</b>", "a<h2>b</h2><b>c</b>"),
        ("<table><tr><td colspan='2' width=5>a</td></tr></table>", '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>'),
        ("<style>p{}</style><p>a<!-- b --></p>", "<p>a</p>"),
    ],
)
def test_only_listed_html_survives(html: str, clean: str) -> None:
    assert sanitise(html) == clean
    assert str(rich(html)) == clean
    assert sanitise(clean) == clean


@pytest.mark.parametrize(
    "value", ["plain", "", "<b>&\"'</b>", Markup("<b>kept</b>"), 7, True, None, 1.5, Role.REP, Decimal("2.50"), UserString("<i>")]
)
def test_a_page_writes_every_value_escaped_but_what_is_markup(value: object) -> None:
    assert environment.from_string("{{ value }}|{{ value ~ '<' }}").render(value=value) == f"{escape(value)}|{escape(value)}&lt;"
    assert environment.from_string("{% autoescape false %}{{ value }}{% endautoescape %}").render(value=value) == str(value)


def test_filters_say_it_as_people_do() -> None:
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), tick=False):
        assert (day(date(2026, 2, 14)), day(date(2025, 2, 14))) == ("14 February", "14 February 2025")
        shown = [
            ago(utc_now() - passed) for passed in (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=59), timedelta(hours=8))
        ]
        assert shown == ["just now", "1 minute ago", "59 minutes ago", "8 hours ago"]
        shown = [ago(utc_now() - passed) for passed in (timedelta(hours=20), timedelta(days=3), timedelta(days=9))]
        assert shown == ["yesterday", "3 days ago", "11 November"]
    assert [filesize(size) for size in (1, 999, 1000, 4_300_000, 524_288_000, 0)] == [
        "1 byte",
        "999 bytes",
        "1.0 KB",
        "4.1 MB",
        "500 MB",
        "0 bytes",
    ]
    assert (plural(1, "reply", "replies"), plural(31000, "reply", "replies"), plural(2, "item")) == ("1 reply", "31,000 replies", "2 items")
