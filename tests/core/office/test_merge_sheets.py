"""Workbooks as templates: cells, names and lists are filled, formulas stay and show what they compute, charts follow."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from lxml import etree
from openpyxl.utils.escape import unescape

from app.core.errors import Refused
from app.core.office import merge
from app.core.office.merge.values import Value
from tests.core.office.merging import field, filled, kinds, parts_of, rows, scanned, words
from tests.core.office.naughty import NAUGHTY, readable

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def number(amount: float, shown: str = "", kind: str = "number") -> Value:
    return Value(shown or str(amount), amount, kind)


@pytest.fixture
def calculator(tmp_path: Path) -> Path:
    """Inputs by field and by name, formulas over them, a list with a formula of its own, a chart of all."""
    path = tmp_path / "calculator.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        money, percent = book.add_format({"num_format": "#,##0 [$€-407]", "bold": True}), book.add_format({"num_format": "0.0%"})
        day = book.add_format({"num_format": "d mmm yyyy"})
        sheet = book.add_worksheet("Case")
        for row, (label, value, form) in enumerate(
            [("Account", "{{ account }}", None), ("Fee", "{{ fee }}", money), ("Rate", "{{ rate }}", percent), ("From", "{{ from }}", day)]
        ):
            sheet.write(row, 0, label)
            sheet.write(row, 1, value, form)
        sheet.write("A5", "Docks")
        sheet.write("B5", 10)
        sheet.write_formula("B6", "=B2*B5*(1-B3)", money, 0)
        sheet.write("A7", "Case for {{ account }} of {{ from }}")
        sheet.write("A8", "{{ items.name }}")
        sheet.write("B8", "{{ items.price }}", money)
        sheet.write_formula("C8", "=B8*2")
        sheet.set_header("&LFor {{ account }}")
        book.define_name("docks", "=Case!$B$5")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"name": "=Case!$A$7", "categories": "=Case!$A$5:$A$6", "values": "=Case!$B$5:$B$6"})
        sheet.insert_chart("E2", chart)
    return path


VALUES = {
    "account": Value("Norvik"),
    "fee": number(1200.5, "€1,200.50", "money"),
    "rate": number(0.1, "10 %", "percent"),
    "from": number(46357, "1 December 2026", "date"),
    "docks": number(12),
    "items": Value(kind="list", rows=({"name": Value("Gate"), "price": number(5)}, {"name": Value("Yard"), "price": number(7.5)})),
}


def points(data: bytes) -> dict[str, list[str]]:
    """What the first chart keeps: texts and numbers by kind of cache."""
    root = etree.fromstring(parts_of(data)["xl/charts/chart1.xml"])
    return {
        name: [value.text or "" for cache in root.iter(f"{CHART}{name}Cache") for value in cache.iter(f"{CHART}v")]
        for name in ("str", "num")
    }


def sheet_of(data: bytes, *, data_only: bool = True) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=data_only)["Case"]


def test_fields_names_and_lists_are_found_with_their_kinds(calculator: Path) -> None:
    found = scanned(calculator)
    assert kinds(found) == {
        "account": "text",
        "fee": "money",
        "rate": "percent",
        "from": "date",
        "items": "list",
        "items.name": "text",
        "items.price": "money",
        "docks": "number",
    }
    assert field(found, "account").places == ["sheet Case, B1", "sheet Case, A7", "sheet Case, page header or footer"]
    assert (field(found, "fee").label, field(found, "docks").default, found.faults, found.losses) == ("Fee", "10", (), ())


def test_numbers_go_into_cells_as_numbers_and_keep_their_format(calculator: Path) -> None:
    before, after = sheet_of(calculator.read_bytes()), sheet_of(filled(calculator, VALUES))
    assert [after[name].value for name in ("B1", "B2", "B3", "B5")] == ["Norvik", 1200.5, 0.1, 12]
    assert after["B4"].value.date().isoformat() == "2026-12-01"
    assert after["A7"].value == "Case for Norvik of 1 December 2026"
    assert after.oddHeader.left.text == "For Norvik"
    for name in ("B2", "B3", "B4"):
        assert (after[name].number_format, after[name].font.b) == (before[name].number_format, before[name].font.b)


def test_a_list_fills_the_rows_below_with_its_formulas(calculator: Path) -> None:
    formulas = sheet_of(filled(calculator, VALUES), data_only=False)
    assert [[cell.value for cell in row] for row in formulas["A8:C9"]] == [["Gate", 5, "=B8*2"], ["Yard", 7.5, "=B9*2"]]
    assert formulas["B9"].number_format == formulas["B8"].number_format


@pytest.mark.office
def test_formulas_stay_and_show_what_they_compute(calculator: Path) -> None:
    data = filled(calculator, VALUES)
    formulas, shown = sheet_of(data, data_only=False), sheet_of(data)
    assert formulas["B6"].value == "=B2*B5*(1-B3)"
    assert shown["B6"].value == pytest.approx(1200.5 * 12 * 0.9)
    assert [shown["C8"].value, shown["C9"].value] == [10, 15]
    assert points(data) == {"str": ["Case for Norvik of 1 December 2026", "Docks"], "num": ["12", "12965.4"]}
    assert b"fullCalcOnLoad" not in parts_of(data)["xl/workbook.xml"]


def test_without_libreoffice_no_old_result_is_shown(calculator: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "can_convert", lambda: False)
    data = filled(calculator, VALUES)
    assert sheet_of(data)["B6"].value is None
    assert b'fullCalcOnLoad="1"' in parts_of(data)["xl/workbook.xml"]
    assert points(data)["num"] == ["12"]


def test_a_list_longer_than_the_room_for_it_is_refused(calculator: Path) -> None:
    book = openpyxl.load_workbook(calculator)
    book["Case"]["A10"] = "Total"
    book.save(calculator)
    listed = rows({"name": "a"}, {"name": "b"}, {"name": "c"})
    with pytest.raises(Refused, match="“items” has 3 entries, and in sheet Case only the rows above A10 are free"):
        filled(calculator, {**VALUES, "items": listed})


def test_what_cannot_be_filled_is_named_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "odd.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Odd")
        sheet.write_formula("A1", '="{{ account }}"')
        sheet.write("A2", "{{#extra}}")
        sheet.write("A3", "{{ half }")
        sheet.add_table("C1:D3", {"columns": [{"header": "{{ name }}"}, {"header": "Price"}]})
    found = scanned(path)
    assert [one.partition(":")[0] for one in found.losses] == ["sheet Odd, A1", "sheet Odd, C1"]
    assert sorted(one[:20] for one in found.faults) == ["sheet Odd, A2: secti", "“{{ half }” on sheet"]


def test_a_date_in_a_plain_cell_is_shown_as_one(tmp_path: Path) -> None:
    path = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Case").write("A1", "{{ from }}")
    cell = sheet_of(filled(path, VALUES))["A1"]
    assert (cell.value.date().isoformat(), cell.is_date) == ("2026-12-01", True)


def test_a_workbook_that_counts_from_1904_shows_the_same_day(tmp_path: Path) -> None:
    path = tmp_path / "mac.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        book.add_worksheet("Case").write("A1", "{{ from }}", book.add_format({"num_format": "d mmm yyyy"}))
    assert sheet_of(filled(path, VALUES))["A1"].value.date().isoformat() == "2026-12-01"


@pytest.mark.parametrize("text", [text for text in NAUGHTY if text])
def test_naughty_words_come_back_equal_and_never_as_formulas(tmp_path: Path, text: str) -> None:
    path = tmp_path / "words.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Case")
        sheet.write("A1", "{{ account }}")
        sheet.write("A2", "x{{ account }}y")
        sheet.write("A3", 5)
        sheet.write("A4", "{{ items.name }}")
        sheet.set_footer("&LFor {{ account }}")
        book.define_name("note", "=Case!$A$3")
    data = filled(path, {**words(account=text, note=text), "items": rows({"name": text}, {"name": text})})
    sheet, expected = sheet_of(data, data_only=False), readable(text)
    assert [unescape(sheet[name].value or "") for name in ("A1", "A3", "A4", "A5")] == [expected] * 4
    assert unescape(sheet["A2"].value) == f"x{expected}y"
    assert [cell for row in parts_of(data) if row.startswith("xl/worksheets/sheet") for cell in [b"<f>" in parts_of(data)[row]]] == [False]
    if expected.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "＝") and expected.strip():
        assert sheet["A1"].quotePrefix and sheet["A3"].quotePrefix
