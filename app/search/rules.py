"""Decisions of search without an index: reading a question, house synonyms, what to mark in an answer.
Called by the engine, by search/queries and by templates' data; nothing here reads a database, a clock or a file."""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

from app.search._analysis import ENGLISH, Token, count_words, find, language_of, stem, tokens, word_spans
from app.search._grammar import MAX_CHARACTERS, MAX_TERMS, Query, Stems, Word, exactly, parse, quoted, stems_in, unquoted
from app.search._stopwords import is_stop_word
from app.search.models import Piece

__all__ = [
    "MAX_CHARACTERS",
    "MAX_TERMS",
    "Piece",
    "Query",
    "Run",
    "Slot",
    "Span",
    "Stems",
    "Synonyms",
    "Word",
    "best_sentence",
    "exactly",
    "is_stop_word",
    "mark_spans",
    "ndcg",
    "parse",
    "passage_digest",
    "quoted",
    "sentences",
    "slots",
    "snippet",
    "stems_in",
    "synonym_words",
    "typed_words",
    "unquoted",
    "with_corrections",
]

SYNONYM_WEIGHT, RELATED_WEIGHT = 0.6, 0.3
LONGEST_SYNONYM = 5  # words
SNIPPET_WORDS = 60
WORDS_TO_STAND_OUT = 2  # of a question with more than one; a sentence with a single common word of it does not answer
SHORT_REPLY = 3  # words; "Yes." is no answer without the sentence behind it
STANDS_OUT = 0.6  # share of the matched words' weight that one sentence must hold to be marked whole

_CODE = re.compile(r"([a-z]{2,})(\d[\d.]*)")
_CLOSING = "\"'”’)]」』）"
# Before a stop that ends no sentence: the number of a list's item, an abbreviation.
_ABBREVIATED = (r"^\d", r"^\d\d", "[a-z]", r"[A-Za-z]\.[A-Z]", r"z\. B", "(?:vs|Dr|Mr|Ms|ca)", "(?:Mrs|bzw)")
_GOES_ON = "".join(rf"(?<!(?<!['’\w]){before}\.)" for before in _ABBREVIATED)
_SENTENCE_END = re.compile(
    rf"[.!?…]{_GOES_ON}[{re.escape(_CLOSING)}]*\s+(?=[^\sa-z])|\s*\n\s*|[。！？｡][{re.escape(_CLOSING)}]*(?![。！？｡])", re.MULTILINE
)
_BULLET = re.compile(r"(?:[\s*•–·-]|\d{1,2}[.)](?!\S))*")

Span = tuple[int, int]
Run = tuple[Stems, ...]  # words one after the other
_Lookup = Mapping[tuple[str, ...], tuple[Run, ...]]


@dataclass(frozen=True)
class Synonyms:
    """Groups of words or phrases that mean the same in this house, and of those that are only related. Each word finds the others of its
    group, at SYNONYM_WEIGHT and at RELATED_WEIGHT of what it gives itself."""

    same: tuple[tuple[str, ...], ...] = ()
    related: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Slot:
    """One thing asked for and what else stands for it: house synonyms, and the parts of a code ("SOC2" is also written "SOC 2")."""

    word: Word | None
    alternatives: tuple[Run, ...] = ()
    related: tuple[Run, ...] = ()
    apart: Run = ()


def slots(query: Query, synonyms: Synonyms) -> tuple[Slot, ...]:
    """What scores: every loose word with its one-word synonyms' groups, and one slot for each synonym of several words that was typed."""
    same, related = _lookup(synonyms.same, query.languages), _lookup(synonyms.related, query.languages)
    joined = _joined(query.typed)
    plain = [_slot(word, same, related, joined, query.languages) for word in query.words]
    runs = [run for run in _runs(query) if run in same or run in related] if same or related else []
    return (*plain, *(Slot(None, same.get(run, ()), related.get(run, ())) for run in runs))


def typed_words(text: str) -> tuple[str, ...]:
    """The words somebody is typing, the last perhaps unfinished, as they stand and at most as many as a question has."""
    return tuple(text[token.start : token.end].lower() for token in tokens(text)[:MAX_TERMS])


def with_corrections(text: str, corrected: Iterable[tuple[str, str]]) -> str:
    """The question with the words that stand in for misspelt or unfinished ones, as in SearchResult.corrected."""
    instead = dict(corrected)
    for token in reversed(tokens(text) if instead else ()):
        if token.word in instead:
            text = text[: token.start] + instead[token.word] + text[token.end :]
    return text


def mark_spans(text: str, query: str | Collection[Stems], language: str = ENGLISH) -> list[Span]:
    """Where words of the question stand in the text, in any form. `query` is the question as typed, or SearchResult.terms;
    `language` is the text's, as in Asset.language."""
    spans: list[Span] = []
    for token in _hits(text, query, language_of(language)):
        if spans and not text[spans[-1][1] : token.start].strip():
            spans[-1] = (spans[-1][0], token.end)
        else:
            spans.append((token.start, token.end))
    return spans


