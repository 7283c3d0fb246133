"""Figures that benchmarks make of what they measured, and the yardstick beside them."""

import statistics
import time
from collections.abc import Sequence


def p95(values: Sequence[float]) -> float:
    """What 95 of 100 of the values do not exceed."""
    return statistics.quantiles(values, n=20)[18]


def yardstick() -> float:
    """Milliseconds of processor that a fixed piece of plain Python takes just now, the middle of nine; taken before and after a run, as
    machines that others use, too, are half as fast at one hour as at another: figures of two runs can only be compared beside it."""
    return round(statistics.median(_once() for _ in range(9)), 1)


def _once() -> float:
    started, seen = time.process_time(), dict[int, str]()
    for number in range(200_000):
        seen[number & 1023] = str(number)
    return (time.process_time() - started) * 1000
