"""A business case as files: every figure of the page is in each of them, formulas are live, and no text becomes anything but text."""

import io
import re
import zipfile
from base64 import b64encode
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pytest

from app.core.office.parse import parse_file
from app.core.office.writing.content import picture_of
from app.messaging.models.value import Scenario, ValueModel
from app.messaging.rules.case import Filled, case_view
from app.messaging.rules.casefile import plain_text
from app.messaging.rules.value import compute
from app.web.valuecase import FILES, CasePlaces, build_case, make_file
from tests.factories.values import definition, model_of, picture
from tests.factories.workbooks import changed, named, recalculated

NASTY = (
    '=HYPERLINK("http://x.example","Click")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\tTab",
    "<b>bold</b> & <script>",
    "{{ net }}",
    "{net}",
    "עברית \N{RIGHT-TO-LEFT OVERRIDE}",
    "𝔘\x0b\x00",
)
PICTURE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAFElEQVR4nGNgYGD4z4AHMDKMSgMAhE8DEdv2q0sAAAAASUVORK5CYII="


def made(key: str, filled: Filled, model: ValueModel | None = None) -> bytes:
    model = model or model_of()
    return make_file(model, build_case(model, filled, CasePlaces("/x", "/x")), filled, key).content


def words_of_docx(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def words_of_pptx(content: bytes) -> str:
    slides = pptx.Presentation(io.BytesIO(content)).slides
    texts = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for slide in slides for shape in slide.shapes if shape.has_table]
    return "\n".join([*texts, *(cell.text for table in tables for row in table.rows for cell in row.cells)]).replace("\xa0", " ")


FILLED = [
    Filled(),
    Filled(figures={"sites": "11", "fee": "52.50", "reduction": "30"}, company="Alder Foods", words={"decide_by": "12 December"}),
    Filled(figures={"fee": "1"}, scenario=Scenario.LOW),
]


@pytest.mark.parametrize("filled", FILLED)
def test_every_figure_of_the_page_is_in_document_and_deck(filled: Filled) -> None:
    view = case_view(model_of(), filled)
    figures = [one.text for one in view.key_figures]
    figures += [plain_text(view.headline), *(plain_text(section.line) for section in view.sections)]
    figures += [text for row in view.asks for text in (plain_text(row.label), plain_text(row.value))]
    figures += [text for outlook in view.outlooks for text in outlook.figures]
    figures += [text for words in view.words for text in words.paragraphs]
    for words in (words_of_docx(made("docx", filled)), words_of_pptx(made("pptx", filled))):
        assert [text for text in figures if text not in words] == []
        assert [text for _, text in view.figures if text not in words] == []
        assert [text for text in view.sources if text not in words] == []


@pytest.mark.parametrize("filled", FILLED)
def test_the_charts_hold_the_figures_of_the_page(filled: Filled, tmp_path: Path) -> None:
    chart = case_view(model_of(), filled).chart
    assert chart is not None
    deck = pptx.Presentation(io.BytesIO(made("pptx", filled)))
    assert 5 <= len(deck.slides) <= 7
    native: list[Any] = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert [list(one.plots[0].categories) for one in native] == [list(chart.labels)]
    assert [list(one.plots[0].series[0].values) for one in native] == [[float(value) for value in chart.values]]
    path = tmp_path / "case.docx"
    path.write_bytes(made("docx", filled))
    with zipfile.ZipFile(path) as package:
        xml = package.read("word/charts/chart1.xml").decode()
        book = openpyxl.load_workbook(io.BytesIO(package.read("word/embeddings/figures1.xlsx")))
    found = [float(value) for value in re.findall(r"<c:v>([^<]*)</c:v>", xml.partition("<c:val>")[2])]
    assert found == [float(value) for value in chart.values]
    assert [row[1].value for row in book.worksheets[0].iter_rows(min_row=2)] == found


def test_the_workbook_carries_figures_for_programs_that_only_look() -> None:
    filled = Filled(figures={"sites": "11"}, company="Alder Foods")
    result = compute(model_of(), filled.figures)
    book = openpyxl.load_workbook(io.BytesIO(made("xlsx", filled)), data_only=True)
    for key, value in result.values.items():
        assert named(book, key) == pytest.approx(float(value or 0)), key
    assert [sheet.title for sheet in book] == ["Business case", "Inputs", "Calculation", "Cash flow", "Sources"]
    formulas = openpyxl.load_workbook(io.BytesIO(made("xlsx", filled)))
    assert named(formulas, "fees") == "=((late_trucks*fee)*days)"
    assert named(formulas, "payback_months") == "=IF(net<=0,NA(),setup*12/net)"
    assert named(formulas, "sites") == 11


