"""MERGEFIELD codes of Word, simple and complex; filled, they become plain runs with the look of what they showed."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.core.office.merge._marks import canonical, is_name
from app.core.office.merge._wordnames import RPR, P, R, T, w

_CODE = re.compile(r"\s*MERGEFIELD\s+(\"[^\"]*\"|[“„][^”“]*[”“]|[^\s\\]+)(.*)", re.IGNORECASE | re.DOTALL)
_CASES: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "firstcap": lambda words: words[:1].upper() + words[1:],
    "caps": lambda words: " ".join(word[:1].upper() + word[1:] for word in words.split(" ")),
}
_SEVERAL = "spans several paragraphs. Put it into one."
_NESTED = "stands inside another field, which filling would break. Take it out of there, or write {{ name }} outside."


@dataclass
class Code:
    """A MERGEFIELD: its first and last node (one fldSimple, or runs), and why it cannot be filled, if so."""

    name: str
    label: str
    switches: str
    start: Any
    end: Any
    fault: str = ""


@dataclass
class _Open:
    start: Any
    words: list[str] = field(default_factory=list)
    separator: Any = None


def find_codes(root: Any) -> list[Code]:
    """Every MERGEFIELD of a part that is not deleted, in order."""
    found = [code for one in root.iter(w("fldSimple")) if (code := _read(one.get(w("instr"), ""), one, one)) is not None]
    stack: list[_Open] = []
    for node in root.iter(w("fldChar"), w("instrText")):
        if next(node.iterancestors(w("del")), None) is not None:
            continue
        if node.tag == w("instrText"):
            if stack:
                stack[-1].words.append(node.text or "")
            continue
        kind = node.get(w("fldCharType"))
        if kind == "begin":
            stack.append(_Open(node))
        elif kind == "separate" and stack:
            stack[-1].separator = node
        elif kind == "end" and stack:
            found += _closed(stack.pop(), node, stack)
    return found


def _closed(opened: _Open, end: Any, outer: list[_Open]) -> Iterator[Code]:
    code = _read("".join(opened.words), opened.start, end)
    if code is None:
        return
    paragraphs = [next(node.iterancestors(P), None) for node in (opened.start, end)]
    if paragraphs[0] is not paragraphs[1]:
        code.fault = _SEVERAL
    elif any(one.separator is None for one in outer):
        code.fault = _NESTED
    yield code


def _read(instruction: str, start: Any, end: Any) -> Code | None:
    found = _CODE.match(instruction)
    if found is None:
        return None
    label = found.group(1).strip('"“”„ ')
    name = canonical(label).replace(".", "_")
    return Code(name, label, found.group(2), start, end) if is_name(name) else None


def fill_code(code: Code, words: str, write: Callable[[Any, str], None]) -> None:
    """Put words in the place of a code."""
    runs = _runs_of(code)
    look = next((run.find(RPR) for run in runs if run.find(T) is not None), None)
    filled, text = code.start.makeelement(R), code.start.makeelement(T)
    if look is not None:
        filled.append(copy.deepcopy(look))
    filled.append(text)
    gone = [code.start] if code.start is code.end else runs
    gone[0].addprevious(filled)
    for one in gone:
        one.getparent().remove(one)
    write(text, _with_switches(code.switches, words))


def _runs_of(code: Code) -> list[Any]:
    """The runs of a code, split so that none of them holds anything else."""
    if code.start is code.end:
        return list(code.start.iter(R))
    _split_run(code.start)
    _split_run(code.end)
    runs = list(next(code.start.iterancestors(P)).iter(R))
    return runs[runs.index(code.start.getparent()) : runs.index(code.end.getparent()) + 1]


def _split_run(node: Any) -> None:
    """Give a field character a run of its own."""
    run = node.getparent()
    look = run.find(RPR)
    children = [child for child in run if child.tag != RPR]
    for child in children[1:]:
        fresh = run.makeelement(R)
        if look is not None:
            fresh.append(copy.deepcopy(look))
        fresh.append(child)
        last = children[children.index(child) - 1].getparent()
        last.addnext(fresh)


def _with_switches(switches: str, words: str) -> str:
    case = re.search(r"\\\*\s*(Upper|Lower|FirstCap|Caps)\b", switches, re.IGNORECASE)
    if case:
        words = _CASES[case.group(1).lower()](words)
    around = {kind: text.strip('"“”') for kind, text in re.findall(r"\\([bf])\s+(\"[^\"]*\"|“[^”]*”|[^\s\\]+)", switches)}
    return f"{around.get('b', '')}{words}{around.get('f', '')}" if words else ""
