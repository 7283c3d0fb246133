"""Checks a value model and works it through with somebody's figures. Called by the builder, the case pages and the writers."""

import json
import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import BinaryIO

from pydantic import ValidationError

from app.core.errors import Refused
from app.core.typed import read_numbers
from app.messaging.models.value import CaseResult, Display, Fault, Figure, FlowPoint, Formula, Keyed, Measured, Scenario, ValueModel
from app.messaging.rules.expressions import CONSTANTS, FUNCTIONS, BadExpression, parse_expression, work_out
from app.messaging.rules.numbers import plain
from app.messaging.rules.units import MONTH, NONE, YEAR, BadUnit, Dimension, is_money, per, read_unit, say_unit, unit_of

RESERVED = {*FUNCTIONS, *CONSTANTS, "years", "discount_rate", "scenario", "true", "false", *keyword.kwlist}
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
LARGEST = Decimal(10**18)
QUARTERS_UP_TO = 3  # years; a longer chart has a bar a year
SCALE = {"%": Decimal(100)}
MOST_BYTES = 512 * 1024
NO_MODEL = "This file is not a value model, or was changed outside the builder. Open it in the builder, or upload another version."


def read_definition(data: object) -> tuple[ValueModel | None, tuple[Fault, ...]]:
    """The model and what is wrong with it; without one when its shape is wrong already."""
    try:
        model = ValueModel.model_validate(data)
    except ValidationError as problem:
        return None, tuple(
            Fault(".".join(map(str, error["loc"])), _said(error["type"], error.get("ctx", {}))) for error in problem.errors()
        )
    return model, check_model(model)


@lru_cache(maxsize=64)
def load_model(text: bytes) -> ValueModel | None:
    """The model in a file, None when the file holds none that can be worked with."""
    if len(text) > MOST_BYTES:
        return None
    try:
        model, faults = read_definition(json.loads(text))
    except (ValueError, RecursionError):
        return None
    return None if faults else model


def read_file(file: BinaryIO) -> dict[str, object]:
    """What a file says, right or wrong; empty when it is no definition at all."""
    try:
        data = json.loads(file.read(MOST_BYTES + 1))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def check_model_file(file: BinaryIO) -> None:
    """Refused when nobody could be given the model in this file, naming what is wrong first."""
    model, faults = read_definition(read_file(file))
    if model is None or faults:
        more = f" And {len(faults) - 1} more." if len(faults) > 1 else ""
        raise Refused(
            "The value model in this file cannot be calculated with, so it was not kept. "
            f"{_where(faults[0].place)}{faults[0].message}{more} Put it right, or make the model in the builder."
        )


