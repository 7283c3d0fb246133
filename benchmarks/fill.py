"""`make bench-fill`: how long it takes to fill a DOCX of 40 pages and a PPTX of 60 slides; the least of five runs each."""

import io
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import docx
import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from app.core.office.merge import fill_template, scan_template
from app.core.office.merge.values import Value

PAGES, SLIDES, RUNS = 40, 60, 5
LINE = "A truck that waits at the gate costs more than its driver's time, because everything behind it waits, too. "


def main() -> None:
    """The last line is JSON, in seconds."""
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        figures = {
            f"docx_{PAGES}_pages_s": _least(Path(folder) / "long.docx", _document()),
            f"pptx_{SLIDES}_slides_s": _least(Path(folder) / "long.pptx", _deck()),
        }
    print(json.dumps(figures))


def _least(path: Path, content: bytes) -> float:
    path.write_bytes(content)
    key = path.suffix[1:]
    scanned = scan_template(path, key)
    values = {one.name: Value(f"Words for {one.name}") for one in scanned.fields if one.kind != "list" and "." not in one.name}
    values["items"] = Value(kind="list", rows=tuple({"name": Value(f"Module {at}"), "price": Value("1,200")} for at in range(10)))
    assert len(values) > 40 and not scanned.faults
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        filled = fill_template(path, key, values)
        seconds.append(time.perf_counter() - started)
        assert filled[:2] == b"PK"
    print(f"{path.name}: {len(content) // 1024} KB, {len(values)} fields, runs {', '.join(f'{one:.2f}' for one in seconds)} s")
    return round(min(seconds), 3)


def _document() -> bytes:
    """Forty pages of text with five fields each, and a table of a list on every fourth."""
    made: Any = docx.Document()
    for page in range(PAGES):
        made.add_heading(f"Part {page + 1} for {{{{ account }}}}", 1)
        for paragraph in range(5):
            made.add_paragraph(LINE * 5 + f"{{{{ field_{page}_{paragraph} }}}}")
        if page % 4 == 0:
            table = made.add_table(2, 2)
            for at, text in enumerate(("Module", "Price", "{{ items.name }}", "{{ items.price }}")):
                table.cell(at // 2, at % 2).text = text
        made.add_page_break()
    return _saved(made)


def _deck() -> bytes:
    """Sixty slides with fields in title, text and notes, and a chart on every fourth."""
    made = pptx.Presentation()
    for number in range(SLIDES):
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = f"Slide {number + 1} for {{{{ account }}}}"
        slide.shapes.add_textbox(Inches(1), Inches(1.5), Inches(8), Inches(1)).text_frame.text = f"{LINE}{{{{ field_{number} }}}}"
        slide.notes_slide.notes_text_frame.text = f"Say {{{{ field_{number} }}}}"
        if number % 4 == 0:
            data: Any = CategoryChartData()  # type: ignore[no-untyped-call]  # the package has few types
            data.categories = ["Now", "{{ later }}"]
            data.add_series("{{ account }}", (40, 15))
            slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(3), Inches(6), Inches(4), data)
    return _saved(made)


def _saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


if __name__ == "__main__":
    main()
