"""Expressions of value models: nothing but arithmetic gets in, units have to fit, circles are named, figures equal plain Python's."""

import ast
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.messaging.rules.expressions import BadExpression, parse_expression, work_out
from app.messaging.rules.units import unit_words
from app.messaging.rules.value import compute, read_definition
from tests.factories.values import definition, model_of

HOSTILE = [
    "__import__('os').system('id')",
    "sites.__class__",
    "().__class__.__bases__",
    "9**9**9",
    "sites ** 2",
    "(lambda: 1)()",
    "[1, 2]",
    "{1: 2}",
    "[x for x in sites]",
    "'a' * 999999999",
    "f'{sites}'",
    "1 if sites else 2",
    "1 << 99",
    "(x := 3)",
    "not sites",
    "sites and fee",
    "1 < sites < 3",
    "sites in fee",
    "sites is fee",
    "max(*sites)",
    "max(sites, key=abs)",
    "round(sites, fee)",
    "eval(1)",
    "open(1)",
    "sites(1)",
    "True",
    "None",
    "1e999",
    "1" * 400,
    "1j",
    "sites % 2",
    "sites // 2",
    "sites[0]",
    "~1",
    "...",
    "",
    "sites fee",
    "sites; fee",
    "import os",
    "\0",
    "(" * 300 + "1" + ")" * 300,
    "-" * 499 + "1",
    "+".join(["1"] * 300),
    "yield 1",
    "await sites",
    "payback(1)",
    "if_(1, 2)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        parse_expression(text)
    assert read_definition(with_formula(text))[1] != ()


@given(st.text(max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_text_is_taken_or_refused_and_nothing_else_happens(text: str) -> None:
    try:
        expression = parse_expression(text)
    except BadExpression:
        return
    allowed = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Load, ast.operator, ast.unaryop, ast.cmpop)
    assert all(isinstance(node, allowed) for node in ast.walk(expression.tree))


def with_formula(expression: str, unit: str = "€/year", key: str = "fees") -> dict[str, Any]:
    data = definition()
    row = next(row for row in data["formulas"] if row["key"] == key)
    row["expression"], row["unit"] = expression, unit
    return data


def told(data: dict[str, Any]) -> list[str]:
    return [fault.message for fault in read_definition(data)[1]]


@pytest.mark.parametrize(
    "expression, sentence",
    [
        ("late_trucks * fee", "fees gives € per day, but says € per year."),
        ("late_trucks + setup", "fees adds trucks per day and €, which do not go together."),
        ("late_trucks * fee * days + 5", "fees adds € per year and no unit, which do not go together."),
        ("min(setup, per_site)", "fees compares € and € per site per year, which do not go together."),
        ("if_(sites > fee, 1, 2)", "fees compares sites and € per truck, which do not go together."),
        ("if_(sites, 1, 2)", "fees has an if_ that does not begin with a comparison such as sites > 3."),
        ("sites > 3", "fees compares sites and no unit, which do not go together."),
        ("sites > 0", "fees is a comparison, not a figure; put it into if_."),
        ("payback(setup, fee)", "fees gives payback € per truck where it takes € per year."),
        ("npv(fee, setup, per_site, years)", "fees gives npv € per truck where it takes no unit."),
        ("nobody * 2", "fees uses “nobody”, which is no figure, formula or word of formulas."),
        ("late_trucks * fee * days + (sites > 0)", "fees calculates with a comparison; only if_ takes one."),
    ],
)
def test_the_first_thing_that_does_not_fit_is_said(expression: str, sentence: str) -> None:
    assert sentence in told(with_formula(expression))


@pytest.mark.parametrize(
    "expression",
    [
        "max(0, late_trucks * fee * days)",
        "late_trucks * fee * days - 0",
        "if_(sites > 0, late_trucks * fee * days, 0)",
        "round(late_trucks * fee * days, 2)",
        "late_trucks * fee * days * 1.5",
        "sites * per_site",
        "late_trucks * fee * days * months_per_year / months_per_year",
    ],
)
def test_what_fits_is_taken(expression: str) -> None:
    assert told(with_formula(expression)) == []


def test_units_in_words_and_with_strokes_are_the_same() -> None:
    data = definition()
    data["inputs"][1]["unit"] = "Trucks a day per site"
    data["inputs"][6]["unit"] = "EUR per site per year"
    assert told(data) == []
    data["inputs"][6]["unit"] = "$/site/year"
    assert "subscription gives $ per year, but says € per year." in told(data)


def test_a_circle_is_named() -> None:
    data = with_formula("avoided", key="fees")
    assert "fees depends on itself: fees → avoided → fees." in told(data)
    assert "fees depends on itself: fees → fees." in told(with_formula("fees"))


def test_formulas_may_stand_in_any_order() -> None:
    data = definition()
    data["formulas"].reverse()
    assert compute(model_of(data), {}).values["total_return"] == compute(model_of(), {}).values["total_return"]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "ceil": ceil,
    "if_": lambda condition, one, other: one if condition else other,
}
NUMBERS = st.integers(-50, 50) | st.decimals(-9, 9, places=2)
LEAVES = st.sampled_from(["a", "b", "c"]) | st.integers(0, 9).map(str)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
    chosen = st.tuples(inner, st.sampled_from(["<", ">=", "=="]), inner, inner, inner).map(
        lambda parts: f"if_({parts[0]} {parts[1]} {parts[2]}, {parts[3]}, {parts[4]})"
    )
    called = st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})")
    return two | chosen | called | inner.map(lambda one: f"abs(-{one})")


