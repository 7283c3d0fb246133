"""Decisions of search without an index: reading a question, house synonyms, what to mark in an answer.
Called by the engine, by search/queries and by templates' data; nothing here reads a database, a clock or a file."""

import math
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.search._analysis import Token, stems, tokens
from app.search._grammar import MAX_CHARACTERS, MAX_TERMS, Query, Word, exactly, is_stop_word, parse, quoted, unquoted
from app.search.models import Piece

__all__ = [
    "MAX_CHARACTERS",
    "MAX_TERMS",
    "Piece",
    "Query",
    "Slot",
    "Span",
    "Synonyms",
    "Word",
    "best_sentence",
    "exactly",
    "is_stop_word",
    "mark_spans",
    "parse",
    "quoted",
    "sentences",
    "slots",
    "snippet",
    "typed_words",
    "unquoted",
]

SYNONYM_WEIGHT = 0.6
LONGEST_SYNONYM = 5  # words
SNIPPET_WORDS = 60
WORDS_TO_STAND_OUT = 2  # of a question with more than one; a sentence with a single common word of it does not answer
STANDS_OUT = 0.6  # share of the matched words' weight that one sentence must hold to be marked whole

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[^\sa-z])|\s*\n\s*")

Span = tuple[int, int]


@dataclass(frozen=True)
class Synonyms:
    """Groups of words or phrases that mean the same in this house; each finds the others at `weight`."""

    groups: tuple[tuple[str, ...], ...] = ()
    weight: float = SYNONYM_WEIGHT


@dataclass(frozen=True)
class Slot:
    """One thing asked for and what else stands for it: each alternative is a run of stems."""

    word: Word | None
    alternatives: tuple[tuple[str, ...], ...] = ()


def slots(query: Query, synonyms: Synonyms) -> tuple[Slot, ...]:
    """What scores: every loose word with its one-word synonyms' groups, and one slot for each synonym of several words that was typed."""
    lookup = _lookup(synonyms.groups)
    plain = [Slot(word, () if word.prefix else lookup.get((word.term,), ())) for word in query.words]
    longer = [Slot(None, lookup[run]) for run in _runs(query.typed) if run in lookup]
    return tuple(plain + longer)


def typed_words(text: str) -> tuple[str, ...]:
    """The words somebody is typing, the last perhaps unfinished, as they stand and at most as many as a question has."""
    return tuple(text[token.start : token.end].lower() for token in tokens(text)[:MAX_TERMS])


def mark_spans(text: str, query: str | Collection[str]) -> list[Span]:
    """Where words of the question stand in the text, in any form. `query` is the question as typed, or SearchResult.terms."""
    hits = _hits(tokens(text), query)
    spans: list[Span] = []
    for token in hits:
        if spans and not text[spans[-1][1] : token.start].strip():
            spans[-1] = (spans[-1][0], token.end)
        else:
            spans.append((token.start, token.end))
    return spans


def best_sentence(text: str, query: str | Collection[str]) -> Span | None:
    """The sentence that answers: it holds most of the words asked for, rare ones counting more. None if no sentence stands out."""
    spans = sentences(text)
    starts = [start for start, _ in spans]
    found: list[set[str]] = [set() for _ in spans]
    for token in _hits(tokens(text), query):
        found[max(bisect_right(starts, token.start) - 1, 0)].add(token.term)
    every: set[str] = set().union(*found)
    weight = {term: math.log(1 + len(spans) / sum(term in some for some in found)) for term in every}
    scores = [sum(weight[term] for term in some) for some in found]
    if not every or max(scores) < STANDS_OUT * sum(weight.values()):
        return None
    best = max(range(len(scores)), key=lambda number: (scores[number], spans[number][0] - spans[number][1]))
    if len(found[best]) < min(WORDS_TO_STAND_OUT, len(_asked(query if isinstance(query, str) else tuple(query))[0])):
        return None
    start, end = spans[best]
    return None if len(text[start:end].split()) > SNIPPET_WORDS else (start, end)


