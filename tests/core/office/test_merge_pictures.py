"""A picture for a field that is written as text stands where the text stood, in all three formats; other programs open the result."""

import io
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pikepdf
import pptx
import pytest
import xlsxwriter
from docx.shared import Cm, Pt
from lxml import etree
from PIL import Image
from pptx.util import Inches

from app.core.office.convert import convert
from app.core.office.merge.values import Value
from tests.core.office.merging import document, field, filled, parts_of, reopened, run, saved, scanned, text_of, words
from tests.core.office.test_merge_words import control, tag


def picture(width: int, height: int, form: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, form, **more)
    return out.getvalue()


LOGO = Value("Company logo", picture=picture(192, 96), kind="image")
INCH = 914_400


def shown_in(data: bytes, to_key: str) -> int:
    """How many pictures another program shows of a file."""
    with pikepdf.open(io.BytesIO(convert(data, to_key, "pdf"))) as document:
        return sum(len(page.get_images()) for page in document.pages)


def test_a_letter_shows_it_in_its_line_between_the_words(tmp_path: Path) -> None:
    path = saved(document(f"<w:p>{run('From {{ company', '<w:b/>')}{run('_logo }} with {{ role }}')}</w:p>"), tmp_path / "letter.docx")
    assert field(scanned(path), "company_logo").kind == "image"
    again = reopened(path, {**words(role="CFO"), "company_logo": LOGO})
    assert [(one.width, one.height) for one in again.inline_shapes] == [(2 * INCH, INCH)]
    paragraph = again.paragraphs[-1]
    assert [("<w:drawing" in one._r.xml, one.text) for one in paragraph.runs] == [(False, "From "), (True, ""), (False, " with CFO")]
    assert "Company logo" not in text_of(again)
    assert again.inline_shapes[0]._inline.docPr.get("descr") == "Company logo"


