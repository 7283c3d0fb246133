"""Charts follow their data: what they keep of cells is written anew from the workbook they draw. Used by child."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.core.office.merge._book import Book, Plain
from app.core.office.merge._marks import find_marks
from app.core.office.merge._notes import Notes
from app.core.office.merge._sheetnames import Area, area_of, s
from app.core.office.merge._structure import value_of
from app.core.office.merge._text import clean
from app.core.office.merge.values import Values

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_F, _V, _PT, _COUNT, _FORMAT, _LEVEL = (f"{_C}{name}" for name in ("f", "v", "pt", "ptCount", "formatCode", "lvl"))
CHART_TYPES = ("drawingml.chart+xml", "chartex+xml")


def follow(root: Any, book: Book) -> bool:
    """Rewrite what a chart keeps of its cells; says whether it keeps anything."""
    changed = False
    for reference, area in _references(root, book):
        values = book.values(area)
        if values is not None:
            changed = _rewrite(reference, area, values) or changed
    for dimension in root.iter(f"{_CX}numDim", f"{_CX}strDim"):
        named = _area(dimension.findtext(f"{_CX}f", ""), book)
        values = None if named is None else book.values(named)
        levels = dimension.findall(f"{_CX}lvl")
        if values is not None and len(levels) == 1:
            _write_points(levels[0], values, f"{_CX}pt", inner="")
            levels[0].set("ptCount", str(len(values)))
            changed = True
    return changed


def number_cells(root: Any, book: Book) -> frozenset[tuple[str, int, int]]:
    """The cells a chart draws as numbers."""
    found = set()
    for reference, area in _references(root, book):
        if reference.tag == f"{_C}numRef":
            columns, rows = range(area.first[0], area.last[0] + 1), range(area.first[1], area.last[1] + 1)
            found |= {(area.sheet, column, row) for column in columns for row in rows if len(columns) * len(rows) <= 10_000}
    return frozenset(found)


def scan_kept(root: Any, place: str, notes: Notes) -> None:
    """Note fields in what a chart keeps that its workbook, if it is there, does not hold."""
    for node in root.iter(_V, f"{_CX}pt"):
        for mark in find_marks(node.text or "").marks:
            if not mark.sign and mark.name not in notes.fields:
                notes.field(mark.name, place)


def fill_kept(root: Any, values: Values) -> bool:
    """Fill fields in what a chart keeps; its workbook, if it is there, has the last word."""
    changed = False
    for node in root.iter(_V, f"{_CX}pt"):
        text = node.text or ""
        for mark in reversed(find_marks(text).marks):
            value = value_of(values, mark.name)
            words = "" if value.picture else value.words if value.number is None else f"{value.number:.15g}"
            text, changed = text[: mark.start] + clean(words) + text[mark.end :], True
        node.text = text
    return changed


def _references(root: Any, book: Book) -> Iterator[tuple[Any, Area]]:
    for reference in root.iter(f"{_C}numRef", f"{_C}strRef", f"{_C}multiLvlStrRef"):
        area = _area(reference.findtext(_F, ""), book)
        if area is not None:
            yield reference, area


def _area(formula: str, book: Book) -> Area | None:
    """The cells of a chart's reference, also by a defined name."""
    area = area_of(formula)
    if area is None and formula:
        name = formula.rpartition("!")[2].strip("'")
        defined = (one.text or "" for one in book.root.iter(s("definedName")) if one.get("name") == name)
        area = area_of(next(defined, ""))
    return area


def _rewrite(reference: Any, area: Area, values: Sequence[Plain]) -> bool:
    cache = next((child for child in reference if child.tag.endswith("Cache")), None)
    if cache is None:
        return False
    levels = cache.findall(_LEVEL)
    if not levels:
        _set_count(cache, len(values))
        _write_points(cache, [_number(one) for one in values] if reference.tag == f"{_C}numRef" else values, _PT, inner=_V)
        return True
    columns = area.last[0] - area.first[0] + 1
    if len(levels) != columns:
        return False
    _set_count(cache, len(values) // columns)
    for at, level in enumerate(reversed(levels)):  # the innermost level comes first and is the last column
        _write_points(level, values[at::columns], _PT, inner=_V)
    return True


def _number(value: Plain) -> Plain:
    return value if isinstance(value, float | bool) else None


def _set_count(cache: Any, count: int) -> None:
    found = cache.find(_COUNT)
    if found is None:
        found = cache.makeelement(_COUNT)
        form = cache.find(_FORMAT)
        if form is None:
            cache.insert(0, found)
        else:
            form.addnext(found)
    found.set("val", str(count))


def _write_points(holder: Any, values: Sequence[Plain], tag: str, *, inner: str) -> None:
    """Points by their place; a cell without a value has none. Each keeps the number format it had."""
    formats = {old.get("idx"): old.get("formatCode") for old in holder.findall(tag)}
    after = [child for child in holder if child.tag in (_FORMAT, _COUNT)]
    for old in holder.findall(tag):
        holder.remove(old)
    at = holder.index(after[-1]) + 1 if after else 0
    for index, value in enumerate(values):
        if value is None or value == "":
            continue
        point = holder.makeelement(tag, idx=str(index))
        if formats.get(str(index)):
            point.set("formatCode", formats[str(index)])
        target = point
        if inner:
            target = point.makeelement(inner)
            point.append(target)
        target.text = clean(value) if isinstance(value, str) else f"{float(value):.15g}"
        holder.insert(at, point)
        at += 1
