"""Expressions of value models as formulas of a spreadsheet, which gives the same figures."""

import ast
import re
from collections.abc import Mapping

from app.messaging.rules.expressions import CONSTANTS, MONTHS

_SIGNS: Mapping[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "=",
    ast.NotEq: "<>",
}
_LIKE_A_CELL = re.compile(r"[a-z]{1,3}\d+|r\d*c?\d*|c\d*")


def name_in_excel(key: str) -> str:
    """The name of a cell for this key; one that a spreadsheet would read as an address gets a stroke behind it."""
    return f"{key}_" if _LIKE_A_CELL.fullmatch(key) else key


def to_excel(tree: ast.expr, places: Mapping[str, str]) -> str:
    """The formula, without its "=", with each key as its name or address in `places`."""
    match tree:
        case ast.Constant(value=int() | float() as value):
            return f"{value!r}" if isinstance(value, int) else f"{value:.15g}"
        case ast.Name(id=name):
            return f"{CONSTANTS[name][0]}" if name in CONSTANTS else places[name]
        case ast.UnaryOp(op=sign, operand=operand):
            return f"({'-' if isinstance(sign, ast.USub) else ''}{to_excel(operand, places)})"
        case ast.BinOp(left=left, op=sign, right=right) | ast.Compare(left=left, ops=[sign], comparators=[right]):
            return f"({to_excel(left, places)}{_SIGNS[type(sign)]}{to_excel(right, places)})"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, [to_excel(one, places) for one in arguments])
    raise ValueError("an expression that was not checked")


def _call(name: str, given: list[str]) -> str:
    match name:
        case "ceil":
            return f"(-INT(-ROUND({given[0]},9)))"
        case "round":
            return f"ROUND({given[0]},{given[1] if len(given) > 1 else 0})"
        case "if_":
            return f"IF({','.join(given)})"
        case "payback":
            return f"IF({given[1]}<=0,NA(),{given[0]}*{MONTHS}/{given[1]})"
        case "npv":
            rate, once, yearly, years = given
            return f"(PV({rate},{years},-{yearly})-{once})"
        case _:
            return f"{name.upper()}({','.join(given)})"
