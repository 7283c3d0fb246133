"""Writes a workbook source as XLSX with formulas, their values, formats and native charts; used by build.py."""

from io import BytesIO
from typing import Any

import xlsxwriter
from openpyxl.utils import get_column_letter

from app.ops.seed_files.formula import Workbook, split_place
from app.ops.seed_files.look import ACCENT, COPPER, DARK, FONT, INK, INPUT, LINE, MUTED, PALE, WHITE
from app.ops.seed_files.sources import Cell, SheetChart, SheetSource, VersionSource
from app.ops.seed_files.stable import MADE_AT, stable_package

_SERIES_COLOURS = (DARK, ACCENT, COPPER, MUTED)
_CHART_KINDS = {
    "column": {"type": "column"},
    "bar": {"type": "bar"},
    "line": {"type": "line"},
    "stacked": {"type": "column", "subtype": "stacked"},
}


def build_sheet(version: VersionSource, title: str, summary: str) -> bytes:
    """XLSX bytes of a workbook version; every formula cell carries its worked-out value."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": title, "subject": summary, "author": "Product marketing", "created": MADE_AT})
    cells = {(sheet.name, _place(row, column)): cell for sheet in version.sheets for row, column, cell in _cells(sheet)}
    writer = _Writer(book, Workbook(cells))
    for sheet in version.sheets:
        writer.write(sheet)
    for name, target in version.names.items():
        book.define_name(name, f"={target}")
    book.close()
    return stable_package(out.getvalue())


def _place(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"


def _cells(sheet: SheetSource) -> list[tuple[int, int, Cell]]:
    return [(row, column, cell) for row, line in enumerate(sheet.rows, 1) for column, cell in enumerate(line, 1) if cell != ""]


class _Writer:
    """Writes sheets into one workbook and reuses its cell formats."""

    def __init__(self, book: Any, values: Workbook) -> None:
        self._book = book
        self._values = values
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def write(self, sheet: SheetSource) -> None:
        page = self._book.add_worksheet(sheet.name)
        page.hide_gridlines(2)
        for column, width in enumerate(sheet.widths):
            page.set_column(column, column, width, self._format({}))
        if sheet.freeze:
            page.freeze_panes(sheet.freeze, 0)
        page.set_row(0, 26)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        for row, column, cell in _cells(sheet):
            self._write_cell(page, sheet, (row, column), cell)
        if sheet.chart:
            self._add_chart(page, sheet.name, sheet.chart)

    def _write_cell(self, page: Any, sheet: SheetSource, at: tuple[int, int], cell: Cell) -> None:
        row, column = at
        shown = self._values.value(sheet.name, _place(row, column))
        below = self._values.value(sheet.name, _place(row + 1, column))
        style = self._format(_style(sheet, at, shown, below))
        if isinstance(cell, str) and cell.startswith("="):
            page.write_formula(row - 1, column - 1, cell, style, shown)
        elif isinstance(cell, str):
            page.write_string(row - 1, column - 1, cell, style)
        else:
            page.write(row - 1, column - 1, cell, style)

    def _format(self, style: dict[str, object]) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            base = {"font_name": FONT, "font_size": 11, "font_color": f"#{INK}", "valign": "top"}
            self._formats[key] = self._book.add_format(base | style)
        return self._formats[key]

    def _add_chart(self, page: Any, sheet: str, source: SheetChart) -> None:
        chart = self._book.add_chart(_CHART_KINDS[source.kind])
        for index, (name, values) in enumerate(source.series.items()):
            colour = {"color": f"#{_SERIES_COLOURS[index % len(_SERIES_COLOURS)]}"}
            paint = {"line": {"width": 2.25} | colour} if source.kind == "line" else {"fill": colour}
            chart.add_series({"name": name, "categories": _range(sheet, source.categories), "values": _range(sheet, values)} | paint)
        chart.set_title({"name": source.title, "name_font": {"size": 13, "color": f"#{DARK}", "name": FONT}})
        chart.set_y_axis({"num_format": source.number_format, "major_gridlines": {"visible": True, "line": {"color": f"#{LINE}"}}})
        if source.kind == "bar":
            chart.set_y_axis({"reverse": True})
            chart.set_x_axis({"num_format": source.number_format, "major_gridlines": {"visible": True, "line": {"color": f"#{LINE}"}}})
        chart.set_legend({"position": "bottom"} if len(source.series) > 1 else {"none": True})
        chart.set_size({"width": 620, "height": 320})
        page.insert_chart(source.at, chart, {"description": source.title})


def _range(sheet: str, cells: str) -> str:
    first, last = (_absolute(cell) for cell in cells.split(":"))
    return f"='{sheet}'!{first}:{last}"


def _absolute(cell: str) -> str:
    letters = cell.rstrip("0123456789")
    return f"${letters}${cell[len(letters) :]}"


def _style(sheet: SheetSource, at: tuple[int, int], shown: Cell, below: Cell) -> dict[str, object]:
    row, column = at
    if row == 1:
        return {"bold": True, "font_size": 16, "font_color": f"#{DARK}"}
    if row == 2:
        return {"font_color": f"#{MUTED}"}
    text_style: dict[str, object] = {"align": "left", "indent": 1} if column > 1 and isinstance(shown, str) else {}
    if row in sheet.head_rows:
        head = {"bold": True, "bg_color": f"#{DARK}", "font_color": f"#{WHITE}", "text_wrap": True}
        return head | (text_style if isinstance(below, str) else {"align": "right"})
    return text_style | _row_style(sheet, row) | _value_style(sheet, at, is_text=isinstance(shown, str))


def _row_style(sheet: SheetSource, row: int) -> dict[str, object]:
    if row in sheet.section_rows:
        return {"bold": True, "font_color": f"#{DARK}", "bottom": 1, "bottom_color": f"#{LINE}"}
    if row in sheet.total_rows:
        return {"bold": True, "bg_color": f"#{PALE}", "top": 1, "top_color": f"#{DARK}"}
    return {}


def _value_style(sheet: SheetSource, at: tuple[int, int], *, is_text: bool) -> dict[str, object]:
    row, column = at
    style: dict[str, object] = {}
    if _is_input(sheet, row, column):
        style |= {"bg_color": f"#{INPUT}", "border": 1, "border_color": f"#{LINE}"}
    number_format = sheet.formats.get(_place(row, column)) or sheet.formats.get(get_column_letter(column))
    if number_format and not is_text:
        style["num_format"] = number_format
    elif is_text and _in_table(sheet, row):
        style["text_wrap"] = True
    return style


def _in_table(sheet: SheetSource, row: int) -> bool:
    return bool(sheet.head_rows) and row > min(sheet.head_rows)


def _is_input(sheet: SheetSource, row: int, column: int) -> bool:
    for cells in sheet.inputs:
        first, _colon, last = cells.partition(":")
        (left, top), (right, bottom) = split_place(first), split_place(last)
        if left <= column <= right and top <= row <= bottom:
            return True
    return False
