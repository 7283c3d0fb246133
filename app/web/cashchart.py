"""Where the bars of a cash flow stand: a drawing of plain numbers that a template turns into SVG, on page and in print."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from app.messaging.models.value import ChartData
from app.messaging.rules.numbers import plain, rounded

WIDTH, TOP, BOTTOM, LEFT = 520, 22, 160, 40
MOST_LINES, MOST_TIMES = 5, 6


@dataclass(frozen=True)
class Bar:
    """One bar; sizes in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    is_negative: bool


@dataclass(frozen=True)
class Mark:
    """Words at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """Bars over a zero line, with grid lines, their numbers, the times below, and the first and last value beside their bars."""

    title: str
    summary: str
    bars: tuple[Bar, ...]
    zero: float
    lines: tuple[Mark, ...]
    times: tuple[Mark, ...]
    ends: tuple[Mark, ...]


def draw_chart(chart: ChartData) -> Drawing:
    """The chart, scaled to its largest values."""
    step = _step(max(*chart.values, Decimal(0)) - min(*chart.values, Decimal(0)))
    top = max(step, (max(chart.values) / step).to_integral_value(ROUND_CEILING) * step)
    low = min(chart.values)
    scale = float(BOTTOM - TOP) / float(top - min(low, Decimal(0)))

    def y(value: Decimal) -> float:
        return round(TOP + float(top - value) * scale, 1)

    place = (WIDTH - LEFT - 4) / len(chart.values)
    bars = []
    for number, value in enumerate(chart.values):
        height = max(1.5, abs(y(value) - y(Decimal(0))))
        bars.append(
            Bar(round(LEFT + 4 + number * place, 1), min(y(value), y(Decimal(0))), round(place * 0.69, 1), round(height, 1), value < 0)
        )
    first = Decimal(0) if low >= 0 else (low / step).to_integral_value(ROUND_FLOOR) * step + step
    lines = [first + step * number for number in range(int((top - first) / step) + 1)]
    return Drawing(
        title=chart.title,
        summary=chart.summary,
        bars=tuple(bars),
        zero=y(Decimal(0)),
        lines=tuple(Mark(LEFT - 6, y(value), plain(value)) for value in lines),
        times=tuple(_times(chart, bars)),
        ends=tuple(_ends(chart, bars)),
    )


def _step(spread: Decimal) -> Decimal:
    """1, 2 or 5 times a power of ten, so that a few lines cover the spread."""
    least = (spread or Decimal(1)) / MOST_LINES
    power = Decimal(10) ** least.adjusted()
    return next(power * times for times in (1, 2, 5, 10) if power * times >= least)


def _times(chart: ChartData, bars: list[Bar]) -> list[Mark]:
    """The start and the end of each year; of many years the number alone."""
    marks = [Mark(_middle(bar), BOTTOM + 26, label) for label, bar in zip(chart.labels, bars, strict=True) if not label.startswith("Q")]
    return marks if len(marks) <= MOST_TIMES else [replace(mark, text=mark.text.split()[0]) for mark in marks]


def _ends(chart: ChartData, bars: list[Bar]) -> list[Mark]:
    return [Mark(_middle(bars[at]), _above(bars[at]), rounded(chart.values[at])) for at in (0, len(bars) - 1)]


def _above(bar: Bar) -> float:
    return round(bar.y - 5, 1)


def _middle(bar: Bar) -> float:
    return round(bar.x + bar.width / 2, 1)
