"""A workbook inside a package: its sheets, shared strings and cells, read and written in place. Used by _cells and _charts."""

import copy
import re
from typing import Any

from app.core.office.merge._sheetnames import Area, cell_at, cell_name, s
from app.core.office.merge._styles import Styles, starts_a_formula
from app.core.office.merge._text import Line, clean
from app.core.office.merge.package import REL_ID, Package

# Excel reads _x000D_ as the character with that number, unless its first mark is written as such a number itself.
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
Plain = float | str | bool | None


class Book:
    """The sheets of a workbook by name; every change is told to the package."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.name = next(iter(package.of_type("sheet.main+xml", "sheet.macroEnabled.main+xml")), "xl/workbook.xml")
        self.root = package.root(self.name)
        rels = package.rels(self.name)
        self.sheets: dict[str, str] = {}
        for sheet in self.root.iter(s("sheet")):
            _, target, outside = rels.get(sheet.get(REL_ID, ""), ("", "", True))
            if not outside and package.has(target) and package.type_of(target).endswith("worksheet+xml"):
                self.sheets[sheet.get("name", "")] = target
        self._strings_part = next(iter(package.related(self.name, "sharedStrings")), "")
        styles = next(iter(package.related(self.name, "styles")), "")
        self._styles_part = styles
        self.styles = Styles(package.root(styles) if styles else None)
        self._strings: list[Any] | None = None
        self._cells: dict[str, dict[tuple[int, int], Any]] = {}

    @property
    def starts_in_1904(self) -> bool:
        """Whether days are counted as old Excel for the Mac did."""
        properties = self.root.find(s("workbookPr"))
        return properties is not None and properties.get("date1904", "0") in ("1", "true")

    def cells(self, sheet: str) -> dict[tuple[int, int], Any]:
        """The cells of a sheet by column and row, read once."""
        if sheet not in self._cells:
            found = {}
            at_row = 0
            for row in self.package.root(self.sheets[sheet]).iter(s("row")):
                at_row = int(row.get("r") or at_row + 1)
                at_column = 0
                for cell in row.findall(s("c")):
                    place = cell_at(cell.get("r", "")) or (at_column + 1, at_row)
                    at_column = place[0]
                    found[place] = cell
            self._cells[sheet] = found
        return self._cells[sheet]

    def holder(self, cell: Any) -> Any:
        """The element with the text of a cell: a shared or inline string; None for others."""
        if cell.get("t") == "inlineStr":
            return cell.find(s("is"))
        value = cell.findtext(s("v"))
        strings = self.strings
        return strings[int(value)] if cell.get("t") == "s" and value and int(value) < len(strings) else None

    @property
    def strings(self) -> list[Any]:
        """The shared strings in order."""
        if self._strings is None:
            self._strings = list(self.package.root(self._strings_part).findall(s("si"))) if self._strings_part else []
        return self._strings

    def value(self, cell: Any) -> Plain:
        """What a cell shows as plain data, a formula by its stored result; None when that is missing."""
        if cell is None:
            return None
        holder = self.holder(cell)
        if holder is not None:
            return line_of(holder).text
        text: str | None = cell.findtext(s("v"))
        kind = cell.get("t", "n")
        if text is None or kind == "e":
            return None
        if kind in ("str", "d"):
            return text
        return text == "1" if kind == "b" else float(text)

    def values(self, area: Area) -> list[Plain] | None:
        """What the cells of an area show, row by row; None for a sheet that is not there."""
        if area.sheet not in self.sheets or (area.last[0] - area.first[0] + 1) * (area.last[1] - area.first[1] + 1) > 100_000:
            return None
        cells = self.cells(area.sheet)
        rows, columns = range(area.first[1], area.last[1] + 1), range(area.first[0], area.last[0] + 1)
        return [self.value(cells.get((column, row))) for row in rows for column in columns]

    def set_number(self, sheet: str, cell: Any, number: float) -> None:
        """Make a cell hold a number; its format stays."""
        self._empty(sheet, cell)
        cell.append(_with_text(cell.makeelement(s("v")), repr(number) if number % 1 else str(int(number))))

    def set_text(self, sheet: str, cell: Any, words: str) -> None:
        """Make a cell hold words that stay words, whatever they begin with."""
        self._empty(sheet, cell)
        if words:
            text = _with_text(cell.makeelement(s("t")), _spelt(words))
            text.set(_SPACE, "preserve")
            inline = cell.makeelement(s("is"))
            inline.append(text)
            cell.set("t", "inlineStr")
            cell.append(inline)
            self._guard(cell, words)

    def set_holder(self, sheet: str, cell: Any, holder: Any) -> None:
        """Give a cell a text of its own with the runs of `holder`."""
        text = line_of(holder).text
        self._empty(sheet, cell)
        if text:
            inline = cell.makeelement(s("is"))
            inline.extend(copy.deepcopy(list(holder)))
            cell.set("t", "inlineStr")
            cell.append(inline)
            self._guard(cell, text)

    def add_cell(self, sheet: str, column: int, row: int, like: Any) -> Any:
        """The cell at a place, made if it is not there, with the style of another."""
        cells = self.cells(sheet)
        if (column, row) not in cells:
            holder = self._row(sheet, row)
            cell = holder.makeelement(s("c"), r=cell_name(column, row))
            after = [one for (at, number), one in cells.items() if number == row and at < column]
            if after:
                after[-1].addnext(cell)
            else:
                holder.insert(0, cell)
            cells[column, row] = cell
        cell = cells[column, row]
        if like.get("s"):
            cell.set("s", like.get("s"))
        return cell

    def raise_row(self, sheet: str, number: int, points: float) -> None:
        """Give a row a height."""
        self._row(sheet, number).attrib.update({"ht": f"{points:.2f}", "customHeight": "1"})
        self.touch(sheet)

    def touch(self, sheet: str) -> None:
        """A sheet was changed."""
        self.package.touch(self.sheets[sheet])

    def _row(self, sheet: str, number: int) -> Any:
        data = next(self.package.root(self.sheets[sheet]).iter(s("sheetData")))
        before = None
        for row in data.findall(s("row")):
            if int(row.get("r", "0")) == number:
                return row
            if int(row.get("r", "0")) > number:
                break
            before = row
        fresh = data.makeelement(s("row"), r=str(number))
        if before is None:
            data.insert(0, fresh)
        else:
            before.addnext(fresh)
        return fresh

    def _empty(self, sheet: str, cell: Any) -> None:
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", None)
        self.touch(sheet)

    def _guard(self, cell: Any, words: str) -> None:
        if starts_a_formula(words):
            self.set_style(cell, self.styles.quoted(int(cell.get("s", "0"))))

    def set_style(self, cell: Any, style: int) -> None:
        """Give a cell another format."""
        cell.set("s", str(style))
        if self.styles.changed:
            self.package.touch(self._styles_part)


def line_of(holder: Any) -> Line:
    """The text of a shared or inline string over its runs, without reading aids."""
    nodes = [child for child in holder if child.tag == s("t")] + [run.find(s("t")) for run in holder.findall(s("r"))]
    return Line([(node, node.text or "", True) for node in nodes if node is not None], _write)


def _write(node: Any, words: str) -> None:
    node.text = _spelt(words)
    node.set(_SPACE, "preserve")


def _spelt(words: str) -> str:
    return _CODED.sub("_x005F_", clean(words))


def _with_text(node: Any, text: str) -> Any:
    node.text = text
    return node
