"""Tables whose columns stay aligned in ODF and HTML; notes and chart titles of OpenDocument files."""

from pathlib import Path

import pytest

from app.core.office.parse import ParsedFile, parse_file
from tests.core.office.archives import odf

CHART = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<office:body><office:chart><chart:chart><chart:title><text:p>Turn <text:span>time</text:span></text:p></chart:title>"
    "<chart:plot-area><chart:axis><chart:title><text:p>Minutes</text:p></chart:title></chart:axis></chart:plot-area>"
    "</chart:chart></office:chart></office:body></office:document-content>"
)
FRAME = '<draw:frame><draw:object xlink:href="./Object 1"/><draw:image xlink:href="x"/></draw:frame>'


def cell(text: str, repeat: int = 1) -> str:
    inside = f"<text:p>{text}</text:p>" if text else ""
    return f'<table:table-cell table:number-columns-repeated="{repeat}">{inside}</table:table-cell>'


def odt(tmp_path: Path, content: str, *extra: tuple[str, str]) -> ParsedFile:
    return parse_file(odf(tmp_path / "a.odt", "odt", content, extra), "odt")


def page(tmp_path: Path, html: str) -> str:
    (tmp_path / "a.html").write_text(f"<body>{html}</body>", encoding="utf-8")
    return parse_file(tmp_path / "a.html", "html").passages[0].text


def test_repeated_empty_cells_keep_the_columns_apart(tmp_path: Path) -> None:
    rows = (cell("Plan") + cell("Jan") + cell("Feb") + cell("Mar"), cell("Yard") + cell("", 2) + cell("90"), cell("Dock") + cell("", 1000))
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    (passage,) = odt(tmp_path, f"<table:table>{body}</table:table>").passages
    assert passage.text == "Plan\tJan\tFeb\tMar\nYard\t\t\t90\nDock"
    assert passage.html.count("<tr>") == 3 and passage.html.count("<td") <= 12


def test_a_row_of_endless_repeats_is_cut(tmp_path: Path) -> None:
    row = f"<table:table-row>{cell('', 100_000) * 100}{cell('far')}</table:table-row>"
    found = odt(tmp_path, f"<table:table><table:table-row>{cell('near')}</table:table-row>{row * 1000}</table:table>")
    assert found.passages[0].text == "near"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ("2", "Plan\tPrice\nYard\t\tyes\na\tb\tc"),
        ("1", "Plan\tPrice\nYard\tyes\na\tb\tc"),
        ("0", "Plan\tPrice\nYard\tyes\na\tb\tc"),
        ("wide", "Plan\tPrice\nYard\tyes\na\tb\tc"),
        ("99999999", "Plan\tPrice\nYard\tyes\na\tb\tc"),
    ],
)
def test_a_cell_over_several_columns_is_padded(tmp_path: Path, span: str, text: str) -> None:
    table = (
        f"<table><tr><td>Plan<td>Price</tr><tr><td colspan='{span}'>Yard</td><td>yes</td></tr>"
        "<tr><td>a</td><td>b</td><td>c</td></tr></table>"
    )
    assert page(tmp_path, table) == text


def test_an_endless_span_is_capped(tmp_path: Path) -> None:
    assert page(tmp_path, "<table><tr><td colspan='9999'>a</td><td>b</td></tr></table>") == "a" + "\t" * 60 + "b"


def test_notes_come_after_their_paragraph_and_not_twice(tmp_path: Path) -> None:
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Its source</text:p></text:note-body></text:note>"
    listed = f"<text:list><text:list-item><text:p>one{note}</text:p></text:list-item></text:list>"
    text = odt(tmp_path, f"<text:h>Claims</text:h><text:p>A claim{note} stands.</text:p><text:p>next</text:p>{listed}").full_text
    assert text == "Claims\nA claim stands.\nIts source\nnext\none\nIts source"


def test_chart_titles_of_texts_and_slides(tmp_path: Path) -> None:
    part = ("Object 1/content.xml", CHART)
    boxed = f"<draw:frame><draw:text-box><text:p>{FRAME}</text:p></draw:text-box></draw:frame>"
    text = f"<text:p>before</text:p><text:p>{FRAME}</text:p><text:p>{boxed}</text:p>"
    assert odt(tmp_path, text, part).full_text == "before\nTurn time\nTurn time"
    found = parse_file(odf(tmp_path / "a.odp", "odp", f"<draw:page>{FRAME}</draw:page>", [part]), "odp")
    assert found.passages[0].text == "Turn time"
    assert "could not be read" not in found.description


def test_a_chart_that_cannot_be_read_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    found = odt(tmp_path, f"<text:p>before {FRAME}</text:p>", ("Object 1/content.xml", "<broken"))
    assert found.full_text == "before"
    assert found.description.endswith("1 chart could not be read")
    assert odt(tmp_path, f"<text:p>before {FRAME}</text:p>").full_text == "before", "an object that is not in the file"
