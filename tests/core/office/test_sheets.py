"""XLSX, ODS and CSV: sheets, stretches of rows with their header, readable values."""

import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]  # the package has no types

from app.core.office.parse import parse_file
from tests.core.office.archives import odf


def test_sheets_are_passages_with_header_and_readable_values(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices"
    sheet["B2"] = "Valid for all regions"
    for row in (
        ("Plan", "From", "Price", "Open"),
        ("Yard", datetime.date(2026, 3, 1), 90, True),
        ("Gate", datetime.datetime.fromisoformat("2026-04-01T08:30"), 0.1 + 0.2, False),
    ):
        sheet.append(("", *row))
    book.create_sheet("Empty")
    secret = book.create_sheet("Lists")
    secret["A1"] = "hidden words"
    secret.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    found = parse_file(tmp_path / "a.xlsx", "xlsx")
    (passage,) = found.passages
    assert (passage.anchor, passage.label, passage.heading_path) == ("sheet-prices", "Sheet Prices", ("Prices",))
    assert passage.text == "Valid for all regions\nPlan\tFrom\tPrice\tOpen\nYard\t2026-03-01\t90\tTRUE\nGate\t2026-04-01 08:30\t0.3\tFALSE"
    assert passage.html.startswith("<p>Valid for all regions</p><table><thead><tr><th><strong>Plan</strong></th>")
    assert passage.html.count("<tr>") == 3 and passage.html.count("<td>") == 8
    assert found.description == "Excel workbook, 2 sheets, 1 hidden sheet left out"


def test_stored_values_of_formulas_are_read(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("Case")
        sheet.write_row(0, 0, ["Saved hours", "Worth"])
        sheet.write_number(1, 0, 120)
        sheet.write_formula(1, 1, "=A2*50", None, 6000)
    assert parse_file(tmp_path / "a.xlsx", "xlsx").passages[0].text == "Saved hours\tWorth\n120\t6000"


def test_long_sheets_are_cut_with_the_header_repeated(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Rates"
    sheet.append(("Lane", "Rate"))
    for number in range(100):
        sheet.append((f"Lane {number}", number))
    book.save(tmp_path / "a.xlsx")
    found = parse_file(tmp_path / "a.xlsx", "xlsx")
    assert [(one.anchor, one.label) for one in found.passages] == [
        ("sheet-rates", "Sheet Rates, rows 1 to 41"),
        ("sheet-rates-rows-42", "Sheet Rates, rows 42 to 81"),
        ("sheet-rates-rows-82", "Sheet Rates, rows 82 to 101"),
    ]
    assert all(one.text.startswith("Lane\tRate\n") for one in found.passages)
    assert found.passages[1].text.split("\n")[1] == "Lane 40\t40"


def test_one_far_cell_does_not_matter(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A100000"] = "near", "far"
    book.save(tmp_path / "a.xlsx")
    assert parse_file(tmp_path / "a.xlsx", "xlsx").passages[0].text == "near\nfar"


def test_ods(tmp_path: Path) -> None:
    rows = "".join(
        f'<table:table-row><table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell></table:table-row>"
        for name, kind, value in (
            ("Plan", 'office:value-type="string"', "Price"),
            ("Yard", 'office:value-type="float" office:value="90"', "90.00"),
        )
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        "</manifest:manifest>"
    )
    path = odf(tmp_path / "a.ods", "ods", f'<table:table table:name="Prices">{rows}</table:table>', [("META-INF/manifest.xml", manifest)])
    (passage,) = parse_file(path, "ods").passages
    assert (passage.label, passage.text) == ("Sheet Prices", "Plan\tPrice\nYard\t90")


@pytest.mark.parametrize("mark,encoding", [(",", "utf-8"), (";", "cp1252"), ("\t", "utf-8-sig"), ("|", "utf-16")])
def test_csv_in_its_usual_disguises(tmp_path: Path, mark: str, encoding: str) -> None:
    lines = [f"Straße{mark}Gebühr", *(f'"Tor {number}, außen"{mark}{number}' for number in range(60))]
    (tmp_path / "a.csv").write_bytes("\r\n".join(lines).encode(encoding))
    found = parse_file(tmp_path / "a.csv", "csv")
    assert [(one.anchor, one.label) for one in found.passages] == [("rows-1", "Rows 1 to 41"), ("rows-42", "Rows 42 to 61")]
    assert found.passages[1].text.startswith("Straße\tGebühr\nTor 40, außen\t40\n")
    assert found.description == "CSV table, 61 rows"
