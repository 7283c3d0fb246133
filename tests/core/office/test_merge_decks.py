"""Decks as templates: shapes, tables, groups, notes, charts with their data, pictures; what was there stays in its look."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pptx
import pytest
from lxml import etree
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from app.core.errors import Refused
from app.core.office.merge.values import Value
from tests.core.office.merging import field, filled, kinds, parts_of, rows, scanned, words
from tests.core.office.naughty import NAUGHTY, readable

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, form)
    return out.getvalue()


def chart_on(slide: Any) -> Any:
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # the package has few types
    data.categories = ["Now", "Then"]
    data.add_series("Cost", (40, 15))  # type: ignore[no-untyped-call]  # the package has few types
    return slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(6), Inches(4), data).chart


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    """A title, a group, a table with a list row, notes, a picture, and a chart whose workbook holds fields and a formula."""
    made = pptx.Presentation()
    first = made.slides.add_slide(made.slide_layouts[5])
    line = first.shapes.title.text_frame.paragraphs[0]
    for text, is_bold in (("For {{ acc", False), ("ount", True), (" }} now", False)):
        piece = line.add_run()
        piece.text, piece.font.bold = text, is_bold
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(1), Inches(3), Inches(1)).text_frame.text = "{{#extra}}Only for {{ role }}{{/extra}}"
    table = first.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(4), Inches(1)).table
    for at, text in enumerate(("Module", "Price", "{{ items.name }}", "{{ items.price }}")):
        table.cell(at // 2, at % 2).text = text
    first.notes_slide.notes_text_frame.text = "Say hello to {{ role }}"
    shape = first.shapes.add_picture(io.BytesIO(picture(100, 100)), Inches(7), Inches(1), Inches(2), Inches(2))
    shape._element.nvPicPr.cNvPr.set("descr", "{{ logo }}")
    second = made.slides.add_slide(made.slide_layouts[5])
    chart = chart_on(second)
    workbook = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    sheet = workbook["Sheet1"]
    sheet["B1"], sheet["B2"], sheet["A3"], sheet["B3"] = "Cost of {{ account }}", "{{ cost }}", "{{ then }}", "=B2/2"
    out = io.BytesIO()
    workbook.save(out)
    chart.part.chart_workbook.xlsx_part._blob = out.getvalue()
    path = tmp_path / "deck.pptx"
    made.save(str(path))
    return path


VALUES = {
    **words(account="Norvik", role="CFO", then="After", extra=True),
    "cost": Value("€500", 500.0, "money"),
    "items": rows({"name": "Gate", "price": "10"}, {"name": "Yard", "price": "12"}, {"name": "Dock", "price": "9"}),
    "logo": Value("Logo of Norvik", picture=picture(200, 50), kind="image"),
}


def slides_of(data: bytes) -> Any:
    return pptx.Presentation(io.BytesIO(data)).slides


def test_fields_are_found_by_slide(deck: Path) -> None:
    found = scanned(deck)
    places = {one.name: one.places for one in found.fields}
    assert places["account"] == ["slide 1", "chart on slide 2, sheet Sheet1, B1"]
    assert places["role"] == ["slide 1", "notes of slide 1"]
    assert kinds(found) == {
        "account": "text",
        "extra": "section",
        "role": "text",
        "items": "list",
        "items.name": "text",
        "items.price": "money",
        "logo": "image",
        "cost": "money",
        "then": "text",
    }
    assert (found.faults, found.losses) == ((), ())


def test_shapes_groups_tables_and_notes_are_filled_in_their_look(deck: Path) -> None:
    first = slides_of(filled(deck, VALUES))[0]
    assert [(one.text, one.font.bold) for one in first.shapes.title.text_frame.paragraphs[0].runs] == [
        ("For Norvik", False),
        (" now", False),
    ]
    group = next(one for one in first.shapes if one.shape_type == 6)
    assert group.shapes[0].text_frame.text == "Only for CFO"
    frame = next(one for one in first.shapes if one.has_table)
    assert [[cell.text for cell in row.cells] for row in frame.table.rows][1:] == [["Gate", "10"], ["Yard", "12"], ["Dock", "9"]]
    assert frame.height == sum(row.height for row in frame.table.rows)
    assert first.notes_slide.notes_text_frame.text == "Say hello to CFO"


def test_a_section_goes_and_its_box_keeps_a_paragraph(deck: Path) -> None:
    first = slides_of(filled(deck, {**VALUES, **words(extra=False)}))[0]
    group = next(one for one in first.shapes if one.shape_type == 6)
    assert [one.text for one in group.shapes[0].text_frame.paragraphs] == [""]


@pytest.mark.office
def test_a_chart_follows_its_workbook(deck: Path) -> None:
    data = filled(deck, VALUES)
    chart = next(one for one in slides_of(data)[1].shapes if one.has_chart).chart
    [plot] = chart.plots
    assert (list(plot.categories), [(one.name, list(one.values)) for one in plot.series]) == (
        ["Now", "After"],
        [("Cost of Norvik", [500.0, 250.0])],
    )
    sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob), data_only=True)["Sheet1"]
    assert [[cell.value for cell in row] for row in sheet["A1:B3"]] == [[None, "Cost of Norvik"], ["Now", 500], ["After", 250]]


def test_a_chart_without_its_workbook_is_filled_itself(deck: Path, tmp_path: Path) -> None:
    made = pptx.Presentation()
    chart = chart_on(made.slides.add_slide(made.slide_layouts[5]))
    element = chart._chartSpace
    element.remove(element.find(f"{CHART}externalData"))
    next(element.iter(f"{CHART}v")).text = "{{ name }}"
    path = tmp_path / "bare.pptx"
    made.save(str(path))
    assert field(scanned(path), "name").places == ["chart on slide 1"]
    again = next(one for one in slides_of(filled(path, words(name="Norvik")))[0].shapes if one.has_chart).chart
    assert again.plots[0].series[0].name == "Norvik"


def test_a_picture_is_exchanged_in_its_frame(deck: Path) -> None:
    data = filled(deck, VALUES)
    shape = next(one for one in slides_of(data)[0].shapes if one.shape_type == 13)
    assert shape.image.blob == picture(200, 50)
    assert (shape.width, shape.height, shape.left) == (Inches(2), Inches(0.5), Inches(7))
    assert shape.top == Inches(1.75)
    assert shape._element.nvPicPr.cNvPr.get("descr") == "Logo of Norvik"


def test_without_a_picture_the_one_of_the_template_stays(deck: Path) -> None:
    shape = next(one for one in slides_of(filled(deck, {**VALUES, "logo": Value()}))[0].shapes if one.shape_type == 13)
    assert shape.image.blob == picture(100, 100)


@pytest.mark.parametrize(
    "content", [b"<svg/>", b"GIF89a", picture(3, 3, "BMP"), picture(30, 30)[:50]], ids=["svg", "gif", "bmp", "cut off"]
)
def test_only_sound_png_and_jpeg_pictures_are_taken(deck: Path, content: bytes) -> None:
    with pytest.raises(Refused, match="The picture for “logo” is no PNG or JPEG"):
        filled(deck, {**VALUES, "logo": Value(picture=content, kind="image")})


def test_a_jpeg_is_taken_too(deck: Path) -> None:
    data = filled(deck, {**VALUES, "logo": Value(picture=picture(40, 40, "JPEG"), kind="image")})
    assert b'Extension="jpeg"' in parts_of(data)["[Content_Types].xml"]
    etree.fromstring(parts_of(data)["[Content_Types].xml"])
    assert next(one for one in slides_of(data)[0].shapes if one.shape_type == 13).image.ext == "jpg"


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_words_come_back_equal(deck: Path, text: str) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text_frame.text = "{{ account }}"
    slide.notes_slide.notes_text_frame.text = "Note: {{ account }}."
    table = slide.shapes.add_table(1, 1, 0, 0, Inches(4), Inches(1)).table
    table.cell(0, 0).text = "{{ items.name }}"
    made.save(str(deck))
    slide = slides_of(filled(deck, {**words(account=text), "items": rows({"name": text}, {"name": text})}))[0]
    expected = readable(text)
    assert shown(slide.shapes.title.text_frame) == expected
    assert shown(slide.notes_slide.notes_text_frame) == f"Note: {expected}."
    frame = next(one for one in slide.shapes if one.has_table)
    assert [shown(row.cells[0].text_frame) for row in frame.table.rows] == [expected, expected]


def shown(frame: Any) -> str:
    """The text of a frame; python-pptx shows a break as a vertical tab."""
    return str(frame.text).replace("\v", "\n")