def test_it_is_no_wider_than_its_column_or_cell_and_no_higher_than_a_few_lines(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("{{ logo }}").paragraph_format.line_spacing = Pt(12)
    cell = made.add_table(1, 4).cell(0, 1)
    cell.width, cell.text = Cm(3), "{{ logo }}"
    made.add_paragraph("{{ tall_picture }}")
    tall = Value("Tall", picture=picture(300, 3000), kind="image")
    wide = Value("Wide", picture=picture(4000, 400), kind="image")
    again = reopened(saved(made, tmp_path / "letter.docx"), {"logo": wide, "tall_picture": tall})
    first, inside, last = again.inline_shapes
    section = again.sections[0]
    assert first.width == min(Cm(16), section.page_width - section.left_margin - section.right_margin)
    assert Cm(2) < inside.width < Cm(3) and last.height == Cm(5)
    assert all(abs(one.width / one.height - 10) < 0.01 for one in (first, inside))
    assert again.paragraphs[0].paragraph_format.line_spacing_rule == 3  # at least: a fixed height would cut it off
    assert len({one._inline.docPr.get("id") for one in again.inline_shapes}) == 3
    assert len([name for name in parts_of(filled(tmp_path / "letter.docx", {"logo": wide})) if "media/field" in name]) == 1


def test_merge_fields_controls_and_headers_of_a_document_show_it(tmp_path: Path) -> None:
    simple = f'<w:p><w:fldSimple w:instr=" MERGEFIELD company_logo ">{run("«logo»")}</w:fldSimple></w:p>'
    made = document(simple, f"<w:p>{control(tag('company_logo') + '<w:text/>', run('x'))}</w:p>")
    made.sections[0].header.paragraphs[0].text = "{{ company_logo }}"
    again = reopened(saved(made, tmp_path / "letter.docx"), {"company_logo": LOGO})
    assert (again.element.xml.count("<w:drawing"), "Company logo" in text_of(again), "<w:text/>" in again.element.xml) == (2, False, False)
    assert "<a:blip" in again.sections[0].header._element.xml


def test_a_section_left_out_takes_its_picture_along(tmp_path: Path) -> None:
    path = saved(document(f"<w:p>{run('{{#more}}{{ logo }}{{/more}}.')}</w:p>"), tmp_path / "letter.docx")
    again = reopened(path, {"logo": LOGO, **words(more=False)})
    assert (len(again.inline_shapes), again.paragraphs[-1].text) == (0, ".")


def test_without_one_nothing_stands_there(tmp_path: Path) -> None:
    path = saved(document(f"<w:p>{run('A{{ logo }}B')}</w:p>"), tmp_path / "letter.docx")
    again = reopened(path, {"logo": Value(kind="image")})
    assert (len(again.inline_shapes), again.paragraphs[-1].text) == (0, "AB")


def test_a_photo_stands_upright_and_tells_nothing_of_where_it_was_taken(tmp_path: Path) -> None:
    camera = Image.Exif()
    camera[0x0112], camera[0x010E] = 6, "taken at home"  # turned by a quarter
    photo = picture(80, 40, "JPEG", exif=camera)
    path = saved(document(f"<w:p>{run('{{ photo }}')}</w:p>"), tmp_path / "letter.docx")
    parts = parts_of(filled(path, {"photo": Value("Photo", picture=photo, kind="image")}))
    kept = next(data for name, data in parts.items() if "media/field" in name)
    assert b"taken at home" in photo and b"taken at home" not in kept
    assert Image.open(io.BytesIO(kept)).size == (40, 80)


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    """A title that is a field, a box with a field alone, one with words beside it, and a table cell."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text_frame.text = "{{ title_picture }}"
    for at, text in enumerate(("{{ company_logo }}", "Of {{ company_logo }}")):
        slide.shapes.add_textbox(Inches(1), Inches(2 + 2 * at), Inches(6), Inches(1)).text_frame.text = text
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(6), Inches(4), Inches(1)).table
    table.cell(1, 1).text = "{{ company_logo }}"
    path = tmp_path / "deck.pptx"
    made.save(str(path))
    return path


def test_a_deck_shows_it_in_the_box_of_its_shape(deck: Path) -> None:
    data = filled(deck, {"company_logo": LOGO, "title_picture": LOGO})
    slide = pptx.Presentation(io.BytesIO(data)).slides[0]
    title, alone, beside, cell = [one for one in slide.shapes if one.shape_type == 13]
    assert (alone.left, alone.top, alone.width, alone.height) == (Inches(3), Inches(2), Inches(2), Inches(1))
    assert (beside.left, beside.width, beside.top) == (Inches(5), Inches(2), Inches(4))
    assert (cell.top, cell.height, cell.left > Inches(3)) == (Inches(6.5), Inches(0.5), True)
    layout = pptx.Presentation(str(deck)).slide_layouts[5].placeholders[0]
    assert title.height == layout.height and layout.left < title.left and slide.shapes.title is None
    assert [one.text_frame.text for one in slide.shapes if one.has_text_frame] == ["", "Of "]
    numbers = [one.shape_id for one in slide.shapes]
    assert len(set(numbers)) == len(numbers)
    assert len([name for name in parts_of(data) if "media/field" in name]) == 1


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A field in a cell of its own, in merged cells, beside words, and by a name; one sheet has a comment and a table after its drawing."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Case")
        sheet.write("B2", "{{ company_logo }}")
        sheet.merge_range("D4:F9", "{{ company_logo }}")
        sheet.write("A12", "By {{ company_logo }}")
        sheet.write_comment("A1", "A remark")
        sheet.add_table("H1:I3")
        other = book.add_worksheet("Other")
        other.insert_image("A1", "x.png", {"image_data": io.BytesIO(picture(5, 5))})
        other.write("C5", "x")
        book.define_name("company_logo", "=Other!$C$5")
    return path


def test_a_workbook_shows_it_at_its_cell(workbook: Path) -> None:
    data = filled(workbook, {"company_logo": LOGO})
    book: Any = openpyxl.load_workbook(io.BytesIO(data))
    places = {name: sorted((one.anchor._from.col, one.anchor._from.row) for one in book[name]._images) for name in book.sheetnames}
    assert places == {"Case": [(0, 11), (1, 1), (3, 3)], "Other": [(0, 0), (2, 4)]}
    case = book["Case"]
    assert (case["B2"].value, case["D4"].value, case["A12"].value, book["Other"]["C5"].value) == (None, None, "By ", None)
    small, merged, _ = case._images
    assert case.row_dimensions[2].height * 12_700 >= small.anchor.ext.height - 12_700 and small.anchor.ext.width <= Cm(4)
    assert case.row_dimensions[4].height is None and merged.anchor.ext.height == INCH
    assert case["A1"].comment.text == "A remark" and len(case.tables) == 1
    children = [str(one.tag).rpartition("}")[2] for one in etree.fromstring(parts_of(data)["xl/worksheets/sheet1.xml"])]
    assert children.index("drawing") < children.index("legacyDrawing") < children.index("tableParts")


@pytest.mark.office
def test_another_program_shows_them_all(tmp_path: Path, deck: Path, workbook: Path) -> None:
    letter = saved(document(f"<w:p>{run('{{ company_logo }}')}</w:p>"), tmp_path / "letter.docx")
    values = {"company_logo": LOGO, "title_picture": LOGO}
    assert [shown_in(filled(path, values), path.suffix[1:]) > 0 for path in (letter, deck, workbook)] == [True, True, True]
