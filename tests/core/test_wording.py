"""Numbers, money and dates in the ways of each language, and what people type read back."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.wording import date_words, money_words, number_words, percent_words, read_number


@pytest.mark.parametrize(
    "language,number,money,percent,day",
    [
        ("en", "1,200.5", "€ 1,200.50", "12.5%", "1 December 2026"),
        ("de", "1.200,5", "1.200,50\u00a0€", "12,5\u00a0%", "1. Dezember 2026"),
        ("fr", "1\u202f200,5", "1\u202f200,50\u00a0€", "12,5\u00a0%", "1 décembre 2026"),
        ("ja", "1,200.5", "€1,200.50", "12.5%", "2026年12月1日"),
        ("no such language", "1,200.5", "€ 1,200.50", "12.5%", "1 December 2026"),
    ],
)
def test_each_language_has_its_ways(language: str, number: str, money: str, percent: str, day: str) -> None:
    amount = Decimal("1200.5")
    assert (number_words(amount, language), money_words(amount, "EUR", language)) == (number, money)
    assert (percent_words(Decimal("12.5"), language), date_words(date(2026, 12, 1), language)) == (percent, day)


@pytest.mark.parametrize(
    "number,currency,language,words",
    [
        ("1200", "EUR", "en", "€ 1,200"),
        ("-1200", "CHF", "en", "-CHF 1,200"),
        ("1200", "EUR", "de", "1.200\u00a0€"),
        ("1200", "", "en", "1,200"),
        ("-5.1", "", "en", "-5.10"),
        ("0.005", "USD", "en", "$ 0.00"),
        ("1200", "CHF", "de", "1.200\u00a0CHF"),
    ],
)
def test_cents_are_shown_where_there_are_some(number: str, currency: str, language: str, words: str) -> None:
    assert money_words(Decimal(number), currency, language) == words


@pytest.mark.parametrize(
    "typed,language,number",
    [
        ("1200", "en", "1200"),
        ("1,200.50", "en", "1200.50"),
        ("1.200,50", "en", "1200.50"),
        ("1.200,50", "de", "1200.50"),
        ("1.200", "de", "1200"),
        ("12,5", "en", "12.5"),
        ("12.5", "de", "12.5"),
        (" € 1 200 ", "en", "1200"),
        ("12 %", "en", "12"),
        ("\u22125", "en", "-5"),
        ("+3", "en", "3"),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, language: str, number: str) -> None:
    assert read_number(typed, language) == Decimal(number)


@pytest.mark.parametrize("typed", ["", " ", "abc", "1e5", "0x10", "1,2,3", "NaN", "inf", "--1", "1.2.3", "9" * 30, "=1+1", "１２ab"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed, "en") is None
