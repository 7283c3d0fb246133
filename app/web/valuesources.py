"""What the builder of value models takes over: answers to buyer questions, each with its source, and what became of it since."""

import re
from dataclasses import dataclass

from app.core.errors import NotFound
from app.core.paging import PageRequest
from app.core.work import Work
from app.framework.queries import list_values
from app.library.models import AssetCard, Audience, Passage, Status
from app.library.queries import find_passage, list_cards, list_versions_of
from app.library.rules import locator
from app.messaging.models import QuestionFilter
from app.messaging.queries import get_question_view, list_questions
from app.messaging.rules.drafting import PARTS, TAKING, Typed, add_row

MOST_ANSWERS = 8
LONGEST = {"blocks": 2000, "assumptions": 300}  # characters of a text that is taken over
GONE = "Readers do not get its source any more. Check whether this still holds."
ELSEWHERE = "It was taken over in another portal. Its written source tells where from."
_TAKEN = re.compile(r"([0-9]{1,9})/([0-9]{1,9})/(.*)")
_TAKE = re.compile(r"take:(?P<part>blocks|assumptions):(?P<question>[0-9]{1,9})")


@dataclass(frozen=True)
class Answer:
    """A buyer question with the answer that may be taken over; `source` is what is written beside it."""

    id: int
    question: str
    text: str
    source: str
    is_internal: bool


@dataclass(frozen=True)
class TakenFrom:
    """Where a row is from, and what to know of that since; `path` leads there, empty where nobody gets it any more."""

    title: str
    path: str
    notes: tuple[str, ...]


def find_answers(work: Work, asked: str) -> tuple[Answer, ...]:
    """Answers to the buyer questions that hold these words, those asked most often first; none without words."""
    if not asked.strip():
        return ()
    views = list_questions(work, PageRequest(1, MOST_ANSWERS), QuestionFilter(asked.strip()))
    found = ((view, _passage(work, view.card, view.anchor)) for view in views.items)
    return tuple(
        _answer(view.id, view.text, view.card, passage) for view, passage in found if view.card is not None and passage is not None
    )


def is_taking(step: str) -> bool:
    """Whether the button was one that takes an answer over."""
    return _TAKE.fullmatch(step) is not None


def part_taken(step: str) -> str:
    """The part of the model that an answer goes to; empty for another step."""
    found = _TAKE.fullmatch(step)
    return found["part"] if found else ""


def take_over(work: Work, typed: Typed, step: str) -> Typed:
    """The model with the answer as one row more; NotFound when nobody gets that answer any more."""
    found = _TAKE.fullmatch(step)
    view = get_question_view(work, int(found["question"]) if found else 0)
    passage = _passage(work, view.card, view.anchor)
    if found is None or view.card is None or passage is None:
        raise NotFound("This answer is not there any more, so nothing was taken over. What you typed is kept.")
    part = found["part"]
    answer = _answer(view.id, view.text, view.card, passage)
    words = {"text": _cut(_plain(answer.text), LONGEST[part]), TAKING: f"{view.card.id}/{view.card.version.id}/{view.anchor}"}
    return add_row(typed, part, words | ({"heading": _plain(view.text)[:120]} if part == "blocks" else {"source": answer.source[:300]}))


def sources_of(work: Work, typed: Typed) -> dict[str, TakenFrom]:
    """Where rows were taken from, by part and number ("blocks.2"), and what became of it."""
    rows = {f"{part}.{number}": row.get(TAKING, "") for part in PARTS for number, row in enumerate(typed[part])}
    named = {place: found for place, taken in rows.items() if (found := _TAKEN.fullmatch(taken))}
    if not named:
        return {}
    asset_ids = sorted({int(found[1]) for found in named.values()})
    cards, versions = list_cards(work, asset_ids, list_values(work)), list_versions_of(work, asset_ids)
    known = {(version.asset_id, version.id) for some in versions.values() for version in some}
    return {
        place: _taken(work, cards.get(int(found[1])), int(found[2]), found[3])
        if (int(found[1]), int(found[2])) in known
        else TakenFrom("elsewhere", "", (ELSEWHERE,))
        for place, found in named.items()
    }


def _taken(work: Work, card: AssetCard | None, version_id: int, anchor: str) -> TakenFrom:
    if card is None:
        return TakenFrom("an item that is gone", "", (GONE,))
    notes = [] if card.status is Status.RELEASED else [GONE]
    if card.version.id != version_id:
        notes.append(f"Changed since you took it over: it is v{card.version.number} now.")
        if find_passage(work, card.version.id, anchor) is None:
            notes.append("What was taken over is not in it any more.")
    if card.freshness.state in ("stale", "expired"):
        notes.append(f"Its source is {card.freshness.short.lower()}.")
    if card.audience is Audience.INTERNAL:
        notes.append("Its source is internal. Champions read what stands here.")
    return TakenFrom(card.title, f"/assets/{card.id}#{anchor}" if anchor else f"/assets/{card.id}", tuple(notes))


def _passage(work: Work, card: AssetCard | None, anchor: str) -> Passage | None:
    """The passage of an answer that readers get."""
    if card is None or card.status is not Status.RELEASED or card.freshness.state == "expired" or not anchor:
        return None
    return find_passage(work, card.version.id, anchor)


def _answer(question_id: int, question: str, card: AssetCard, passage: Passage) -> Answer:
    place = locator(passage.label, card.version.unit_word, card.version.unit_count)
    source = ", ".join(part for part in (card.title, f"v{card.version.number}", place) if part)
    return Answer(question_id, question, passage.text.strip(), source, card.audience is Audience.INTERNAL)


def _plain(text: str) -> str:
    """Braces would name figures in a text of a model."""
    return " ".join(text.replace("{", "(").replace("}", ")").split())


def _cut(text: str, most: int) -> str:
    """Whole words, at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1].rpartition(' ')[0]}…"
