"""Writes a short deck: a cover, then slides of text, figures, tables and native charts, on a plain white ground."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from app.core.office.writing.charts import chart_data, look_calm
from app.core.office.writing.content import (
    FONT,
    INK,
    QUIET,
    BarChart,
    Block,
    Deck,
    Figures,
    Heading,
    Line,
    Paragraph,
    Slide,
    Sources,
    Stretch,
    Table,
    clean,
    fit,
)
from app.core.office.writing.objects import slide_colour

WIDTH, HEIGHT, MARGIN, TOP = 13.333, 7.5, 0.9, 1.55  # inches
TITLE_ONLY = 5
LOGO = (3.5, 0.7)  # inches
LINE_CHARACTERS = 95
GAP, FOOT, FIGURES = 0.2, 0.5, 1.9  # inches: between blocks, below the last one, a row of large figures
SCALES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)

Written = tuple[Line, float, str, bool]


def write_pptx(deck: Deck) -> bytes:
    """The bytes of the deck."""
    made: Any = Presentation()
    made.slide_width, made.slide_height = Inches(WIDTH), Inches(HEIGHT)
    made.core_properties.title, made.core_properties.author = clean(deck.title), clean(deck.company)
    _place_titles(made)
    _add_cover(made, deck)
    for slide in deck.slides:
        _add_slide(made, slide)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _place_titles(made: Any) -> None:
    """The layout itself carries place and look of the title, so that slides added later fit in."""
    layout = made.slide_layouts[TITLE_ONLY]
    for holder in list(layout.placeholders):
        if holder.placeholder_format.type == 1 or holder.placeholder_format.idx == 0:
            holder.left, holder.top, holder.width, holder.height = Inches(MARGIN), Inches(0.55), Inches(WIDTH - 2 * MARGIN), Inches(0.95)
        else:
            holder._element.getparent().remove(holder._element)
    for index in sorted(set(range(len(made.slide_layouts))) - {TITLE_ONLY}, reverse=True):
        made.slide_layouts.remove(made.slide_layouts[index])


def _add_cover(made: Any, deck: Deck) -> None:
    slide = made.slides.add_slide(made.slide_layouts[0])
    if deck.logo:
        width, height = fit(deck.logo, *LOGO)
        slide.shapes.add_picture(BytesIO(deck.logo), Inches(MARGIN), Inches(0.7), Inches(width), Inches(height))
    about = " · ".join(part for part in (deck.company, deck.eyebrow) if part)
    top = 2.0 + _write(slide, (MARGIN, 2.0, WIDTH - 2 * MARGIN, 0.5), [((Stretch(about),), 16, QUIET, False)])
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = Inches(MARGIN), Inches(top), Inches(WIDTH - 2 * MARGIN), Inches(2.6)
    _set_title(title, deck.headline, 36)


def _add_slide(made: Any, source: Slide) -> None:
    slide = made.slides.add_slide(made.slide_layouts[0])
    _set_title(slide.shapes.title, source.title, 28)
    top, scale = TOP, _scale(source.blocks)
    for block in source.blocks:
        top += _add_block(slide, block, top, scale) + GAP


def _scale(blocks: Sequence[Block]) -> float:
    """How much smaller the text of a slide is written, so that it does not run off its foot."""
    room = HEIGHT - TOP - FOOT - sum(FIGURES for block in blocks if isinstance(block, Figures))
    texts = [block for block in blocks if isinstance(block, Heading | Paragraph | Sources)]
    fitting = (one for one in SCALES if sum(_height(_lines(block, one)) + GAP for block in texts) <= room)
    return next(fitting, SCALES[-1])


def _lines(block: Heading | Paragraph | Sources, scale: float) -> list[Written]:
    """Each line with its size in points, its colour and whether it is bold."""
    match block:
        case Sources():
            return [((Stretch(line),), 13 * scale, QUIET, False) for line in block.lines]
        case Heading():
            return [((Stretch(block.text),), 18 * scale, INK, True)]
        case Paragraph():
            return [(block.line, 20 * scale, INK, False)]


def _set_title(title: Any, text: str, size: int) -> None:
    frame = title.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = 0
    frame.text = clean(text)
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.font.size, paragraph.font.bold, paragraph.font.name = Pt(size), True, FONT
        paragraph.font.color.rgb = slide_colour(INK)


def _add_block(slide: Any, block: Block, top: float, scale: float) -> float:
    """Puts it below `top`; says how high it is, in inches."""
    width = WIDTH - 2 * MARGIN
    match block:
        case BarChart():
            height = HEIGHT - top - FOOT
            frame = slide.shapes.add_chart(
                XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(MARGIN), Inches(top), Inches(width), Inches(height), chart_data(block)
            )
            look_calm(frame.chart, block, 12)
            frame._element.nvGraphicFramePr.cNvPr.set("descr", clean(block.summary))
            return height
        case Figures():
            return _add_figures(slide, block, top)
        case Table():
            return _add_table(slide, block, top)
        case _:
            return _write(slide, (MARGIN, top, width, 0.0), _lines(block, scale))


def _height(lines: Sequence[Written]) -> float:
    """About how high they are over the whole width, in inches."""
    letters = [sum(len(one.text) for one in line) for line, *_ in lines]
    return sum((1 + count * size / 20 // LINE_CHARACTERS) * size / 54 + 0.09 for count, (_, size, *_) in zip(letters, lines, strict=True))


def _write(slide: Any, place: tuple[float, float, float, float], lines: Sequence[Written]) -> float:
    left, top, width, least = place
    height = _height(lines)
    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(max(least, height))).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = 0
    for number, (line, size, colour, is_bold) in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(6)
        for stretch in line:
            run = paragraph.add_run()
            run.text = clean(stretch.text).replace("\n", " ")
            run.font.size, run.font.name, run.font.bold = Pt(size), FONT, is_bold or stretch.is_figure
            run.font.color.rgb = slide_colour(colour)
    return max(least, height)


def _add_figures(slide: Any, figures: Figures, top: float) -> float:
    columns = min(4, len(figures.items))
    width = (WIDTH - 2 * MARGIN) / columns
    for number, (text, label) in enumerate(figures.items):
        row, column = divmod(number, columns)
        place = (MARGIN + column * width, top + row * FIGURES, width - 0.2, FIGURES - GAP)
        _write(slide, place, [((Stretch(text),), 36, INK, True), ((Stretch(label),), 16, QUIET, False)])
    return FIGURES * ((len(figures.items) - 1) // columns + 1)


def _add_table(slide: Any, table: Table, top: float) -> float:
    rows = [*([table.header] if table.header else []), *table.rows]
    width = WIDTH - 2 * MARGIN
    frame = slide.shapes.add_table(len(rows), len(rows[0]), Inches(MARGIN), Inches(top), Inches(width), Inches(0.5 * len(rows)))
    made = frame.table
    made.first_row, made.horz_banding = bool(table.header), False
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            _fill_cell(made.cell(row, column), text, is_name=column == 0, is_header=bool(table.header) and row == 0)
    return 0.5 * len(rows)


def _fill_cell(cell: Any, text: str, *, is_name: bool, is_header: bool) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = slide_colour("EBEFEC" if is_header else "F7F9F8")
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.text_frame.text = clean(text)
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT if is_name else PP_ALIGN.RIGHT
    paragraph.font.size, paragraph.font.name, paragraph.font.bold = Pt(16), FONT, is_header or not is_name
    paragraph.font.color.rgb = slide_colour(INK)
