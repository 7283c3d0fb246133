"""Numbers as people type and read them: "38,000", "38.000,50", "1 080 000"; € 1,080,000, 37%, 3.1 months."""

import re
from decimal import ROUND_HALF_UP, Decimal

from app.messaging.models.value import Display

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
MINUS = "\N{MINUS SIGN}"
NEVER = "never"
_GAP = re.compile(r"(?<=\d)[\s'’](?=\d)")
_SPACES = re.compile(r"[\s'’]+")
_GROUPS_APART = re.compile(r"\D*\d{1,3}(?:[\s'’]\d{3})+\D*(?:\d{1,9}\D*)?")
_AROUND = re.compile(r"(?P<sign>[+-]?)(?:[^\W\d_]|[€$£¥₹])*(?P<inner>[+-]?)(?P<digits>[\d.,]+)-?(?:[^\W\d_]|[€$£¥₹%/])*")
_PLAIN = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?|[+-]?\.\d{1,9}")
LONGEST = 40


def sign_of(currency: str) -> str:
    """€ for EUR; currencies without a sign of their own go by their code."""
    return SIGNS.get(currency, currency)


def read_number(text: str, *, thousandths: bool = False) -> list[Decimal]:
    """What the text can mean, the likeliest first: "38,000" is 38000 or 38, "38.000,50" is 38000.5 alone; nothing when it is no number.

    Spaces, apostrophes, signs of currency and words around it are left out of account. With `thousandths`, which have three decimals by
    right, "1.125" is 1.125 rather than 1125.
    """
    if len(text) > LONGEST or (_GAP.search(text) and not _GROUPS_APART.fullmatch(text)):
        return []
    bare = _AROUND.fullmatch(_SPACES.sub("", text.replace(MINUS, "-")))
    if bare is None:
        return []
    minus = "-" in (bare["sign"], bare["inner"])
    digits = bare["digits"].rstrip(".,") if bare["digits"][-1:] in (",", ".") else bare["digits"]
    found = [Decimal(("-" if minus else "") + one) for one in _readings(digits) if _PLAIN.fullmatch(one)]
    return list(dict.fromkeys(reversed(found) if thousandths else found))


def _readings(bare: str) -> list[str]:
    commas, points = bare.count(","), bare.count(".")
    if commas and points:
        mark, group = (",", ".") if bare.rindex(",") > bare.rindex(".") else (".", ",")
        whole, _, rest = bare.rpartition(mark)
        return [f"{whole.replace(group, '')}.{rest}"] if mark not in whole and _is_grouped(whole, group) else []
    mark = "," if commas else "."
    if commas + points == 0:
        return [bare]
    grouped = [bare.replace(mark, "")] if _is_grouped(bare, mark) else []
    return grouped + ([bare.replace(mark, ".").rstrip(".") or bare] if commas + points == 1 else [])


def _is_grouped(whole: str, group: str) -> bool:
    """1.080.000 is, 0.375 and 10.80.0 are not; a number without any group counts as grouped only when it is the whole part."""
    first, *rest = whole.split(group)
    if not rest:
        return first.isdigit()
    return 1 <= len(first) <= 3 and first.isdigit() and not first.startswith("0") and all(len(one) == 3 and one.isdigit() for one in rest)


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
