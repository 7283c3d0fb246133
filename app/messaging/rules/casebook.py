"""A business case as a workbook: inputs as named cells, every formula translated, all outlooks worked out live beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.core.office.writing.content import Cell, Sheet, SheetChart, Workbook, picture_of
from app.messaging.models.value import CaseResult, CaseView, Display, Figure, Formula, Scenario, ValueModel
from app.messaging.rules.case import NAMES, Filled, capitalised
from app.messaging.rules.casefile import plain_text
from app.messaging.rules.excel import name_in_excel, to_excel
from app.messaging.rules.expressions import parse_expression
from app.messaging.rules.numbers import sign_of
from app.messaging.rules.value import compute, flow_moments, has_scenarios, parts_a_year, set_in_advance, switch_scenario

CASE, INPUTS, CALCULATION, FLOW, SOURCES = "Business case", "Inputs", "Calculation", "Cash flow", "Sources"
OUTLOOK, NUMBER, HEAD, FIRST = 2, 3, 5, 6  # rows of the sheet of inputs, from 0: the chosen outlook, its number, headings, first input
COLUMNS = {Scenario.LOW: "D", Scenario.EXPECTED: "E", Scenario.HIGH: "F"}
LOOKS = {Display.MONEY: "key money", Display.PERCENT: "key percent", Display.MONTHS: "key months", Display.NUMBER: "key number"}
NOTHING = Cell()


@dataclass(frozen=True)
class Worked:
    """A model with somebody's figures: as filled in, and in every outlook as the page shows it."""

    model: ValueModel
    filled: Filled
    result: CaseResult
    outlooks: Mapping[Scenario, CaseResult]


def workbook_of(model: ValueModel, filled: Filled, view: CaseView) -> Workbook:
    """The workbook of the case that `view` shows."""
    fixed = switch_scenario(model, filled.figures)
    result = compute(model, filled.figures, filled.scenario)
    outlooks = {one: result if one == filled.scenario else compute(model, fixed, one) for one in Scenario}
    worked = Worked(model, filled, result, outlooks)
    sheets = (_case(worked, view), _inputs(worked), _calculation(worked), _flow(worked), _sources(view))
    return Workbook(view.title, sheets, sign_of(model.currency))


def _case(worked: Worked, view: CaseView) -> Sheet:
    model, scenarios = worked.model, _scenarios(worked.model)
    head = [_head(""), _column("Now"), *(_column(NAMES[one]) for one in scenarios)]
    logo, across = picture_of(view.logo), 2 + len(scenarios)
    rows = [
        *([(NOTHING,)] if logo else []),
        (Cell(view.title, look="title"),),
        (Cell(" · ".join(part for part in (view.company, view.eyebrow) if part), look="quiet", span=across),),
        (Cell(f"As downloaded: {plain_text(view.headline)}", look="quiet", span=across),),
        (NOTHING,),
        tuple(head),
    ]
    at = {one.key: number for number, one in enumerate(model.formulas)}
    for one in model.results:
        look, value = LOOKS[one.display], worked.result.values[one.formula]
        cells = [Cell(capitalised(one.label)), Cell(value, f"={name_in_excel(one.formula)}", look)]
        for scenario in scenarios:
            place = (
                f"{CALCULATION}!{COLUMNS[scenario]}{at[one.formula] + 2}"
                if one.formula in at
                else _input_place(model, one.formula, scenario)
            )
            cells.append(Cell(worked.outlooks[scenario].values[one.formula], f"={place}", look))
        rows.append(tuple(cells))
    rows += [(NOTHING,), (Cell(f"Change the yellow cells of the sheet “{INPUTS}”; everything else follows.", look="quiet", span=across),)]
    for words in view.words:
        rows += [(NOTHING,), (_head(words.heading),), *((Cell(text, span=across),) for text in words.paragraphs)]
    return Sheet(CASE, tuple(rows), (60, 18, 18, 18, 18)[:across], logo=logo)


def _inputs(worked: Worked) -> Sheet:
    model = worked.model
    names = tuple(NAMES.values())
    title = (Cell("Figures to put in", look="title"),)
    choice = (Cell("Outlook in use"), Cell(NAMES[worked.filled.scenario], look="typed text", choices=names))
    number = (
        Cell("Its column"),
        Cell(Decimal(list(NAMES).index(worked.filled.scenario) + 1), f"=MATCH(B{OUTLOOK + 1},D{HEAD + 1}:F{HEAD + 1},0)", "number"),
    )
    head = (_head("Figure"), _column("In use"), _beside("Unit"), *map(_column, (*names, "Least", "Most")), _beside("Source"))
    rows = [title, (NOTHING,), choice, number, (NOTHING,), head]
    rows += [_input_row(worked, one, FIRST + number + 1) for number, one in enumerate(model.inputs)]
    rows += [
        (Cell("Years looked at"), Cell(Decimal(model.years), look="number", name="years"), Cell("years", look="beside")),
        (Cell("Discount rate"), Cell(model.discount_rate / 100, look="typed percent", name="discount_rate"), Cell("a year", look="beside")),
    ]
    return Sheet(INPUTS, tuple(rows), (34, 16, 18, 14, 14, 14, 14, 14, 60), frozen=HEAD + 1)


