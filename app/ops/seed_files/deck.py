"""Writes a deck source as PPTX with layouts, notes, tables, native charts and grouped shapes; used by build.py."""

from copy import deepcopy
from io import BytesIO

from pptx import Presentation
from pptx.util import Emu, Inches, Pt

from app.ops.seed_files.deck_figures import add_chart, add_figures, add_flow, add_quote, add_remark, add_table
from app.ops.seed_files.deck_look import BODY, LAYOUTS, Box, apply_look, drop_bullet, recolour_theme
from app.ops.seed_files.office_objects import Deck, Frame, Slide, SlideShape
from app.ops.seed_files.sources import ColumnSource, SlideSource, VersionSource
from app.ops.seed_files.stable import MADE_AT, stable_package

_REMARK_HEIGHT = 0.75


def build_deck(version: VersionSource, title: str, summary: str) -> bytes:
    """PPTX bytes of a deck version."""
    deck: Deck = Presentation()
    apply_look(deck)
    core = deck.core_properties
    core.title, core.subject, core.author, core.last_modified_by = title, summary, "Product marketing", "Product marketing"
    core.created = core.modified = MADE_AT
    core.comments, core.language, core.revision = "", "en-GB", 1
    for source in version.slides:
        _add_slide(deck, source, title)
    out = BytesIO()
    deck.save(out)
    return stable_package(out.getvalue(), recolour_theme)


def _add_slide(deck: Deck, source: SlideSource, deck_title: str) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[LAYOUTS[_layout_name(source)]])
    title = slide.shapes.title
    title.text_frame.text = source.title
    if source.layout in ("title", "section"):
        slide.placeholders[1].text_frame.text = source.subtitle
    else:
        _fill(slide, source)
        _copy_footer(slide, deck_title)
    if source.notes:
        notes = slide.notes_slide.notes_text_frame
        notes.text = source.notes.strip()


def _layout_name(source: SlideSource) -> str:
    if source.layout == "content" and not source.bullets:
        return "plain"
    return source.layout


def _fill(slide: Slide, source: SlideSource) -> None:
    left, top, width, height = BODY
    height -= _REMARK_HEIGHT + 0.1 if source.remark else 0
    visual, text = _areas(source, (left, top, width, height))
    filled = height
    if source.table:
        filled = add_table(slide, source.table, visual) + (height - visual[3])
    if source.chart:
        add_chart(slide, source.chart, visual)
    if source.flow:
        add_flow(slide, source.flow, visual)
    if source.figures:
        add_figures(slide, source.figures, visual)
    if source.quote:
        add_quote(slide, source.quote, visual)
    if source.remark:
        add_remark(slide, source.remark, (left, top + filled + 0.1, width, _REMARK_HEIGHT))
    _write_texts(slide, source, text)


def _areas(source: SlideSource, box: Box) -> tuple[Box, Box]:
    """Where picture and points go: a chart stands left of its points, anything else above them."""
    left, top, width, height = box
    if not source.bullets:
        return box, box
    if source.chart:
        return (left, top, width * 0.6, height), (left + width * 0.63, top, width * 0.37, height)
    if source.flow or source.figures or source.quote or source.table:
        share = 0.52 if not source.table else 0.68
        return (left, top, width, height * share), (left, top + height * (share + 0.05), width, height * (0.95 - share))
    return box, box


def _write_texts(slide: Slide, source: SlideSource, box: Box) -> None:
    if source.bullets:
        body = slide.placeholders[1]
        _move(body, box)
        _write_points(body.text_frame, source.bullets)
    for index, column in ((1, source.left), (2, source.right)):
        if column:
            frame = slide.placeholders[index].text_frame
            _write_points(frame, column.bullets, column)


def _write_points(frame: Frame, points: list[str], column: ColumnSource | None = None) -> None:
    frame.word_wrap = True
    lines = ([column.head] if column else []) + points
    size = _point_size(lines, Emu(frame._parent.width).inches)
    for index, text in enumerate(lines):
        line = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        line.level = 1 if text.startswith("- ") else 0
        run = line.add_run()
        run.text = text.removeprefix("- ")
        if column and index == 0:
            run.font.bold = True
            drop_bullet(line)
        run.font.size = Pt(size if line.level == 0 else size - 2)


def _point_size(lines: list[str], width: float) -> int:
    """Few words may be large, many words must fit: steps of what a line of this width holds."""
    held = sum(len(line) // int(width * 7) + 1 for line in lines)
    return 24 if held <= 5 else 20 if held <= 9 else 17


def _move(shape: SlideShape, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = (Inches(part) for part in box)


def _copy_footer(slide: Slide, deck_title: str) -> None:
    """Footer and slide number appear on a slide only when it has placeholders of its own for them."""
    for shape in slide.slide_layout.placeholders:
        kind = shape.placeholder_format.type.name
        if kind not in ("FOOTER", "SLIDE_NUMBER"):
            continue
        slide.shapes._spTree.append(deepcopy(shape._element))
        if kind == "FOOTER":
            slide.placeholders[shape.placeholder_format.idx].text_frame.text = deck_title
