"""No cell of an export is a formula to a spreadsheet, and every text comes back as it was."""

import csv
import io

import pytest

from app.core.csvout import csv_text, plain_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "  =1+1", "＝1+1"])
def test_what_would_be_run_is_text(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Dock guide", "1-2", "a=b", "", "'=1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert plain_cell(text) == text


def test_quotes_commas_and_lines_come_back() -> None:
    row = ['He said "no"', "a, b", "two\nlines", 7]
    assert list(csv.reader(io.StringIO(csv_text([row])))) == [['He said "no"', "a, b", "two\nlines", "7"]]
    assert csv_text([["a", "b"], ["c"]]) == "a,b\r\nc\r\n"
