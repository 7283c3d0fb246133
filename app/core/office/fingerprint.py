"""Fingerprints of a text: exact twins, near twins and word overlap. Pure; used by parsing, search folding and the import benchmark."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

SIGNATURE_SIZE = 64
_SHINGLE_WORDS = 3
_VALUE_BITS = 48
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Lower-case words of letters and digits, compatibility forms (ligatures, full width) resolved."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def text_hash(text: str) -> str:
    """Equal for texts with the same words in the same order, whatever their layout; "" for a text without words."""
    words = words_of(text)
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if words else ""


def minhash(text: str) -> tuple[int, ...]:
    """A signature of 64 values over word 3-shingles, stable between runs and machines; empty for a text without words.

    One-permutation hashing: each shingle falls into one bin which keeps its least value; an empty bin borrows from the
    next filled one, so that short texts compare fairly too.
    """
    words = words_of(text)
    if not words:
        return ()
    width = min(_SHINGLE_WORDS, len(words))
    bins: list[int | None] = [None] * SIGNATURE_SIZE
    for shingle in {" ".join(words[at : at + width]) for at in range(len(words) - width + 1)}:
        number = int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=8).digest())
        place, value = number % SIGNATURE_SIZE, number >> (64 - _VALUE_BITS)
        held = bins[place]
        if held is None or value < held:
            bins[place] = value
    return tuple(_borrowed(bins, place) for place in range(SIGNATURE_SIZE))


def _borrowed(bins: Sequence[int | None], place: int) -> int:
    for distance in range(SIGNATURE_SIZE):
        value = bins[(place + distance) % SIGNATURE_SIZE]
        if value is not None:
            return value + (distance << _VALUE_BITS)
    raise ValueError("a signature needs at least one shingle")


def similarity(a: Sequence[int], b: Sequence[int]) -> float:
    """Estimated share of word 3-shingles which two signatures have in common, 0 to 1; 0 when either is empty."""
    if not a or len(a) != len(b):
        return 0.0
    return sum(left == right for left, right in zip(a, b, strict=True)) / len(a)


def word_overlap(a: str, b: str) -> float:
    """Words in common, counted with repeats, over the words of the longer text: 1 for the same bag of words, 0 for none."""
    left, right = Counter(words_of(a)), Counter(words_of(b))
    longer = max(_total(left.values()), _total(right.values()))
    return _total((left & right).values()) / longer if longer else 1.0


def _total(counts: Iterable[int]) -> int:
    return sum(counts)
