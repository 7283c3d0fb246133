"""Numbers as people type them and other programs write them: "38,000", "38.000,50", "1 080 000"."""

import re
from decimal import Decimal

MINUS = "\N{MINUS SIGN}"
_GAP = re.compile(r"(?<=\d)[\s'’](?=\d)")
_SPACES = re.compile(r"[\s'’]+")
_GROUPS_APART = re.compile(r"\D*\d{1,3}(?:[\s'’]\d{3})+\D*(?:\d{1,9}\D*)?")
_AROUND = re.compile(r"(?P<sign>[+-]?)(?:[^\W\d_]|[€$£¥₹])*(?P<inner>[+-]?)(?P<digits>[\d.,]+)(?:(?<=[.,])-)?(?:[^\W\d_]|[€$£¥₹%/])*")
_PLAIN = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?|[+-]?\.\d{1,9}")
LONGEST = 40


def read_numbers(text: str, *, thousandths: bool = False) -> list[Decimal]:
    """What the text can mean, the likeliest first: "38,000" is 38000 or 38, "38.000,50" is 38000.5 alone; nothing when it is no number.

    Spaces, apostrophes, signs of currency and words around it are left out of account. With `thousandths`, which have three decimals by
    right, "1.125" is 1.125 rather than 1125.
    """
    if len(text) > LONGEST or (_GAP.search(text) and not _GROUPS_APART.fullmatch(text)):
        return []
    bare = _AROUND.fullmatch(_SPACES.sub("", text.replace(MINUS, "-")))
    if bare is None or (bare["sign"] and bare["inner"]):
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
