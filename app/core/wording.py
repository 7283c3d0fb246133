"""Numbers, money and dates as people of a language write them, and read back from what they type; the only user of Babel."""

from datetime import date
from decimal import Decimal, InvalidOperation

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberFormatError, format_currency, format_decimal, format_percent, parse_decimal

_AROUND = " \u00a0\u202f\t€$£¥%"
# How money is written in English; other languages have their own ways.
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
_MOST_DIGITS = 15  # what a spreadsheet keeps of a number


def number_words(number: Decimal, language: str) -> str:
    """ "1,200.5" in English, "1.200,5" in German."""
    return format_decimal(number, locale=_locale(language), decimal_quantization=False)


def money_words(number: Decimal, currency: str, language: str) -> str:
    """ "€ 1,200.50" in English, as in business cases; cents only where there are some; without a currency the bare number."""
    is_whole = number == number.to_integral_value()
    locale = _locale(language)
    bare = format_decimal(number, format="#,##0" if is_whole else "#,##0.00", locale=locale)
    if not currency:
        return bare
    if locale.language == "en":
        sign = SIGNS.get(currency, currency)
        return f"-{sign} {bare[1:]}" if bare.startswith("-") else f"{sign} {bare}"
    pattern = locale.currency_formats["standard"].pattern
    whole = pattern.replace(".00", "")
    return format_currency(number, currency, format=whole if is_whole else pattern, locale=locale, currency_digits=False)


def percent_words(percent: Decimal, language: str) -> str:
    """ "12.5%" for 12.5."""
    return format_percent(percent / 100, locale=_locale(language), decimal_quantization=False)


def date_words(day: date, language: str) -> str:
    """ "1 December 2026" for English as the British write it, "1. Dezember 2026" for German."""
    return format_date(day, "long", locale=_locale(language))


def read_number(text: str, language: str) -> Decimal | None:
    """The number somebody typed, in the ways of this language, else of English or German; None when it is none."""
    bare = text.strip(_AROUND).replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("\u2212", "-")
    if not bare or len(bare) > 40 or any(letter.isalpha() for letter in bare):
        return None
    for locale in (_locale(language), Locale("en"), Locale("de")):
        try:
            found = parse_decimal(bare, locale=locale, strict=True)
        except (NumberFormatError, InvalidOperation):
            continue
        fits = found.is_finite() and len(found.normalize().as_tuple().digits) <= _MOST_DIGITS and abs(found) < Decimal("1e15")
        return found if fits else None
    return None


def _locale(language: str) -> Locale:
    """British for English, so that the day comes first, as on our own pages."""
    try:
        return Locale.parse("en_GB" if language == "en" else language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en", "GB")
