"""Templates: found when their text is read, described by marketing, and not released while they cannot be filled."""

from typing import Any

import pytest

from app.core.errors import Conflict, NotPermitted, PreconditionMissing, Refused, Stale
from app.core.office.merge.values import Value
from app.identity.models import Role
from app.library import actions, jobs, queries
from app.library.actions.templates import FieldsRefused, describe_fields
from app.library.events import VersionUploaded
from app.library.models import FieldInput, FieldView, Status, TemplateScan
from app.library.queries.templates import find_scan, list_fields
from app.library.rules.filling import check_figures
from app.library.rules.templates import field_faults, suspicions
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, store
from tests.factories.portal import Portal
from tests.factories.templates import add_read, add_template, calculator, letter


def fields_of(portal: Portal, asset_id: int) -> tuple[FieldView, ...]:
    with portal.work(read_only=True) as work:
        return list_fields(work, asset_id, queries.get_shown(work, asset_id).version.id or 0)


def test_fields_are_found_when_a_file_is_read(portal: Portal) -> None:
    found = fields_of(portal, add_read(portal))
    assert [(one.name, one.kind, one.label) for one in found] == [
        ("account", "text", "Account"),
        ("role", "text", "Role"),
        ("date", "date", "Date"),
        ("fee", "money", "Fee"),
        ("discount", "percent", "Discount"),
        ("terms", "section", "Terms"),
        ("items", "list", "Items"),
        ("items.name", "text", "Name"),
        ("items.price", "money", "Price"),
    ]
    assert found[0].places == ("paragraph 1",)


def test_reading_twice_leaves_the_same(portal: Portal) -> None:
    asset_id = add_read(portal)
    with portal.work(read_only=True) as work:
        version_id = queries.get_shown(work, asset_id).version.id or 0
        before = find_scan(work, version_id)
        assert before is not None
        kept = before.model_dump()
    jobs.read_version(desk_of(portal), [VersionUploaded(asset_id, version_id)])
    with portal.work(read_only=True) as work:
        again = find_scan(work, version_id)
        assert again is not None and again.model_dump() == kept


def test_files_without_fields_are_no_templates(portal: Portal) -> None:
    with portal.work() as work:
        asset_id = add_released(work)
    plain = add_read(portal, "Plain", letter("No field here", rows=()))
    portal.drain()
    assert fields_of(portal, asset_id) == fields_of(portal, plain) == ()


@pytest.mark.parametrize("text", ["{{ acount } and {{ account }}", "{{#terms}}never closed, {{ account }}"])
def test_a_template_with_half_a_field_is_not_released(portal: Portal, text: str) -> None:
    asset_id = add_read(portal, "Offer", letter(text))
    with (
        portal.work() as work,
        pytest.raises(Refused, match=r"“Offer” is not released, .*on paragraph 1"),
    ):
        actions.release(work, asset_id)
    with portal.work(read_only=True) as work:
        assert queries.get_asset(work, asset_id).status == Status.DRAFT


def test_a_release_before_its_fields_were_read_is_taken_back(portal: Portal) -> None:
    """Of a bulk release or an import the worker hears later; what readers had before they have again."""
    with portal.work() as work:
        first, good = add_draft(work, "Offer", letter("{{ account }"), "a.docx"), add_draft(work, "Letter", letter(), "b.docx")
        for asset_id in (first, good):
            actions.release(work, asset_id)
    portal.drain()
    with portal.work() as work:
        assert queries.get_asset(work, first).status == Status.DRAFT and queries.get_asset(work, first).released_version_id is None
        assert [one.id for one in queries.list_versions(work, good)] == [queries.get_asset(work, good).released_version_id]
        actions.upload_version(work, good, store(work, letter("Dear {{ account }} and {{ role", rows=()), "b.docx"))
        actions.release(work, good)
    portal.drain()
    with portal.work(read_only=True) as work:
        asset, versions = queries.get_asset(work, good), {one.number: one for one in queries.list_versions(work, good)}
        assert (asset.status, asset.released_version_id, versions[2].released_at) == (Status.RELEASED, versions[1].id, None)


