"""Templates for tests: office files with fields, uploaded, read and released."""

import io
from typing import Any

import docx
import xlsxwriter

from app.core.work import Work
from app.library import actions
from tests.factories.library import add_draft
from tests.factories.portal import Portal

LETTER = (
    "Offer for {{ account }}",
    "Dear {{ role }}, from {{ date }} it costs {{ fee }}, {{ discount }} less.",
    "{{#terms}}Our terms.{{/terms}}",
)


def letter(*paragraphs: str, rows: tuple[str, ...] = ("{{ items.name }}", "{{ items.price }}")) -> bytes:
    """A DOCX of these paragraphs, and a table whose second row repeats."""
    made = docx.Document()
    for text in paragraphs or LETTER:
        made.add_paragraph(text)
    if rows:
        table = made.add_table(2, len(rows))
        for at, text in enumerate(rows):
            table.cell(0, at).text = f"Column {at + 1}"
            table.cell(1, at).text = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def calculator() -> bytes:
    """An XLSX with two inputs and a formula over them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Case")
        sheet.write("A1", "Fee")
        sheet.write("B1", "{{ fee }}", book.add_format({"num_format": "#,##0.00"}))
        sheet.write("A2", "Docks")
        sheet.write("B2", 10)
        sheet.write_formula("B3", "=B1*B2")
        book.define_name("docks", "=Case!$B$2")
    return out.getvalue()


def add_template(portal: Portal, title: str = "Offer letter", content: bytes = b"", file_name: str = "offer.docx", **more: Any) -> int:
    """A released template, its fields read; its id."""
    asset_id = add_read(portal, title, content, file_name, **more)
    with portal.work() as work:
        actions.release(work, asset_id)
    portal.drain()
    return asset_id


def add_read(portal: Portal, title: str = "Offer letter", content: bytes = b"", file_name: str = "offer.docx", **more: Any) -> int:
    """A draft of a template, its fields read; its id."""
    with portal.work() as work:
        asset_id = _added(work, title, content or letter(), file_name, more)
    portal.drain()
    return asset_id


def _added(work: Work, title: str, content: bytes, file_name: str, more: dict[str, Any]) -> int:
    return add_draft(work, title, content, file_name, **more)