@pytest.mark.office
def test_libreoffice_works_out_the_same_figures(tmp_path: Path) -> None:
    gate = model_of(definition("value-model-gate-hours"))
    waiting = model_of()
    cases: dict[str, tuple[ValueModel, dict[str, str], Scenario, bytes]] = {
        "as-is": (waiting, {}, Scenario.EXPECTED, made("xlsx", Filled())),
        "gate": (gate, {"arrivals": "85"}, Scenario.HIGH, made("xlsx", Filled(figures={"arrivals": "85"}, scenario=Scenario.HIGH), gate)),
        "typed": (waiting, {"sites": "7", "fee": "51.25"}, Scenario.EXPECTED, changed(made("xlsx", Filled()), {"sites": 7, "fee": 51.25})),
        "outlook": (waiting, {}, Scenario.LOW, changed(made("xlsx", Filled()), {}, "Low")),
        "never": (waiting, {"fee": "1"}, Scenario.EXPECTED, changed(made("xlsx", Filled()), {"fee": 1})),
    }
    books = recalculated(tmp_path, {name: content for name, (*_, content) in cases.items()})
    for name, (model, figures, scenario, _) in cases.items():
        result = compute(model, figures, scenario)
        for key, value in result.values.items():
            assert named(books[name], key) == ("#N/A" if value is None else pytest.approx(float(value), rel=1e-9)), (name, key)
        flow = [row[2].value for row in books[name]["Cash flow"].iter_rows(min_row=2)]
        assert flow == [pytest.approx(float(point.cumulated)) for point in result.flow]
        for column, outlook in zip("CDE", Scenario, strict=True):
            shown = [books[name]["Business case"][f"{column}{row}"].value for row in range(6, 6 + len(model.results))]
            typed = {key: text for key, text in figures.items() if key not in ("reduction", "desk_then", "usable", "overtime_cut")}
            wanted = [compute(model, typed, outlook).values[one.formula] for one in model.results]
            assert shown == ["#N/A" if one is None else pytest.approx(float(one)) for one in wanted], (name, outlook)


@pytest.mark.office
def test_every_function_means_the_same_in_a_spreadsheet(tmp_path: Path) -> None:
    data = definition()
    expressions = {
        "t1": "round(sites * 1.005, 2)",
        "t2": "ceil(sites * 0.3)",
        "t3": "abs(2 * sites - 3 * sites)",
        "t4": "min(sites, 3 * sites, 0.5 * sites)",
        "t5": "if_(sites >= 0, max(sites, 0), -sites)",
        "t6": "-sites + 2 * sites",
        "t7": "if_(sites == 0, sites / 0, sites)",
        "t8": "sites / (1 / 3)",
        "r1": "sites * round(2.5)",
    }
    data["formulas"] += [{"key": key, "label": key, "unit": "sites", "expression": text} for key, text in expressions.items()]
    data["formulas"].append({"key": "c", "label": "Like a column", "unit": "€", "expression": "npv(0, setup, net, years)"})
    model = model_of(data)
    book = recalculated(tmp_path, {"functions": made("xlsx", Filled(figures={"sites": "7"}), model)})["functions"]
    result = compute(model, {"sites": "7"})
    for key in (*expressions, "c"):
        assert named(book, key) == pytest.approx(float(result.values[key] or 0)), key


