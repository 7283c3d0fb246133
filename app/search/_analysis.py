"""Text into words: cutting, folding of case and accents, English stems. Called by rules for questions and by the engine for documents,
so that both agree; a change here must raise VERSION, which makes every index rebuild itself."""

import re
import threading
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import Stemmer

VERSION = "1"
LONGEST_WORD = 64

_LETTER = r"[^\W_]"
_WORD = re.compile(
    rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f]|(?<=\d)\.(?=\d)|['\u2019](?=(?:s|t|re|ve|ll|d|m)\b))*(?:\+\+|(?<=\b[a-z])\#(?!\w))?",
    re.IGNORECASE,
)
_VERSION_NUMBER = re.compile(r"v(\d+(?:\.\d+)+)")
_NOT_DECOMPOSED = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "œ": "oe", "ı": "i", "\u2019": "'"})
_stemmer = Stemmer.Stemmer("english")
_stemmer_lock = threading.Lock()  # a PyStemmer object must not be used by two threads at once


class Token(NamedTuple):
    """A word of a text: its stem, its folded form, and where it stands."""

    term: str
    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The words of a text in order. Codes stay whole: v8.2, C++, C#; hyphens and slashes separate."""
    return [Token(*normal(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]


def stems(text: str) -> list[str]:
    """The stems of a text in order."""
    return [normal(raw)[0] for raw in _WORD.findall(text)]


@lru_cache(maxsize=200_000)
def normal(raw: str) -> tuple[str, str]:
    """Stem and folded form of one word: "Größen" gives ("grossen", "grossen"), "Policies" gives ("polici", "policies")."""
    folded = raw.casefold().translate(_NOT_DECOMPOSED)
    if not folded.isascii():
        folded = "".join(char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char)).casefold()
    folded = folded.removesuffix("'s").replace("'", "")
    number = _VERSION_NUMBER.fullmatch(folded)
    word = (number[1] if number else folded)[:LONGEST_WORD] or raw[:LONGEST_WORD]
    return _stem(word), word


def _stem(word: str) -> str:
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    with _stemmer_lock:
        return str(_stemmer.stemWord(word))