class Exactly(ast.NodeTransformer):
    """Numbers as fractions, and a choice that leaves the other branch alone."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Call(ast.Name("Fraction", ast.Load()), [node], [])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        arguments = [self.visit(one) for one in node.args]
        is_choice = isinstance(node.func, ast.Name) and node.func.id == "if_"
        return ast.IfExp(*arguments) if is_choice else ast.Call(node.func, arguments, [])


@given(st.recursive(LEAVES, grown, max_leaves=8), NUMBERS, NUMBERS, NUMBERS)
@settings(max_examples=400, deadline=None)
def test_figures_are_those_of_plain_python(text: str, a: Any, b: Any, c: Any) -> None:
    values = {"a": Decimal(a), "b": Decimal(b), "c": Decimal(c)}
    try:
        expression = parse_expression(text)
    except BadExpression:
        assert len(text) > 60, text
        return
    tree = ast.fix_missing_locations(ast.Expression(Exactly().visit(ast.parse(text, mode="eval").body)))
    names = {"Fraction": Fraction, **FUNCTIONS, **{name: Fraction(value) for name, value in values.items()}}
    try:
        wanted = Fraction(eval(compile(tree, "test", "eval"), {"__builtins__": {}}, names))  # noqa: S307 - the text was made above
    except ZeroDivisionError:
        assert work_out(expression, values) is None
        return
    found = work_out(expression, values)
    assert found is not None
    assert abs(Fraction(found) - wanted) <= max(Fraction(1), abs(wanted)) * Fraction(1, 10**18)


def test_the_branch_not_taken_cannot_fail() -> None:
    assert work_out(parse_expression("if_(a > 0, 1 / a, 0)"), {"a": Decimal(0)}) == 0
    assert work_out(parse_expression("1 / a"), {"a": Decimal(0)}) is None


def test_a_month_is_reached_when_it_is_and_not_a_billionth_later() -> None:
    assert work_out(parse_expression("ceil(payback(a, b))"), {"a": Decimal(2), "b": Decimal(3)}) == 8
    assert work_out(parse_expression("payback(a, b)"), {"a": Decimal(2), "b": Decimal(0)}) is None


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("EUR/hour", "€ per hour"),
        ("hours/week/people", "hours per person per week"),
        ("trucks a day", "trucks a day"),
        ("%", "%"),
        ("", ""),
    ],
)
def test_units_are_said_in_words(unit: str, said: str) -> None:
    assert unit_words(unit, "EUR") == said
