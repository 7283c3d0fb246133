"""Python files as the rules of this folder see them, and the small questions the rules share."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One module: its path from the root of the repository, its text and its tree."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)


@dataclass(frozen=True)
class Rule:
    """One rule of the house: what breaks it, where it does not hold and why, and a snippet that must be caught."""

    name: str
    find: Callable[[Source], Iterator[str]]
    bad: str
    bad_name: str = "app/library/actions.py"
    allowed: dict[str, str] = field(default_factory=dict)

    def broken_by(self, source: Source) -> list[str]:
        """Every place in the module that breaks the rule."""
        if any(source.name.startswith(place) for place in self.allowed):
            return []
        return [f"{source.name}: {finding}" for finding in self.find(source)]


@cache
def modules(*folders: str) -> tuple[Source, ...]:
    """Every module below the folders; read once, because every rule looks at all of them."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(Source(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names; only its readable end when it hangs on something else, as in `open().commit`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def called(source: Source) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything the module calls."""
    return ((node.lineno, dotted(node.func)) for node in ast.walk(source.tree) if isinstance(node, ast.Call))


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full name of everything the module imports: `from a import b` gives `a.b`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}") for alias in node.names)


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
