"""Completions and corrections are those of a plain reckoning over every word, through additions and removals."""

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from app.search._analysis import stem
from app.search._words import MAX_EXPANSIONS
from app.search.engine import CUSTOMER, INTERNAL, SearchDocument, SearchEngine
from tests.search.search_documents import ask, engine_with, passage

LETTERS = "abcdeéжxn"
CUSTOMERS = frozenset({CUSTOMER})


def _documents() -> list[SearchDocument]:
    """Two thousand made-up words of few letters, some of them common, a third in what customers may not see."""
    chance = random.Random(20261127)
    words = ["de" + "".join(chance.choices(LETTERS, k=chance.randrange(1, 10))) for _ in range(2000)]
    texts = [" ".join(chance.choices(words[:: chance.randrange(1, 20)], k=12)) for _ in range(400)]
    return [
        passage(number, text, audience=INTERNAL if number % 3 == 0 else CUSTOMER, asset_id=1 + number // 4)
        for number, text in enumerate(texts)
    ]


DOCUMENTS = _documents()
CHANGED = [passage(5000 + number, f"decade dexxxx debade {number}", asset_id=7) for number in range(3)]
HELD = Counter(
    word.replace("é", "e")
    for document in [*(each for each in DOCUMENTS if each.asset_id not in (7, 9)), *CHANGED]
    if document.audience == CUSTOMER
    for word in set(document.text.split())
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    with engine_with(tmp_path_factory.mktemp("forms"), *DOCUMENTS) as opened:
        opened.update_many({7: CHANGED, 9: []})
        yield opened


@pytest.mark.parametrize("beginning", ["de", "dea", "deж", "decad", "dexxxx", "deq"])
def test_an_unfinished_word_stands_for_the_commonest_that_begin_so(engine: SearchEngine, beginning: str) -> None:
    ranked = sorted((word for word in HELD if word.startswith(beginning)), key=lambda word: (-HELD[word], word))
    stems = dict.fromkeys(stem(word, "en") for word in ranked[:MAX_EXPANSIONS])
    assert ask(engine, f"{beginning}*", audiences=CUSTOMERS).terms == ((tuple(stems),) if stems else ())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(LETTERS, min_size=1, max_size=11).map(lambda rest: f"de{rest}".replace("é", "e")))
def test_a_typo_is_read_as_the_nearest_word_else_as_a_beginning(engine: SearchEngine, typed: str) -> None:
    allowed = 2 if len(typed) >= 8 else 1 if len(typed) >= 4 else 0
    known = {stem(word, "en") for word in HELD}
    near = [
        (distance, -held, word)
        for word, held in HELD.items()
        if len(word) >= 3 and (distance := OSA.distance(typed, word)) <= allowed and word != typed
    ]
    begun = [(-held, word) for word, held in HELD.items() if word.startswith(typed)] if len(typed) >= 4 else []
    instead = min(near)[-1] if near else min(begun)[-1] if begun else ""
    expected = ((typed, instead),) if instead and stem(typed, "en") not in known else ()
    assert ask(engine, typed, audiences=CUSTOMERS).corrected == expected
