"""XLSX, ODS and CSV: sheets, stretches of rows with their header, readable values."""

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from app.core.office._number_formats import formatted
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


@pytest.mark.parametrize("at", [(0, 0), (4, 2)])
def test_numbers_read_as_the_sheet_shows_them(tmp_path: Path, at: tuple[int, int]) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("Other").write_number(0, 0, 0.5)
        sheet = book.add_worksheet("Result & more")
        sheet.write_row(*at, ["What", "Value"])
        shown = {
            "Return": (1.305384615, "0%"),
            "Saved": (1080000, '#,##0 "€"'),
            "Plain": (1080000, "General"),
            "Day": (46082, "yyyy-mm-dd"),
        }
        for row, (what, (value, code)) in enumerate(shown.items(), start=at[0] + 1):
            sheet.write_string(row, at[1], what)
            sheet.write_number(row, at[1] + 1, value, book.add_format({"num_format": code}))
    passage = parse_file(tmp_path / "a.xlsx", "xlsx").passages[-1]
    assert passage.text == "What\tValue\nReturn\t131%\nSaved\t1,080,000 €\nPlain\t1080000\nDay\t2026-03-01"


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.125, "0.0%", "12.5%"),
        (1234.5, "#,##0.00", "1,234.50"),
        (-5.5, "#,##0.00;[Red](#,##0.00)", "(5.50)"),
        (-5.5, "0.0", "-5.5"),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (1234.5, '_-* #,##0.00 "kr; net"_-;-* #,##0.00 "kr; net"_-', "1,234.50 kr; net"),
        (3.14159, "0.0##", "3.142"),
        (3.0, "0.0##", "3.0"),
        (3.0, "0.##", "3"),
        (1.5, "# ?/?", None),
        (1500, "#,##0,", None),
        (7, "00000", None),
        (1.5, "0.00E+00", None),
        (5, "General", None),
        (5, "@", None),
        (5, "[>4]0;0.0", None),
        (5, "", None),
    ],
)
def test_format_codes(value: float, code: str, shown: str | None) -> None:
    assert formatted(value, code) == shown


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


def test_formats_that_cannot_be_read_leave_the_stored_values(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("Case").write_number(0, 0, 0.5, book.add_format({"num_format": "0.0%"}))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as good, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as odd:
        for name in good.namelist():
            odd.writestr(name, good.read(name).replace(b'numFmtId="164"', b'numFmtId="many"'))
    texts = [parse_file(tmp_path / name, "xlsx").passages[0].text for name in ("a.xlsx", "b.xlsx")]
    assert texts == ["50.0%", "0.5"]


def test_rows_are_numbered_as_the_sheet_numbers_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Rates"
    for number in range(50):
        sheet.cell(row=10 + number, column=3, value=f"Lane {number}")
        sheet.cell(row=10 + number, column=4, value=number)
    book.save(tmp_path / "a.xlsx")
    labels = [one.label for one in parse_file(tmp_path / "a.xlsx", "xlsx").passages]
    assert labels == ["Sheet Rates, rows 10 to 49", "Sheet Rates, rows 50 to 59"]


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
    assert (passage.label, passage.text) == ("Sheet Prices", "Plan\tPrice\nYard\t90.00")


@pytest.mark.parametrize("mark,encoding", [(",", "utf-8"), (";", "cp1252"), ("\t", "utf-8-sig"), ("|", "utf-16")])
def test_csv_in_its_usual_disguises(tmp_path: Path, mark: str, encoding: str) -> None:
    lines = [f"Straße{mark}Gebühr", *(f'"Tor {number}, außen"{mark}{number}' for number in range(60))]
    (tmp_path / "a.csv").write_bytes("\r\n".join(lines).encode(encoding))
    found = parse_file(tmp_path / "a.csv", "csv")
    assert [(one.anchor, one.label) for one in found.passages] == [("rows-1", "Rows 1 to 41"), ("rows-42", "Rows 42 to 61")]
    assert found.passages[1].text.startswith("Straße\tGebühr\nTor 40, außen\t40\n")
    assert found.description == "CSV table, 61 rows"
