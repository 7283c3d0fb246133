"""Figures that benchmarks make of what they measured."""

import statistics
from collections.abc import Sequence


def p95(values: Sequence[float]) -> float:
    """What 95 of 100 of the values do not exceed."""
    return statistics.quantiles(values, n=20)[18]
