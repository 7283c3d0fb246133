"""Named fields in the cells of a workbook: marks in text, defined names, list rows, page headers; results of formulas. Used by child."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.formula.translate import Translator, TranslatorError

from app.core.office.merge._book import Book, Plain, line_of
from app.core.office.merge._marks import Mark, canonical, find_marks, guess_kind, is_name
from app.core.office.merge._notes import Notes
from app.core.office.merge._sheetnames import area_of, cell_at, cell_name, s
from app.core.office.merge._sheetpictures import anchor_picture
from app.core.office.merge._structure import value_of
from app.core.office.merge._text import Edit, clean
from app.core.office.merge.values import NOTHING, Value, Values

_HEADERS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
Numbers = frozenset[tuple[str, int, int]]
# Number formats of Excel's own for values that a plain cell would show as a bare number.
_LATER_START = 1462  # days between the two first days spreadsheets know
_PLAIN_FORMATS = {"date": 14, "percent": 10}


class Unfillable(Exception):
    """The values do not fit into the file; `told` is a sentence."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


@dataclass(frozen=True)
class Marked:
    """A cell with fields in its text."""

    sheet: str
    at: tuple[int, int]
    cell: Any
    text: str
    marks: tuple[Mark, ...]

    @property
    def whole(self) -> Mark | None:
        """The one field that is all of the cell."""
        only = self.marks[0] if len(self.marks) == 1 else None
        return only if only and not (self.text[: only.start] + self.text[only.end :]).strip() else None


@dataclass(frozen=True)
class Named:
    """A cell that a defined name stands for."""

    name: str
    label: str
    sheet: str
    at: tuple[int, int]


def scan_book(book: Book, notes: Notes, where: str = "", numbers: Numbers = frozenset()) -> None:
    """Note every field of a workbook; `where` tells of which chart it is the data, `numbers` are cells that a chart draws as such."""
    _scan_formulas(book, notes, where)
    _scan_text(book, notes, where, numbers)
    for named in _named(book):
        cell = book.cells(named.sheet).get(named.at)
        value, kind = book.value(cell), "" if cell is None else book.styles.kind_of(int(cell.get("s", "0")))
        if not kind and isinstance(value, float):
            kind = "number"
        place = f"{where}sheet {named.sheet}, {cell_name(*named.at)}"
        notes.field(named.name, place, kind, default=_as_default(value, kind), label=named.label)
    for element, sheet in _headers(book):
        notes.marked(find_marks(element.text or ""), f"{where}sheet {sheet}, page header or footer")


def _scan_formulas(book: Book, notes: Notes, where: str) -> None:
    for sheet in book.sheets:
        for cell in book.cells(sheet).values():
            if "{{" in cell.findtext(s("f"), ""):
                place = f"{where}sheet {sheet}, {cell.get('r', '')}"
                notes.loss(f"{place}: a field inside a formula. Put it into a cell of its own and refer to that.")


def _scan_text(book: Book, notes: Notes, where: str, numbers: Numbers) -> None:
    headings = _table_headings(book)
    for marked in _marked(book, notes, where):
        place = f"{where}sheet {marked.sheet}, {cell_name(*marked.at)}"
        if (marked.sheet, *marked.at) in headings:
            notes.loss(f"{place}: a field in the heading of a table, which must stay as it is. Write the heading out.")
        for mark in marked.marks:
            if mark.sign:
                notes.fault(f"{place}: sections work in documents and decks, not in sheets. Take {{{{{mark.sign}{mark.name}}}}} out.")
                continue
            kind = _kind_at(book, marked, numbers) if marked.whole else ""
            notes.field(mark.name, place, kind, label=_label_beside(book, marked.sheet, marked.at) if marked.whole else "")


def fill_book(book: Book, values: Values) -> bool:
    """Fill every field of a workbook; says whether anything changed. Results of formulas stay as they were: see forget_results."""
    named = [one for one in _named(book) if one.name in values]  # before words come in
    found = list(_marked(book, None, ""))
    listed: dict[tuple[str, int], list[Marked]] = {}
    for marked in found:
        if any(mark.list_name for mark in marked.marks):
            listed.setdefault((marked.sheet, marked.at[1]), []).append(marked)
        else:
            _fill_cell(book, marked, marked.cell, values)
    for (sheet, row), cells in sorted(listed.items(), reverse=True):
        _fill_list(book, sheet, row, cells, values)
    for one in named:
        cell = book.cells(one.sheet).get(one.at)
        _set(book, one.sheet, book.add_cell(one.sheet, *one.at, like={}) if cell is None else cell, values[one.name])
        if values[one.name].picture:
            anchor_picture(book, one.sheet, one.at, values[one.name])
    return _fill_headers(book, values) or bool(found or named)


