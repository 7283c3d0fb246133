"""Writes a document of a page or two: clean styles, tables, a native chart, small print."""

from io import BytesIO
from typing import Any

from docx import Document as new_document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor
from lxml import etree
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml as parse_chart

from app.core.office.writing.charts import chart_data, look_calm
from app.core.office.writing.content import (
    FONT,
    INK,
    QUIET,
    RULE,
    BarChart,
    Block,
    Document,
    Figures,
    Heading,
    Line,
    Paragraph,
    Sources,
    Table,
    clean,
    fit,
)
from app.core.office.writing.objects import new_chart, new_chart_workbook

_STYLES = (  # name, points, colour, bold, space before, space after
    ("Normal", 10.5, INK, False, 0, 6),
    ("Title", 24, INK, True, 0, 10),
    ("Subtitle", 10, QUIET, False, 0, 2),
    ("Heading 1", 13, INK, True, 14, 4),
    ("Caption", 8.5, QUIET, False, 0, 3),
)
_TEXT_WIDTH = Cm(16.6)
_LOGO = (7.0, 1.4)  # centimetres
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_INLINE = (
    '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
    '<wp:docPr id="{number}" name="Chart {number}"/>'
    f'<a:graphic><a:graphicData uri="{_CHART}"><c:chart xmlns:c="{_CHART}" xmlns:r="{_RELATION}" r:id="{{relation}}"/>'
    "</a:graphicData></a:graphic></wp:inline></w:drawing>"
)


def write_docx(source: Document) -> bytes:
    """The bytes of the document."""
    made: Any = new_document()
    _prepare(made, source)
    if source.logo:
        width, height = fit(source.logo, *_LOGO)
        picture = made.add_picture(BytesIO(source.logo), Cm(width), Cm(height))
        for side in "TBLR":
            picture._inline.set(f"dist{side}", "0")  # not said, LibreOffice leaves a gap
    if source.company:
        made.add_paragraph(clean(source.company), style="Subtitle").runs[0].bold = True
    made.add_paragraph(clean(source.eyebrow), style="Subtitle")
    _add_line(made, source.headline, "Title")
    for block in source.blocks:
        _add_block(made, block)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _prepare(made: Any, source: Document) -> None:
    made.core_properties.title, made.core_properties.author = clean(source.title), clean(source.company)
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    for name, size, colour, is_bold, before, after in _STYLES:
        style = made.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, Pt(size), is_bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = name in ("Heading 1", "Title")
        _drop_inherited(style)


def _drop_inherited(style: Any) -> None:
    """A theme font would win over the font named; rules below titles and wide letters look dated."""
    properties = style.element.get_or_add_rPr()
    for spacing in properties.findall(qn("w:spacing")):
        properties.remove(spacing)
    fonts = properties.rFonts
    for key in [key for key in fonts.attrib if key.endswith("Theme")]:
        del fonts.attrib[key]
    for border in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
        style.element.pPr.remove(border)


def _add_block(made: Any, block: Block) -> None:
    match block:
        case Heading():
            made.add_heading(clean(block.text), level=1)
        case Paragraph():
            _add_line(made, block.line, "Normal")
        case Figures():
            _add_figures(made, block)
        case Table():
            _add_table(made, block)
        case BarChart():
            _add_chart(made, block)
        case Sources():
            for line in block.lines:
                made.add_paragraph(clean(line), style="Caption")


def _add_line(made: Any, line: Line, style: str) -> None:
    paragraph = made.add_paragraph(style=style)
    for stretch in line:
        run = paragraph.add_run(clean(stretch.text))
        if stretch.is_figure and style == "Normal":
            run.bold = True


def _add_figures(made: Any, figures: Figures) -> None:
    """A table of two rows: figures written large, and what they are."""
    table = made.add_table(rows=2, cols=len(figures.items))
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    _rule(table, ("top", "bottom"))
    for column, (text, label) in enumerate(figures.items):
        value = table.cell(0, column).paragraphs[0]
        run = value.add_run(clean(text))
        run.bold, run.font.size = True, Pt(14)
        value.paragraph_format.space_before, value.paragraph_format.space_after = Pt(6), Pt(0)
        _style(table.cell(1, column).paragraphs[0], clean(label), "Caption")


def _add_table(made: Any, source: Table) -> None:
    rows = [*([source.header] if source.header else []), *source.rows]
    table = made.add_table(rows=0, cols=len(rows[0]))
    _rule(table, ("insideH", "bottom", *(("top",) if not source.header else ())))
    for number, cells in enumerate(rows):
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        is_header = bool(source.header) and number == 0
        if is_header:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for column, text in enumerate(cells):
            paragraph = row.cells[column].paragraphs[0]
            run = paragraph.add_run(clean(text))
            run.bold = is_header or column > 0
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if column else WD_ALIGN_PARAGRAPH.LEFT
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
            paragraph.paragraph_format.keep_with_next = number + 1 < len(rows)


def _style(paragraph: Any, text: str, style: str) -> None:
    paragraph.style = style
    paragraph.add_run(text)


def _rule(table: Any, sides: tuple[str, ...]) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single" if side in sides else "nil"), ("sz", "4"), ("space", "0"), ("color", RULE)):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    table._tbl.tblPr.append(borders)


def _add_chart(made: Any, source: BarChart) -> None:
    """The chart as a part of its own with its figures in a workbook beside it, so that Word can edit it."""
    data, package = chart_data(source), made.part.package
    space = parse_chart(data.xml_bytes(XL_CHART_TYPE.COLUMN_CLUSTERED))
    look_calm(new_chart(space, None), source, 9)
    book = Part(PackURI("/word/embeddings/figures1.xlsx"), _BOOK_TYPE, new_chart_workbook(data).xlsx_blob, package)
    part = Part(PackURI("/word/charts/chart1.xml"), _CHART_TYPE, b"", package)
    external = etree.SubElement(space, f"{{{_CHART}}}externalData")
    external.set(f"{{{_RELATION}}}id", part.relate_to(book, f"{_RELATION}/package"))
    etree.SubElement(external, f"{{{_CHART}}}autoUpdate").set("val", "0")
    _drop_frame(space)
    part._blob = etree.tostring(space, xml_declaration=True, encoding="UTF-8", standalone=True)
    relation = made.part.relate_to(part, f"{_RELATION}/chart")
    drawing: Any = parse_xml(_INLINE.format(width=_TEXT_WIDTH, height=Emu(Cm(6.4)), number=1000, relation=relation))
    drawing.find(".//{*}docPr").set("descr", clean(source.summary))
    paragraph = made.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(10)
    paragraph.add_run()._r.append(drawing)


def _drop_frame(space: Any) -> None:
    """Word draws a line around a chart that does not say otherwise."""
    look = etree.Element(f"{{{_CHART}}}spPr")
    line = etree.SubElement(look, "{http://schemas.openxmlformats.org/drawingml/2006/main}ln")
    etree.SubElement(line, "{http://schemas.openxmlformats.org/drawingml/2006/main}noFill")
    space.find(f"{{{_CHART}}}chart").addnext(look)