def dump_model(model: ValueModel) -> bytes:
    """The file of a model; the same model gives the same bytes."""
    return (json.dumps(model.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()


def check_model(model: ValueModel) -> tuple[Fault, ...]:
    """Everything that is wrong, each at its place; a model without faults can be computed with any figures within its bounds."""
    faults = [*_key_faults(model), *_bound_faults(model)]
    units, unit_faults = _units(model)
    faults += unit_faults
    if not faults:
        faults += _formula_faults(model, units)
    if not faults:
        faults += [*_result_faults(model, units), *_text_faults(model, units)]
    return tuple(faults)


def compute(model: ValueModel, figures: Mapping[str, str | Decimal], scenario: Scenario = Scenario.EXPECTED) -> CaseResult:
    """The model worked through; what is missing among the figures is taken from the scenario. Takes a millisecond or two."""
    taken, values, errors = {}, {}, {}
    for one in model.inputs:
        value, error = read_figure(one, figures.get(one.key))
        if error:
            errors[one.key] = error
        taken[one.key] = value if value is not None else set_in_advance(one, scenario)
        values[one.key] = taken[one.key] / SCALE.get(one.unit, Decimal(1))
    worked: dict[str, Decimal | None] = {**values, "years": Decimal(model.years), "discount_rate": model.discount_rate / 100}
    for formula in ordered(model):
        found = work_out(parse_expression(formula.expression), worked)
        worked[formula.key] = found if found is not None and abs(found) <= LARGEST else None
    return CaseResult(taken, worked, errors, _flow(model, worked))


def set_in_advance(figure: Figure, scenario: Scenario) -> Decimal:
    """What stands in the field before somebody types."""
    other = {Scenario.LOW: figure.low, Scenario.HIGH: figure.high}.get(scenario)
    return figure.default if other is None else other


def figures_of_deal(model: ValueModel, amount: Decimal | None, currency: str) -> dict[str, str]:
    """The figures that an opportunity fills in with its amount, where that is in the model's currency and they may be that."""
    if amount is None or currency != model.currency:
        return {}
    texts = {one.key: plain(round(amount, _decimals(one.step))) for one in model.inputs if one.filled_from == "amount"}
    return {one.key: texts[one.key] for one in model.inputs if one.key in texts and not read_figure(one, texts[one.key])[1]}


def switch_scenario(model: ValueModel, figures: Mapping[str, str]) -> dict[str, str]:
    """The figures that stay when another scenario is chosen: those about which the scenarios say nothing of their own."""
    kept = {one.key for one in model.inputs if one.low is None and one.high is None}
    return {key: text for key, text in figures.items() if key in kept}


def has_scenarios(model: ValueModel) -> bool:
    """Whether any figure differs between them."""
    return any(one.low is not None or one.high is not None for one in model.inputs)


def read_figure(figure: Figure, given: str | Decimal | None) -> tuple[Decimal | None, str]:
    """The figure somebody gave, or a sentence; neither when nothing was given.

    Of two meanings ("37.500" is 37500 or 37.5) the likelier one within the bounds is taken.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return None, ""
    meant = [given] if isinstance(given, Decimal) else read_numbers(given, thousandths=_decimals(figure.step) >= 3)
    if not meant:
        return None, f"{figure.label}: type a number{_between(figure)}."
    within = [one for one in meant if figure.minimum <= one <= figure.maximum]
    if not within:
        return None, f"{figure.label}: {plain(meant[0])} is outside. Type a number{_between(figure)}."
    fine = [one for one in within if _decimals(one) <= _decimals(figure.step)]
    if not fine:
        places = _decimals(figure.step)
        return None, f"{figure.label}: {f'at most {places} decimals' if places else 'whole numbers only'}{_between(figure, ', ')}."
    return fine[0], ""


@lru_cache(maxsize=64)
def ordered(model: ValueModel) -> tuple[Formula, ...]:
    """The formulas so that each comes after those it uses; of a model without faults."""
    done: dict[str, Formula] = {}
    waiting = {one.key: one for one in model.formulas}
    while waiting:
        ready = [key for key, one in waiting.items() if not waiting.keys() & set(parse_expression(one.expression).names)]
        if not ready:
            raise ValueError("formulas that depend on each other")
        done |= {key: waiting.pop(key) for key in ready}
    return tuple(done.values())


def parts_a_year(model: ValueModel) -> int:
    """Bars of the chart a year: quarters, or whole years in a long one."""
    return 4 if model.years <= QUARTERS_UP_TO else 1


def flow_moments(model: ValueModel) -> tuple[str, ...]:
    """What the bars of the chart are called, from the start on."""
    parts = parts_a_year(model)
    years = ((year, part) for year in range(1, model.years + 1) for part in range(1, parts + 1))
    return ("start", *(f"year {year}, quarter {part}" if parts > 1 else f"year {year}" for year, part in years))


def _between(figure: Figure, before: str = " ") -> str:
    unit = figure.unit if figure.unit == "%" else f" {figure.unit}" if figure.unit else ""
    return f"{before}from {plain(figure.minimum)} to {plain(figure.maximum)}{unit}"


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _flow(model: ValueModel, values: Mapping[str, Decimal | None]) -> tuple[FlowPoint, ...]:
    once, saving, cost = (values[key] for key in (model.cash_flow.one_off, model.cash_flow.saving, model.cash_flow.cost))
    if once is None or saving is None or cost is None:
        return ()
    change = (saving - cost) / parts_a_year(model)
    moments = enumerate(flow_moments(model))
    return tuple(FlowPoint(label, change * number - once, change if number else -once) for number, label in moments)


def _key_faults(model: ValueModel) -> Iterator[Fault]:
    seen: set[str] = set()
    keyed: tuple[tuple[str, tuple[Keyed, ...]], ...] = (("inputs", model.inputs), ("formulas", model.formulas), ("words", model.words))
    for name, rows in keyed:
        for number, row in enumerate(rows):
            if row.key in RESERVED:
                yield Fault(f"{name}.{number}.key", f"“{row.key}” is a word of formulas. Choose another key.")
            elif row.key in seen:
                yield Fault(f"{name}.{number}.key", f"“{row.key}” is there twice. Give one of them another key.")
            seen.add(row.key)


def _bound_faults(model: ValueModel) -> Iterator[Fault]:
    for number, one in enumerate(model.inputs):
        if one.minimum > one.maximum:
            yield Fault(f"inputs.{number}.minimum", f"{one.label}: the least is more than the most.")
            continue
        for name, value in (("default", one.default), ("low", one.low), ("high", one.high)):
            error = read_figure(one, value)[1]
            if error:
                yield Fault(f"inputs.{number}.{name}", error)


def _units(model: ValueModel) -> tuple[dict[str, Dimension], list[Fault]]:
    units: dict[str, Dimension] = {"years": YEAR, "discount_rate": NONE}
    faults = []
    measured: tuple[tuple[str, tuple[Measured, ...]], ...] = (("inputs", model.inputs), ("formulas", model.formulas))
    for name, rows in measured:
        for number, row in enumerate(rows):
            try:
                units[row.key] = read_unit(row.unit, model.currency)
            except BadUnit as problem:
                faults.append(Fault(f"{name}.{number}.unit", str(problem)))
    return units, faults


def _formula_faults(model: ValueModel, units: Mapping[str, Dimension]) -> Iterator[Fault]:
    uses: dict[str, tuple[str, ...]] = {}
    for number, one in enumerate(model.formulas):
        place = f"formulas.{number}.expression"
        try:
            expression = parse_expression(one.expression)
            unknown = [name for name in expression.names if name not in units and name not in CONSTANTS]
            if unknown:
                yield Fault(place, f"{one.key} uses “{unknown[0]}”, which is no figure, formula or word of formulas.")
                continue
            uses[one.key] = expression.names
            given, said = unit_of(expression.tree, units), units[one.key]
            if given is not None and given != said:
                yield Fault(place, f"{one.key} gives {say_unit(given)}, but says {say_unit(said)}.")
        except BadExpression as problem:
            yield Fault(place, f"{one.key} {problem}.")
    circle = _circle(uses)
    if circle:
        number = next(number for number, one in enumerate(model.formulas) if one.key == circle[0])
        yield Fault(f"formulas.{number}.expression", f"{circle[0]} depends on itself: {' → '.join(circle)}.")


def _circle(uses: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The first chain of formulas that comes back to its beginning."""
    done: set[str] = set()
    for start in uses:
        path, stack = [start], [iter(uses[start])]
        while stack and start not in done:
            name = next(stack[-1], None)
            if name is None:
                done.add(path.pop())
                stack.pop()
            elif name in path:
                return [*path[path.index(name) :], name]
            elif name in uses and name not in done:
                path.append(name)
                stack.append(iter(uses[name]))
    return []


def _result_faults(model: ValueModel, units: Mapping[str, Dimension]) -> Iterator[Fault]:
    fits: Mapping[Display, tuple[str, Callable[[Dimension], bool]]] = {
        Display.MONEY: ("as money", lambda unit: is_money(unit, model.currency)),
        Display.PERCENT: ("in percent", lambda unit: unit == NONE),
        Display.MONTHS: ("in months", lambda unit: unit == MONTH),
        Display.NUMBER: ("", lambda _: True),
    }
    for number, one in enumerate(model.results):
        words, is_fit = fits[one.display]
        if one.formula not in units:
            yield Fault(f"results.{number}.formula", f"“{one.formula}” is no figure or formula.")
        elif not is_fit(units[one.formula]):
            unit = say_unit(units[one.formula])
            yield Fault(f"results.{number}.formula", f"{one.formula} is {unit}, so it cannot be shown {words}.")
    yield from _flow_faults(model, units)


def _flow_faults(model: ValueModel, units: Mapping[str, Dimension]) -> Iterator[Fault]:
    once = read_unit(model.currency, model.currency)
    for name, wanted in (("one_off", once), ("saving", per(once, YEAR)), ("cost", per(once, YEAR))):
        key = getattr(model.cash_flow, name)
        if key not in units:
            yield Fault(f"cash_flow.{name}", f"“{key}” is no figure or formula.")
        elif units[key] != wanted:
            yield Fault(f"cash_flow.{name}", f"{key} is {say_unit(units[key])}; the chart needs {say_unit(wanted)} here.")


def texts_of(model: ValueModel) -> Iterator[tuple[str, str]]:
    """Every text that may name figures, by its place."""
    yield "headline", model.headline
    yield "headline_otherwise", model.headline_otherwise
    for number, block in enumerate(model.blocks):
        yield f"blocks.{number}.text", block.text
    for number, row in enumerate(model.asks):
        yield f"asks.{number}.label", row.label
        yield f"asks.{number}.value", row.value


def _text_faults(model: ValueModel, units: Mapping[str, Dimension]) -> Iterator[Fault]:
    known = {*units, *(one.key for one in model.words)}
    for place, text in texts_of(model):
        unknown = [name for name in PLACEHOLDER.findall(text) if name not in known]
        if unknown:
            yield Fault(place, f"“{{{unknown[0]}}}” is no figure, formula or field for own words.")
        elif set(PLACEHOLDER.sub("", text)) & {"{", "}"}:
            yield Fault(place, "Write a figure as {key}, with a brace on both sides.")


def _where(place: str) -> str:
    """ "inputs.2.minimum" as people count: "inputs 3, minimum: "."""
    words = re.sub(r"\.(\d+)", lambda row: f" {int(row[1]) + 1}", place).replace(".", ", ").replace("_", " ")
    return f"{words.capitalize()}: " if words else ""


def _said(kind: str, context: Mapping[str, object]) -> str:
    """A sentence for what Pydantic found."""
    if kind in ("missing", "string_too_short", "too_short"):
        return "Something is missing here."
    if kind in ("string_too_long", "too_long"):
        return f"This is too long; at most {context.get('max_length')}."
    if kind == "string_pattern_mismatch":
        return "Write a key in small letters, figures and underscores, beginning with a letter, such as late_trucks."
    if kind == "decimal_max_places":
        return f"Write a number with at most {context.get('decimal_places')} decimals."
    if kind.startswith(("decimal", "int", "finite")):
        return "Write a number."
    limits = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
    if kind in limits:
        return f"The number has to be {kind.replace('_', ' ').replace('than equal', 'than or equal to')} {context.get(limits[kind])}."
    return "Look at this again."