def _fill_headers(book: Book, values: Values) -> bool:
    headers = [(element, sheet) for element, sheet in _headers(book) if "{{" in (element.text or "")]
    for element, sheet in headers:
        element.text = _filled(element.text, values)
        book.touch(sheet)
    return bool(headers)


def forget_results(book: Book) -> bool:
    """Drop what formulas last showed and have them computed when the file is opened; says whether there are any."""
    found = False
    for sheet in book.sheets:
        for cell in book.cells(sheet).values():
            if cell.find(s("f")) is not None:
                found = True
                _set_result(cell, None)
                book.touch(sheet)
    if found:
        _compute_on_opening(book, needed=True)
    return found


def take_results(book: Book, computed: Book) -> None:
    """Show the results another program computed for the same workbook; those it could not are left to the program that opens it."""
    failed = False
    for sheet in book.sheets:
        theirs = computed.cells(sheet) if sheet in computed.sheets else {}
        for at, cell in book.cells(sheet).items():
            if cell.find(s("f")) is None:
                continue
            other = theirs.get(at)
            is_fine = other is not None and other.get("t", "n") in ("n", "str", "b") and other.find(s("v")) is not None
            failed = failed or not is_fine
            _set_result(cell, other if is_fine else None)
            book.touch(sheet)
    _compute_on_opening(book, needed=failed)


def _set_result(cell: Any, other: Any) -> None:
    for value in cell.findall(s("v")):
        cell.remove(value)
    cell.attrib.pop("t", None)
    if other is not None:
        if other.get("t", "n") != "n":
            cell.set("t", other.get("t"))
        value = cell.makeelement(s("v"))
        value.text = other.findtext(s("v"))
        cell.find(s("f")).addnext(value)


def _compute_on_opening(book: Book, *, needed: bool) -> None:
    calculation = book.root.find(s("calcPr"))
    if calculation is None:
        if not needed:
            return
        calculation = book.root.makeelement(s("calcPr"))
        after = [one for name in ("sheets", "functionGroups", "externalReferences", "definedNames") for one in book.root.findall(s(name))]
        after[-1].addnext(calculation)
    if needed:
        calculation.set("fullCalcOnLoad", "1")
    else:
        calculation.attrib.pop("fullCalcOnLoad", None)
    book.package.touch(book.name)


def _marked(book: Book, notes: Notes | None, where: str) -> Iterator[Marked]:
    for sheet in book.sheets:
        for at, cell in list(book.cells(sheet).items()):
            holder = book.holder(cell)
            if holder is None:
                continue
            text = line_of(holder).text
            marked = find_marks(text)
            if notes is not None:
                for half in marked.halves:
                    place = f"{where}sheet {sheet}, {cell_name(*at)}"
                    notes.fault(f"“{half}” on {place} is no whole field. Write it as {{{{ name }}}} within one cell.")
            if marked.marks:
                yield Marked(sheet, at, cell, text, marked.marks)


def _named(book: Book) -> Iterator[Named]:
    """Defined names of one cell that holds no formula and no field."""
    for one in book.root.iter(s("definedName")):
        label = one.get("name", "")
        area = area_of(one.text or "")
        if label.startswith("_") or one.get("hidden") == "1" or area is None or not area.is_one_cell or area.sheet not in book.sheets:
            continue
        name = canonical(label).replace(".", "_").replace("\\", "_")
        cell = book.cells(area.sheet).get(area.first)
        holds_more = cell is not None and (cell.find(s("f")) is not None or "{{" in str(book.value(cell)))
        if is_name(name) and not holds_more:
            yield Named(name, label.replace("_", " "), area.sheet, area.first)


def _headers(book: Book) -> Iterator[tuple[Any, str]]:
    for sheet, part in book.sheets.items():
        for holder in book.package.root(part).findall(s("headerFooter")):
            for name in _HEADERS:
                for element in holder.findall(s(name)):
                    yield element, sheet


def _filled(text: str, values: Values) -> str:
    for mark in reversed(find_marks(text).marks):
        value = NOTHING if mark.sign else value_of(values, mark.name)
        words = "" if value.picture else clean(value.words).replace("&", "&&")
        text = text[: mark.start] + words + text[mark.end :]
    return text[:255]  # Excel repairs longer ones


def _fill_cell(book: Book, marked: Marked, cell: Any, values: Values) -> None:
    whole = marked.whole
    if whole is not None and not whole.sign and value_of(values, whole.name).number is not None:
        _set(book, marked.sheet, cell, value_of(values, whole.name))
        return
    holder = copy.deepcopy(book.holder(marked.cell))
    given = [NOTHING if mark.sign else value_of(values, mark.name) for mark in marked.marks]
    words = ["" if value.picture else value.words for value in given]
    line_of(holder).apply([Edit(mark.start, mark.end, mark.anchor, one) for mark, one in zip(marked.marks, words, strict=True)])
    book.set_holder(marked.sheet, cell, holder)
    for value in given:
        if value.picture:
            anchor_picture(book, marked.sheet, marked.at, value)


