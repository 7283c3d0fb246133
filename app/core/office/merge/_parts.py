"""Which parts of a DOCX, PPTX or XLSX are looked at, where each stands in words, and which workbook each chart draws. Used by child."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.office.merge import _cells, _charts, _drawing, _pictures, _word, _wordplaces
from app.core.office.merge._book import Book
from app.core.office.merge._notes import Notes
from app.core.office.merge.package import REL_ID, Package
from app.core.office.merge.values import Values

MAIN = ""
_WORD_PARTS = {
    "wordprocessingml.document.main+xml": "",
    "wordprocessingml.header+xml": "the page header",
    "wordprocessingml.footer+xml": "the page footer",
    "wordprocessingml.footnotes+xml": "a footnote",
    "wordprocessingml.endnotes+xml": "an endnote",
}
_DIAGRAMS = ("drawingml.diagramData+xml", "drawingml.diagramDrawing+xml")
_DRAWN = {
    "presentationml.slideLayout+xml": "a slide layout",
    "presentationml.slideMaster+xml": "the slide master",
    "presentationml.notesMaster+xml": "the notes master",
    "presentationml.notesSlide+xml": "speaker notes",
    "presentationml.slide+xml": "a slide",
    "drawingml.diagramData+xml": "a diagram",
    "drawingml.diagramDrawing+xml": "a diagram",
    "drawingml.chart+xml": "a chart",
    "chartex+xml": "a chart",
    "drawing+xml": "a drawing",
    "drawingml.chartshapes+xml": "a chart",
}
# A part without any of these holds no field: braces may stand in runs apart, codes and controls have names of their own.
_SIGNS = (b"{", b"&#", b"fldChar", b"fldSimple", b"sdt")


@dataclass(frozen=True)
class _Part:
    name: str
    place: str
    is_word: bool


def scan(package: Package, format_key: str, notes: Notes) -> None:
    """Note the fields of all parts, in the order people read them."""
    headings = _headings(package)
    for part in _listed(package):
        root = package.root(part.name)
        if part.is_word:
            places = _wordplaces.Places(root, part.place, headings)
            _word.scan_part(root, places, notes)
            for held in _pictures.held_in(root):
                notes.field(held.name, places.of(held.properties), "image" if held.blip is not None else "")
        else:
            _drawing.scan_part(root, part.place, notes)
            _pictures.scan_pictures(root, part.place, notes)
    for name, book in books(package, format_key).items():
        drawn = _charts_of(package, name)
        numbers = frozenset[tuple[str, int, int]]().union(*(_charts.number_cells(package.root(chart), book) for chart in drawn))
        _cells.scan_book(book, notes, f"{_place_of_chart(package, drawn)}, " if name != MAIN else "", numbers)
    for chart in package.of_type(*_charts.CHART_TYPES):
        _charts.scan_kept(package.root(chart), _place_of_chart(package, [chart]), notes)


def fill(package: Package, format_key: str, values: Values) -> dict[str, Book]:
    """Fill all parts; the workbooks that changed, by part, the file itself as MAIN."""
    for part in _listed(package):
        root, pictures = package.root(part.name), _pictures.Pictures(package, part.name)
        if _pictures.fill_pictures(pictures, root, values):
            package.touch(part.name)
        if (_word.fill_part if part.is_word else _drawing.fill_part)(root, values, pictures):
            package.touch(part.name)
    _leave_data_source(package)
    for chart in package.of_type(*_charts.CHART_TYPES):
        if _charts.fill_kept(package.root(chart), values):
            package.touch(chart)
    return {name: book for name, book in books(package, format_key).items() if _cells.fill_book(book, values)}


def books(package: Package, format_key: str) -> dict[str, Book]:
    """The workbooks of a file: itself, or the data of its charts."""
    if format_key == "xlsx":
        return {MAIN: Book(package)}
    found = {}
    for chart in package.of_type(*_charts.CHART_TYPES):
        for name in package.related(chart, "package"):
            if name not in found and name.endswith(".xlsx"):
                found[name] = Book(Package(io.BytesIO(package.data(name))))
    return found


def follow_charts(package: Package, changed: dict[str, Book]) -> None:
    """Let charts show what their workbooks hold now."""
    for name, book in changed.items():
        for chart in _charts_of(package, name):
            if _charts.follow(package.root(chart), book):
                package.touch(chart)


def _charts_of(package: Package, book: str) -> list[str]:
    every = package.of_type(*_charts.CHART_TYPES)
    return [chart for chart in every if book == MAIN or book in package.related(chart, "package")]


def _listed(package: Package) -> Iterator[_Part]:
    places = _places(package)
    order = {name: at for at, name in enumerate(places)}
    for name in sorted(package.names, key=lambda one: order.get(one, len(order))):
        kind = package.type_of(name)
        word = next((place for ending, place in _WORD_PARTS.items() if kind.endswith(ending)), None)
        drawn = next((place for ending, place in _DRAWN.items() if kind.endswith(ending)), None)
        if (word is not None or drawn is not None) and any(sign in package.data(name) for sign in _SIGNS):
            yield _Part(name, places.get(name, word if word is not None else drawn or ""), word is not None)


def _places(package: Package) -> dict[str, str]:
    """Where slides, their notes, charts and diagrams stand, and the drawings of sheets; in the order of the file."""
    found: dict[str, str] = {}
    for main in package.of_type("presentationml.presentation.main+xml"):
        rels = package.rels(main)
        listed = (node.get(REL_ID, "") for node in package.root(main).iter() if str(node.tag).endswith("}sldId"))
        for number, rel_id in enumerate(listed, start=1):
            slide = rels.get(rel_id, ("", "", True))[1]
            found[slide] = f"slide {number}"
            for kind, words in (("notesSlide", "notes of slide"), ("chart", "chart on slide"), ("chartEx", "chart on slide")):
                found.update(dict.fromkeys(package.related(slide, kind), f"{words} {number}"))
            for kind in ("diagramData", "diagramDrawing"):
                found.update(dict.fromkeys(package.related(slide, kind), f"diagram on slide {number}"))
    for book in package.of_type("spreadsheetml.sheet.main+xml"):
        for sheet, part in Book(package).sheets.items() if package.has(book) else ():
            for drawing in package.related(part, "drawing"):
                found[drawing] = f"drawing on sheet {sheet}"
                found.update(dict.fromkeys(package.related(drawing, "chart"), f"chart on sheet {sheet}"))
    return found


def _place_of_chart(package: Package, charts: list[str]) -> str:
    places = _places(package)
    return next((places[chart] for chart in charts if chart in places), "a chart")


def _headings(package: Package) -> frozenset[str]:
    styles = next(package.of_type("wordprocessingml.styles+xml"), "")
    return _wordplaces.heading_styles(package.root(styles)) if styles else frozenset()


def _leave_data_source(package: Package) -> None:
    """Word asks for the data source of a mail merge when it opens the file; filled, it needs none."""
    for name in list(package.of_type("wordprocessingml.settings+xml")):
        if b"mailMerge" in package.data(name):
            for rel_id in _word.without_mail_merge(package.root(name)):
                package.drop_rel(name, rel_id)
            package.touch(name)
