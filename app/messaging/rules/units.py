"""Units as products of words: "€/year", "trucks a day"; what unit an expression gives, and why two do not go together."""

import ast
import re
from collections import Counter
from collections.abc import Mapping

from app.messaging.rules.expressions import CONSTANTS, BadExpression
from app.messaging.rules.numbers import sign_of

Dimension = tuple[tuple[str, int], ...]
NONE: Dimension = ()
MONTH: Dimension = (("month", 1),)
YEAR: Dimension = (("year", 1),)
_PER = re.compile(r"\s*/\s*|\s+(?:a|an|per)\s+|^(?:a|an|per)\s+")
_WORD = re.compile(r"[^\W\d_][\w -]*|[^\w\s/%*·]{1,3}")
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("ss", "ss"), ("s", ""))


class BadUnit(ValueError):
    """What is wrong with a unit, in a sentence."""


class _Any:
    """The unit of a bare 0, which goes with every other."""


class _Condition:
    """What a comparison gives; only if_ takes it."""


ANY, CONDITION = _Any(), _Condition()
Found = Dimension | _Any | _Condition


def read_unit(text: str, currency: str) -> Dimension:
    """The unit as powers of its words; "%" and nothing are none. Raises BadUnit."""
    sign = sign_of(currency)
    counts: Counter[str] = Counter()
    text = text.strip()
    over, *under = _PER.split(text) if text else ("",)
    for part, power in ((over, 1), *((one, -1) for one in under)):
        for word in re.split(r"\s*[*·]\s*", part.strip()):
            if word in ("", "1", "%"):
                continue
            if not _WORD.fullmatch(word):
                raise BadUnit(f"“{text}” is no unit that can be calculated with. Write it like €/year, trucks/day or %.")
            counts[sign if word in (sign, currency) else _singular(word)] += power
    return _dimension(counts)


def say_unit(dimension: Dimension) -> str:
    """The unit in words: "€ per year", "trucks per day per site"; "no unit" for a bare number."""
    over = [_plural(word) for word, power in dimension for _ in range(power)]
    under = [word for word, power in dimension for _ in range(-power)]
    if not over and not under:
        return "no unit"
    return " per ".join([" · ".join(over) or "1", *under])


def is_money(dimension: Dimension, currency: str) -> bool:
    """Whether it is so much of the currency, once or per something."""
    return (sign_of(currency), 1) in dimension


def per(dimension: Dimension, other: Dimension) -> Dimension:
    """The one divided by the other."""
    return _multiplied(dimension, other, -1)


def unit_words(text: str, currency: str) -> str:
    """A unit as people say it: "€ per hour" for EUR/hour, "hours per person per week" for hours/week/people."""
    if "/" not in text:
        return text
    try:
        return say_unit(read_unit(text, currency)).replace("per people", "per person")
    except BadUnit:
        return text


def unit_of(tree: ast.expr, units: Mapping[str, Dimension]) -> Dimension | None:
    """The unit the expression gives, None for one that goes with every unit (a bare 0); raises BadExpression naming the first mismatch."""
    found = _unit(tree, units)
    if isinstance(found, _Condition):
        raise BadExpression("is a comparison, not a figure; put it into if_")
    return None if isinstance(found, _Any) else found


def _unit(node: ast.expr, units: Mapping[str, Dimension]) -> Found:
    match node:
        case ast.Constant(value=value):
            return ANY if value == 0 else NONE
        case ast.Name(id=name):
            return read_unit(CONSTANTS[name][1], "EUR") if name in CONSTANTS else units[name]
        case ast.UnaryOp(operand=operand):
            return _figure(operand, units)
        case ast.Compare(left=left, comparators=[right]):
            _same("compares", left, right, units)
            return CONDITION
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=right):
            return _same("adds" if isinstance(sign, ast.Add) else "subtracts", left, right, units)
        case ast.BinOp(left=left, op=sign, right=right):
            return _multiplied(_known(left, units), _known(right, units), 1 if isinstance(sign, ast.Mult) else -1)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments, units)
    raise BadExpression("cannot be read")


def _call(name: str, arguments: list[ast.expr], units: Mapping[str, Dimension]) -> Found:
    if name == "if_":
        if not isinstance(_unit(arguments[0], units), _Condition):
            raise BadExpression("has an if_ that does not begin with a comparison such as sites > 3")
        return _same("chooses between", arguments[1], arguments[2], units)
    if name in ("min", "max"):
        for other in arguments[1:]:
            _same("compares", arguments[0], other, units)
        return next((unit for one in arguments if not isinstance(unit := _figure(one, units), _Any)), ANY)
    if name == "payback":
        once, yearly = (_known(one, units) for one in arguments)
        _expect("payback", per(once, YEAR), yearly)
        return MONTH
    if name == "npv":
        rate, once, yearly, years = (_known(one, units) for one in arguments)
        _expect("npv", NONE, rate)
        _expect("npv", per(once, YEAR), yearly)
        _expect("npv", YEAR, years)
        return once
    return _figure(arguments[0], units)


def _figure(node: ast.expr, units: Mapping[str, Dimension]) -> Dimension | _Any:
    found = _unit(node, units)
    if isinstance(found, _Condition):
        raise BadExpression("calculates with a comparison; only if_ takes one")
    return found


def _known(node: ast.expr, units: Mapping[str, Dimension]) -> Dimension:
    found = _figure(node, units)
    return NONE if isinstance(found, _Any) else found


def _same(verb: str, left: ast.expr, right: ast.expr, units: Mapping[str, Dimension]) -> Dimension | _Any:
    one, other = _figure(left, units), _figure(right, units)
    if isinstance(one, _Any):
        return other
    if not isinstance(other, _Any) and one != other:
        raise BadExpression(f"{verb} {say_unit(one)} and {say_unit(other)}, which do not go together")
    return one


def _expect(name: str, wanted: Dimension, found: Dimension) -> None:
    if wanted != found:
        raise BadExpression(f"gives {name} {say_unit(found)} where it takes {say_unit(wanted)}")


def _multiplied(one: Dimension, other: Dimension, power: int) -> Dimension:
    counts = Counter(dict(one))
    for word, times in other:
        counts[word] += power * times
    return _dimension(counts)


def _dimension(counts: Counter[str]) -> Dimension:
    return tuple(sorted((word, power) for word, power in counts.items() if power))


def _singular(word: str) -> str:
    low = " ".join(word.casefold().split())
    for ending, single in _ENDINGS:
        if len(low) > 3 and low.endswith(ending):
            return low[: len(low) - len(ending)] + single
    return low


def _plural(word: str) -> str:
    if not word[-1:].isalpha() or (word.isupper() and len(word) == 3):
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"
