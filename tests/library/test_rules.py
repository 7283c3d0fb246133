"""What is fresh, what goes out, what a release needs; at the days where the answer changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.framework.models import Facet, ValueView
from app.library import rules
from app.library.models import Asset, Audience, FindingReason, Status, Version
from app.library.rules import Care, PastDate

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)


def care(
    review: int | None = None, expires: int | None = None, status: Status = Status.RELEASED, interval: int = 100, *, gone: bool = False
) -> Care:
    """Dates as days from today; `gone` says that the owner left."""
    days = [None if offset is None else TODAY + timedelta(days=offset) for offset in (review, expires)]
    return Care(status, days[0], days[1], interval, FindingReason.OWNER_GONE if gone else None)


@pytest.mark.parametrize(
    "given,state,words",
    [
        (care(review=15), "ok", "Fresh until 30 June"),
        (care(review=14), "ok", "Fresh until 29 June"),
        (care(review=13), "due", "Review due in 13 days"),
        (care(review=1), "due", "Review due in 1 day"),
        (care(review=0), "due", "Review due today"),
        (care(review=-1), "stale", "Stale, 1 day over"),
        (care(review=-40), "stale", "Stale, 40 days over"),
        (care(review=50, expires=1), "ok", "Fresh until 4 August"),
        (care(review=50, expires=0), "ok", "Fresh until 4 August"),
        (care(review=50, expires=-1), "expired", "Expired 1 day ago"),
        (care(review=-5, expires=-2), "expired", "Expired 2 days ago"),
        (care(), "ok", "Fresh"),
        (care(review=400), "ok", "Fresh until 20 July 2027"),
        (care(review=-5, status=Status.DRAFT), "none", "Not released yet"),
        (care(review=-5, expires=-5, status=Status.TRASHED), "none", "Not released yet"),
        (care(review=50, status=Status.RETIRED), "expired", "Retired"),
        (care(review=50, gone=True), "stale", "Stale, its owner left"),
        (care(gone=True), "stale", "Stale, its owner left"),
        (care(review=-3, gone=True), "stale", "Stale, 3 days over"),
        (care(review=50, expires=-1, gone=True), "expired", "Expired 1 day ago"),
        (care(review=50, status=Status.DRAFT, gone=True), "none", "Not released yet"),
    ],
)
def test_freshness_the_day_before_the_day_of_and_the_day_after(given: Care, state: str, words: str) -> None:
    fresh = rules.freshness(given, TODAY)
    assert (fresh.state, fresh.words) == (state, words)


def test_how_much_of_the_time_is_left() -> None:
    left = [rules.freshness(care(review=days, interval=100), TODAY).left for days in (200, 100, 50, 14, 13, -1)]
    assert left == [100, 100, 50, 14, 50, 0]


@pytest.mark.parametrize(
    "given,past",
    [
        (care(review=0, expires=0), None),
        (care(review=-1, expires=0), PastDate(FindingReason.PAST_REVIEW, TODAY - timedelta(days=1), 1)),
        (care(review=-9, expires=-2), PastDate(FindingReason.EXPIRED, TODAY - timedelta(days=2), 2)),
        (care(), None),
    ],
)
def test_which_date_an_item_is_past(given: Care, past: PastDate | None) -> None:
    assert rules.past_date(given, TODAY) == past
    if past is not None:
        assert rules.is_past_review(given, TODAY) or rules.is_expired(given, TODAY)


def version(number: int) -> Version:
    return Version(
        id=100 + number,
        asset_id=1,
        number=number,
        blob_sha256="",
        size=1,
        file_name="a.md",
        format="md",
        media_type="text/markdown",
        created_at=NOW,
    )


def asset(status: Status, released: int | None) -> Asset:
    row = Asset(title="A", kind_id=1, audience=Audience.CUSTOMER, tags=[], status=status, created_at=NOW, changed_at=NOW)
    row.released_version_id = None if released is None else 100 + released
    return row


@pytest.mark.parametrize(
    "status,released,asked,reader,curator",
    [
        (Status.DRAFT, None, None, None, 3),
        (Status.DRAFT, None, 1, None, 1),
        (Status.RELEASED, 2, None, 2, 2),
        (Status.RELEASED, 2, 2, 2, 2),
        (Status.RELEASED, 2, 1, None, 1),
        (Status.RELEASED, 2, 3, None, 3),
        (Status.RELEASED, 2, 9, None, None),
        (Status.RETIRED, 2, None, None, 2),
        (Status.RETIRED, 2, 2, None, 2),
        (Status.TRASHED, 2, None, None, 2),
        (Status.DRAFT, 2, None, None, 2),
    ],
)
def test_which_version_goes_out(status: Status, released: int | None, asked: int | None, reader: int | None, curator: int | None) -> None:
    versions = [version(number) for number in (3, 2, 1)]
    for sees, expected in ((False, reader), (True, curator)):
        shown = rules.shown_version(asset(status, released), versions, asked, sees_unreleased=sees)
        assert (shown.number if shown else None) == expected


def test_an_asset_without_versions_shows_none() -> None:
    assert rules.shown_version(asset(Status.DRAFT, None), [], None, sees_unreleased=True) is None


def value(facet: Facet) -> ValueView:
    return ValueView(1, facet, "key", "Name", "", "")


@pytest.mark.parametrize(
    "facets,owner,form,reason,missing",
    [
        ((), None, "docx", "", ("a stage", "a stakeholder", "an owner")),
        ((value(Facet.STAGE),), 1, "docx", "", ("a stakeholder",)),
        ((value(Facet.STAGE), value(Facet.STAKEHOLDER)), 1, "docx", "", ()),
        ((value(Facet.STAGE), value(Facet.STAKEHOLDER)), 1, "pdf", "", ("the editable original, or a reason why there is none",)),
        ((value(Facet.STAGE), value(Facet.STAKEHOLDER)), 1, "pdf", "Printed only", ()),
        ((value(Facet.SOLUTION), value(Facet.VERTICAL), value(Facet.KIND)), 1, "png", "", ("a stage", "a stakeholder")),
    ],
)
def test_what_a_release_still_needs(
    facets: tuple[ValueView, ...], owner: int | None, form: str, reason: str, missing: tuple[str, ...]
) -> None:
    assert rules.missing_for_release(facets, owner, form, reason) == missing


def test_names_from_file_names() -> None:
    assert rules.title_from_file("dock_scheduler-one pager.v2.docx") == "Dock scheduler one pager.v2"
    assert rules.title_from_file("__.md") == "Untitled"
    assert len(rules.title_from_file("x" * 300 + ".md")) == 200
    assert rules.stem_of("Price List.PDF") == rules.stem_of("price list.docx") == "price list"


@pytest.mark.parametrize(
    "label,word,count,shown",
    [
        ("Slide 9", "slide", 18, "slide 9 of 18"),
        ("Slide 9", "slide", 0, "slide 9"),
        ("Page 3, part 2", "page", 40, "page 3 of 40, part 2"),
        ("Slide 9, speaker notes", "slide", 18, "slide 9 of 18, speaker notes"),
        ("Slide 9, speaker notes, part 2", "slide", 18, "slide 9 of 18, speaker notes, part 2"),
        ("Sheet 2, rows 3 to 40", "sheet", 3, "sheet 2, rows 3 to 40"),
        ("Section 4, the rest", "section", 7, "section 4, the rest"),
        ("Notes of slide 9", "slide", 18, "Notes of slide 9"),
        ("Sheet Prices", "sheet", 3, "sheet Prices"),
        ("Payback", "", 0, "Payback"),
    ],
)
def test_where_a_passage_stands(label: str, word: str, count: int, shown: str) -> None:
    assert rules.locator(label, word, count) == shown


def test_the_next_review_is_the_interval_after_it_was_confirmed() -> None:
    assert rules.next_review(TODAY, 30) == date(2026, 7, 15)


@pytest.mark.parametrize(
    "heading,label,path",
    [
        ("Security › Data at rest › Keys", "Keys", ("Security", "Data at rest", "Keys")),
        ("Guide › Security › Keys", "Keys", ("Security", "Keys")),
        ("Security › Keys", "Keys, part 2", ("Security", "Keys, part 2")),
        ("Nine connectors", "Slide 9", ("Nine connectors",)),
        ("guide", "Slide 1", ()),
        ("Returns", "Returns", ()),
        ("Prices", "Sheet Prices", ()),
        ("", "Page 4", ()),
    ],
)
def test_headings_are_shown_that_title_and_place_do_not_say(heading: str, label: str, path: tuple[str, ...]) -> None:
    assert rules.heading_path(heading, label, "Guide") == path