def test_a_text_about_templates_is_none_and_can_be_released(portal: Portal) -> None:
    asset_id = add_template(portal, "Guide", letter("Write {{ and then the name", rows=()))
    with portal.work(read_only=True) as work:
        assert queries.get_asset(work, asset_id).status == Status.RELEASED


def described(name: str = "fee", **more: Any) -> FieldInput:
    return FieldInput.model_validate({"name": name, "kind": "money", "label": "Fee a month", "unit": "EUR", **more})


def test_marketing_says_how_fields_are_asked_for_over_all_versions(portal: Portal) -> None:
    asset_id = add_template(portal)
    with portal.work(portal.actor(Role.MARKETER)) as work:
        revision = queries.get_asset(work, asset_id).revision
        describe_fields(work, asset_id, [described(minimum="10"), described("account", kind="text", label="Customer")], revision)
    first, second, *_ = fields_of(portal, asset_id)
    assert [(one.name, one.label, one.unit, one.minimum) for one in (first, second)] == [
        ("fee", "Fee a month", "EUR", "10"),
        ("account", "Customer", "EUR", ""),
    ]
    with portal.work() as work:
        actions.upload_version(work, asset_id, store(work, letter("Only {{ fee }} and {{ more }}", rows=()), "offer.docx"))
    portal.drain()
    with portal.work() as work:
        actions.release(work, asset_id)
    assert [(one.name, one.label) for one in fields_of(portal, asset_id)] == [("fee", "Fee a month"), ("more", "More")]


def test_describing_needs_the_state_that_was_read_and_the_right(portal: Portal) -> None:
    asset_id = add_template(portal)
    for role, revision, error in ((Role.REP, 1, NotPermitted), (Role.MARKETER, None, PreconditionMissing), (Role.MARKETER, 99, Stale)):
        with portal.work(portal.actor(role)) as work, pytest.raises(error):
            describe_fields(work, asset_id, [described()], revision)
    with portal.work() as work:
        revision = queries.get_asset(work, asset_id).revision
        with pytest.raises(Refused, match="no field “other”"):
            describe_fields(work, asset_id, [described("other")], revision)
        with pytest.raises(FieldsRefused) as refusal:
            describe_fields(work, asset_id, [described(label=" ")], revision)
        assert refusal.value.errors == {"fee.label": "fee: Say in a word or two what is asked for."}
        plain = add_released(work, "Plain")
        with pytest.raises(Conflict, match="has no fields"):
            describe_fields(work, plain, [], queries.get_asset(work, plain).revision)


@pytest.mark.parametrize(
    "more,part",
    [
        ({"kind": "formula"}, "kind"),
        ({"kind": "choice", "choices": ["one"]}, "choices"),
        ({"minimum": "much"}, "minimum"),
        ({"kind": "text", "maximum": "5"}, "maximum"),
        ({"kind": "date", "maximum": "5"}, "maximum"),
        ({"minimum": "5", "maximum": "4"}, "maximum"),
        ({"is_locked": True}, "default"),
        ({"name": "items.logo", "kind": "image"}, "kind"),
    ],
)
def test_a_description_that_does_not_hold_is_told(more: dict[str, Any], part: str) -> None:
    assert list(field_faults(described(**more))) == [part]


def view(name: str = "fee", kind: str = "money", **more: object) -> FieldView:
    given = {"label": "Fee", "help": "", "default": "", "unit": "", "minimum": "", "maximum": "", "choices": (), "places": ("slide 1",)}
    return FieldView(**{"name": name, "kind": kind, "is_locked": False, "is_required": True, **given, **more})  # type: ignore[arg-type]  # parts of a view


