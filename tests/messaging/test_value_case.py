"""A business case: the figures of the mock-up, numbers as people type them, outlooks, what happens at the edges."""

import time
from decimal import Decimal
from typing import Any

import pytest

from app.core.typed import read_numbers
from app.messaging.models.value import Display, Line, Scenario
from app.messaging.rules.case import Filled, case_view
from app.messaging.rules.numbers import money, percent, plain, show
from app.messaging.rules.value import compute, dump_model, load_model, read_definition, switch_scenario
from tests.factories.values import definition, model_of


def text(line: Line) -> str:
    return "".join(piece.text for piece in line)


def test_the_demo_gives_the_figures_of_the_mock_up() -> None:
    view = case_view(model_of(), Filled())
    assert text(view.headline) == "Shorter waits at the dock: € 247,600 a year, back in month 4"
    assert text(view.sections[0].line) == (
        "Across 4 sites, 96 trucks a day wait more than an hour. At € 45 each, that is € 1,080,000 a year. "
        "Booked dock slots cut late trucks by 37 percent."
    )
    assert [piece.text for piece in view.sections[0].line if piece.key] == ["4", "96", "€ 45", "€ 1,080,000", "37 percent"]
    assert [one.text for one in view.key_figures] == ["€ 399,600", "€ 247,600", "3.1 months", "131%"]
    assert view.chart is not None
    assert [float(value) for value in view.chart.values] == [
        -64, -2.1, 59.8, 121.7, 183.6, 245.5, 307.4, 369.3, 431.2, 493.1, 555, 616.9, 678.8,
    ]  # fmt: skip
    assert [(text(row.label), text(row.value)) for row in view.asks] == [
        ("Set-up, once", "€ 64,000"),
        ("Subscription, 4 sites, a year", "€ 152,000"),
    ]
    assert view.chart.summary.startswith("Cumulative net in thousand € starts at −64, reaches zero in year 1, quarter 2")


@pytest.mark.parametrize("name", ["value-model-waiting-fees", "value-model-gate-hours"])
def test_both_models_of_the_demo_are_whole(name: str) -> None:
    model = model_of(definition(name))
    view = case_view(model, Filled())
    assert all(one.value is not None for one in view.key_figures) and view.chart is not None and len(view.outlooks) == 3
    assert load_model(dump_model(model)) == model


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("38,000", ["38000", "38"]),
        ("38.000", ["38000", "38"]),
        ("38.000,50", ["38000.50"]),
        ("38,000.50", ["38000.50"]),
        ("1 080 000", ["1080000"]),
        ("1\N{NO-BREAK SPACE}080\N{NARROW NO-BREAK SPACE}000,5", ["1080000.5"]),
        ("1'080'000", ["1080000"]),
        ("1,234,567", ["1234567"]),
        ("€ 38,000 a year", ["38000", "38"]),
        ("37 %", ["37"]),
        ("37,5", ["37.5"]),
        ("0.375", ["0.375"]),
        (".5", [".5"]),
        ("-5", ["-5"]),
        ("\N{MINUS SIGN}5", ["-5"]),
        ("3 4", []),
        ("1,2,3", []),
        ("1.234,5.6", []),
        ("1e5", []),
        ("0x10", []),
        ("abc", []),
        ("<b>5</b>", []),
        ("5;6", []),
        ("45,-", ["45"]),
        ("−€ 5", ["-5"]),
        ("€ -5", ["-5"]),
        ("5.", ["5"]),
        (",", []),
        ("", []),
        ("9" * 41, []),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, meant: list[str]) -> None:
    assert read_numbers(typed) == [Decimal(one) for one in meant]


@pytest.mark.parametrize(
    "key, typed, sentence",
    [
        ("sites", "900", "Sites: 900 is outside. Type a number from 1 to 500 sites."),
        ("sites", "many", "Sites: type a number from 1 to 500 sites."),
        ("sites", "4.5", "Sites: whole numbers only, from 1 to 500 sites."),
        ("late_share", "140", "Wait over one hour: 140 is outside. Type a number from 0 to 100%."),
        ("late_share", "37.55", "Wait over one hour: at most 1 decimals, from 0 to 100%."),
        ("fee", "-1", "Fee per late truck: −1 is outside. Type a number from 0 to 1,000 €/truck."),
    ],
)
def test_a_figure_that_is_not_understood_is_told_with_its_bounds(key: str, typed: str, sentence: str) -> None:
    result = compute(model_of(), {key: typed})
    assert result.errors == {key: sentence}
    assert result.values == compute(model_of(), {}).values


def test_of_two_meanings_the_one_within_the_bounds_counts() -> None:
    assert compute(model_of(), {"late_share": "37.500"}).figures["late_share"] == Decimal("37.5")
    assert compute(model_of(), {"per_site": "37.500"}).figures["per_site"] == 37500