def snippet(text: str, query: str | Collection[str], max_words: int = SNIPPET_WORDS, meant: Span | None = None) -> tuple[Piece, ...]:
    """An excerpt around the best sentence, that sentence marked; without one, around the first matching words, those marked.
    `meant`: the sentence that answers by what it means."""
    sentence = meant or best_sentence(text, query)
    marks = [sentence] if sentence else mark_spans(text, query)
    start, end = _window(text, marks[0] if marks else (0, 0), max_words)
    pieces = [Piece("… ", False)] if text[:start].strip() else []
    place = start
    for left, right in marks:
        if start <= left < end:
            pieces += [Piece(text[place:left], False), Piece(text[left : min(right, end)], True)]
            place = min(right, end)
    pieces.append(Piece(text[place:end], False))
    if text[end:].strip():
        pieces.append(Piece(" …", False))
    return tuple(piece for piece in pieces if piece.text)


def _runs(typed: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    seen: set[tuple[str, ...]] = set()
    for start in range(len(typed)):
        for length in range(2, LONGEST_SYNONYM + 1):
            run = typed[start : start + length]
            if len(run) == length and run not in seen:
                seen.add(run)
                yield run


@lru_cache(maxsize=8)
def _lookup(groups: tuple[tuple[str, ...], ...]) -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    found: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
    for group in groups:
        members = [run for run in (tuple(stems(member)[:LONGEST_SYNONYM]) for member in group) if run]
        for member in members:
            found.setdefault(member, {}).update(dict.fromkeys(other for other in members if other != member))
    return {member: tuple(others) for member, others in found.items() if others}


def _hits(found: list[Token], query: str | Collection[str]) -> list[Token]:
    terms, prefixes = _asked(query if isinstance(query, str) else tuple(query))
    return [token for token in found if token.term in terms or (prefixes and token.word.startswith(prefixes))]


@lru_cache(maxsize=256)
def _asked(query: str | tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    if not isinstance(query, str):
        telling = frozenset(term for term in query if not is_stop_word(term))
        return telling or frozenset(query), ()
    read = parse(query)
    words = [*read.words, *(word for phrase in read.phrases for word in phrase)]
    telling_words = [word for word in words if not is_stop_word(word.word)] or words
    terms = frozenset(word.term for word in telling_words if not word.prefix)
    return terms, tuple(word.word for word in telling_words if word.prefix)


def sentences(text: str) -> list[Span]:
    """Where the sentences of a text are."""
    edges = [(match.start(), match.end()) for match in _SENTENCE_END.finditer(text)]
    starts = [0, *(end for _, end in edges)]
    ends = [*(start for start, _ in edges), len(text)]
    spans = [(start, _with_closing(text, end)) for start, end in zip(starts, ends, strict=True)]
    spans = [(_after_bullet(text, start, end), end) for start, end in spans]
    return [(start, end) for start, end in spans if text[start:end].strip()]


def _after_bullet(text: str, start: int, end: int) -> int:
    while start < end and (text[start] in "-*•–·" or text[start].isspace()):
        start += 1
    return start


def _with_closing(text: str, end: int) -> int:
    """A closing quote or bracket belongs to its sentence."""
    while end < len(text) and text[end] in "\"'”’)]":
        end += 1
    return end


def _window(text: str, centre: Span, max_words: int) -> Span:
    """At most so many words around the centre, from the start of a sentence where that leaves room."""
    words = [(match.start(), match.end()) for match in re.finditer(r"\S+", text)]
    if len(words) <= max_words:
        return (0, len(text))
    first = next((number for number, (_, end) in enumerate(words) if end > centre[0]), 0)
    last = next((number for number, (_, end) in enumerate(words) if end >= centre[1]), first)
    spare = max(max_words - (last - first + 1), 0)
    begins = _first_word(text, words, first, spare // 2)
    begins = max(min(begins, len(words) - max_words), 0)
    return (words[begins][0], words[min(begins + max_words, len(words)) - 1][1])


def _first_word(text: str, words: Sequence[Span], first: int, room: int) -> int:
    """The earliest sentence start at most `room` words before, else exactly so many words before."""
    starts = {start for start, _ in sentences(text)}
    earliest = max(first - room, 0)
    return next((number for number in range(earliest, first + 1) if words[number][0] in starts), earliest)
