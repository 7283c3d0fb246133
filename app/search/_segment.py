"""What a search reads of one immutable index segment: who each document is, and every term with the documents that hold it and what
it gives them. Decoded from the index once, kept beside it as a file. Made by _whoosh, read by _snapshot and _words."""

import json
import os
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.search._analysis import LANGUAGES, LONGEST_WORD, language_of, tokens
from app.search._arrays import Bits, Docs, Floats, Ints, Mask, run_starts
from app.search._vectors import DIGEST_SIZE, digest_of, embedded_text
from app.search.engine import SearchDocument, document_digest

FIELDS = ("title", "heading", "text", "questions", "tags")
NUMBERS = ("asset", "passage", "audience", "status", "review_on", "expires_on", "stale_now", "changed_on", "language")

# BM25F (Robertson, Zaragoza, Taylor 2004): counts of all fields are weighted, set against the length of their field, summed, and only
# then saturated. Lengths are measured against fixed ones instead of the mean of the library, so that what a term gives a document is
# known when it is written and tells nothing of documents the asker may not see. Chosen on the dev split (benchmarks/relevance.py).
K1 = 3.0
WEIGHTS = {"title": 4.0, "heading": 1.5, "text": 1.0, "questions": 4.0, "tags": 0.5}
LENGTH_NORMS = {"title": 0.3, "heading": 0.3, "text": 0.65, "questions": 0.3, "tags": 0.0}  # b of each field
USUAL_LENGTHS = {"title": 8.0, "heading": 8.0, "text": 80.0, "questions": 8.0, "tags": 8.0}  # words

_WEIGHT = np.array([WEIGHTS[name] for name in FIELDS], dtype=np.float32)
_NORM = np.array([LENGTH_NORMS[name] for name in FIELDS], dtype=np.float32)
_USUAL = np.array([USUAL_LENGTHS[name] for name in FIELDS], dtype=np.float32)

# Beside the words as they stand, words of titles and buyer questions as they are typed; no word of a text begins so.
IN_TITLE, IN_QUESTIONS = ":t", ":q"

_FIXED = struct.Struct(f"<{len(NUMBERS) + len(FIELDS)}i8s{DIGEST_SIZE}s")
_MAGIC = b"quiver segment 2\n"
_ALIGN = 64

Held = tuple[str, Docs, Floats]  # a word, the documents that hold it, ascending, and how often


class BrokenSegment(ValueError):
    """The file is not what was written."""


@dataclass(frozen=True)
class Lexicon:
    """Words in order; `starts[n]` is where the postings of word n begin, `starts[n + 1]` where they end."""

    words: list[str]
    starts: Ints

    def find(self, word: str) -> int:
        """The place of a word; -1 for one that is not there."""
        place = bisect_left(self.words, word)
        return place if place < len(self.words) and self.words[place] == word else -1

    def span(self, word: str) -> slice:
        """Where the postings of a word are; empty for one that is not there."""
        place = self.find(word)
        return slice(0, 0) if place < 0 else slice(int(self.starts[place]), int(self.starts[place + 1]))

    @cached_property
    def by_length(self) -> dict[int, tuple[list[str], Bits]]:
        """The words without a figure in them, by their number of letters, and the letters of each."""
        found: dict[int, list[str]] = {}
        for word in self.words:
            if word.isalpha():
                found.setdefault(len(word), []).append(word)
        return {length: (words, letters_of(words)) for length, words in found.items()}

    def beginning(self, prefix: str) -> slice:
        """The places of the words that begin so."""
        return slice(bisect_left(self.words, prefix), bisect_left(self.words, prefix + "\U0010ffff"))


@dataclass(frozen=True, eq=False)
class Segment:
    """Documents are numbered from 0; those of an asset follow one another. `numbers` has a row for each of NUMBERS, `lengths` one for
    each of FIELDS (words); `facets` are pairs (document, value) and `twins` one entry for each asset, in order."""

    numbers: Docs
    lengths: Docs
    digests: NDArray[np.uint8]
    meanings: NDArray[np.uint8]  # digests of what is made into a vector
    facets: Docs
    twins: list[str]
    terms: Lexicon
    docs: Docs
    impacts: Floats  # what the term gives the document, before its rarity
    places: Ints  # where the occurrences of each term begin among all, those of the next field behind those of the one before
    forms: Lexicon  # words as they stand, and after IN_TITLE and IN_QUESTIONS as they are typed
    form_docs: Docs

    @property
    def size(self) -> int:
        """How many documents, removed ones included."""
        return int(self.numbers.shape[1])

    @cached_property
    def starts(self) -> Ints:
        """The first document of each asset."""
        return run_starts(self.numbers[0])

    def postings(self, term: str) -> tuple[Docs, Floats]:
        """The documents that hold a term, ascending, and what it gives each."""
        span = self.terms.span(term)
        return self.docs[span], self.impacts[span]

    def occurrences(self, field: int, term: str) -> slice:
        """Which of all occurrences (_places) are those of a term in a field."""
        place = self.terms.find(term)
        first = field * len(self.terms.words) + place
        return slice(0, 0) if place < 0 else slice(int(self.places[first]), int(self.places[first + 1]))

    def held(self, places: slice, visible: Mask) -> Ints:
        """How many of the visible documents hold each of the words at these places in exactly this form."""
        starts = self.forms.starts[places.start : places.stop + 1]
        seen = np.cumsum(visible[self.form_docs[starts[0] : starts[-1]]])
        held: Ints = np.diff(np.append(0, seen)[starts - starts[0]])
        return held

    def documents_with(self, word: str) -> Docs:
        """Documents that hold the word in exactly this form."""
        return self.form_docs[self.forms.span(word)]


