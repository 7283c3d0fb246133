"""Draws what stands on a slide beside its points: table, chart, flow, key figures, quote; used by deck.py."""

from io import BytesIO

import openpyxl
from openpyxl.utils.cell import absolute_coordinate
from openpyxl.workbook.defined_name import DefinedName
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from app.ops.seed_files.deck_look import Box, rgb
from app.ops.seed_files.look import ACCENT, COPPER, DARK, FONT, INK, LINE, MUTED, PALE, WHITE
from app.ops.seed_files.office_objects import ChartSeries, Frame, Group, Slide, SlideCell, SlideChart, SlideShape, new_chart_data
from app.ops.seed_files.sources import ChartSource, FigureSource, FlowBox, FlowSource, QuoteSource, TableSource

_CHART_KINDS = {
    "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
}
_SERIES_COLOURS = (DARK, ACCENT, COPPER, MUTED)


def add_table(slide: Slide, source: TableSource, box: Box) -> float:
    """A native table; rows get the height they need at a size that fits the box. Returns the height in inches."""
    left, top, width, height = box
    lines = [source.header, *source.rows]
    row_height = min(0.62, height / len(lines))
    frame = slide.shapes.add_table(
        len(lines), len(source.header), Inches(left), Inches(top), Inches(width), Inches(row_height * len(lines))
    )
    frame.name = "Table"
    table = frame.table
    weights = source.widths or [1.0] * len(source.header)
    for column, weight in zip(table.columns, weights, strict=True):
        column.width = Inches(width * weight / sum(weights))
    size = 17 if len(lines) <= 6 else 15 if len(lines) <= 9 else 13
    for index, line in enumerate(lines):
        for cell, text in zip(table.rows[index].cells, line, strict=True):
            _write_cell(cell, text, size, fill=DARK if index == 0 else (WHITE, PALE)[index % 2])
    return row_height * len(lines)


def _write_cell(cell: SlideCell, text: str, size: float, *, fill: str) -> None:
    bold = fill == DARK
    cell.fill.solid()
    cell.fill.fore_color.rgb = rgb(fill)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    run = cell.text_frame.paragraphs[0].add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = rgb(WHITE if bold else INK)


def add_chart(slide: Slide, source: ChartSource, box: Box) -> None:
    """A native chart that can be edited through its embedded sheet."""
    data = new_chart_data(number_format=source.number_format)
    data.categories = source.categories
    for series in source.series:
        data.add_series(series.name, series.values)
    left, top, width, height = (Inches(part) for part in box)
    frame = slide.shapes.add_chart(_CHART_KINDS[source.kind], left, top, width, height, data)
    frame.name = "Chart"
    _style_chart(frame.chart, source)
    if source.fields:
        _name_cells(frame.chart, source.fields)


def _name_cells(chart: SlideChart, fields: dict[str, str]) -> None:
    """Give cells of a chart's sheet the names of fields, so that filling them in changes the chart."""
    workbook = openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    for name, cell in fields.items():
        place = f"'{workbook.sheetnames[0]}'!{absolute_coordinate(cell)}"
        workbook.defined_names[name] = DefinedName(name, attr_text=place)
    out = BytesIO()
    workbook.save(out)
    chart.part.chart_workbook.update_from_xlsx_blob(out.getvalue())


def _style_chart(chart: SlideChart, source: ChartSource) -> None:
    chart.font.size, chart.font.name = Pt(13), FONT
    chart.has_title = True
    title = chart.chart_title.text_frame
    title.text = source.title
    title.paragraphs[0].runs[0].font.size, title.paragraphs[0].runs[0].font.bold = Pt(14), True
    chart.has_legend = len(source.series) > 1
    if chart.has_legend and chart.legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.value_axis.major_gridlines.format.line.color.rgb = rgb(LINE)
    chart.value_axis.format.line.fill.background()
    plot = chart.plots[0]
    if source.kind != "line":
        plot.gap_width = 60
    plot.has_data_labels = True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = source.number_format, False
    plot.data_labels.font.size = Pt(12)
    if source.kind == "line":
        plot.data_labels.position = XL_LABEL_POSITION.ABOVE
    if source.kind == "bar":
        chart.category_axis.reverse_order, chart.value_axis.visible = True, False
    for index, series in enumerate(plot.series):
        _colour_series(series, source, _SERIES_COLOURS[index % len(_SERIES_COLOURS)])


