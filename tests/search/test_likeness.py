"""Whether a curated question is the one that was asked: sure enough to stand on top, and never for another matter."""

import tomllib
from pathlib import Path

import pytest

from app.search._likeness import BEST_LIKENESS, likeness, telling_words

SEED = Path(__file__).resolve().parents[2] / "content_store" / "seed" / "questions.toml"

SAME = [
    ("how much does the lift carry", "How much does your lift carry?"),
    ("does it wrok with the warehouse system we have", "Does it work with the warehouse system we already have?"),
    ("warehouse system we already have, does it work", "Does it work with the warehouse system we already have?"),
    ("what hapens when the line goes down", "What happens when the line is down?"),
    ("which fields are read from orders", "Which fields do you read from our orders?"),
    ("do you install something on our servers", "Do you have to install anything on our servers?"),
]
OTHER = [
    ("how long does installation take", "How long does training take?"),
    ("what does the dock scheduler cost per site", "What does the yard planner cost per site?"),
    ("can the dock scheduler read our warehouse orders every minute", "Can the carrier hub read our warehouse orders every minute?"),
    ("is our data encrypted at rest", "Is our data encrypted in transit?"),
    ("does it work with our scales", "Does it work with our cranes?"),
    ("who owns the data after we leave", "Who owns the data while we are customers?"),
    ("", "How much does your lift carry?"),
]


@pytest.mark.parametrize(("asked", "known"), SAME)
def test_other_order_typos_and_small_words_do_not_matter(asked: str, known: str) -> None:
    assert likeness(asked, [known]) >= BEST_LIKENESS


@pytest.mark.parametrize(("asked", "known"), OTHER)
def test_another_word_that_matters_is_another_question(asked: str, known: str) -> None:
    assert likeness(asked, [known]) < BEST_LIKENESS


def test_no_question_of_the_demo_passes_for_another() -> None:
    questions = tomllib.loads(SEED.read_text())["question"]
    wordings = [(number, words) for number, one in enumerate(questions) for words in (one["text"], *one["phrasings"])]
    wrong = [
        (words, other)
        for number, words in wordings
        for place, other in wordings
        if place != number and words != other and likeness(words, [other]) >= BEST_LIKENESS
    ]
    assert wrong == []
    assert all(likeness(words, [words]) == 1.0 for _, words in wordings), "the control: each is itself"


def test_telling_words_are_those_that_say_what_it_is_about() -> None:
    assert telling_words("What does the “Dock Scheduler” cost?") == ["dock", "scheduler", "cost"]
    assert telling_words("Why? What for?") != []