def best_sentence(text: str, query: str | Collection[Stems], language: str = ENGLISH, heading: str = "") -> Span | None:
    """The sentence that answers: it holds most of the words asked for, rare ones counting more; what follows a question, in the text or as
    its heading, has the question's words, too. None if no sentence stands out."""
    spans = sentences(text)
    starts = [start for start, _ in spans]
    found: list[set[str]] = [set() for _ in spans]
    for token in _hits(text, query, language_of(language)):
        found[max(bisect_right(starts, token.start) - 1, 0)].add(token.term)
    own = [len(some) for some in found]
    replies = _hand_over(found, [_is_question(text[start:end]) for start, end in spans])
    if spans and _is_question(heading) and _is_statement(text[slice(*spans[0])]):
        found[0].update(token.term for token in _hits(heading, query, language_of(language)))
        replies.add(0)
    every: set[str] = set().union(*found)
    weight = {term: math.log(1 + len(spans) / sum(term in some for some in found)) for term in every}
    scores = [sum(weight[term] for term in some) for some in found]
    if not every or max(scores) < STANDS_OUT * sum(weight.values()):
        return None
    best = max(range(len(scores)), key=lambda number: (scores[number], own[number], spans[number][0] - spans[number][1]))
    if len(found[best]) < min(WORDS_TO_STAND_OUT, _asked(query if isinstance(query, str) else tuple(query), language_of(language)).words):
        return None
    start, end = spans[best]
    if best in replies and best + 1 < len(spans) and count_words(text[start:end]) <= SHORT_REPLY and _is_statement(text[start:end]):
        end = spans[best + 1][1]
    return None if count_words(text[start:end]) > SNIPPET_WORDS else (start, end)


def snippet(
    text: str,
    query: str | Collection[Stems],
    max_words: int = SNIPPET_WORDS,
    meant: Span | None = None,
    language: str = ENGLISH,
    heading: str = "",
) -> tuple[Piece, ...]:
    """An excerpt around the best sentence, that sentence marked; without one, around the first matching words, those marked.
    `meant`: the sentence that answers by what it means. `heading`: what the text stands under."""
    sentence = meant or best_sentence(text, query, language, heading)
    marks = [sentence] if sentence else mark_spans(text, query, language)
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


def _slot(word: Word, same: _Lookup, related: _Lookup, joined: Mapping[str, Stems], languages: tuple[str, ...]) -> Slot:
    if word.prefix:
        return Slot(word)
    code = _CODE.fullmatch(word.word)
    apart = (stems_in(code[1], languages), (code[2],)) if code else ()
    alternatives, near = (_meant(word, lookup) for lookup in (same, related))
    together = joined.get(word.word)
    return Slot(replace(word, stems=(*word.stems, *together)) if together else word, alternatives, near, apart)


def _meant(word: Word, lookup: _Lookup) -> tuple[Run, ...]:
    return tuple(dict.fromkeys(other for each in word.stems for other in lookup.get((each,), ())))


def _joined(typed: Sequence[str]) -> dict[str, Stems]:
    """Both words of each code typed as two -> the one word that some write for it: "AES-256" is also written "AES256"."""
    found: dict[str, Stems] = {}
    for name, number in pairwise(typed):
        if _CODE.fullmatch(name + number) and name.isalpha():
            for part in (name, number):
                found[part] = (*found.get(part, ()), name + number)
    return found


def _runs(query: Query) -> Iterator[tuple[str, ...]]:
    """The stems of several words in a row, in each language."""
    spans = [slice(start, start + length) for start in range(len(query.typed)) for length in range(2, LONGEST_SYNONYM + 1)]
    in_each = (tuple(stem(word, language) for word in query.typed) for language in query.languages)
    return iter(dict.fromkeys(typed[span] for typed in in_each for span in spans if span.stop <= len(typed)))


@lru_cache(maxsize=16)
def _lookup(groups: tuple[tuple[str, ...], ...], languages: tuple[str, ...]) -> _Lookup:
    """The stems of a member in one language -> the others of its groups, in all."""
    found: dict[tuple[str, ...], dict[Run, None]] = {}
    for group in groups:
        members = [words for words in map(synonym_words, group) if words]
        runs = [tuple(stems_in(word, languages) for word in words) for words in members]
        for words, own in zip(members, runs, strict=True):
            for language in languages:
                key = tuple(stem(word, language) for word in words)
                found.setdefault(key, {}).update(dict.fromkeys(run for run in runs if run != own))
    return {key: tuple(others) for key, others in found.items() if others}


def synonym_words(member: str) -> list[str]:
    """The folded words of a house synonym that count."""
    return [token.word for token in tokens(member)[:LONGEST_SYNONYM]]


