"""Passages that say nearly the same become one group; none is lost, none comes twice, and another figure is another answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search._copies import grouped, is_copy

LONG = (
    "Dock Scheduler reads slots, orders and gate events from your warehouse system every 60 seconds, through a standard connector or a "
    "flat file. Nine connectors are ready. If yours is not among them, a file drop takes about four days to set up."
)


@pytest.mark.parametrize(
    "other,same",
    [
        (LONG, True),
        (LONG.replace(". ", ".\n- ").upper(), True),
        (LONG.replace("about four days", "some days"), True),
        (f"{LONG} Ask us.", True),
        (LONG.replace("60", "90"), False),
        (LONG.replace("every 60 seconds, ", ""), False),
        (LONG[: len(LONG) // 2], False),
        (" ".join(reversed(LONG.split())), False),
        ("", False),
    ],
)
def test_nearly_the_same_is_told_from_another_answer(other: str, same: bool) -> None:
    assert is_copy(LONG, other) is is_copy(other, LONG) is same
    assert grouped([LONG, "Something else.", other]) == ([[0, 2], [1]] if same else [[0], [1], [2]])


def test_texts_without_words_are_no_copies_of_each_other() -> None:
    assert grouped(["", "", "…", "…"]) == [[0], [1], [2], [3]]


@given(st.lists(st.lists(st.sampled_from(["dock", "gate", "slot", "9", "10", ""]), max_size=6).map(" ".join), max_size=12))
def test_each_text_is_in_one_group_and_the_order_stays(texts: list[str]) -> None:
    groups = grouped(texts)
    assert sorted(place for group in groups for place in group) == list(range(len(texts)))
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
    for first, *others in groups:
        assert others == sorted(others) and all(place > first and is_copy(texts[first], texts[place]) for place in others)
    leaders = [texts[group[0]] for group in groups]
    assert grouped(leaders) == [[place] for place in range(len(leaders))]
