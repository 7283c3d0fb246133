"""Sections that stay or go and table rows that repeat, the same for Word and for drawings. Runs before any value is written."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.office.merge._marks import Mark, find_marks
from app.core.office.merge._notes import Notes
from app.core.office.merge._text import Edit, Line
from app.core.office.merge.values import NOTHING, Value, Values


@dataclass(frozen=True)
class Dialect:
    """How a language of OOXML names paragraphs, rows and tables; `fresh` gives a copied row ids of its own."""

    paragraph: str
    row: str
    table: str
    needs_paragraph: frozenset[str]
    line: Callable[[Any], Line]
    fresh: Callable[[Any, int], None]


@dataclass(frozen=True)
class End:
    """One end of a section: a mark in a paragraph."""

    paragraph: Any
    mark: Mark


@dataclass(frozen=True)
class Pair:
    """The two ends of a section in one paragraph, between sibling paragraphs, or between rows of one table."""

    opening: End
    closing: End


def paragraphs(root: Any, dialect: Dialect) -> Iterator[tuple[Any, Line]]:
    """Every paragraph that may hold a field, with its line."""
    for paragraph in list(root.iter(dialect.paragraph)):
        line = dialect.line(paragraph)
        if "{" in line.text or "}" in line.text:
            yield paragraph, line


def pair_up(root: Any, dialect: Dialect) -> tuple[list[Pair], list[End]]:
    """The sections of a part by the order of their beginnings, and ends without another."""
    open_ends: list[End] = []
    pairs: list[Pair] = []
    lonely: list[End] = []
    for paragraph, line in paragraphs(root, dialect):
        for mark in find_marks(line.text).marks:
            end = End(paragraph, mark)
            if mark.sign == "#":
                open_ends.append(end)
            elif mark.sign == "/":
                found = next((one for one in reversed(open_ends) if _fits(one, end, dialect)), None)
                if found is None:
                    lonely.append(end)
                else:
                    open_ends.remove(found)
                    pairs.append(Pair(found, end))
    order = {id(paragraph): at for at, paragraph in enumerate(root.iter(dialect.paragraph))}
    pairs.sort(key=lambda pair: (order.get(id(pair.opening.paragraph), 0), pair.opening.mark.start))
    return pairs, [*open_ends, *lonely]


def note_sections(root: Any, dialect: Dialect, notes: Notes, place: Callable[[Any], str]) -> None:
    """Tell of sections that have one end only."""
    for end in pair_up(root, dialect)[1]:
        notes.unclosed(end.mark, place(end.paragraph))


def settle_sections(root: Any, dialect: Dialect, values: Values) -> bool:
    """Take out what answers leave out, and the marks around what stays; says whether anything changed."""
    pairs, _ = pair_up(root, dialect)
    for pair in reversed(pairs):  # from the last, so that what stands before keeps its place
        stays = values.get(pair.opening.mark.name, NOTHING).yes
        if pair.opening.paragraph is pair.closing.paragraph:
            _settle_inside(pair, dialect, stays)
        elif pair.opening.paragraph.getparent() is pair.closing.paragraph.getparent():
            _settle_blocks(pair, dialect, stays)
        else:
            _settle_rows(pair, dialect, stays)
    return bool(pairs)


def repeat_rows(root: Any, dialect: Dialect, values: Values) -> dict[int, tuple[Any, Values]]:
    """Copy rows with fields of a list, once for each entry; the copies by id with the values of their entry."""
    lists: dict[int, tuple[Any, list[str]]] = {}
    for paragraph, line in paragraphs(root, dialect):
        row = next(paragraph.iterancestors(dialect.row), None)
        for mark in find_marks(line.text).marks:
            if row is not None and mark.list_name:
                lists.setdefault(id(row), (row, []))[1].append(mark.list_name)
    scopes: dict[int, tuple[Any, Values]] = {}
    for row, names in lists.values():
        if row.getparent() is not None:
            scopes.update(_repeat(row, dict.fromkeys(names), values, dialect))
    return scopes


def scope_of(paragraph: Any, scopes: Mapping[int, tuple[Any, Values]], dialect: Dialect, values: Values) -> Values:
    """The values that count in this paragraph: those of its row's entry before those of the whole."""
    found = [scopes[id(row)][1] for row in paragraph.iterancestors(dialect.row) if id(row) in scopes]
    return {**values, **found[0]} if found else values


def value_of(values: Values, name: str) -> Value:
    """The value of a field; a column of a list outside its row is all its entries with commas between."""
    listed, _, column = name.partition(".")
    if name in values or not column or f"{listed}." in values:
        return values.get(name, NOTHING)
    return Value(", ".join(row[column].words for row in values.get(listed, NOTHING).rows if column in row))


def fill_lines(root: Any, dialect: Dialect, values: Values, scopes: Mapping[int, tuple[Any, Values]]) -> bool:
    """Write the values into every paragraph; says whether anything changed."""
    changed = False
    for paragraph, line in paragraphs(root, dialect):
        marks = find_marks(line.text).marks
        if marks:
            scope = scope_of(paragraph, scopes, dialect, values) if scopes else values
            line.apply([Edit(mark.start, mark.end, mark.anchor, "" if mark.sign else value_of(scope, mark.name).words) for mark in marks])
            changed = True
    return changed


