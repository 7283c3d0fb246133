"""Text into words: cutting, folding of case and accents, stems by language. Called by rules for questions and by the engine for documents,
so that both agree; a change here must raise VERSION, which makes every index rebuild itself."""

import re
import threading
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

VERSION = "3"
LONGEST_WORD = 64
ENGLISH = "en"
# Text of any other language is taken for English, whose stems do least harm. Its place here is a language's number in the index.
LANGUAGES = (ENGLISH, "de", "fr", "es", "it", "nl")

# Scripts that put no space between words: Chinese, Japanese, Korean (whose words carry their endings), Thai, Lao, Burmese, Khmer
_UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u318e\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u1100-\u11ff\uac00-\ud7a3\uff66-\uff9f\U00020000-\U0003ffff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u108f\u1780-\u17d3"
)
_VOICED = "\u3099\u309a\uff9e\uff9f"  # marks that belong to the kana before them
_LATER_JAMO = range(0x1160, 0x1200)  # vowels and finals that belong to the syllable begun before them
_PERHAPS_UNSPACED = re.compile("[\u0e01-\u1fff\u3005-\U0003ffff]")  # and much beside, but quickly looked for


def _word_pattern(without: str) -> str:
    """The pattern of words that are not run together, of all letters but these."""
    letter = rf"[^\W_{without}]"
    return (
        rf"[a-z]\#(?!{letter})|\.(?<![^\W_]\.)net(?!{letter})|24[/x]7(?!{letter})"
        rf"|{letter}+(?:(?:[\u0300-\u036f]|(?<=\d)\.(?=\d)|['\u2019](?=(?:s|t|re|ve|ll|d|m)\b)){letter}*)*(?:\+\+)?"
    )


_WORD = re.compile(rf"(?P<run>[{_UNSPACED}][{_UNSPACED}{_VOICED}]*)|{_word_pattern(_UNSPACED)}", re.IGNORECASE)
_SPACED_WORD = re.compile(_word_pattern(""), re.IGNORECASE)  # the same for most texts, in half the time
_VERSION_NUMBER = re.compile(r"v(\d+(?:\.\d+)+)")
_PAIR = re.compile(f"[{_UNSPACED}]")
_LENGTHS = re.compile(rf"[{_UNSPACED}{_VOICED}]{{1,2}}|[^\s{_UNSPACED}]+")
_SPACED_LENGTHS = re.compile(r"\S+")
_NOT_DECOMPOSED = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "œ": "oe", "ı": "i", "\u2019": "'"})
_SNOWBALL = {ENGLISH: "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "nl": "dutch"}
_stemmers = {language: Stemmer.Stemmer(name) for language, name in _SNOWBALL.items()}
_stemmer_lock = threading.Lock()  # a PyStemmer object must not be used by two threads at once


class Token(NamedTuple):
    """A word of a text: its stem, its folded form, and where it stands."""

    term: str
    word: str
    start: int
    end: int


def language_of(tag: str) -> str:
    """The language whose stems a text gets: "de" for "de-AT"; English for one without stems of its own."""
    main = tag.casefold().replace("_", "-").split("-")[0]
    return main if main in LANGUAGES else ENGLISH


def tokens(text: str, language: str = ENGLISH) -> list[Token]:
    """The words of a text in order. Codes stay whole: v8.2, C++, C#, .NET, 24/7; else hyphens and slashes separate. What is written
    without spaces gives each two neighbouring characters, so that any part of it can be found."""
    return [Token(*each) for each in _cut(text, language)]


def find(text: str, language: str, terms: Collection[str], beginnings: tuple[str, ...]) -> list[Token]:
    """The words of a text that have one of these stems or begin like this; nothing is made of the others, as every excerpt asks."""
    found = []
    for match in _words_in(text):
        if match.lastgroup is None:
            term, word = _known(match[0], language)
            if term in terms or (beginnings and word.startswith(beginnings)):
                found.append(Token(term, word, *match.span()))
        else:
            pairs = _pairs(match[0], match.start())
            found += [Token(pair, pair, *span) for pair, *span in pairs if pair in terms or (beginnings and pair.startswith(beginnings))]
    return found


def stems(text: str, language: str = ENGLISH) -> list[str]:
    """The stems of a text in order."""
    return [term for term, *_ in _cut(text, language)]


def is_unspaced(word: str) -> bool:
    """Whether a folded word is a piece of text written without spaces."""
    return _PAIR.match(word) is not None


def word_spans(text: str) -> list[tuple[int, int]]:
    """What counts as a word when the length of a text is measured: what spaces part, or two characters where there are none."""
    lengths = _LENGTHS if _PERHAPS_UNSPACED.search(text) else _SPACED_LENGTHS
    return [match.span() for match in lengths.finditer(text)]


def count_words(text: str) -> int:
    """How many of what `word_spans` gives a text has."""
    return len(word_spans(text)) if _PERHAPS_UNSPACED.search(text) else len(text.split())


@lru_cache(maxsize=200_000)
def _known(raw: str, language: str) -> tuple[str, str]:
    """The stem of a word as it stands, and its folded form."""
    word = folded(raw)
    return stem(word, language), word


def folded(raw: str) -> str:
    """One word without case and accents: "Größen" gives "grossen", "v8.2" gives "8.2", "Buyer's" gives "buyer"."""
    plain = raw.casefold().translate(_NOT_DECOMPOSED)
    if not plain.isascii():
        plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char)).casefold()
    plain = plain.removesuffix("'s").replace("'", "").replace("24x7", "24/7")
    number = _VERSION_NUMBER.fullmatch(plain)
    return (number[1] if number else plain)[:LONGEST_WORD] or raw[:LONGEST_WORD]


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word in one of LANGUAGES: "policies" gives "polici" in English."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    with _stemmer_lock:
        return str(_stemmers[language].stemWord(word))


def _words_in(text: str) -> Iterator[re.Match[str]]:
    """Words, and pieces of text written without spaces, which are the group `run`."""
    return (_WORD if _PERHAPS_UNSPACED.search(text) else _SPACED_WORD).finditer(text)


def _cut(text: str, language: str) -> Iterator[tuple[str, str, int, int]]:
    for match in _words_in(text):
        if match.lastgroup is None:
            yield *_known(match[0], language), *match.span()
        else:
            for pair, start, end in _pairs(match[0], match.start()):
                yield pair, pair, start, end


def _pairs(run: str, place: int) -> Iterator[tuple[str, int, int]]:
    """Each two neighbouring characters with where they stand; one that stands alone as it is."""
    starts = [number for number, char in enumerate(run) if number == 0 or not _belongs_to_the_one_before(char)]
    ends = [*starts[1:], len(run)]
    characters = [unicodedata.normalize("NFKC", run[start:end]) for start, end in zip(starts, ends, strict=True)]
    if len(characters) == 1:
        yield characters[0], place, place + len(run)
    for number in range(len(characters) - 1):
        yield characters[number] + characters[number + 1], place + starts[number], place + ends[number + 1]


def _belongs_to_the_one_before(char: str) -> bool:
    return char in _VOICED or ord(char) in _LATER_JAMO or unicodedata.category(char).startswith("M")