def letters_of(words: Sequence[str]) -> Bits:
    """Which letters each of these words of one length has, as bits: a letter that two words do not share is a bit that differs, and
    a letter changed, left out, added or swapped changes two bits at most."""
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype="<u4").reshape(len(words), -1)
    letters: Bits = np.bitwise_or.reduce(np.uint64(1) << (codes % 64).astype(np.uint64), axis=1)
    return letters


def weighted(field: int, counts: Floats, lengths: Docs) -> Floats:
    """What so many occurrences in a field of this length come to, before they are summed over fields and saturated."""
    b = _NORM[field]
    given: Floats = _WEIGHT[field] * counts / (1 - b + b * lengths.astype(np.float32) / _USUAL[field])
    return given


def saturated(total: Floats) -> Floats:
    """The sum over all fields as points: more of the same word gives less and less."""
    points: Floats = total * np.float32(K1 + 1) / (total + np.float32(K1))
    return points


def meaning_of(document: SearchDocument) -> bytes:
    """What stands for the text of the document that is made into a vector."""
    return digest_of(embedded_text(document.title, document.heading, document.text))


def packed(document: SearchDocument, lengths: Sequence[int]) -> bytes:
    """What the index keeps of a document besides its words; `lengths` counts the words of each field."""
    numbers = (document.asset_id, document.passage_id, document.audience, document.status, document.review_on, document.expires_on)
    language = LANGUAGES.index(language_of(document.language))
    fixed = _FIXED.pack(
        *numbers, document.stale_now, document.changed_on, language, *lengths, document_digest(document), meaning_of(document)
    )
    return fixed + json.dumps([document.twin, *document.facets]).encode("ascii")


def fields_of(document: SearchDocument) -> dict[str, object]:
    """What the index is given of a document: our words, not its analysis."""
    language = language_of(document.language)
    found = {name: tokens(getattr(document, name), language) for name in FIELDS}
    stems = {name: [token.term for token in some] for name, some in found.items() if some}
    forms = {token.word for some in found.values() for token in some} | set(_begun_forms(document))
    lengths = [len(found[name]) for name in FIELDS]
    return {"record": packed(document, lengths), "words": sorted(forms) or None, **stems}


def _begun_forms(document: SearchDocument) -> Iterator[str]:
    title = "" if document.passage_id else document.title  # once for each asset
    for begin, text in ((IN_TITLE, title), (IN_QUESTIONS, document.questions)):
        yield from (begin + text[token.start : token.end].lower()[:LONGEST_WORD] for token in tokens(text))


def build_segment(records: Sequence[bytes], held: Callable[[int], Iterable[Held]], forms: Iterable[Held]) -> Segment:
    """A segment out of its records as packed, the words of each field by its number, and the word forms."""
    fixed = np.frombuffer(b"".join(each[: _FIXED.size] for each in records), dtype=np.uint8).reshape(len(records), _FIXED.size)
    end = 4 * (len(NUMBERS) + len(FIELDS))
    table = np.ascontiguousarray(fixed[:, :end]).view(np.int32).reshape(len(records), -1).T
    numbers, lengths = np.ascontiguousarray(table[: len(NUMBERS)]), np.ascontiguousarray(table[len(NUMBERS) :])
    firsts = run_starts(numbers[0]).tolist()
    shared = [json.loads(records[first][_FIXED.size :]) for first in firsts]
    pairs = [(first, value) for first, each in zip(firsts, shared, strict=True) for value in each[1:]]
    terms, docs, impacts, places = _summed(held, lengths)
    words, form_docs, _ = _flat(forms)
    return Segment(
        numbers=numbers,
        lengths=lengths,
        digests=np.ascontiguousarray(fixed[:, end:-DIGEST_SIZE]),
        meanings=np.ascontiguousarray(fixed[:, -DIGEST_SIZE:]),
        facets=np.array(pairs, dtype=np.int32).reshape(-1, 2),
        twins=[each[0] for each in shared],
        terms=terms,
        docs=docs,
        impacts=impacts,
        places=places,
        forms=words,
        form_docs=form_docs,
    )


