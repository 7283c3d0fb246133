"""Expressions of value models: parsed, held to a short list of operations, worked out in decimal arithmetic. Never evaluated as Python."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from functools import lru_cache
from typing import Any, cast

import simpleeval

from app.messaging.models.value import LONGEST_EXPRESSION

DEEPEST, MOST_NODES, LARGEST = 20, 120, 10**12
MONTHS = Decimal(12)
FUNCTIONS: Mapping[str, tuple[int, int]] = {  # name: fewest and most arguments
    "min": (2, 10),
    "max": (2, 10),
    "round": (1, 2),
    "ceil": (1, 1),
    "abs": (1, 1),
    "if_": (3, 3),
    "payback": (2, 2),
    "npv": (4, 4),
}
CONSTANTS: Mapping[str, tuple[Decimal, str]] = {  # name: value and unit
    "months_per_year": (Decimal(12), "months/year"),
    "weeks_per_year": (Decimal(52), "weeks/year"),
    "hours_per_day": (Decimal(24), "hours/day"),
    "minutes_per_hour": (Decimal(60), "minutes/hour"),
}
OPERATORS: dict[type, Any] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: a,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
ALLOWED = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Load, ast.operator, ast.unaryop, ast.cmpop)


class BadExpression(ValueError):
    """What is wrong with an expression, as the end of a sentence about its formula."""


class NoFigure(ArithmeticError):
    """There is no such figure, as for the payback of something that never pays back."""


@dataclass(frozen=True)
class Expression:
    """A checked expression: its tree as written, the same made ready for working out, and the names it uses."""

    tree: ast.expr
    ready: ast.expr
    names: tuple[str, ...]


@lru_cache(maxsize=2048)
def parse_expression(text: str) -> Expression:
    """The expression if it holds nothing but what is allowed; raises BadExpression."""
    if len(text) > LONGEST_EXPRESSION:
        raise BadExpression(f"is longer than {LONGEST_EXPRESSION} characters; split it into several formulas")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise BadExpression("cannot be read; write it like sites * price, with * for times and / for divided by") from None
    _check_size(tree)
    for node in ast.walk(tree):
        _check_node(node)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = {node.id: None for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}
    return Expression(tree, _Ready().visit(ast.parse(text.strip(), mode="eval").body), tuple(names))


def work_out(expression: Expression, values: Mapping[str, Decimal | None]) -> Decimal | None:
    """The value with these figures; None when it depends on one that there is not, or divides by nothing."""
    evaluator = simpleeval.SimpleEval(operators=OPERATORS, functions=CALLS, names=_Figures(values))
    with localcontext(_CONTEXT):
        try:
            return cast(Decimal, evaluator.eval("", previously_parsed=expression.ready))
        except ArithmeticError:
            return None


_CONTEXT = Context(prec=28, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow])


class _Figures:
    """Names of an expression; one without a value ends the calculation."""

    def __init__(self, values: Mapping[str, Decimal | None]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Decimal:
        if name in CONSTANTS:
            return CONSTANTS[name][0]
        value = self._values[name]
        if value is None:
            raise NoFigure(name)
        return value


class _Ready(ast.NodeTransformer):
    """Numbers become decimals; `if_` becomes a real choice, so that the branch not taken cannot fail."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(Decimal(str(node.value)))  # type: ignore[arg-type]  # a decimal is no literal of Python, and none is needed

    def visit_Call(self, node: ast.Call) -> ast.expr:
        arguments = [self.visit(one) for one in node.args]
        if isinstance(node.func, ast.Name) and node.func.id == "if_":
            return ast.IfExp(*arguments)
        return ast.Call(node.func, arguments, [])


def _check_size(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    count, depth = 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if depth > 2 * DEEPEST or count > 3 * MOST_NODES:  # operators and names have nodes of their own
            raise BadExpression("is too long or too deep; split it into several formulas")


def _check_node(node: ast.AST) -> None:
    if isinstance(node, ast.BinOp) and type(node.op) not in OPERATORS:
        raise BadExpression("may only add, subtract, multiply and divide")
    if not isinstance(node, ALLOWED):
        raise BadExpression("may only hold numbers, keys of figures, + - * /, comparisons, and the functions listed")
    if isinstance(node, ast.UnaryOp) and type(node.op) not in OPERATORS:
        raise BadExpression("may only add, subtract, multiply and divide")
    if isinstance(node, ast.Compare):
        _check_comparison(node)
    if isinstance(node, ast.Constant):
        _check_number(node.value)
    if isinstance(node, ast.Call):
        _check_call(node)


def _check_comparison(node: ast.Compare) -> None:
    if len(node.ops) != 1 or not isinstance(node.ops[0], COMPARISONS):
        raise BadExpression("may compare two figures at a time, with < <= > >= == or !=")


def _check_number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadExpression("may hold no text and no other values than numbers")
    if not abs(value) <= LARGEST:  # infinity is more, too
        raise BadExpression("holds a number that is too large")


def _check_call(node: ast.Call) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS:
        raise BadExpression(f"may only call {', '.join(FUNCTIONS)}")
    fewest, most = FUNCTIONS[name]
    if node.keywords or not fewest <= len(node.args) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise BadExpression(f"gives {name} {len(node.args)} figures; it takes {wanted}")
    if name == "round" and len(node.args) == 2 and not (isinstance(node.args[1], ast.Constant) and node.args[1].value in range(7)):
        raise BadExpression("rounds to a number of decimals that is not written as 0 to 6")


def _round(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-int(places)))


def _ceil(value: Decimal) -> Decimal:
    """The next whole number; what is a billionth over one was meant to be it."""
    return value.quantize(Decimal("1e-9")).to_integral_value(rounding=ROUND_CEILING)


def _payback(one_off: Decimal, a_year: Decimal) -> Decimal:
    """Months until so much a year has paid for what is spent once."""
    if a_year <= 0:
        raise NoFigure("payback")
    return one_off * MONTHS / a_year


def _npv(rate: Decimal, one_off: Decimal, a_year: Decimal, years: Decimal) -> Decimal:
    """Net present value: the annuity formula, paid at the end of each year, less what is spent at once."""
    factor = years if rate == 0 else (1 - (1 + rate) ** -years) / rate
    return a_year * factor - one_off


CALLS: dict[str, Callable[..., Decimal]] = {
    "min": min,
    "max": max,
    "round": _round,
    "ceil": _ceil,
    "abs": abs,
    "payback": _payback,
    "npv": _npv,
}
