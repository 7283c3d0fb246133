"""Reads the title and the stored values of a chart out of its XML, whatever kind of chart it is. Used by _pptx."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from app.core.office._blocks import Block, CannotRead, Paragraph, Run, Table, text_cell

_ROWS = 200
_SERIES = 60
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_LEVEL_MARK = ", "
Points = dict[int, str]


def chart_blocks(xml: bytes) -> list[Block]:
    """The title, then a row for each category and a column for each series; CannotRead when this is no chart."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    if etree.QName(root).localname != "chartSpace":
        raise CannotRead("not a chart")
    title = _title(root.find("{*}chart/{*}title"))
    modern = root.find("{*}chartData")
    tables = _modern_tables(root, modern) if modern is not None else _plot_tables(root.find("{*}chart/{*}plotArea"))
    return [*([Paragraph((Run(title, bold=True),))] if title else []), *tables]


def _title(node: Any) -> str:
    """Of a title or a series: typed text, or what it took from a cell."""
    words = node.find("{*}tx") if node is not None else None
    if words is None:
        return ""
    lines = ["".join(text.text or "" for text in paragraph.iter(f"{_TEXT}t")) for paragraph in words.iter(f"{_TEXT}p")]
    typed = " ".join(line for line in lines if line.strip())
    return typed or " ".join(value.text for value in words.iter("{*}v") if value.text)


def _plot_tables(area: Any) -> Iterator[Block]:
    for plot in area if area is not None else ():
        series = list(plot.iterchildren("{*}ser"))[:_SERIES]
        if not series:
            continue
        if any(one.find("{*}xVal") is not None for one in series):
            yield from (_table(_points(one.find("{*}xVal")), [_column(one, "yVal"), *_sizes(one)]) for one in series)
        else:
            categories = next((found for one in series if (found := _points(one.find("{*}cat")))), {})
            yield _table(categories, [_column(one, "val") for one in series])


def _column(series: Any, name: str) -> tuple[str, Points]:
    return _title(series), _numbers(_points(series.find(f"{{*}}{name}")))


def _sizes(series: Any) -> list[tuple[str, Points]]:
    return [("", _numbers(_points(series.find("{*}bubbleSize"))))] if series.find("{*}bubbleSize") is not None else []


def _points(node: Any) -> Points:
    """Texts by their place; of categories in several levels each with the level above it in front."""
    if node is None:
        return {}
    levels = list(node.iter("{*}lvl")) or [node]
    known = _own_points(levels[0])
    for level in levels[1:]:
        above, current = _own_points(level), ""
        for at in sorted(known.keys() | above.keys()):
            current = above.get(at, current)
            if at in known and current:
                known[at] = f"{current}{_LEVEL_MARK}{known[at]}"
    return known


def _own_points(level: Any) -> Points:
    found: Points = {}
    for point in level.iter("{*}pt"):
        place = point.get("idx", "")
        if place.isdigit() and int(place) < _ROWS:
            found[int(place)] = (point.text or "").strip() or (point.findtext("{*}v") or "").strip()
    return found


def _numbers(points: Points) -> Points:
    return {at: _number(text) for at, text in points.items()}


def _number(text: str) -> str:
    """Without the noise of a stored float; an error value such as #N/A is no number and shows nothing."""
    try:
        return f"{float(text):.10g}"
    except ValueError:
        return ""


def _table(categories: Points, columns: list[tuple[str, Points]]) -> Table:
    length = 1 + max((at for points in (categories, *(values for _, values in columns)) for at in points), default=-1)
    head = ((), *(text_cell(name, bold=True) for name, _ in columns))
    rows = [(text_cell(categories.get(at, "")), *(text_cell(values.get(at, "")) for _, values in columns)) for at in range(length)]
    return Table((head, *rows), header=True)


def _modern_tables(root: Any, data: Any) -> Iterator[Block]:
    """Waterfall, treemap, funnel and their kind: each series points at its data."""
    sets = {one.get("id"): one for one in data.iterchildren("{*}data")}
    for series in list(root.iterfind("{*}chart/{*}plotArea/{*}plotAreaRegion/{*}series"))[:_SERIES]:
        pointer = series.find("{*}dataId")
        own = sets.get(pointer.get("val")) if pointer is not None else None
        if own is not None:
            yield _table(_points(own.find("{*}strDim")), [(_title(series), _numbers(_points(own.find("{*}numDim"))))])