def _flat(held: Iterable[Held]) -> tuple[Lexicon, Docs, Floats]:
    words, docs, counts = [], [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.float32)]
    for word, some, often in held:
        words.append(word)
        docs.append(some)
        counts.append(often)
    starts = np.cumsum([len(some) for some in docs], dtype=np.int64)
    return Lexicon(words, starts), np.concatenate(docs), np.concatenate(counts)


def _summed(held: Callable[[int], Iterable[Held]], lengths: Docs) -> tuple[Lexicon, Docs, Floats, Ints]:
    """The fields' words as one lexicon: for each term and document the saturated sum over the fields; and Segment.places."""
    fields = [_flat(held(number)) for number in range(len(FIELDS))]
    words = sorted(set().union(*(lexicon.words for lexicon, _, _ in fields)))
    place = {word: number for number, word in enumerate(words)}
    documents = max(int(lengths.shape[1]), 1)
    keys, given = [], []
    often = np.zeros((len(FIELDS), len(words)), dtype=np.int64)
    for number, (lexicon, docs, counts) in enumerate(fields):
        own = np.array([place[word] for word in lexicon.words], dtype=np.int64)
        if len(own):
            often[number, own] = np.add.reduceat(counts, lexicon.starts[:-1], dtype=np.float64)
        keys.append(np.repeat(own, np.diff(lexicon.starts)) * documents + docs)
        given.append(weighted(number, counts, lengths[number, docs]))
    key, total = np.concatenate(keys), np.concatenate(given)
    order = np.argsort(key, kind="stable")
    key, total = key[order], total[order]
    firsts = run_starts(key)
    sums = np.add.reduceat(total, firsts).astype(np.float32) if len(firsts) else total
    term, docs = np.divmod(key[firsts], documents)
    starts = np.searchsorted(term, np.arange(len(words) + 1)).astype(np.int64)
    return Lexicon(words, starts), docs.astype(np.int32), saturated(sums), np.append(0, np.cumsum(often))


def save(segment: Segment, file: Path) -> None:
    """Keep a segment beside the index; whole or not at all."""
    arrays = dict(_arrays(segment))
    layout, place = {}, 0
    for name, array in arrays.items():
        layout[name] = (array.dtype.str, array.shape, place)
        place += -(-array.nbytes // _ALIGN) * _ALIGN
    head = _MAGIC + json.dumps(layout).encode("ascii") + b"\n"
    head += b" " * (-len(head) % _ALIGN)
    beside = file.with_name(f"{file.name}.new")
    with open(beside, "wb") as stream:
        stream.write(len(head).to_bytes(8, "little").ljust(_ALIGN, b" ") + head)
        for array in arrays.values():
            stream.write(array.tobytes())
            stream.write(b"\0" * (-array.nbytes % _ALIGN))
    os.replace(beside, file)


def load(file: Path) -> Segment:
    """A segment as kept; OSError without the file, BrokenSegment if it is not one."""
    content = file.read_bytes()
    try:
        size = int.from_bytes(content[:8], "little")
        head = content[_ALIGN : _ALIGN + size]
        if not head.startswith(_MAGIC):
            raise BrokenSegment("another kind of file")
        layout = json.loads(head[len(_MAGIC) :])
        arrays = {name: _array(content, _ALIGN + size, *where) for name, where in layout.items()}
        return _segment(arrays)
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenSegment(f"{file.name} is damaged") from error


def _array(content: bytes, base: int, kind: str, shape: Sequence[int], place: int) -> NDArray[np.generic]:
    array: NDArray[np.generic] = np.frombuffer(content, np.dtype(kind), int(np.prod(shape, dtype=np.int64)), base + place)
    return array.reshape(shape)


def _arrays(segment: Segment) -> Iterator[tuple[str, NDArray[np.generic]]]:
    for name in ("numbers", "lengths", "digests", "meanings", "facets", "docs", "impacts", "places", "form_docs"):
        yield name, getattr(segment, name)
    for name in ("terms", "forms"):
        lexicon: Lexicon = getattr(segment, name)
        yield f"{name}.starts", lexicon.starts
        yield f"{name}.words", _text(lexicon.words)
    yield "twins", _text(segment.twins)


def _segment(arrays: dict[str, NDArray[np.generic]]) -> Segment:
    names = ("numbers", "lengths", "digests", "meanings", "facets", "docs", "impacts", "places", "form_docs")
    plain = {name: arrays[name] for name in names}
    lexicons = {name: Lexicon(_words(arrays[f"{name}.words"]), arrays[f"{name}.starts"]) for name in ("terms", "forms")}  # type: ignore[arg-type]  # kinds are in the file
    return Segment(**plain, **lexicons, twins=_words(arrays["twins"]))  # type: ignore[arg-type]  # kinds are in the file


def _text(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("".join(f"{word}\n" for word in words).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _words(text: NDArray[np.generic]) -> list[str]:
    return text.tobytes().decode("utf-8", "surrogatepass").split("\n")[:-1]