class _Asked(NamedTuple):
    """What is looked for in a text: any of these stems, any word that begins so; and how many words were asked for."""

    terms: frozenset[str]
    prefixes: tuple[str, ...]
    words: int


def _hits(text: str, query: str | Collection[Stems], language: str) -> tuple[Token, ...]:
    return _found(text, query if isinstance(query, str) else tuple(query), language)


@lru_cache(maxsize=64)  # the sentence is looked for first, then the words
def _found(text: str, query: str | tuple[Stems, ...], language: str) -> tuple[Token, ...]:
    terms, prefixes, _ = _asked(query, language)
    return tuple(find(text, language, terms, prefixes))


@lru_cache(maxsize=256)
def _asked(query: str | tuple[Stems, ...], language: str) -> _Asked:
    if not isinstance(query, str):
        telling = [stems for stems in query if not any(is_stop_word(stem, language) for stem in stems)] or query
        return _Asked(frozenset(stem for stems in telling for stem in stems), (), len(telling))
    read = parse(query, languages=(language,))
    words = [*read.words, *(word for phrase in read.phrases for word in phrase)]
    telling_words = [word for word in words if not is_stop_word(word.word, language)] or words
    terms = frozenset(term for word in telling_words if not word.prefix for term in word.stems)
    return _Asked(terms, tuple(word.word for word in telling_words if word.prefix), len(telling_words))


@lru_cache(maxsize=64)  # asked for by whoever looks for the best one, then by whoever cuts around it
def sentences(text: str) -> tuple[Span, ...]:
    """Where the sentences of a text are."""
    edges = [match.span() for match in _SENTENCE_END.finditer(text)]
    starts = [0, *(end for _, end in edges)]
    ends = [*(start + (not text[start].isspace()) for start, _ in edges), len(text)]  # a stop belongs to its sentence
    spans = [(start, _with_closing(text, end)) for start, end in zip(starts, ends, strict=True)]
    spans = [(_after_bullet(text, start, end), end) for start, end in spans]
    return tuple((start, end) for start, end in spans if text[start:end].strip())


def _after_bullet(text: str, start: int, end: int) -> int:
    bullet = _BULLET.match(text, start, end)
    return bullet.end() if bullet else start


def _is_question(sentence: str) -> bool:
    return sentence.rstrip(_CLOSING).endswith(("?", "？"))


def _is_statement(sentence: str) -> bool:
    return sentence.rstrip(_CLOSING).endswith((".", "!", ":", "。"))


def _hand_over(found: list[set[str]], asks: Sequence[bool]) -> set[int]:
    """Give what follows a question its words; says which sentences these are. One question after the other, as in a list, keeps them."""
    replies = {number for number, (this, following) in enumerate(pairwise(asks), start=1) if this and not following}
    for number in replies:
        found[number] |= found[number - 1]
        found[number - 1] = set()
    return replies


def _with_closing(text: str, end: int) -> int:
    """A closing quote or bracket belongs to its sentence."""
    while end < len(text) and text[end] in _CLOSING:
        end += 1
    return end


def _window(text: str, centre: Span, max_words: int) -> Span:
    """At most so many words around the centre, from the start of a sentence to the end of one where that leaves room."""
    if count_words(text) <= max_words:
        return (0, len(text))
    words = word_spans(text)
    ends = [end for _, end in words]
    first = min(bisect_right(ends, centre[0]), len(words) - 1)
    last = min(bisect_left(ends, centre[1]), len(words) - 1)
    spare = max(max_words - (last - first + 1), 0)
    spans = sentences(text)
    earliest = max(min(first - spare // 2, len(words) - max_words), 0)
    begins = _first_of(range(earliest, first + 1), {start for start, _ in spans}, [start for start, _ in words])
    latest = min(begins + max_words, len(words)) - 1
    if latest < len(words) - 1:
        shortest = min(max(last, begins + max_words // 2), latest)
        latest = _first_of(range(latest, shortest - 1, -1), {end for _, end in spans}, ends)
    return (words[begins][0], ends[latest])


def _first_of(numbers: Sequence[int], edges: Collection[int], places: Sequence[int]) -> int:
    """The first of these words that stands at an edge of a sentence; the first of all if none does."""
    return next((number for number in numbers if places[number] in edges), numbers[0])


def passage_digest(heading: str, text: str) -> str:
    """32 letters that stand for the words of a passage; equal words share them, whatever the version."""
    return blake2b(f"{heading}\n{text}".encode(errors="replace"), digest_size=16).hexdigest()


def ndcg(gains: Iterable[float], possible: Iterable[float], cut: int = 10) -> float:
    """How near an order of answers comes to the best one, 0 to 1 (Jarvelin, Kekalainen 2002): grades in the order shown, over all grades
    there are; 0 when none is above 0."""
    best = _discounted(sorted(possible, reverse=True)[:cut])
    return _discounted(list(gains)[:cut]) / best if best else 0.0


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
