"""Opportunities: who sees and changes which, by hand and from a table of the CRM."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.core.work import Work
from app.deals.models import Account, Opportunity, StageEntry
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions.organisations import create_organisation
from app.identity.models import AuditEntry, Role, User
from app.identity.queries.people import find_organisation
from tests.factories.kits import add_deal
from tests.factories.people import add_user
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, value_of, words


@contextmanager
def acting(portal: Portal, role: Role) -> Iterator[Work]:
    """Work as the usual account of this role."""
    with portal.work(portal.actor(role)) as work:
        yield work


def stage_id(portal: Portal, key: str) -> int:
    with portal.work() as work:
        install_defaults(work)
        value = list_values(work).find(Facet.STAGE, key)
        assert value is not None
        return value.id


def listed(client: TestClient, query: str = "") -> list[str]:
    page = page_of(client.get(f"/opportunities{query}"))
    return [words(node) for node in page.xpath("//ul[@class='q']//a[@class='strong']")]


def join(portal: Portal, role: Role, organisation: str) -> None:
    """Make the usual account of this role a partner of this organisation."""
    who = portal.actor(role)
    with portal.work() as work:
        found = find_organisation(work, organisation) or create_organisation(work, organisation)
        work.session.get_one(User, who.id).organisation_id = found.id


def test_by_hand_from_nothing_to_its_history(portal: Portal, rep: TestClient) -> None:
    stage = str(stage_id(portal, "discover"))
    form = {"account": "  Alder   Foods ", "name": "Four sites", "stage_id": stage, "amount": "12.500,00", "currency": "eur"}
    address = led_to(rep.post("/opportunities/new", data=form))
    told = main_of(rep.get(address))
    assert "Alder FoodsFour sites" in told and "EUR 12,500" in told and "Rep One" in told
    edit = page_of(rep.get(f"{address}/edit"))
    assert value_of(edit, "amount") == "12500.00"
    later = {**form, "stage_id": str(stage_id(portal, "prove")), "state": "won", "revision": value_of(edit, "revision")}
    assert led_to(rep.post(f"{address}/edit", data=later)) == address
    history = [words(node) for node in page_of(rep.get(address)).xpath("//section[@aria-labelledby='history-h']//li/span[1]")]
    assert history == ["Prove value", "Discover"]
    with portal.work(read_only=True) as work:
        assert [row.verb for row in work.session.exec(select(AuditEntry).where(col(AuditEntry.target) == "opportunity")).all()] == [
            "create",
            "edit",
        ]
        assert [row.name for row in work.session.exec(select(Account)).all()] == ["Alder Foods"]


def test_the_slower_of_two_is_told_and_loses_nothing(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    with acting(portal, Role.REP) as work:
        deal = add_deal(work)
    path = f"/opportunities/{deal}/edit"
    form = dict(page_of(rep.get(path)).xpath("//main//form")[0].form_values())
    theirs = dict(page_of(marketer.get(path)).xpath("//main//form")[0].form_values())
    led_to(marketer.post(path, data={**theirs, "name": "Five sites"}))
    late = page_of(rep.post(path, data={**form, "name": "Six sites"}), 412)
    assert "Somebody changed this opportunity meanwhile" in words(late) and value_of(late, "name") == "Six sites"
    assert rep.post(path, data={name: value for name, value in form.items() if name != "revision"}).status_code == 428
    assert led_to(rep.post(path, data={**form, "name": "Six sites", "revision": value_of(late, "revision")}))
    assert "Six sites" in main_of(rep.get(f"/opportunities/{deal}"))


def test_faults_are_told_beside_the_fields(portal: Portal, rep: TestClient) -> None:
    sent = {"account": "", "name": "x" * 300, "amount": "much", "currency": "EURO", "closes_on": "soon", "state": "dead"}
    page = page_of(rep.post("/opportunities/new", data=sent), 422)
    faults = words(page.xpath("//*[@role='alert']")[0])
    for told in (
        "Name the account",
        "Name the opportunity",
        "Choose the stage",
        "amount as a number",
        "three letters",
        "year-month-day",
        "open, won",
    ):
        assert told in faults
    assert value_of(page, "amount") == "much"
    large = page_of(rep.post("/opportunities/new", data={**sent, "amount": "1000000000000"}), 422)
    assert "The amount is too large. Write one below 1,000,000,000,000." in words(large.xpath("//*[@role='alert']")[0])


def test_who_sees_and_who_changes_which(portal: Portal, rep: TestClient, partner: TestClient, marketer: TestClient) -> None:
    join(portal, Role.PARTNER, "Partner North")
    with portal.work() as work:
        add_user(work, Role.REP, "other@example.com", "Rep Two")
        add_deal(work, "Nobody's")
    with acting(portal, Role.REP) as work:
        add_deal(work, "Of a rep")
    with acting(portal, Role.PARTNER) as work:
        theirs = add_deal(work, "Of a partner")
    with acting(portal, Role.MANAGER) as work:
        house = add_deal(work, "Of a manager", owner_id=portal.actor(Role.MANAGER).id)
    assert sorted(listed(rep)) == ["Nobody's", "Of a manager", "Of a rep"], "the house's, not the partner's"
    assert listed(partner) == ["Of a partner"]
    assert len(listed(marketer)) == 4
    assert listed(rep, "?mine=1") == ["Of a rep"]
    assert rep.get(f"/opportunities/{theirs}").status_code == partner.get(f"/opportunities/{house}").status_code == 404
    assert "somebody else's" in main_of(rep.get(f"/opportunities/{house}/edit"), 403)
    assert rep.post(f"/opportunities/{house}/edit", data={"revision": "1"}).status_code == 403
    assert "Edit" not in words(page_of(rep.get(f"/opportunities/{house}")).xpath("//div[@class='page-head']")[0])
    assert marketer.get(f"/opportunities/{theirs}/edit").status_code == 200
    accounts = page_of(partner.get("/opportunities/new")).xpath("//datalist/option/@value")
    assert accounts == ["Of a partner"], "accounts of others are not offered"


def test_filters_narrow_and_count(portal: Portal, rep: TestClient) -> None:
    with acting(portal, Role.REP) as work:
        add_deal(work, "Alder", "Docks", "discover")
        add_deal(work, "Birch", "Docks", "prove", state="won")
        add_deal(work, "Cedar", "100% gates", "prove")
    assert listed(rep, "?q=docks") == ["Birch", "Alder"]
    assert listed(rep, "?q=100%25") == ["Cedar"]
    assert listed(rep, "?stage=prove&state=open") == ["Cedar"]
    counts = [words(node) for node in page_of(rep.get("/opportunities?stage=prove")).xpath("//nav[@aria-label='State']//b")]
    assert counts == ["2", "1", "1", "0"]
    assert "No opportunity fits this choice" in main_of(rep.get("/opportunities?q=nothing&page=9"))


TABLE = """Opportunity ID;Account Name;Deal Name;Stage;Amount;Owner;Close Date;Mood
A-1;Alder Foods;Four sites;Discover;12.500,00;rep@example.com;30.11.2026;good
A-2;=cmd|' /C calc'!A0;<b>Two</b> sites;prove value;;;;
A-3;Cedar;Nine sites;Nowhere;1;;;
A-4;Cedar;Ten sites;Discover;a lot;;;
A-1;Alder Foods;Four sites;Discover;1;;;
"""


def sent(client: TestClient, text: str) -> dict[str, str]:
    """Show what a table does, and the form that does it."""
    page = page_of(client.post("/opportunities/import", files={"file": ("crm.csv", text.encode())}))
    return dict(page.xpath("//form[.//button[@value='import']]")[0].form_values())


def test_a_table_is_shown_then_taken_and_twice_changes_nothing(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    rep.get("/")
    stage_id(portal, "discover")
    preview = page_of(marketer.post("/opportunities/import", files={"file": ("crm.csv", TABLE.encode("cp1252"))}))
    told = words(preview.xpath("//main")[0])
    assert "2 new, 0 changed, 0 as they are" in told and "Mood" in told
    assert "Line 4: There is no stage “Nowhere”. There are: Target, Qualify" in told
    assert "Line 5: “a lot” is no amount." in told and "Line 6: A line above is the same opportunity." in told
    assert preview.xpath("//main//td/b") == [], "a table is text, never markup"
    with portal.work(read_only=True) as work:
        assert work.session.exec(select(Opportunity)).all() == [], "nothing is done by looking"
    form = dict(preview.xpath("//form[.//button[@value='import']]")[0].form_values())
    assert led_to(marketer.post("/opportunities/import", files={"none": ("", b"")}, data={**form, "step": "import"})) == "/opportunities"
    with portal.work(read_only=True) as work:
        rows = {row.external_id: row for row in work.session.exec(select(Opportunity)).all()}
        assert set(rows) == {"A-1", "A-2"} and rows["A-1"].owner_id == portal.actor(Role.REP).id and rows["A-2"].owner_id is None
        before = {key: (row.revision, row.amount) for key, row in rows.items()}
    again = page_of(marketer.post("/opportunities/import", files={"file": ("crm.csv", TABLE.encode())}))
    assert "0 new, 0 changed, 2 as they are" in words(again)
    led_to(marketer.post("/opportunities/import", files={"none": ("", b"")}, data={"text": TABLE, "step": "import"}))
    with portal.work(read_only=True) as work:
        rows = {row.external_id: row for row in work.session.exec(select(Opportunity)).all()}
        assert {key: (row.revision, row.amount) for key, row in rows.items()} == before
        assert len(work.session.exec(select(StageEntry)).all()) == 2


def test_a_later_table_says_what_changes_and_keeps_what_it_leaves_empty(portal: Portal, marketer: TestClient) -> None:
    stage_id(portal, "discover")
    first = "id,account,name,stage,amount\nA-1,Alder,Four sites,Discover,100\n,Birch,One site,Target,5\n"
    led_to(marketer.post("/opportunities/import", files={"x": ("", b"")}, data={**sent(marketer, first), "step": "import"}))
    second = "id,account,name,stage,amount\nA-1,Alder,Four sites,Prove value,\nB-7,birch,one site,,\n"
    page = page_of(marketer.post("/opportunities/import", files={"file": ("crm.csv", second.encode())}))
    rows = [" ".join(words(cell) for cell in row) for row in page.xpath("//tbody/tr")]
    assert rows == [
        "2 Alder Four sites Stage: Discover → Prove value",
        "3 birch one site CRM id: nothing → B-7; Name: One site → one site",
    ]
    form = dict(page.xpath("//form[.//button[@value='import']]")[0].form_values())
    led_to(marketer.post("/opportunities/import", files={"x": ("", b"")}, data={**form, "step": "import"}))
    with portal.work(read_only=True) as work:
        found = {row.external_id: row for row in work.session.exec(select(Opportunity)).all()}
        assert (found["A-1"].amount, found["B-7"].amount, found["B-7"].name) == (Decimal(100), Decimal(5), "one site")
        assert len(work.session.exec(select(StageEntry)).all()) == 3
        assert len(work.session.exec(select(Account)).all()) == 2, "an account is one whatever its capitals"


def test_a_crm_id_is_of_one_opportunity(portal: Portal, marketer: TestClient) -> None:
    """By hand the other one is named; in a table the first of two lines counts."""
    form = {"account": "Alder", "name": "Four sites", "stage_id": str(stage_id(portal, "discover")), "external_id": "X1"}
    first = led_to(marketer.post("/opportunities/new", data=form))
    again = page_of(marketer.post("/opportunities/new", data={**form, "account": "Birch", "name": "One site"}), 422)
    assert "“Four sites” has this CRM id already" in words(again) and value_of(again, "name") == "One site"
    other = led_to(marketer.post("/opportunities/new", data={**form, "name": "Two sites", "external_id": ""}))
    revision = value_of(page_of(marketer.get(f"{other}/edit")), "revision")
    refused = marketer.post(f"{other}/edit", data={**form, "name": "Three sites", "revision": revision})
    assert "“Four sites” has this CRM id already" in main_of(refused, 422) and "Two sites" in main_of(marketer.get(other))
    assert led_to(marketer.post(f"{first}/edit", data={**form, "revision": value_of(page_of(marketer.get(f"{first}/edit")), "revision")}))
    table = "id,account,name,stage\nX2,Alder,Two sites,Discover\nX2,Cedar,New site,Discover\n"
    told = words(page_of(marketer.post("/opportunities/import", files={"file": ("crm.csv", table.encode())})))
    assert "0 new, 1 changed" in told and "Line 3: A line above is the same opportunity." in told
    led_to(marketer.post("/opportunities/import", files={"x": ("", b"")}, data={"text": table, "step": "import"}))
    with portal.work(read_only=True) as work:
        assert {row.external_id: row.name for row in work.session.exec(select(Opportunity)).all()} == {
            "X1": "Four sites",
            "X2": "Two sites",
        }


@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "Choose a file first"),
        (b"PK\x03\x04\x00\x00workbook", "The table is no text."),
        (b"a,b\n1,2\n", "names no column for"),
        (b"account,name,stage\n", "names no opportunity"),
        (b"account,name,stage\n" + b"x,y,z\n" * 5001, "more than 5,000 lines"),
        (b"account,name,stage\n" + b"x" * 600_000, "larger than 512 KB"),
    ],
)
def test_what_is_no_table_is_told(marketer: TestClient, content: bytes, told: str) -> None:
    answer = marketer.post("/opportunities/import", files={"file": ("crm.csv", content)})
    assert told in words(page_of(answer, 422).xpath("//*[@role='alert']")[0])


def test_a_retired_stage_takes_opportunities_along(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    with acting(portal, Role.REP) as work:
        deal = add_deal(work, stage="qualify")
    page = page_of(marketer.get("/framework/stage/qualify/retire"))
    assert "Opportunities1" in words(page)
    form = {"revision": value_of(page, "revision"), "target": "discover"}
    assert "1 opportunity went" in words(page_of(marketer.get(led_to(marketer.post("/framework/stage/qualify/retire", data=form)))))
    assert "NowDiscover" in main_of(rep.get(f"/opportunities/{deal}"))


def test_a_leaver_hands_opportunities_and_kits_over(portal: Portal, rep: TestClient, admin: TestClient) -> None:
    with acting(portal, Role.REP) as work:
        deal = add_deal(work)
    led_to(rep.post("/kits/new", data={"title": "Their visit"}))
    leaver, heir = portal.actor(Role.REP), portal.actor(Role.MARKETER)
    page = page_of(admin.get(f"/people/{leaver.id}/hand-over"))
    assert "Opportunities1 Four sites" in words(page) and "Kits1 Their visit" in words(page)
    form = {"owner": str(heir.id), "revision": value_of(page, "revision"), "step": "leave"}
    led_to(admin.post(f"/people/{leaver.id}/hand-over", data=form))
    heirs = portal.client(Role.MARKETER)
    assert "Marketer One" in main_of(heirs.get(f"/opportunities/{deal}")) and "Their visit" in main_of(heirs.get("/kits"))
