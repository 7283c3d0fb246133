"""From a value model and somebody's figures to the document of their business case; the same for page, Word, PowerPoint and PDF."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.messaging.models.value import (
    AskLine,
    CaseResult,
    CaseView,
    ChartData,
    Figure,
    Line,
    Measured,
    Outlook,
    OwnWords,
    Piece,
    Scenario,
    Section,
    Shown,
    ValueModel,
)
from app.messaging.rules.numbers import money, percent, plain, rounded, show, sign_of
from app.messaging.rules.units import unit_words
from app.messaging.rules.value import PLACEHOLDER, compute, has_scenarios, parts_a_year

NAMES = {Scenario.LOW: "Low", Scenario.EXPECTED: "Expected", Scenario.HIGH: "High"}
THOUSAND = Decimal(1000)
NEITHER = "with these figures it does not pay back"


@dataclass(frozen=True)
class Filled:
    """What somebody made of a model: figures as typed, words by key, company and a logo as a data address."""

    figures: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    scenario: Scenario = Scenario.EXPECTED
    company: str = ""
    logo: str = ""


def case_view(model: ValueModel, filled: Filled, result: CaseResult | None = None) -> CaseView:
    """The document; `result` is the model already worked through with these figures."""
    result = result or compute(model, filled.figures, filled.scenario)
    words = {one.key: _clean(filled.words.get(one.key, one.default)) for one in model.words}
    written = _Written(model, result, words)
    return CaseView(
        title=model.title,
        eyebrow=model.eyebrow,
        headline=written.headline(),
        sections=tuple(Section(one.heading, written.line(one.text)) for one in model.blocks),
        key_figures=key_figures(model, result),
        chart=_chart(model, result),
        words=tuple(
            OwnWords(one.label, tuple(part for part in words[one.key].split("\n") if part.strip()))
            for one in model.words
            if one.is_section and words[one.key].strip()
        ),
        asks=written.asks(),
        outlooks=_outlooks(model, filled),
        figures=tuple((one.label, figure_text(model, one, result.figures[one.key])) for one in model.inputs),
        sources=tuple(_sources(model, result, filled.company)),
        company=filled.company,
        logo=filled.logo,
    )


def key_figures(model: ValueModel, result: CaseResult) -> tuple[Shown, ...]:
    """The results in the order marketing gave them."""
    sign = sign_of(model.currency)
    return tuple(
        Shown(one.label, show(result.values[one.formula], one.display, sign), result.values[one.formula], one.display)
        for one in model.results
    )


def unit_beside(figure: Figure, currency: str) -> str:
    """What stands beside a figure: its own words, else its unit in words, as "€ per hour"."""
    return figure.suffix or unit_words(figure.unit, currency)


def figure_text(model: ValueModel, figure: Figure, value: Decimal) -> str:
    """A figure with its unit: "€ 38,000 a year", "60 a day", "40%"."""
    unit, sign = unit_beside(figure, model.currency), sign_of(model.currency)
    if unit.startswith(sign):
        return f"{sign} {plain(value)} {unit.removeprefix(sign).strip()}".strip()
    return f"{plain(value)}{unit}" if unit == "%" else f"{plain(value)} {unit}".strip()


def capitalised(text: str) -> str:
    """The words as they begin a row."""
    return text[:1].upper() + text[1:]


class _Written:
    """Texts of the model with figures in the place of keys."""

    def __init__(self, model: ValueModel, result: CaseResult, words: Mapping[str, str]) -> None:
        self._model, self._result, self._words = model, result, words
        self._inputs = {one.key: one for one in model.inputs}
        measured: tuple[Measured, ...] = (*model.inputs, *model.formulas)
        self._units = {"discount_rate": "%", **{one.key: one.unit for one in measured}}

    def line(self, text: str) -> Line:
        parts = PLACEHOLDER.split(text)  # words and keys in turn
        pieces = [Piece(part) if number % 2 == 0 else self._piece(part) for number, part in enumerate(parts)]
        return tuple(piece for piece in pieces if piece.text)

    def _piece(self, key: str) -> Piece:
        return Piece(self._words[key]) if key in self._words else Piece(self._figure(key), key)

    def headline(self) -> Line:
        """The other one when a figure of the first is not to be had, or comes to less than nothing."""
        keys = [key for key in PLACEHOLDER.findall(self._model.headline) if key not in self._words]
        found = [(key, self._result.values[key]) for key in keys]
        if all(value is not None and (value >= 0 or key in self._inputs) for key, value in found):
            return self.line(self._model.headline)
        return self.line(self._model.headline_otherwise or f"{self._model.title.rstrip('.')}: {NEITHER}")

    def asks(self) -> tuple[AskLine, ...]:
        """Rows with something in them; a row for words nobody wrote is left out."""
        lines = (AskLine(self.line(one.label), self.line(one.value)) for one in self._model.asks)
        return tuple(one for one in lines if any(piece.text.strip() for piece in one.value))

    def _figure(self, key: str) -> str:
        value, unit = self._result.values[key], self._units.get(key, "")
        if value is None:
            return "–"
        sign = sign_of(self._model.currency)
        if unit.startswith((sign, self._model.currency)):
            return money(value, sign)
        if unit == "%":
            figure = plain(self._result.figures[key]) if key in self._inputs else percent(value).rstrip("%")
            return f"{figure} percent"
        return plain(value) if key in self._inputs else rounded(value)


def _chart(model: ValueModel, result: CaseResult) -> ChartData | None:
    if not result.flow:
        return None
    largest = max(abs(point.cumulated) for point in result.flow)
    scale, word = (THOUSAND, "thousand ") if largest >= 10 * THOUSAND else (Decimal(1), "")
    values = tuple(round(point.cumulated / scale, 1) for point in result.flow)
    every = "quarter" if len(values) > model.years + 1 else "year"
    unit = f"{word}{sign_of(model.currency)}"
    return ChartData(
        title=f"Cumulative net, {unit}, by {every}",
        unit=unit,
        labels=_moments(model, len(values)),
        values=values,
        summary=_in_words(result, unit, values),
    )


def _moments(model: ValueModel, count: int) -> tuple[str, ...]:
    """start, Q1, Q2, Q3, 1 year, Q1 ..."""
    parts = parts_a_year(model)
    found = ["start"]
    for number in range(1, count):
        year, part = divmod(number, parts)
        found.append(f"Q{part}" if part else f"{year} year{'' if year == 1 else 's'}")
    return tuple(found)


def _in_words(result: CaseResult, unit: str, values: tuple[Decimal, ...]) -> str:
    start, end = rounded(values[0]), rounded(values[-1])
    crossing = next((point.label for point, value in zip(result.flow, values, strict=True) if value >= 0), "")
    middle = f"reaches zero in {crossing}" if crossing not in ("", "start") else "stays above zero" if crossing else "stays below zero"
    return f"Cumulative net in {unit} starts at {start}, {middle} and stands at {end} in {result.flow[-1].label}."


def _outlooks(model: ValueModel, filled: Filled) -> tuple[Outlook, ...]:
    """The chosen scenario with what was typed, the others with their own figures in the place of those they speak of."""
    if not has_scenarios(model):
        return ()
    fixed = {one.key for one in model.inputs if one.low is None and one.high is None}
    others = {key: text for key, text in filled.figures.items() if key in fixed}
    found = []
    for scenario, name in NAMES.items():
        is_chosen = scenario == filled.scenario
        result = compute(model, filled.figures if is_chosen else others, scenario)
        found.append(Outlook(name, is_chosen, tuple(one.text for one in key_figures(model, result))))
    return tuple(found)


def _sources(model: ValueModel, result: CaseResult, company: str) -> Iterable[str]:
    changed = [one.label for one in model.inputs if result.figures[one.key] != one.default]
    if changed:
        yield f"Own figures{f' of {company}' if company else ''}: {', '.join(changed)}."
    for one in model.inputs:
        if one.source and result.figures[one.key] == one.default:
            yield f"{one.label}: {one.source}"
    for assumption in model.assumptions:
        yield f"{assumption.text}{f' ({assumption.source})' if assumption.source else ''}"
    if any("npv(" in one.expression for one in model.formulas):
        yield f"Net present value: at {plain(model.discount_rate)}% a year, payments at the end of each year."


def _clean(text: str) -> str:
    """Own words as kept: line ends alike, nothing that no file format takes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter == "\n" or letter.isprintable())