def test_outlooks_stand_beside_each_other_and_keep_what_was_typed() -> None:
    model = model_of()
    filled = Filled(figures={"sites": "10", "reduction": "30"})
    view = case_view(model, filled)
    assert [(one.name, one.is_chosen) for one in view.outlooks] == [("Low", False), ("Expected", True), ("High", False)]
    for outlook, reduction in zip(view.outlooks, ("22", "30", "51"), strict=True):
        alone = case_view(model, Filled(figures={"sites": "10", "reduction": reduction}))
        assert outlook.figures == tuple(one.text for one in alone.key_figures)
    assert switch_scenario(model, filled.figures) == {"sites": "10"}
    assert compute(model, {"sites": "10"}, Scenario.LOW).figures["reduction"] == 22


def test_what_never_pays_back_says_so() -> None:
    view = case_view(model_of(), Filled(figures={"fee": "1"}))
    assert text(view.headline) == "Shorter waits at the dock: with these figures it does not pay back"
    assert [one.text for one in view.key_figures][1:3] == ["−€ 143,120", "never"]
    assert view.chart is not None and "stays below zero" in view.chart.summary
    saved = Filled(figures={"per_site": "100000"})
    less = case_view(model_of(definition(headline="{net} a year", headline_otherwise="")), saved)
    assert text(less.headline).endswith("with these figures it does not pay back"), "it comes to less than nothing"
    data = definition(headline_otherwise="")
    assert text(case_view(model_of(data), Filled(figures={"fee": "0"})).headline).endswith("with these figures it does not pay back")


def test_figures_beyond_all_sense_are_no_figures() -> None:
    data = definition()
    for row in data["inputs"]:
        row["maximum"] = 10**12
    model = model_of(data)
    result = compute(model, {one.key: Decimal(10**12) for one in model.inputs})
    assert result.values["fees"] is None and result.flow == ()
    assert case_view(model, Filled(figures={one.key: "1" + "0" * 12 for one in model.inputs})).chart is None


def test_sources_are_those_of_the_figures_that_were_kept() -> None:
    view = case_view(model_of(), Filled(figures={"reduction": "30"}, company="Alder Foods"))
    assert view.sources[0] == "Own figures of Alder Foods: Fewer late trucks."
    assert not any(source.startswith("Fewer late trucks: Median") for source in view.sources)
    assert any(source.startswith("Fee per late truck: Demurrage") for source in view.sources)


def test_own_words_stand_where_they_belong() -> None:
    view = case_view(model_of(), Filled(words={"why_now": "One.\r\n\r\nTwo.\x00", "decide_by": "12 December"}))
    assert view.words[0].paragraphs == ("One.", "Two.")
    assert text(view.asks[-1].label) == "Decision needed by" and text(view.asks[-1].value) == "12 December"


@pytest.mark.parametrize(
    "change, place",
    [
        ({"headline": "Saves {nothing}"}, "headline"),
        ({"headline": "Saves {net"}, "headline"),
        ({"years": 0}, "years"),
        ({"years": 11}, "years"),
        ({"currency": "euro"}, "currency"),
        ({"cash_flow": {"one_off": "setup", "saving": "setup", "cost": "subscription"}}, "cash_flow.saving"),
        ({"results": [{"formula": "sites", "label": "sites", "display": "money"}]}, "results.0.formula"),
        ({"results": [{"formula": "net", "label": "net", "display": "months"}]}, "results.0.formula"),
        ({"results": [{"formula": "gone", "label": "net"}]}, "results.0.formula"),
        ({"surprise": 1}, "surprise"),
        ({"inputs": []}, "inputs"),
    ],
)
def test_a_fault_is_told_at_its_place(change: dict[str, Any], place: str) -> None:
    faults = read_definition(definition(**change))[1]
    assert place in [fault.place for fault in faults]
    assert all(fault.message.endswith(".") for fault in faults)


@pytest.mark.parametrize("key", ["years", "max", "Sites", "1st", "net", "", "a" * 41, "a-b"])
def test_keys_are_checked(key: str) -> None:
    data = definition()
    data["inputs"][0]["key"] = key
    assert read_definition(data)[1] != ()


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b'{"quiver": "value model 1"}', b"[" * 100_000, b'{"title": 1}', b" " * (512 * 1024 + 1)],
)
def test_a_file_that_holds_no_model_is_none(text: bytes) -> None:
    assert load_model(text) is None


def test_figures_are_written_as_people_read_them() -> None:
    assert [money(Decimal(value), "€") for value in ("1080000", "45", "4.5", "99.995", "-64000", "-0.001", "0")] == [
        "€ 1,080,000", "€ 45", "€ 4.50", "€ 100", "−€ 64,000", "€ 0", "€ 0",
    ]  # fmt: skip
    assert [percent(Decimal(value)) for value in ("1.3054", "0.045", "-0.2")] == ["131%", "4.5%", "−20%"]
    assert [plain(Decimal(value)) for value in ("38000", "4.50", "-5", "0.0")] == ["38,000", "4.5", "−5", "0"]
    assert show(Decimal(1), Display.MONTHS, "€") == "1 month" and show(None, Display.MONEY, "€") == "–"


def test_working_it_out_takes_less_than_twenty_milliseconds() -> None:
    model = model_of(definition("value-model-gate-hours"))
    compute(model, {})
    started = time.process_time()
    for number in range(50):
        compute(model, {"sites": str(number + 1)})
    assert (time.process_time() - started) / 50 < 0.02
