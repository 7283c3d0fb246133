"""The few word-processing parts python-docx has no call for: fields, links, shading, list numbering and our styles; for document.py."""

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from app.ops.seed_files.look import ACCENT, DARK, FONT, INK, LINE, MUTED
from app.ops.seed_files.office_objects import WordCell, WordDocument, WordLine, WordRow, WordStyle, WordTable, XmlElement

_STYLES = (
    ("Normal", 10.5, INK, 0.0, 6.0),
    ("Title", 26.0, DARK, 0.0, 4.0),
    ("Subtitle", 12.5, MUTED, 0.0, 14.0),
    ("Heading 1", 17.0, DARK, 18.0, 6.0),
    ("Heading 2", 13.5, DARK, 12.0, 4.0),
    ("Heading 3", 11.5, DARK, 10.0, 3.0),
    ("Intense Quote", 12.5, DARK, 8.0, 10.0),
    ("List Bullet", 10.5, INK, 0.0, 3.0),
    ("List Bullet 2", 10.5, INK, 0.0, 3.0),
    ("List Number", 10.5, INK, 0.0, 3.0),
)


def element(tag: str, **attributes: str) -> XmlElement:
    """A new element of the word-processing namespace with attributes of the same namespace."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def prepare_styles(document: WordDocument) -> None:
    """Give the built-in styles our font, colours and spacing."""
    for name, size, colour, before, after in _STYLES:
        style = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = RGBColor.from_string(colour)
        _drop_inherited(style)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = name.startswith("Heading")
        style.font.italic = name == "Intense Quote"
        style.font.bold = name.startswith(("Title", "Heading"))
    _replace_borders(document, "Title", "bottom", LINE)
    _replace_borders(document, "Intense Quote", "left", ACCENT)


def _drop_inherited(style: WordStyle) -> None:
    """A theme font named in the style would win over the font name; wide letter spacing looks dated."""
    properties = style.element.get_or_add_rPr()
    for spacing in properties.findall(qn("w:spacing")):
        properties.remove(spacing)
    fonts = properties.rFonts
    for key in [key for key in fonts.attrib if key.endswith("Theme")]:
        del fonts.attrib[key]


def _replace_borders(document: WordDocument, name: str, side: str, colour: str) -> None:
    properties = document.styles[name].element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    borders = element("pBdr")
    borders.append(element(side, val="single", sz="18" if side == "left" else "6", space="8" if side == "left" else "4", color=colour))
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:outlineLvl")


def set_page(document: WordDocument) -> None:
    """A4 with even margins."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)


def add_field(line: WordLine, instruction: str) -> None:
    """A field that the word processor fills in, such as PAGE."""
    for kind in ("begin", "", "end"):
        run = line.add_run()
        if kind:
            run._r.append(element("fldChar", fldCharType=kind))
        else:
            text = element("instrText")
            text.text = instruction
            run._r.append(text)


def add_link(line: WordLine, text: str, address: str) -> None:
    """A hyperlink that can be followed and edited."""
    target = line.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), target)
    run = line.add_run(text)
    run.font.color.rgb, run.underline = RGBColor.from_string(DARK), True
    link.append(run._r)
    line._p.append(link)


def paint_cell(cell: WordCell, colour: str) -> None:
    """Fill a table cell."""
    cell._tc.get_or_add_tcPr().append(element("shd", val="clear", color="auto", fill=colour))


def lighten_borders(table: WordTable) -> None:
    """Thin green-grey lines instead of the style's black ones."""
    borders = element("tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(side, val="single", sz="4", space="0", color=LINE))
    table._tbl.tblPr.append(borders)


def keep_whole(row: WordRow) -> None:
    """Do not break the row over two pages."""
    row._tr.get_or_add_trPr().append(element("cantSplit"))


def repeat_as_header(row: WordRow) -> None:
    """Repeat the row on each page; programs also read it as the table's header."""
    row._tr.get_or_add_trPr().append(element("tblHeader", val="true"))


def restart_numbering(document: WordDocument, style_name: str) -> int:
    """A new numbering that starts at 1, in the look of the style's own; returns its id."""
    numbering = document.part.numbering_part.element
    style_number = document.styles[style_name].element.pPr.numPr.numId.val
    made = numbering.add_num(numbering.num_having_numId(style_number).abstractNumId.val)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(made.numId)