def test_no_text_becomes_a_formula_or_markup() -> None:
    data = definition(title=NASTY[0], eyebrow=NASTY[1])
    data["inputs"][0]["label"], data["inputs"][1]["label"], data["results"][0]["label"] = NASTY[2], NASTY[3], NASTY[5]
    data["inputs"][2]["source"] = NASTY[0]
    model = model_of(data)
    filled = Filled(company=NASTY[0], words={"why_now": "\n".join(NASTY), "decide_by": NASTY[6]})
    kept = [text.strip().replace("\x0b", "").replace("\x00", "").replace("\N{RIGHT-TO-LEFT OVERRIDE}", "") for text in NASTY]
    for words in (words_of_docx(made("docx", filled, model)), words_of_pptx(made("pptx", filled, model))):
        assert [text for text in kept if text not in words] == []
    content = made("xlsx", filled, model)
    formulas = [
        cell.value for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet for cell in row if cell.data_type == "f"
    ]
    assert formulas and not any("HYPERLINK" in str(one) or "SUM(" in str(one) or "1+1" in str(one) for one in formulas)
    texts = [cell for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet for cell in row if cell.value in NASTY[:4]]
    assert {cell.value for cell in texts} >= {NASTY[0], NASTY[1], NASTY[3]}
    assert all(cell.quotePrefix and cell.data_type == "s" for cell in texts)
    assert b"HYPERLINK" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_company_and_logo_stand_on_top_and_keep_their_shape() -> None:
    filled = Filled(company="Alder Foods", logo=PICTURE)
    assert picture_of(PICTURE).startswith(b"\x89PNG") and picture_of("data:text/html;base64,AAAA") == b""
    document = docx.Document(io.BytesIO(made("docx", filled)))
    assert len(document.inline_shapes) == 2 and "Alder Foods" in words_of_docx(made("docx", filled))
    cover: Any = pptx.Presentation(io.BytesIO(made("pptx", filled))).slides[0]
    assert [shape.shape_type for shape in cover.shapes].count(13) == 1
    for width, height in ((640, 20), (200, 200), (20, 200), (10, 10)):
        address = f"data:image/png;base64,{b64encode(picture(width, height)).decode()}"
        for wide, high, most in sizes_of_logo(Filled(company="Alder Foods", logo=address)):
            assert wide / high == pytest.approx(width / height, rel=0.02) and wide <= most


def sizes_of_logo(filled: Filled) -> list[tuple[float, float, float]]:
    """Width and height of the logo in document, deck and workbook, and the widest it may be, each in units of its own."""
    document = docx.Document(io.BytesIO(made("docx", filled)))
    drawn, section = document.inline_shapes[0], document.sections[0]
    deck: Any = pptx.Presentation(io.BytesIO(made("pptx", filled)))
    [shown] = [shape for shape in deck.slides[0].shapes if shape.shape_type == 13]
    book: Any = openpyxl.load_workbook(io.BytesIO(made("xlsx", filled)))
    anchor = book["Business case"]._images[0].anchor
    assert anchor._from.row == 0 and book["Business case"]["A1"].value is None and book["Business case"]["A2"].value
    assert anchor.to.row == 0 and anchor.to.col == 0, "it covers nothing"
    wide, high = (anchor.to.colOff - anchor._from.colOff), (anchor.to.rowOff - anchor._from.rowOff)
    return [
        (drawn.width, drawn.height, (section.page_width or 0) / 2),
        (shown.width, shown.height, deck.slide_width / 2),
        (wide, high, 300 * 9525),
    ]


@pytest.mark.parametrize("key", ["docx", "xlsx", "pptx"])
def test_our_own_reader_takes_what_is_written(key: str, tmp_path: Path) -> None:
    path = tmp_path / f"case.{key}"
    path.write_bytes(made(key, Filled(company="Alder Foods")))
    assert "247,600" in parse_file(path, key).full_text or key == "xlsx"


@pytest.mark.pdf
def test_the_pdf_says_the_same() -> None:
    document = pypdfium2.PdfDocument(made("pdf", Filled(company="Alder Foods")))
    words = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    view = case_view(model_of(), Filled(company="Alder Foods"))
    wanted = ["Alder Foods", *(one.text for one in view.key_figures), *(text for _, text in view.figures), "679", "3 years"]
    assert [text for text in wanted if text not in words] == []


def test_names_of_files_are_plain() -> None:
    model = model_of(definition(title="../Shorter: waits?"))
    filled = Filled(company="Alder / Foods")
    case = build_case(model, filled, CasePlaces("/x", "/x"))
    assert {key: make_file(model, case, filled, key).name for key in FILES if key != "pdf"} == {
        "docx": "Shorter waits Alder  Foods.docx",
        "xlsx": "Shorter waits Alder  Foods.xlsx",
        "pptx": "Shorter waits Alder  Foods.pptx",
    }
