"""A native bar chart, with its own small workbook, for slides and documents."""

from typing import Any

from pptx.enum.chart import XL_TICK_LABEL_POSITION
from pptx.util import Pt

from app.core.office.writing.content import BARS, FONT, INK, QUIET, RULE, BarChart, clean
from app.core.office.writing.objects import new_chart_data, slide_colour


def chart_data(chart: BarChart) -> Any:
    """Its figures, as the library wants them."""
    data = new_chart_data(number_format="#,##0.0")
    data.categories = [clean(label) for label in chart.labels]
    data.add_series(clean(chart.title), [float(value) for value in chart.values])
    return data


def look_calm(chart: Any, source: BarChart, size: int) -> None:
    """Title above, bars in one quiet colour, thin grid, labels below the negative bars; `size` of the letters in points."""
    chart.has_legend = False
    chart.has_title = True
    chart.chart_title.text_frame.text = clean(source.title)
    title = chart.chart_title.text_frame.paragraphs[0].runs[0].font
    title.size, title.bold, title.color.rgb, title.name = Pt(size + 1), True, slide_colour(INK), FONT
    chart.font.size, chart.font.color.rgb, chart.font.name = Pt(size), slide_colour(QUIET), FONT
    plot = chart.plots[0]
    plot.gap_width, plot.vary_by_categories = 45, False
    fill = plot.series[0].format.fill
    fill.solid()
    fill.fore_color.rgb = slide_colour(BARS)
    plot.series[0].invert_if_negative = False
    chart.value_axis.major_gridlines.format.line.color.rgb = slide_colour(RULE)
    chart.value_axis.format.line.fill.background()
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = "#,##0", False
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.category_axis.format.line.color.rgb = slide_colour(INK)
