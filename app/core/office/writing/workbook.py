"""Writes a workbook with live formulas, named cells and native charts; text stays text, whatever it begins with."""

import math
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from app.core.office.writing.content import BARS, FONT, INK, QUIET, RULE, Cell, Sheet, Workbook, clean, fit, size_of

NO_VALUE = "#N/A"
_INPUT = "#FFF9DB"
_LOGO = (260.0, 52.0)  # pixels
LINE, TITLE, MOST_LINES = 15.0, 24.0, 27  # points; Excel has no row higher than 409
BREAK = 4  # of the width of a line, as it ends before a word that is too long for it


def write_xlsx(book: Workbook) -> bytes:
    """The bytes of the workbook; every formula carries the value it has now, and is worked out anew when opened."""
    out = BytesIO()
    made = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    made.set_properties({"title": clean(book.title), "author": ""})
    made.set_calc_mode("auto")
    looks = {name: made.add_format(_base(look)) for name, look in _looks(book.currency).items()}
    for sheet in book.sheets:
        _write_sheet(made, sheet, looks)
    made.close()
    return out.getvalue()


def _looks(currency: str) -> dict[str, dict[str, Any]]:
    money = f'"{currency}" #,##0;\N{MINUS SIGN}"{currency}" #,##0'
    shown = {"bold": True}
    beside = {"align": "left", "indent": 1, "quote_prefix": True}  # without "left" there is no indent, and figures stand to its left
    typed = {"bg_color": _INPUT, "border": 1, "border_color": f"#{RULE}"}
    return {
        "text": {"text_wrap": True, "quote_prefix": True},
        "quiet": {"font_color": f"#{QUIET}", "text_wrap": True, "quote_prefix": True},
        "title": {"bold": True, "font_size": 16, "quote_prefix": True},
        "heading": {"bold": True, "bottom": 1, "bottom_color": f"#{RULE}", "quote_prefix": True},
        "column": {"bold": True, "bottom": 1, "bottom_color": f"#{RULE}", "align": "right", "quote_prefix": True},
        "beside": {"font_color": f"#{QUIET}", "text_wrap": True, **beside},
        "beside heading": {"bold": True, "bottom": 1, "bottom_color": f"#{RULE}", **beside},
        "number": {"num_format": "#,##0.##"},
        "money": {"num_format": money},
        "percent": {"num_format": "0.0%"},
        "months": {"num_format": "0.0"},
        "key number": {"num_format": "#,##0.##", **shown},
        "key money": {"num_format": money, **shown},
        "key percent": {"num_format": "0%", **shown},
        "key months": {"num_format": '0.0 "months"', **shown},
        "typed number": {"num_format": "#,##0.######", **typed},
        "typed percent": {"num_format": "0.######%", **typed},
        "typed text": typed,
    }


def _base(look: dict[str, Any]) -> dict[str, Any]:
    return {"font_name": FONT, "font_size": 11, "font_color": f"#{INK}", "valign": "top", **look}


def _write_sheet(made: Any, source: Sheet, looks: dict[str, Any]) -> None:
    sheet = made.add_worksheet(source.name)
    sheet.hide_gridlines(2)
    for column, width in enumerate(source.widths):
        sheet.set_column(column, column, width)
    for row, cells in enumerate(source.rows):
        sheet.set_row(row, max((_height(cell, source.widths[column:]) for column, cell in enumerate(cells)), default=LINE))
        for column, cell in enumerate(cells):
            _write_cell(sheet, row, column, cell, looks[cell.look])
            if cell.name:
                place = xlsxwriter.utility.xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
                made.define_name(cell.name, f"='{source.name}'!{place}")
    if source.frozen:
        sheet.freeze_panes(source.frozen, 0)
    if source.chart:
        _add_chart(made, sheet, source)
    if source.logo:
        _add_logo(sheet, source.logo)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, look: Any) -> None:
    if cell.formula:
        value = NO_VALUE if cell.value is None else float(cell.value) if isinstance(cell.value, Decimal) else clean(cell.value)
        sheet.write_formula(row, column, cell.formula, look, value)
    elif isinstance(cell.value, Decimal):
        sheet.write_number(row, column, float(cell.value), look)
    elif cell.value:
        if cell.span > 1:
            sheet.merge_range(row, column, row, column + cell.span - 1, "", look)
        sheet.write_string(row, column, clean(cell.value), look)
    if cell.choices:
        sheet.data_validation(row, column, row, column, {"validate": "list", "source": list(cell.choices)})
    elif cell.least is not None and cell.most is not None:
        rule = {"validate": "decimal", "criteria": "between", "minimum": float(cell.least), "maximum": float(cell.most)}
        sheet.data_validation(row, column, row, column, {**rule, "error_message": f"From {cell.least:f} to {cell.most:f}."})


def _height(cell: Cell, widths: Sequence[int]) -> float:
    """How high its row has to be, in points. LibreOffice gives a row that does not say one line, and draws the rest over the next."""
    if cell.look == "title":
        return TITLE
    if not isinstance(cell.value, str) or cell.formula:
        return LINE
    width = sum(_width(letter) for letter in cell.value)
    return LINE * min(MOST_LINES, max(1, math.ceil(width / (sum(widths[: cell.span]) - BREAK))))


def _width(letter: str) -> float:
    """In the unit of columns, which is that of a digit."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 2
    return 1.25 if letter.isupper() else 0.92


def _add_logo(sheet: Any, logo: bytes) -> None:
    width, height = fit(logo, *_LOGO)
    scale = width / size_of(logo)[0]
    sheet.set_row_pixels(0, round(height) + 8)
    sheet.insert_image(0, 0, "logo.png", {"image_data": BytesIO(logo), "x_scale": scale, "y_scale": scale, "decorative": True})


def _add_chart(made: Any, sheet: Any, source: Sheet) -> None:
    wanted = source.chart
    if wanted is None:
        return
    chart = made.add_chart({"type": "column"})
    series = {
        "name": clean(wanted.title),
        "categories": [source.name, wanted.first_row, wanted.label_column, wanted.last_row, wanted.label_column],
        "values": [source.name, wanted.first_row, wanted.value_column, wanted.last_row, wanted.value_column],
        "fill": {"color": f"#{BARS}"},
        "gap": 45,
    }
    chart.add_series(series)
    chart.set_title({"name": clean(wanted.title), "name_font": {"size": 12, "color": f"#{INK}"}})
    chart.set_legend({"none": True})
    chart.set_x_axis({"label_position": "low"})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": f"#{RULE}"}}})
    chart.set_size({"width": 720, "height": 340})
    sheet.insert_chart(wanted.at, chart)
