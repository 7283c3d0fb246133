"""Every state of a page is drawn from its data: answers, nothing found, drafts, unreadable files, refusals; well-formed for everybody."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from lxml import html

from app.core.templating import render_template
from app.framework.models import ValueView
from app.library.models import AssetCard, AssetView, Audience, Freshness, PassageView, Reading, Status, VersionView
from app.library.queries.lists import Brief
from app.messaging.models import AnswerState, QuestionBrief
from app.pages.library import AssetPage, Download, EditPage
from app.pages.map import AskedOnCalls, BareSquare, Changed, Leaving, MapPage
from app.pages.search import ResultsPage
from app.search.models import Answer, BestAnswer, FacetGroup, FacetOption, OtherPassage, RelatedQuestion, Results, Twin
from app.search.rules import Piece
from app.web.assetform import AssetChoices, AssetForm, Choice, ChoiceGroup
from app.web.errors import ErrorPage
from app.web.heldin import HeldIn
from app.web.shell import ContextChip, NavItem, Shell
from app.web.squares import Column, MapRow, MapTable, Square
from app.web.uploadpage import UNCHANGED, FileRow, Note, Unfinished, UploadPage
from app.web.uploadrows import DuplicateOf, SuggestionView, UploadRow

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
DISCOVER = ValueView(3, "stage", "discover", "Discover", "telescope", "s3", "Defines the need")
TECHNICAL = ValueView(10, "stakeholder", "technical", "Technical evaluator", "cpu", "w3", "Will it fit what we run?")
DECK = ValueView(20, "kind", "presentation", "Presentation", "presentation", "")
FRESH = Freshness("ok", "Fresh", "Fresh, next review 14 February", 52)
STALE = Freshness("stale", "Stale", "Stale, 12 days over", 0)
PASSAGE = PassageView(
    id=9,
    anchor="slide-9",
    label="Slide 9",
    heading="Nine connectors",
    text="Read-only on day one.",
    html="<h3>Nine connectors</h3><p>Read-only on <b>day one</b>.</p>",
    is_notes=False,
)
VERSION = VersionView(
    id=104,
    number=4,
    file_name="guide.pptx",
    format="pptx",
    format_label="PowerPoint deck",
    family="deck",
    media_type="application/x",
    size=4_300_000,
    sha256="a" * 64,
    note="Two connectors added.",
    author="Solution consulting lead",
    created_at=AT,
    is_released=True,
    reading=Reading.DONE,
    reading_message="",
    unit_count=18,
    unit_word="slide",
)
CARD = AssetCard(
    id=1,
    title="Integration guide",
    summary="How it connects.",
    kind=DECK,
    facets=(DISCOVER, TECHNICAL),
    audience=Audience.CUSTOMER,
    status=Status.RELEASED,
    tags=("wms",),
    owner="Solution consulting lead",
    freshness=FRESH,
    version=VERSION,
    language="en",
)
ANSWER = Answer(
    card=CARD,
    passage=PASSAGE,
    pieces=(Piece("All systems. ", False), Piece("Read-only on day one.", True)),
    locator="slide 9 of 18",
    path=("Nine connectors",),
    others=(OtherPassage("slide-12", "Slide 12"),),
    twins=(Twin(7, "PDF", "Integration guide"),),
)
TARGET = replace(DISCOVER, id=1, key="target", name="Target", tone="s1")
GROUPS = (
    FacetGroup("stage", "Stage", (FacetOption(DISCOVER, 7, True), FacetOption(TARGET, 0, False))),
    FacetGroup("stakeholder", "Stakeholder", (FacetOption(TECHNICAL, 7, False),)),
    FacetGroup("kind", "Kind", (FacetOption(DECK, 7, False),)),
)
RESULTS = Results(
    question="will it talk to our system?",
    best=BestAnswer(1, "Does it work with ours?", ANSWER),
    answers=(ANSWER,),
    total=7,
    total_without_context=23,
    total_for_call=3,
    groups=GROUPS,
    page=1,
    pages=3,
    expired_hidden=2,
    corrected=(),
    widened=(),
    related=(RelatedQuestion(2, "Who maintains it?"),),
    source="index",
    timed_out=False,
)
FOUND = ResultsPage(
    results=RESULTS,
    query="q=will&set=1",
    call=(TECHNICAL,),
    about=(DISCOVER, TECHNICAL),
    asked_for=(),
    exact="/ask?q=%22will%22&set=1",
    newest_first=False,
    questions=(),
    without_context="/ask?q=will&set=1",
    only_call="/ask?q=will&set=1&stage=discover&stakeholder=technical",
    show_expired=False,
    nearest=(),
    current=None,
    can_request=True,
    can_curate=True,
)
ASSET = AssetView(
    card=CARD,
    passages=(PASSAGE,),
    versions=(VERSION,),
    owner_id=1,
    review_interval_days=90,
    confirmed_on=date(2026, 11, 11),
    confirmed_by="Solution consulting lead",
    review_on=date(2027, 2, 14),
    expires_on=None,
    pdf_only_reason="",
    revision=7,
    is_separate=False,
)
OFFERED = AssetPage(
    asset=ASSET,
    released_number=4,
    downloads=(Download("PowerPoint deck", "deck", "/assets/1/file", 4_300_000, "original"),),
    media="",
    draft=None,
    missing=(),
    can_edit=True,
    can_upload=True,
    can_release=True,
    can_retire=True,
    can_trash=True,
    can_confirm=True,
    can_kit=True,
    held=HeldIn(),
    template=None,
    error="",
    go_back_to=0,
    at="",
    asked="",
)
FORM = AssetForm("Integration guide", "", 20, "internal", "en", "", frozenset({3}), 1, 180, "", "")
CHOICES = AssetChoices(
    groups=(ChoiceGroup("stage", "Stages", (DISCOVER,)), ChoiceGroup("stakeholder", "Stakeholders", (TECHNICAL,))),
    more_groups=(),
    kinds=(DECK,),
    owners=(Choice("1", "Solution consulting lead"),),
    audiences=(Choice("internal", "Internal only"),),
    intervals=(Choice("180", "6 months"),),
    languages=(Choice("en", "English"),),
)
ROW = UploadRow(
    key="5",
    asset_id=5,
    title="Guide",
    number=1,
    file_name="guide.pptx",
    folder="Decks/Finance",
    format_label="PowerPoint deck",
    family="deck",
    size=6_700_000,
    unit_count=18,
    unit_word="slide",
    state="ready",
    message="",
    need="",
    facets=(DISCOVER,),
    missing=(),
    duplicate=None,
    suggestions=(),
    preview=(PASSAGE,),
    form=FORM,
    errors={},
    revision=1,
)


SQUARE = Square("/ask?set=1", "Technical evaluator, Discover: 9 items, 3 buyer questions, 1 past review", "items", 3, 9, 3, 1, True, "s3")
BARE = replace(
    SQUARE, name="End user, Discover: gap, 2 buyer questions, nothing current", state="gap", level=0, items=0, past=0, is_here=False
)
END_USER = ValueView(11, "stakeholder", "enduser", "End user", "mouse-pointer-click", "w4", "Will my day get easier?")
STEP = ValueView(30, "step", "defines", "Defines the need", "", "")
ROWS = (MapRow(TECHNICAL, "/ask?set=1", True, (SQUARE,)), MapRow(END_USER, "/ask?set=1", False, (BARE,)))
TABLE = MapTable("stage", (Column(DISCOVER, "/ask?set=1", (), "s3", True),), ROWS)
BRIEF = Brief(1, "Integration guide", FRESH, 4, "Two connectors added.", AT)
ASKED = AskedOnCalls((DISCOVER, TECHNICAL), (QuestionBrief(2, "Who maintains it?", 3, AnswerState.ANSWERED),), 14, "/ask?set=1")
MAP = MapPage(
    table=TABLE,
    counting="content",
    items=9,
    questions=5,
    asked=ASKED,
    leaving=Leaving(DISCOVER, (BRIEF,)),
    changed=Changed(((BRIEF, (DISCOVER, TECHNICAL)),), 9, 100),
    bare=(BareSquare(DISCOVER, END_USER, "gap", 2), BareSquare(DISCOVER, TECHNICAL, "unneeded", 0)),
    kits=(),
    can_kit=True,
    can_upload=True,
    health="",
)
BY_STEP = replace(
    MAP, table=MapTable("step", (Column(STEP, "/ask?set=1", (DISCOVER,), "s3", False),), ROWS), counting="questions", leaving=None, bare=()
)
EMPTY_MAP = MapPage(
    MapTable("stage", (), ()),
    "content",
    items=0,
    questions=0,
    asked=AskedOnCalls((), (), 0, "/ask?set=1"),
    leaving=None,
    changed=Changed((), 0, 100),
    bare=(),
    kits=(),
    can_kit=True,
    can_upload=True,
    health="",
)


def shell(**changes: Any) -> Shell:
    chips = (
        ContextChip("stage", "Stage", "map", DISCOVER, (DISCOVER,)),
        ContextChip("stakeholder", "Stakeholder", "users", None, (TECHNICAL,)),
    )
    nav = (NavItem("Map", "/", "map", True), NavItem("Upload", "/upload", "upload", False, True))
    known = Shell(
        signed_in=True,
        name="Product marketing manager",
        initials="PM",
        role="marketer",
        role_name="Marketer",
        theme="",
        nav=nav,
        context=chips,
        path="/ask?q=1",
        flash="",
        request_id="r-1",
        may=frozenset({"ask"}),
    )
    return replace(known, **changes)


def drawn(template: str, data: Any, **changes: Any) -> html.HtmlElement:
    """The page as a tree, made the way render() makes it."""
    values = {field.name: getattr(data, field.name) for field in fields(data)}
    return html.document_fromstring(render_template(template, {**values, "shell": shell(**changes)}))


SUGGESTED = (
    SuggestionView(TECHNICAL, "1", "“interface list”, slide 14", False),
    SuggestionView(DISCOVER, "2", "like “Technical overview”", True),
)
MISSING = replace(ROW, key="6", state="missing", missing=("a stage",), need="choose a stage", suggestions=SUGGESTED)


def words(tree: html.HtmlElement) -> str:
    return " ".join(tree.text_content().split())


def upload(*rows: UploadRow) -> UploadPage:
    return UploadPage(
        rows=rows,
        opened=rows[-1].key,
        unfinished=(Unfinished("u1", "tour.mp4", "", 131_000_000, 84_000_000),),
        choices=CHOICES,
        wanted=UNCHANGED,
        ready_count=sum(row.state == "ready" for row in rows),
        total=230,
        number=1,
        pages=3,
        first=1,
        accept=".docx",
        max_bytes=500_000_000,
        part_bytes=8_000_000,
        errors={},
        note=Note("Released 1 file. 1 file is left as before", (("/upload?open=6#f-6", "Guide was changed meanwhile."),), "due"),
    )


PAGES: Mapping[str, tuple[str, Any]] = {
    "map": ("map/map.html", MAP),
    "map by buyer step": ("map/map.html", BY_STEP),
    "empty map": ("map/map.html", EMPTY_MAP),
    "results": ("search/results.html", FOUND),
    "nothing found": ("search/results.html", replace(FOUND, results=replace(RESULTS, best=None, answers=(), total=0), nearest=(ANSWER,))),
    "asset": ("library/asset.html", OFFERED),
    "edit": ("library/edit.html", EditPage(1, "Integration guide", FORM, CHOICES, {"title": "Give it a title."}, True, "pdf", 7, False)),
    "upload": ("library/upload.html", upload(ROW, MISSING)),
    "error": ("error.html", ErrorPage(404, "Nothing here", "There is no such item.")),
}


@pytest.mark.parametrize("state", PAGES)
def test_a_page_has_one_main_heading_and_skips_none(state: str) -> None:
    tree = drawn(*PAGES[state])
    levels = [int(heading.tag[1]) for heading in tree.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


@pytest.mark.parametrize("state", PAGES)
def test_ids_are_unique_and_every_field_and_reference_finds_its_partner(state: str) -> None:
    tree = drawn(*PAGES[state])
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
        assert set(" ".join(tree.xpath(f"//@{name}")).split()) <= set(ids), name
    labelled = set(tree.xpath("//label/@for"))
    unnamed = tree.xpath("//input[not(@type='hidden') and not(@aria-label) and not(ancestor::label)]/@id | //select/@id | //textarea/@id")
    assert set(unnamed) - {"sort"} <= labelled


@pytest.mark.parametrize("state", PAGES)
def test_the_icons_on_a_page_are_in_its_sprite(state: str) -> None:
    tree = drawn(*PAGES[state])
    used = {reference.removeprefix("#") for reference in tree.xpath("//use/@href")}
    assert used
    assert used <= set(tree.xpath("//symbol/@id"))


def test_the_theme_is_on_the_page_before_any_script_runs() -> None:
    assert drawn(*PAGES["results"], theme="dark").get("data-theme") == "dark"
    assert drawn(*PAGES["results"]).get("data-theme") is None


def test_the_call_stays_set_from_any_page_without_a_script() -> None:
    form = drawn(*PAGES["asset"]).xpath("//form[@action='/context'][.//button[@name='stakeholder']]")[0]
    assert {field.get("name"): field.get("value") for field in form.xpath(".//input")} == {"next": "/ask?q=1", "stage": "discover"}


def test_results_mark_the_answering_words_and_name_place_age_and_version() -> None:
    tree = drawn("search/results.html", FOUND)
    article = tree.xpath("//article[contains(@class, 'passage')]")[0]
    assert article.xpath(".//mark/text()") == ["Read-only on day one."]
    named = ("Presentation (PPTX), slide 9 of 18", "Stage: Discover", "Fresh", "v4")
    for told in (*named, "Also on Slide 12", "Same text as PDF", "Editable PPTX"):
        assert told in words(article)
    assert article.xpath(".//h3/a/@href") == ["/assets/1?at=slide-9&q=will%20it%20talk%20to%20our%20system%3F"]


def test_a_copied_passage_brings_its_formatting_and_its_source_line() -> None:
    held = drawn("search/results.html", FOUND).xpath("//template[@id='copy-1']")[0]
    assert held.xpath(".//b/text()") == ["day one"]
    assert held.xpath(".//pre/text()")[0].endswith("Integration guide, v4, slide 9 of 18")


def test_a_facet_value_without_answers_stays_visible_but_cannot_be_chosen() -> None:
    tree = drawn("search/results.html", FOUND)
    assert tree.xpath("//input[@id='f-stage-target']/@disabled")
    assert tree.xpath("//input[@id='f-stage-discover']/@checked")
    assert not tree.xpath("//input[@id='f-stage-discover']/@disabled")


def test_a_corrected_word_is_said_with_what_was_typed() -> None:
    page = replace(FOUND, results=replace(RESULTS, corrected=(("warehuose", "warehouse"),)))
    assert "Showing answers for warehouse (you typed warehuose)" in words(drawn("search/results.html", page))


def test_a_word_that_counts_beside_the_typed_one_is_said() -> None:
    page = replace(FOUND, exact="/ask?q=%22dokc%22", results=replace(RESULTS, widened=(("dokc", "dock"), ("dor", "door"))))
    tree = drawn("search/results.html", page)
    assert "Hardly anything holds dokc, so dock counts, too; dor, so door counts, too." in words(tree)
    assert tree.xpath("//a[@href='/ask?q=%22dokc%22']")


def test_nothing_found_offers_three_ways_on() -> None:
    tree = drawn(*PAGES["nothing found"])
    assert tree.xpath("//a[@href='/ask?q=will&set=1']")
    assert "Closest passages" in words(tree)
    request = tree.xpath("//form[@action='/ask/request']")[0]
    assert {field.get("name"): field.get("value") for field in request.xpath(".//input")} == {
        "question": "will it talk to our system?",
        "stage": "discover",
        "stakeholder": "technical",
        "next": "/ask?q=will&set=1",
    }


def test_a_question_is_text_and_never_markup() -> None:
    page = replace(FOUND, results=replace(RESULTS, question='"><script>alert(1)</script>'))
    tree = drawn("search/results.html", page)
    assert not tree.xpath("//script[not(@src)]")
    assert tree.xpath("//input[@data-ask]/@value") == ['"><script>alert(1)</script>']


def test_what_is_not_fresh_says_by_how_much() -> None:
    page = replace(OFFERED, asset=replace(ASSET, card=replace(CARD, freshness=STALE)))
    assert "Stale, 12 days over" in words(drawn("library/asset.html", page))


def test_an_older_version_says_what_readers_get_instead() -> None:
    older = replace(VERSION, number=3, is_released=False)
    tree = drawn("library/asset.html", replace(OFFERED, asset=replace(ASSET, card=replace(CARD, version=older), versions=(VERSION, older))))
    assert "You are looking at v3" in words(tree)
    assert "/assets/1/versions/3/current" in tree.xpath("//form/@action")
    assert tree.xpath("//form[@action='/assets/1/versions/3/current']//input[@name='revision']/@value") == ["7"]


@pytest.mark.parametrize("missing, offered", [((), True), (("a stage", "an owner"), False)])
def test_a_draft_can_be_released_only_when_nothing_is_missing(missing: tuple[str, ...], offered: bool) -> None:
    draft = replace(VERSION, number=5, is_released=False)
    tree = drawn("library/asset.html", replace(OFFERED, draft=draft, missing=missing))
    assert ("/assets/1/release" in tree.xpath("//form/@action")) is offered
    assert ("it needs a stage, an owner" in words(tree)) is not offered


def test_a_reader_sees_no_verb_that_is_not_theirs() -> None:
    page = replace(OFFERED, can_edit=False, can_upload=False, can_release=False, can_retire=False, can_trash=False, can_confirm=False)
    actions = set(drawn("library/asset.html", page).xpath("//main//form/@action"))
    assert actions == set()


def test_a_file_without_text_says_why_in_plain_words() -> None:
    locked = replace(VERSION, reading=Reading.NO_TEXT, reading_message="This file is protected by a password.")
    tree = drawn("library/asset.html", replace(OFFERED, asset=replace(ASSET, card=replace(CARD, version=locked), passages=())))
    assert "This file is protected by a password." in words(tree)
    assert tree.xpath("//a[@href='/assets/1/file']")


@pytest.mark.parametrize("media, tag", [("image", "img"), ("video", "video"), ("audio", "audio")])
def test_pictures_and_recordings_are_shown_in_the_page(media: str, tag: str) -> None:
    page = replace(OFFERED, media=media, asset=replace(ASSET, passages=()))
    assert drawn("library/asset.html", page).xpath(f"//main//{tag}/@src") == ["/assets/1/media"]


def test_the_same_bytes_again_leave_three_choices() -> None:
    row = replace(ROW, state="duplicate", duplicate=DuplicateOf(2, "Technical overview", 2, True))
    tree = drawn("library/_file_row.html", FileRow(row, CHOICES, False))
    assert tree.xpath("//form/@action") == ["/upload/files/5/version", "/upload/files/5/separate", "/upload/files/5/skip"]
    assert "Technical overview, v2, which readers get" in words(tree)


def test_a_refused_form_keeps_the_words_and_ties_the_sentence_to_the_field() -> None:
    tree = drawn(*PAGES["edit"])
    field = tree.xpath("//input[@name='title']")[0]
    assert field.get("value") == "Integration guide"
    assert field.get("aria-invalid") == "true"
    assert "e-title-e" in field.get("aria-describedby", "").split()
    assert tree.xpath("//*[@role='alert']//a/@href") == ["#e-title"]


def test_the_upload_page_counts_what_is_ready_and_names_what_is_not() -> None:
    tree = drawn(*PAGES["upload"])
    assert words(tree.xpath("//form[@action='/upload/release']")[0]) == "Release 1 ready"
    assert "Guide: choose a stage" in words(tree.get_element_by_id("needs"))
    assert tree.xpath("//form[@action='/upload/files']//input[@type='file']/@multiple")


def test_a_suggested_tag_says_why_and_is_kept_by_its_key() -> None:
    tree = drawn("library/_file_row.html", FileRow(MISSING, CHOICES, True))
    told = [words(row) for row in tree.xpath("//ul[@class='tagrows']/li")]
    assert told == [
        "1 Technical evaluator “interface list”, slide 14 Keep Technical evaluator Technical evaluator does not fit",
        "2 Discover like “Technical overview” Kept",
    ]
    assert tree.xpath("//button[@data-key-of='1']/@value") == [str(TECHNICAL.id)]
    assert "1 tag to confirm" in words(tree)


def test_what_was_not_finished_and_what_was_left_stay_on_the_page() -> None:
    tree = drawn(*PAGES["upload"])
    assert "80 MB of 125 MB are here. Choose the same file again to go on from there." in words(tree)
    assert tree.xpath("//*[@role='alert']//a/@href") == ["/upload?open=6#f-6"]
    assert "Files 1 to 2 of 230; buttons act on those shown" in words(tree)


def test_an_error_page_keeps_the_shell_and_the_ask_field() -> None:
    tree = drawn(*PAGES["error"])
    assert tree.xpath("//form[@action='/ask']//input[@name='q']")
    assert "r-1" not in words(tree.get_element_by_id("main"))
    assert "r-1" in words(drawn("error.html", ErrorPage(500, "Broken", "It is kept.")).get_element_by_id("main"))