def _fits(opening: End, closing: End, dialect: Dialect) -> bool:
    if opening.mark.name != closing.mark.name:
        return False
    if opening.paragraph is closing.paragraph or opening.paragraph.getparent() is closing.paragraph.getparent():
        return True
    first, last = (next(end.paragraph.iterancestors(dialect.row), None) for end in (opening, closing))
    return first is not None and last is not None and first.getparent() is last.getparent()


def _mark_in(paragraph: Any, dialect: Dialect, end: End) -> tuple[Line, Mark | None]:
    """Where the end stands now: what came after it may have gone."""
    line = dialect.line(paragraph)
    marks = [mark for mark in find_marks(line.text).marks if (mark.sign, mark.name) == (end.mark.sign, end.mark.name)]
    return line, (marks[-1] if end.mark.sign == "#" else marks[0]) if marks else None


def _settle_inside(pair: Pair, dialect: Dialect, stays: bool) -> None:
    line, opening = _mark_in(pair.opening.paragraph, dialect, pair.opening)
    closings = (
        []
        if opening is None
        else [mark for mark in find_marks(line.text).marks if mark.sign == "/" and mark.name == opening.name and mark.start > opening.start]
    )
    if opening is None or not closings:
        return
    if stays:
        line.apply([_gone(opening.start, opening.end), _gone(closings[0].start, closings[0].end)])
    else:
        line.apply([_gone(opening.start, closings[0].end)])


def _settle_blocks(pair: Pair, dialect: Dialect, stays: bool) -> None:
    first, last = pair.opening.paragraph, pair.closing.paragraph
    container = first.getparent()
    if not stays:
        for between in _between(first, last):
            container.remove(between)
    for paragraph, end in ((first, pair.opening), (last, pair.closing)):
        line, mark = _mark_in(paragraph, dialect, end)
        if mark is None:
            continue
        whole = (mark.start, mark.end)
        if not stays:
            whole = (mark.start, len(line.text)) if end is pair.opening else (0, mark.end)
        if (line.text[: whole[0]] + line.text[whole[1] :]).strip():
            line.apply([_gone(*whole)])
        else:
            _remove(paragraph, dialect)


def _settle_rows(pair: Pair, dialect: Dialect, stays: bool) -> None:
    rows = [next(end.paragraph.iterancestors(dialect.row)) for end in (pair.opening, pair.closing)]
    if not stays:
        for row in (*_between(*rows), *dict.fromkeys(rows)):
            _remove(row, dialect)
        return
    for row, end in zip(rows, (pair.opening, pair.closing), strict=True):
        line, mark = _mark_in(end.paragraph, dialect, end)
        if mark is not None:
            line.apply([_gone(mark.start, mark.end)])
        if rows[0] is not rows[1] and not "".join(dialect.line(one).text for one in row.iter(dialect.paragraph)).strip():
            _remove(row, dialect)


def _gone(start: int, end: int) -> Edit:
    return Edit(start, end, -1, "")


def _between(first: Any, last: Any) -> list[Any]:
    """The siblings after one and before the other."""
    if first is last:
        return []
    found = []
    node = first.getnext()
    while node is not None and node is not last:
        found.append(node)
        node = node.getnext()
    return found


def _remove(node: Any, dialect: Dialect) -> None:
    """Take a paragraph or row out; a table without rows goes with them, a cell or box keeps one paragraph."""
    container = node.getparent()
    if container is None:
        return
    alone = node.tag == dialect.paragraph and container.tag in dialect.needs_paragraph and len(container.findall(dialect.paragraph)) == 1
    if alone or _holds_section(node):
        line = dialect.line(node)
        line.apply([_gone(0, len(line.text))])
        return
    container.remove(node)
    if node.tag == dialect.row and container.tag == dialect.table and container.find(dialect.row) is None:
        holder = container.getparent()
        if holder is not None and holder.tag not in dialect.needs_paragraph:
            holder.remove(container)


def _holds_section(node: Any) -> bool:
    """A paragraph that ends a section of the document carries its page size and headers, so it stays, empty."""
    return any(one.tag.endswith("}sectPr") for one in node.iter() if isinstance(one.tag, str))


def _repeat(row: Any, names: Mapping[str, None], values: Values, dialect: Dialect) -> Iterator[tuple[int, tuple[Any, Values]]]:
    entries = {name: values.get(name, NOTHING).rows for name in names}
    count = max((len(rows) for rows in entries.values()), default=0)
    if count == 0:
        _remove(row, dialect)
        return
    pristine = copy.deepcopy(row)
    current = row
    for at in range(count):
        if at:
            clone = copy.deepcopy(pristine)
            dialect.fresh(clone, at)
            current.addnext(clone)
            current = clone
        scope = {f"{name}.{column}": value for name, rows in entries.items() if at < len(rows) for column, value in rows[at].items()}
        inside = {f"{name}.": NOTHING for name in entries}  # says that a column without a value is empty here
        yield id(current), (current, {**inside, **scope})
