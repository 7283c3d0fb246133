"""What a CRM's table means here: amounts, days, states, names of columns."""

from datetime import date
from decimal import Decimal

import pytest

from app.deals import rules
from app.deals.models import DealState


@pytest.mark.parametrize(
    "text, amount",
    [
        ("12500", "12500"),
        ("12,500.00", "12500"),
        ("12.500,00", "12500"),
        ("€ 12 500", "12500"),
        ("1.234", "1234"),
        ("1,234", "1234"),
        ("1.5", "1.5"),
        ("0,75", "0.75"),
        ("USD 1'200'000.5", "1200000.5"),
        (".5", "0.5"),
        ("12500.000", "12500"),
        ("12500.0000", "12500"),
        ("1.234.567", "1234567"),
        ("1,234.567", "1234.57"),
        ("0.125", "0.13"),
        ("12500,50 EUR", "12500.5"),
        ("€ 12.500,-", "12500"),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str) -> None:
    assert rules.read_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["many", "12k", "=1+1", "1e999999999", "--5", "5-", "NaN", "Infinity", "1,2,3", "12,34,567", "1.2.3", "1 2", "2%", "²"]
)
def test_what_is_no_amount(text: str) -> None:
    assert rules.read_amount(text) is None


def test_days_that_can_be_read_in_one_way() -> None:
    day = date(2026, 11, 30)
    assert {rules.read_day(text) for text in ("2026-11-30", "30.11.2026", "2026/11/30", "2026-11-30T08:00:00Z", "2026-11-30 08:00")} == {
        day
    }
    assert [rules.read_day(text) for text in ("11/12/2026", "tomorrow", "", "2026-02-30")] == [None] * 4


def test_states_in_the_words_of_the_usual_crms() -> None:
    assert [rules.read_state(text) for text in ("Open", "Closed Won", "closed-lost", "WON", "maybe")] == [
        DealState.OPEN,
        DealState.WON,
        DealState.LOST,
        DealState.WON,
        None,
    ]


def test_names_of_columns_are_taken_as_they_come() -> None:
    columns, unknown = rules.read_headings(["Opportunity ID", "Account Name", "Deal", "Sales stage", "Close Date", "Mood", "Account", ""])
    assert columns == {"external_id": 0, "account": 1, "name": 2, "stage": 3, "closes_on": 4}
    assert unknown == ("Mood", "Account", "column 8")
