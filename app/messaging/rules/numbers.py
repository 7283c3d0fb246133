"""Numbers as people read them: € 1,080,000, 37%, 3.1 months."""

from decimal import ROUND_HALF_UP, Decimal

from app.core.typed import MINUS
from app.core.wording import SIGNS
from app.messaging.models.value import Display

NEVER = "never"


def sign_of(currency: str) -> str:
    """€ for EUR; currencies without a sign of their own go by their code."""
    return SIGNS.get(currency, currency)


def plain(value: Decimal) -> str:
    """The number with commas and no more decimals than it has: 38,000, 4.5."""
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _with_minus(text if text not in ("-0", "") else "0")


def rounded(value: Decimal) -> str:
    """A calculated number with as many decimals as its size deserves: 1,249, 96, 3.1, 0.25."""
    size = abs(value)
    return plain(_cut(value, 0 if size >= 100 else 1 if size >= 1 else 2))


def money(value: Decimal, sign: str) -> str:
    """€ 1,080,000; cents only below a hundred, and only when there are any."""
    amount = _cut(value, 0)
    has_cents = abs(value) < 100 and _cut(value, 2) != amount
    text = f"{abs(_cut(value, 2)):,.2f}" if has_cents else f"{abs(amount):,}"
    return f"{MINUS if value < 0 and text.strip('0.') else ''}{sign} {text}"


def percent(value: Decimal) -> str:
    """131%, 4.5%; of a share such as 1.31."""
    hundred = value * 100
    return f"{plain(_cut(hundred, 0 if abs(hundred) >= 10 else 1))}%"


def show(value: Decimal | None, display: Display, sign: str) -> str:
    """A key figure as written; what there is no figure for is "never" in months and a dash elsewhere."""
    if value is None:
        return NEVER if display == Display.MONTHS else "–"
    if display == Display.MONEY:
        return money(value, sign)
    if display == Display.PERCENT:
        return percent(value)
    if display == Display.MONTHS:
        shown = plain(_cut(value, 1))
        return f"{shown} month{'' if shown == '1' else 's'}"
    return rounded(value)


def _cut(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _with_minus(text: str) -> str:
    return text.replace("-", MINUS)
