"""The demo library builds whole: every file opens again, keeps its parts, and every question points at a passage that exists."""

import csv
import hashlib
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from pptx.shapes.group import GroupShape
from python_calamine import CalamineWorkbook

from app.core.office.parse import parse_file
from app.ops.seed_files import Seed, SeedItem, build_seed
from app.ops.seed_files.formula import Workbook
from app.ops.seed_files.sources import SeedSourceError

SOURCE = Path(__file__).parents[2] / "content_store" / "seed"
PLACEHOLDERS = re.compile(r"(?i:lorem|ipsum|\btbd\b|\bxxx|\[insert|your (?:company|name) here)|TODO")


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    return build_seed(SOURCE, tmp_path_factory.mktemp("seed"))


def released(item: SeedItem) -> Path:
    return next(version.path for version in item.versions if version.released)


def of_format(seed: Seed, ending: str) -> list[SeedItem]:
    return [item for item in seed.items if released(item).suffix == ending]


def anchors(item: SeedItem) -> set[str]:
    path = released(item)
    return {passage.anchor for passage in parse_file(path, path.suffix[1:]).passages}


def text_of(path: Path) -> str:
    if path.suffix == ".docx":
        document = docx.Document(str(path))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([line.text for line in document.paragraphs] + cells)
    if path.suffix == ".pptx":
        slides = pptx.Presentation(str(path)).slides
        frames = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
        return "\n".join(frames + [slide.notes_slide.notes_text_frame.text for slide in slides if slide.has_notes_slide])
    if path.suffix == ".xlsx":
        return "\n".join(str(cell.value) for sheet in openpyxl.load_workbook(path) for row in sheet.rows for cell in row)
    return path.read_text(encoding="utf-8-sig")


def test_the_library_is_as_large_and_mixed_as_promised(seed: Seed) -> None:
    assert len(seed.items) >= 30
    assert len(of_format(seed, ".docx")) >= 10
    assert len(of_format(seed, ".pptx")) >= 7
    assert len(of_format(seed, ".xlsx")) >= 5
    assert of_format(seed, ".md") and of_format(seed, ".html") and of_format(seed, ".csv")
    assert {item.audience for item in seed.items} == {"internal", "partner", "customer"}
    assert {stage for item in seed.items for stage in item.stages} == {
        "target", "qualify", "discover", "prove", "funded", "negotiate", "onboard",
    }  # fmt: skip
    assert {role for item in seed.items for role in item.stakeholders} == {
        "economic", "champion", "technical", "enduser", "procurement", "security",
    }  # fmt: skip


def test_titles_are_unique_and_every_summary_is_a_sentence(seed: Seed) -> None:
    assert len({item.title for item in seed.items}) == len(seed.items)
    assert all(item.summary.endswith(".") and 40 <= len(item.summary) <= 240 for item in seed.items)
    assert all(item.stages and item.stakeholders for item in seed.items)


def test_some_items_are_stale_some_expired_and_some_have_older_versions(seed: Seed) -> None:
    overdue = {item.slug for item in seed.items if item.confirmed_days_ago > item.review_interval_days}
    expired = {item.slug for item in seed.items if item.expires_in_days is not None and item.expires_in_days < 0}
    assert "data-processing-terms-annex-b" in overdue
    assert "price-list-autumn" in expired
    assert {"dock-scheduler-integration-guide", "hosting-and-data-location"} <= {i.slug for i in seed.items if len(i.versions) > 1}


def test_every_file_is_written_under_its_name_and_no_two_are_equal(seed: Seed) -> None:
    paths = [version.path for item in seed.items for version in item.versions]
    assert all(version.path.name == version.file_name for item in seed.items for version in item.versions)
    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}) == len(paths)


def test_the_same_source_gives_the_same_bytes(seed: Seed, tmp_path: Path) -> None:
    again = build_seed(SOURCE, tmp_path)
    for first, second in zip(seed.items, again.items, strict=True):
        assert [v.path.read_bytes() for v in first.versions] == [v.path.read_bytes() for v in second.versions], first.slug


def test_documents_have_a_title_headings_and_true_tables(seed: Seed) -> None:
    tables = 0
    for item in of_format(seed, ".docx"):
        document = docx.Document(str(released(item)))
        assert document.core_properties.title == item.title
        assert sum((line.style.name or "").startswith("Heading") for line in document.paragraphs if line.style) >= 2, item.slug
        tables += len(document.tables)
    assert tables >= 15


def test_numbered_lists_start_again_at_one(seed: Seed) -> None:
    page = next(item for item in seed.items if item.slug == "proposal-first-90-days")
    lines = [line for line in docx.Document(str(released(page))).paragraphs if line.style and line.style.name == "List Number"]
    numberings = {match for line in lines for match in re.findall(r'<w:numId w:val="(\d+)"', line._p.xml)}
    assert len(lines) >= 10 and len(numberings) == 3


def test_decks_are_wide_and_every_slide_has_a_title(seed: Seed) -> None:
    for item in of_format(seed, ".pptx"):
        deck = pptx.Presentation(str(released(item)))
        assert deck.slide_width and deck.slide_height
        assert abs(deck.slide_width / deck.slide_height - 16 / 9) < 0.01
        assert 6 <= len(deck.slides) <= 18, item.slug
        assert all(slide.shapes.title is not None and slide.shapes.title.text_frame.text for slide in deck.slides), item.slug
        assert deck.core_properties.title == item.title


