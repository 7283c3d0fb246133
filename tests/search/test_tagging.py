"""Suggested tags: words in title and text, the folder and similar items speak for a value, and the reason says which."""

from dataclasses import replace

import pytest

from app.framework.models import Facet, ValueView
from app.search.tagging import Alike, Item, Part, Suggested, candidates_of, suggest, telling_words


def value(value_id: int, facet: Facet, name: str) -> ValueView:
    return ValueView(value_id, facet.value, name.lower().replace(" ", "-"), name, "", "")


STAKEHOLDERS = ("Procurement", "Economic buyer", "End user")
PROCUREMENT, FINANCE, END_USER = (value(number, Facet.STAKEHOLDER, name) for number, name in enumerate(STAKEHOLDERS, start=1))
YARD, PRICES, DECK = value(4, Facet.SOLUTION, "Yard Planner"), value(5, Facet.KIND, "Price list"), value(6, Facet.KIND, "Presentation")
NEGOTIATE, OTHER = value(7, Facet.STAGE, "Negotiate"), value(8, Facet.KIND, "Other")
VALUES = (PROCUREMENT, FINANCE, END_USER, YARD, PRICES, DECK, NEGOTIATE, OTHER)
SYNONYMS = (("CFO", "finance director", "economic buyer"),)
CANDIDATES = candidates_of(VALUES, SYNONYMS, {NEGOTIATE.id: "Settles the terms"})
PLAIN = Item("Gate rules", "gate-rules.docx", "", "document")


def reasons(item: Item, *alike: Alike) -> dict[int, str]:
    return {one.value_id: one.reason for one in suggest(item, CANDIDATES, alike)}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (replace(PLAIN, title="Answers for procurement"), {1: "“procurement” in the title"}),
        (replace(PLAIN, title="What the CFO asks"), {2: "“CFO” in the title"}),
        (replace(PLAIN, folder="Sales/Procurement"), {1: "folder Procurement"}),
        (replace(PLAIN, file_name="yard_planner_visit.docx"), {4: "“yard planner” in the title"}),
        (replace(PLAIN, family="deck"), {6: "it is a deck"}),
        (PLAIN, {}),
    ],
)
def test_the_reason_names_what_speaks_for_a_value(item: Item, expected: dict[int, str]) -> None:
    assert reasons(item) == expected


def test_mentions_in_the_text_are_counted_and_one_is_placed() -> None:
    often = replace(PLAIN, parts=(Part("slide 1", "Yard Planner. " * 3), Part("slide 3", "The Yard Planner again.")))
    assert reasons(often) == {4: "4 mentions of “Yard Planner”"}
    once = replace(PLAIN, folder="Planner", parts=(Part("slide 3 of 9", "Ask for the yard planner."),))
    assert reasons(once) == {4: "folder Planner"}, "the folder says more than one mention"


def test_similar_items_speak_by_their_likeness_and_the_nearest_is_named() -> None:
    autumn = Alike("Price list, autumn", 0.9, frozenset({PROCUREMENT.id, PRICES.id, NEGOTIATE.id}))
    far = Alike("Yard tour", 0.2, frozenset({END_USER.id}))
    told = reasons(PLAIN, autumn, far)
    assert told == dict.fromkeys((PROCUREMENT.id, PRICES.id, NEGOTIATE.id), "like “Price list, autumn”")
    assert reasons(PLAIN, replace(far, likeness=0.9), replace(autumn, likeness=0.05)) == {END_USER.id: "like “Yard tour”"}


def test_few_of_a_facet_are_suggested_the_best_first_and_other_never() -> None:
    every = Alike("All of it", 1.0, frozenset(one.id for one in VALUES))
    found = suggest(replace(PLAIN, title="Procurement and the end user"), CANDIDATES, [every])
    stakeholders = [one for one in found if one.facet == Facet.STAKEHOLDER]
    assert [one.value_id for one in stakeholders] == [PROCUREMENT.id, END_USER.id]
    assert stakeholders[0].score >= stakeholders[1].score
    assert OTHER.id not in {one.value_id for one in found}


def test_a_long_reason_fits_its_column() -> None:
    found: tuple[Suggested, ...] = suggest(PLAIN, CANDIDATES, [Alike("x" * 400, 1.0, frozenset({1}))])
    assert [len(one.reason) for one in found] == [200]


def test_what_an_item_is_compared_by_starts_with_its_title() -> None:
    item = replace(PLAIN, parts=(Part("", "Trailers wait. Trailers wait at the gate."),))
    assert telling_words(item, 3) == ["gate", "rules", "trailers"]