def _colour_series(series: ChartSeries, source: ChartSource, colour: str) -> None:
    if source.kind == "line":
        series.format.line.color.rgb, series.format.line.width = rgb(colour), Pt(2.5)
        return
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = rgb(colour)
    if source.kind == "stacked":  # labels stand inside the columns
        series.data_labels.show_value = True
        series.data_labels.font.size = Pt(12)
        series.data_labels.font.color.rgb = rgb(WHITE if colour in (DARK, MUTED) else INK)


def add_flow(slide: Slide, source: FlowSource, box: Box) -> None:
    """Boxes from left to right in one group, with what travels written over each arrow."""
    left, top, width, height = box
    count = len(source.boxes)
    gap = 1.7 if count <= 3 else 0.95
    box_width = (width - gap * (count - 1)) / count
    box_height = min(height, 1.9)
    group = slide.shapes.add_group_shape()
    group.name = "Flow"
    for index, part in enumerate(source.boxes):
        at = left + index * (box_width + gap)
        _add_flow_box(group, part, (at, top, box_width, box_height))
        if index < count - 1:
            _add_arrow(group, source.arrows[index], (at + box_width, top + box_height / 2, gap, 0.0))


def _add_flow_box(group: Group, part: FlowBox, box: Box) -> None:
    shape = group.shapes.add_shape(MSO_SHAPE.RECTANGLE, *(Inches(value) for value in box))
    shape.name = part.head
    _paint(shape, DARK if part.on else WHITE, DARK)
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    _write_line(frame, part.head, (18, WHITE if part.on else DARK, True))
    if part.text:
        _write_line(frame, part.text, (14, ACCENT if part.on else MUTED, False))


def _add_arrow(group: Group, label: str, box: Box) -> None:
    left, middle, gap, _none = box
    arrow = group.shapes.add_shape(MSO_SHAPE.RIGHT_ARROW, Inches(left + 0.1), Inches(middle - 0.11), Inches(gap - 0.2), Inches(0.22))
    _paint(arrow, DARK, DARK)
    if label:
        text = group.shapes.add_textbox(Inches(left), Inches(middle - 0.55), Inches(gap), Inches(0.4))
        text.text_frame.word_wrap = True
        _write_line(text.text_frame, label, (13, MUTED, False), PP_ALIGN.CENTER)


def add_figures(slide: Slide, figures: list[FigureSource], box: Box) -> None:
    """Key figures side by side, each a group of number and words."""
    left, top, width, height = box
    gap = 0.3
    each = (width - gap * (len(figures) - 1)) / len(figures)
    tall = min(height, 2.4)
    for index, figure in enumerate(figures):
        group = slide.shapes.add_group_shape()
        group.name = f"Figure {index + 1}"
        at = left + index * (each + gap)
        panel = group.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(at), Inches(top), Inches(each), Inches(tall))
        _paint(panel, PALE, PALE)
        bar = group.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(at), Inches(top), Inches(0.09), Inches(tall))
        _paint(bar, ACCENT, ACCENT)
        frame = panel.text_frame
        frame.word_wrap, frame.vertical_anchor, frame.margin_left = True, MSO_ANCHOR.MIDDLE, Inches(0.3)
        _write_line(frame, figure.value, (34 if len(figures) < 4 else 28, DARK, True))
        _write_line(frame, figure.text, (16 if len(figures) < 4 else 14, INK, False))


def add_quote(slide: Slide, source: QuoteSource, box: Box) -> None:
    """What a customer said, and in which role."""
    left, top, width, height = (Inches(part) for part in box)
    panel = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, left, top, width, height)
    panel.name = "Quote"
    _paint(panel, PALE, PALE)
    frame = panel.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = Inches(0.6)
    _write_line(frame, f"“{source.text}”", (24, DARK, False))
    _write_line(frame, source.source, (15, MUTED, False))


def add_remark(slide: Slide, text: str, box: Box) -> None:
    """The sentence under a table or chart that says what to take from it."""
    left, top, width, height = (Inches(part) for part in box)
    frame = slide.shapes.add_textbox(left, top, width, height).text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    _write_line(frame, text, (17, DARK, True))


def _paint(shape: SlideShape, fill: str, line: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(fill)
    shape.line.color.rgb, shape.line.width = rgb(line), Pt(1.5)
    style = shape._element.find(qn("p:style"))
    if style is not None:  # the library's default style brings a shadow
        shape._element.remove(style)


def _write_line(frame: Frame, text: str, look: tuple[float, str, bool], align: PP_ALIGN = PP_ALIGN.LEFT) -> None:
    size, colour, bold = look
    line = frame.paragraphs[0] if not frame.text else frame.add_paragraph()
    line.alignment, line.space_after = align, Pt(4)
    run = line.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
    run.font.color.rgb = rgb(colour)
