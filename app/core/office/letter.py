"""Writes a letter or proposal as DOCX with Word's own styles, out of passages and notes; called where a kit is taken along."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from html4docx import HtmlToDocx
from lxml import html as lxml_html

from app.core.richtext import sanitise

INK = RGBColor(0x11, 0x21, 0x24)
FONT = "Calibri"
FIELD = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}", re.IGNORECASE)
NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HEADINGS = {"h2": "h2", "h3": "h2", "h4": "h3", "h5": "h4"}  # under the heading of their passage, which is a "Heading 1"
LOOK = {"Heading 1": (15, 16), "Heading 2": (12.5, 12), "Heading 3": (11, 10), "Heading 4": (11, 10), "Title": (24, 0)}


@dataclass(frozen=True)
class Part:
    """A piece of the text: HTML of ours with its title, or plain text when `html` is empty. A letter has no titles within its text."""

    title: str
    html: str
    text: str = ""


@dataclass(frozen=True)
class Letter:
    """What is written: its subject, the lines of sender and receiver, the day in words, and the parts in order.

    `fields` are what {{ name }} in titles and texts stands for, by name in lower case: text, whatever it looks like. What has no value is
    left as it is.
    """

    subject: str
    sender: str
    receiver: Sequence[str]
    day: str
    parts: Sequence[Part]
    fields: Mapping[str, str] = field(default_factory=dict)
    is_proposal: bool = False


def write_letter(letter: Letter) -> bytes:
    """The DOCX file: A4, headings, lists, tables and bold kept as styles of Word."""
    document = docx.Document()
    _dress(document)
    document.core_properties.title, document.core_properties.author = _plain(letter.subject), _plain(letter.sender)
    (_open_proposal if letter.is_proposal else _open_letter)(document, letter)
    for part in letter.parts:
        _add(document, part, letter)
    _tighten_tables(document)
    if not letter.is_proposal and letter.sender:
        document.add_paragraph()
        document.add_paragraph(_plain(letter.sender))
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def merged(text: str, fields: Mapping[str, str]) -> str:
    """The text with the values of its fields; one without a value stays to be seen."""
    return FIELD.sub(lambda found: fields.get(found[1].lower()) or found[0], text)


def _open_letter(document: Document, letter: Letter) -> None:
    if letter.sender:
        document.add_paragraph(_plain(letter.sender)).paragraph_format.space_after = Pt(18)
    for line in filter(None, letter.receiver):
        document.add_paragraph(_plain(line)).paragraph_format.space_after = Pt(0)
    day = document.add_paragraph(_plain(letter.day))
    day.alignment, day.paragraph_format.space_before = WD_ALIGN_PARAGRAPH.RIGHT, Pt(18)
    if letter.subject:
        document.add_paragraph(_merged(letter.subject, letter), style="Heading 1")


def _open_proposal(document: Document, letter: Letter) -> None:
    document.add_paragraph(_merged(letter.subject, letter), style="Title")
    about = [", ".join(filter(None, letter.receiver)), letter.day, letter.sender]
    document.add_paragraph(_plain(" · ".join(filter(None, about))), style="Subtitle")


def _add(document: Document, part: Part, letter: Letter) -> None:
    if part.title and letter.is_proposal:
        document.add_paragraph(_merged(part.title, letter), style="Heading 1")
    for paragraph in part.text.split("\n\n") if part.text else ():
        document.add_paragraph(_merged(paragraph.strip("\n"), letter))
    if part.html:
        writer = HtmlToDocx()
        writer.options |= {"images": False, "styles": False}
        writer.table_style = "Table Grid"
        writer.add_html_to_document(_prepared(part, letter), document)


def _prepared(part: Part, letter: Letter) -> str:
    """The HTML once more through the list of what is allowed, without its own title, headings one level down, fields filled as text."""
    root = lxml_html.fragment_fromstring(NO_XML.sub("", sanitise(part.html)), create_parent="div")
    first = next(iter(root), None)
    if first is not None and first.tag in HEADINGS and " ".join(first.text_content().split()) == " ".join(part.title.split()):
        first.drop_tree()
    for node in root.iter():
        node.tag = HEADINGS.get(str(node.tag), str(node.tag))
        node.text, node.tail = (_merged(text, letter) if text else text for text in (node.text, node.tail))
    # what stands in the frame only: a frame would become an empty paragraph
    return lxml_html.tostring(root, encoding="unicode").removeprefix("<div>").removesuffix("</div>")


def _merged(text: str, letter: Letter) -> str:
    return _plain(merged(text, letter.fields))


def _plain(text: str) -> str:
    """Without what no XML takes."""
    return NO_XML.sub("", text)


def _tighten_tables(document: Document) -> None:
    """Cells without the space that stands between paragraphs of the text, and headings that come again on the next page."""
    for table in document.tables:
        for paragraph in (paragraph for cell in table._cells for paragraph in cell.paragraphs):
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        if table.rows:
            properties: Any = table.rows[0]._tr.get_or_add_trPr()
            properties.append(OxmlElement("w:tblHeader"))


def _dress(document: Document) -> None:
    """A4 and one quiet look for Word's own styles, so that a house template can be laid over them."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(25)
    for border in document.styles["Title"].element.xpath(".//w:pBdr"):
        border.getparent().remove(border)
    normal = document.styles["Normal"]
    normal.font.size, normal.paragraph_format.space_after = Pt(11), Pt(8)
    for name in ("Normal", "Subtitle", *LOOK):
        style = document.styles[name]
        style.font.name, style.font.color.rgb = FONT, INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{script}"), None)  # a theme's font would win over the one named
        if name in LOOK:
            size, before = LOOK[name]
            style.font.size, style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(size), Pt(before), Pt(4)
