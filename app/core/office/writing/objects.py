"""Objects of python-pptx that pass as Any, because the package's own annotations leave out what is needed here."""

from typing import Any

from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.dml.color import RGBColor

new_chart: Any = Chart
new_chart_data: Any = CategoryChartData
new_chart_workbook: Any = CategoryWorkbookWriter
_colours: Any = RGBColor


def slide_colour(hexadecimal: str) -> Any:
    """The colour "1A2426" as slides and charts want it."""
    return _colours.from_string(hexadecimal)