def test_decks_carry_notes_tables_charts_and_groups(seed: Seed) -> None:
    paths = [released(item) for item in of_format(seed, ".pptx")]
    decks = [pptx.Presentation(str(path)) for path in paths]
    shapes = [shape for deck in decks for slide in deck.slides for shape in slide.shapes]
    assert sum(slide.has_notes_slide for deck in decks for slide in deck.slides) >= 40
    assert sum(shape.has_table for shape in shapes) >= 10
    assert sum(shape.has_chart for shape in shapes) >= 6
    assert sum(isinstance(shape, GroupShape) for shape in shapes) >= 10


def test_the_integration_guide_says_what_the_mock_ups_show(seed: Seed) -> None:
    guide = next(item for item in seed.items if item.slug == "dock-scheduler-integration-guide")
    old, new = (list(pptx.Presentation(str(version.path)).slides) for version in guide.versions)
    assert len(new) == 18
    assert new[6].shapes.title is not None and new[6].shapes.title.text_frame.text == "One feed in, one feed out"
    texts = ["\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame) for slide in (old[6], new[6], new[8])]
    assert "every 5 minutes" in texts[0] and "every 60 seconds" in texts[1]
    assert "Each connector is read-only on day one" in texts[2]
    rows = [len(shape.table.rows) - 1 for slide in (old[8], new[8]) for shape in slide.shapes if shape.has_table]
    assert rows == [7, 9]


def test_workbooks_carry_values_for_their_formulas_and_native_charts(seed: Seed) -> None:
    formulas = charts = 0
    for item in of_format(seed, ".xlsx"):
        written = openpyxl.load_workbook(released(item))
        values = openpyxl.load_workbook(released(item), data_only=True)
        charts += sum(name.startswith("xl/charts/chart") for name in zipfile.ZipFile(released(item)).namelist())
        for sheet in written:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith("="):
                        formulas += 1
                        assert values[sheet.title][cell.coordinate].value is not None, (item.slug, cell.coordinate)
    assert formulas >= 60
    assert charts >= 4


def test_the_calculator_gives_the_figures_that_documents_quote(seed: Seed) -> None:
    calculator = next(item for item in seed.items if item.slug == "cost-of-a-missed-dock-slot")
    rows = CalamineWorkbook.from_path(released(calculator)).get_sheet_by_name("Result").to_python()
    result = {str(row[0]): row[1] for row in rows}
    assert result["Waiting fees per year, today (€)"] == pytest.approx(1_080_000)
    assert result["Net per year (€)"] == pytest.approx(247_600)
    assert result["Months to pay back the set-up"] == pytest.approx(3.1)
    assert result["Net over three years (€)"] == pytest.approx(678_800)


def test_the_csv_has_one_width(seed: Seed) -> None:
    for item in of_format(seed, ".csv"):
        rows = list(csv.reader(released(item).read_text(encoding="utf-8-sig").splitlines()))
        assert len(rows) >= 8 and len({len(row) for row in rows}) == 1


def test_no_text_is_left_unwritten(seed: Seed) -> None:
    for item in seed.items:
        for version in item.versions:
            found = PLACEHOLDERS.search(text_of(version.path) + item.summary + version.note)
            assert found is None, (item.slug, found)


def test_every_question_points_at_a_passage_that_exists(seed: Seed) -> None:
    items = {item.slug: item for item in seed.items}
    assert len(seed.questions) >= 25
    for question in seed.questions:
        assert question.item in items, question.text
        assert question.anchor in anchors(items[question.item]), question.text


def test_questions_are_said_in_two_to_four_other_ways(seed: Seed) -> None:
    said = [text.lower() for question in seed.questions for text in (question.text, *question.phrasings)]
    assert len(said) == len(set(said))
    assert all(2 <= len(question.phrasings) <= 4 for question in seed.questions)


def test_no_word_stands_in_two_synonym_groups(seed: Seed) -> None:
    words = [word.lower() for group in seed.synonyms.groups for word in group]
    assert len(words) == len(set(words))
    assert all(len(group) >= 2 for group in seed.synonyms.groups)


def test_industries_in_use_have_a_name(seed: Seed) -> None:
    assert {key for item in seed.items for key in item.verticals} <= {key for key, _name in seed.verticals}


def test_a_slip_in_a_source_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "broken.toml").write_text('title = "Broken"\ncolour = "green"\n', encoding="utf-8")
    with pytest.raises(SeedSourceError, match=r"broken\.toml"):
        build_seed(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1+2*3", 7),
        ("=(1+2)*-3", -9),
        ("=2^3/4", 2),
        ("=SUM(A1:B2)", 10),
        ("=ROUND(2.5,0)", 3),
        ('=IF(A1>=1,"yes","no")', "yes"),
        ("='Other sheet'!$A$1&\" a year\"", "5 a year"),
        ("=AVERAGE(A1:A9)", 2),
    ],
)
def test_formulas_are_worked_out_as_a_spreadsheet_does(formula: str, value: object) -> None:
    cells: dict[tuple[str, str], str | int | float | bool] = {
        ("S", "A1"): 1,
        ("S", "B1"): 2,
        ("S", "A2"): 3,
        ("S", "B2"): 4,
        ("Other sheet", "A1"): 5,
        ("S", "C1"): formula,
    }
    assert Workbook(cells).value("S", "C1") == value


@pytest.mark.parametrize("formula", ["=1+", "=VLOOKUP(A1)", "=1 1", "=#"])
def test_a_formula_that_is_not_understood_is_refused(formula: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Workbook({("S", "C1"): formula}).value("S", "C1")
