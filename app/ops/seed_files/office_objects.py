"""Names for objects of python-docx and python-pptx: their own annotations contradict their code, so these pass as Any."""

from typing import Any

from pptx.chart.data import CategoryChartData

Deck = Any
Slide = Any
SlideLayout = Any
SlideMaster = Any
SlideShape = Any
Frame = Any
SlideTable = Any
SlideCell = Any
SlideChart = Any
SlideLine = Any
ChartSeries = Any
Group = Any
WordDocument = Any
WordStyle = Any
WordTable = Any
WordCell = Any
WordRow = Any
WordLine = Any
XmlElement = Any

new_chart_data: Any = CategoryChartData