@pytest.mark.parametrize(
    "field,typed,value",
    [
        (view(unit="EUR"), "1,200.5", Value("€ 1,200.50", 1200.5, "money")),
        (view(unit="€"), "1200", Value("€ 1,200", 1200.0, "money")),
        (view(kind="number"), "12", Value("12", 12.0, "number")),
        (view(kind="percent"), "12.5 %", Value("12.5%", 0.125, "percent")),
        (view(kind="date"), "2026-12-01", Value("1 December 2026", 46357.0, "date")),
        (view(kind="text"), " =1+1\n", Value(" =1+1\n")),
        (view(kind="choice", choices=("a", "b")), "b", Value("b", kind="choice")),
        (view(kind="section"), "no", Value(kind="section", yes=False)),
        (view(kind="section"), "yes", Value(kind="section")),
        (view(is_required=False), "", Value(kind="money", yes=False)),
        (view(is_locked=True, default="7"), "9", Value("7", 7.0, "money")),
    ],
)
def test_typed_figures_become_values(field: FieldView, typed: str, value: Value) -> None:
    checked = check_figures([field], {field.name: typed}, "en")
    assert (checked.values, checked.errors) == ({field.name: value}, {})


@pytest.mark.parametrize(
    "field,typed,said",
    [
        (view(), "", "Fee: fill this in."),
        (view(), "much", "Fee: write a number, like 1200 or 12.5."),
        (view(minimum="10", maximum="20", unit="EUR"), "9", "Fee: it must lie between 10 and 20 EUR."),
        (view(minimum="10"), "9", "Fee: it must be at least 10."),
        (view(maximum="10"), "11", "Fee: it must be at most 10."),
        (view(kind="date"), "1.12.2026", "Fee: write the date as year-month-day, like 2027-01-31."),
        (view(kind="date", minimum="2027-01-01"), "2026-12-01", "Fee: it must be at least 2027-01-01."),
        (view(kind="choice", choices=("a", "b")), "c", "Fee: choose one of the list."),
        (view(kind="image"), "data:image/svg+xml;base64,PHN2Zz4=", "Fee: choose a PNG or JPEG picture."),
        (view(kind="image"), "data:image/png;base64,%%%", "Fee: choose a PNG or JPEG picture."),
        (view(kind="text"), "x" * 20_001, "Fee: use at most 20,000 characters."),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(field: FieldView, typed: str, said: str) -> None:
    assert check_figures([field], {field.name: typed}, "en").errors == {field.name: said}


def test_rows_of_a_list_are_checked_one_by_one() -> None:
    fields = [view("items", "list", label="Items"), view("items.name", "text", label="Name"), view("items.price", label="Price")]
    rows = [{"name": "Gate", "price": "10"}, {"name": "", "price": " "}, {"name": "Yard", "price": "much"}]
    checked = check_figures(fields, {"items": rows}, "en")
    assert checked.errors == {"items.2.price": "Row 3, price: write a number, like 1200 or 12.5."}
    assert [row["name"].words for row in checked.values["items"].rows] == ["Gate", "Yard"]
    assert check_figures(fields, {"items": []}, "en").errors == {"items": "Items: fill in at least one row."}
    assert check_figures(fields, {"items": "not rows"}, "en").errors == {"items": "Items: fill in at least one row."}


def test_names_one_letter_off_are_pointed_out() -> None:
    fields = [view("acount"), view("rolle"), view("fee"), view("docks", places=("slide 1", "slide 2")), view("dockz")]
    assert suspicions(fields) == (
        "“acount” on slide 1 is close to “account”. Is it misspelt?",
        "“rolle” on slide 1 is close to “role”. Is it misspelt?",
        "“dockz” on slide 1 is close to “docks”. Is it misspelt?",
    )


def test_a_workbook_offers_what_its_cells_hold_now(portal: Portal) -> None:
    found = {one.name: one for one in fields_of(portal, add_read(portal, "Calculator", calculator(), "case.xlsx"))}
    assert (found["fee"].kind, found["fee"].label, found["docks"].kind, found["docks"].default) == ("number", "Fee", "number", "10")


def test_an_empty_scan_is_not_kept(portal: Portal) -> None:
    add_read(portal, "Plain", letter("No field here", rows=()))
    with portal.work(read_only=True) as work:
        assert work.session.get(TemplateScan, 1) is None