def _input_row(worked: Worked, one: Figure, row: int) -> tuple[Cell, ...]:
    """A figure that differs between outlooks is chosen from them; another one is typed once and the same in all."""
    value, look = worked.result.values[one.key], "percent" if one.unit == "%" else "number"
    scale = Decimal(100) if one.unit == "%" else Decimal(1)
    least, most = one.minimum / scale, one.maximum / scale
    name = name_in_excel(one.key)
    if one.low is None and one.high is None:
        in_use = Cell(value, look=f"typed {look}", name=name, least=least, most=most)
        beside = [Cell(value, f"=$B{row}", look) for _ in COLUMNS]
    else:
        in_use = Cell(value, f"=CHOOSE($B${NUMBER + 1},D{row},E{row},F{row})", look, name)
        beside = [Cell(_in_outlook(worked, one, scenario) / scale, look=f"typed {look}", least=least, most=most) for scenario in COLUMNS]
    bounds = (Cell(least, look=look), Cell(most, look=look))
    return (Cell(one.label), in_use, Cell(one.unit, look="beside"), *beside, *bounds, Cell(one.source or one.help, look="beside"))


def _in_outlook(worked: Worked, one: Figure, scenario: Scenario) -> Decimal:
    return worked.result.figures[one.key] if scenario == worked.filled.scenario else set_in_advance(one, scenario)


def _calculation(worked: Worked) -> Sheet:
    model = worked.model
    rows = [(_head("Formula"), _column("In use"), _beside("Unit"), *map(_column, NAMES.values()), _beside("As written"))]
    named = {key: name_in_excel(key) for key in worked.result.values}
    places = {scenario: _places(model, scenario) for scenario in Scenario}
    for one in model.formulas:
        tree, look = parse_expression(one.expression).tree, _look(one, model)
        cells = [Cell(one.label), Cell(worked.result.values[one.key], f"={to_excel(tree, named)}", look, name_in_excel(one.key))]
        cells.append(Cell(one.unit, look="beside"))
        cells += [Cell(worked.outlooks[scenario].values[one.key], f"={to_excel(tree, places[scenario])}", look) for scenario in COLUMNS]
        rows.append((*cells, Cell(f"{one.key} = {one.expression}", look="beside")))
    return Sheet(CALCULATION, tuple(rows), (38, 16, 18, 16, 16, 16, 60), frozen=1)


def _places(model: ValueModel, scenario: Scenario) -> dict[str, str]:
    """Where each figure stands in the column of this outlook."""
    column = COLUMNS[scenario]
    found = {one.key: f"{CALCULATION}!{column}{number + 2}" for number, one in enumerate(model.formulas)}
    return {
        **found,
        **{one.key: _input_place(model, one.key, scenario) for one in model.inputs},
        "years": "years",
        "discount_rate": "discount_rate",
    }


def _input_place(model: ValueModel, key: str, scenario: Scenario) -> str:
    row = next((number for number, one in enumerate(model.inputs) if one.key == key), None)
    return key if row is None else f"{INPUTS}!{COLUMNS[scenario]}{FIRST + row + 1}"


def _look(one: Formula, model: ValueModel) -> str:
    if one.unit == "%":
        return "percent"
    return "money" if one.unit.startswith((sign_of(model.currency), model.currency)) else "number"


def _flow(worked: Worked) -> Sheet:
    model, flow = worked.model, worked.result.flow
    once, saving, cost = (name_in_excel(key) for key in (model.cash_flow.one_off, model.cash_flow.saving, model.cash_flow.cost))
    rows = [(_head("When"), _column("Change"), _column("Cumulative net"))]
    for number, moment in enumerate(flow_moments(model)):
        change = f"=({saving}-{cost})/{parts_a_year(model)}" if number else f"=-{once}"
        total = f"=C{number + 1}+B{number + 2}" if number else "=B2"
        point = flow[number] if flow else None
        rows.append(
            (Cell(moment), Cell(point.change if point else None, change, "money"), Cell(point.cumulated if point else None, total, "money"))
        )
    chart = SheetChart(f"Cumulative net, {sign_of(model.currency)}", 1, len(rows) - 1, 0, 2, "E2")
    return Sheet(FLOW, tuple(rows), (22, 18, 18), chart, frozen=1)


def _sources(view: CaseView) -> Sheet:
    rows = [(Cell("Where the figures are from", look="title"),), *((Cell(line),) for line in view.sources)]
    return Sheet(SOURCES, tuple(rows), (110,))


def _scenarios(model: ValueModel) -> tuple[Scenario, ...]:
    return tuple(COLUMNS) if has_scenarios(model) else ()


def _head(text: str) -> Cell:
    return Cell(text, look="heading")


def _beside(text: str) -> Cell:
    return Cell(text, look="beside heading")


def _column(text: str) -> Cell:
    return Cell(text, look="column")