def _set(book: Book, sheet: str, cell: Any, value: Value) -> None:
    if value.number is None:
        book.set_text(sheet, cell, "" if value.picture else value.words)
        return
    book.set_number(sheet, cell, value.number - (_LATER_START if value.kind == "date" and book.starts_in_1904 else 0))
    plain_format = _PLAIN_FORMATS.get(value.kind)
    style = int(cell.get("s", "0"))
    if plain_format is not None and book.styles.kind_of(style) == "":
        book.set_style(cell, book.styles.formatted(style, plain_format))


def _fill_list(book: Book, sheet: str, row: int, cells: Sequence[Marked], values: Values) -> None:
    """Fill a row once for each entry, downwards; formulas of the row are carried along. The rows below must be free."""
    names = list(dict.fromkeys(mark.list_name for one in cells for mark in one.marks if mark.list_name))
    entries = {name: values.get(name, NOTHING).rows for name in names}
    count = max(len(rows) for rows in entries.values())
    formulas = [(at[0], cell) for at, cell in book.cells(sheet).items() if at[1] == row and _is_own_formula(cell)]
    for at in range(count - 1, -1, -1):  # from below, as the row itself is what the others are made like
        blank = {mark.name: NOTHING for one in cells for mark in one.marks if mark.list_name}
        filled = {f"{name}.{key}": value for name, rows in entries.items() if at < len(rows) for key, value in rows[at].items()}
        for one in cells:
            cell = one.cell if at == 0 else _free_cell(book, sheet, (one.at[0], row + at), one.cell, names[0], count)
            _fill_cell(book, one, cell, {**values, **blank, **filled})
        for column, cell in formulas if at else ():
            _carry_formula(book, sheet, (column, row), cell, at)
    if not count:
        for one in cells:
            book.set_text(sheet, one.cell, "")


def _is_own_formula(cell: Any) -> bool:
    formula = cell.find(s("f"))
    return formula is not None and formula.get("t", "normal") == "normal" and bool(formula.text)


def _free_cell(book: Book, sheet: str, at: tuple[int, int], like: Any, name: str, count: int) -> Any:
    taken = book.cells(sheet).get(at)
    if taken is not None and len(taken):
        told = f"The list “{name}” has {count} entries, and in sheet {sheet} only the rows above {cell_name(*at)} are free for them. "
        raise Unfillable(told + "Shorten the list, or leave more empty rows in the template.")
    return book.add_cell(sheet, *at, like=like)


def _carry_formula(book: Book, sheet: str, at: tuple[int, int], cell: Any, by: int) -> None:
    below = book.cells(sheet).get((at[0], at[1] + by))
    if below is not None and len(below):
        return  # the template has its own there
    try:
        moved = Translator(f"={cell.findtext(s('f'))}", cell_name(*at)).translate_formula(cell_name(at[0], at[1] + by))
    except TranslatorError:
        return
    fresh = book.add_cell(sheet, at[0], at[1] + by, like=cell)
    formula = fresh.makeelement(s("f"))
    formula.text = moved[1:]
    fresh.append(formula)
    book.touch(sheet)


def _kind_at(book: Book, marked: Marked, numbers: Numbers) -> str:
    kind = book.styles.kind_of(int(marked.cell.get("s", "0")))
    drawn = (marked.sheet, *marked.at) in numbers and guess_kind(marked.marks[0].name) == "text"
    return kind or ("number" if drawn else "")


def _label_beside(book: Book, sheet: str, at: tuple[int, int]) -> str:
    value = book.value(book.cells(sheet).get((at[0] - 1, at[1])))
    return value.strip(" :")[:120] if isinstance(value, str) and "{" not in value else ""


def _as_default(value: Plain, kind: str) -> str:
    if value is None or isinstance(value, bool) or kind == "date":
        return ""
    if isinstance(value, float):
        return f"{value * 100 if kind == 'percent' else value:.10g}"
    return str(value)[:2000]


def _table_headings(book: Book) -> set[tuple[str, int, int]]:
    """The heading cells of tables: Excel repairs a file whose cells and table disagree about them."""
    found = set()
    for sheet, part in book.sheets.items():
        for table in book.package.related(part, "table"):
            root = book.package.root(table)
            first, _, last = root.get("ref", "").partition(":")
            start, end = cell_at(first), cell_at(last or first)
            if start and end and root.get("headerRowCount", "1") != "0":
                found |= {(sheet, column, start[1]) for column in range(start[0], end[0] + 1)}
    return found
