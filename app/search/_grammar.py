"""Reading a question: our own small grammar, which no input can break. Handed out by rules."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.search._analysis import ENGLISH, Token, is_unspaced, stem, tokens
from app.search._stopwords import ELISIONS, LETTERED, is_stop_word, likely_languages

MAX_CHARACTERS = 200
MAX_TERMS = 12  # words; of what is written without spaces twice as many pairs of characters
SHORTEST_PREFIX = 2

_SIGNS = "+#./"  # that codes have, in a folded word
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))


Stems = tuple[str, ...]  # what stands for one word: its different stems in the languages of a library


@dataclass(frozen=True)
class Word:
    """One word asked for; `prefix` = any word that begins so."""

    word: str
    stems: Stems
    prefix: bool = False


@dataclass(frozen=True)
class Query:
    """A question as read for a library in some languages: words that score, phrases that must stand so, and all folded words as typed
    (for synonyms of several words)."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[Word, ...], ...] = ()
    typed: tuple[str, ...] = ()
    languages: tuple[str, ...] = (ENGLISH,)

    @property
    def empty(self) -> bool:
        return not (self.words or self.phrases)

    @property
    def only_codes(self) -> bool:
        """Nothing but codes ("v8.2", "C++"), which no other words mean."""
        asked = (*self.words, *(word for phrase in self.phrases for word in phrase))
        return all(any(char.isdigit() or char in _SIGNS for char in word.word) for word in asked)


@lru_cache(maxsize=512)  # a page asks for the same question several times, and again for each facet that is chosen
def parse(text: str, languages: tuple[str, ...] = (ENGLISH,)) -> Query:
    """Read a question. Everything but "quotes" and a trailing * is words; stop words go unless nothing else is left. Nobody says
    which language it is in: each word stands for its stem in each of `languages`."""
    pieces = text[:MAX_CHARACTERS].translate(_QUOTES).split('"')
    closed = len(pieces) - 1 if len(pieces) % 2 == 0 else len(pieces)
    cut = [tokens(piece) for piece in pieces]
    typed = tuple(token.word for found in cut for token in found)
    spoken = likely_languages(typed, languages)
    loose: list[Word] = []
    phrases: list[tuple[Word, ...]] = []
    for number, (piece, found) in enumerate(zip(pieces, cut, strict=True)):
        if number % 2 == 1 and number < closed:
            phrases.append(_words(found, languages))
        else:
            loose.extend(_word(token, languages, prefix) for token, prefix in _telling(piece, found, spoken))
    if not (loose or any(phrases)):
        loose = [word for found in cut for word in _words(found, languages)]
    return _within_limit(loose, phrases, typed, languages)


@lru_cache(maxsize=10_000)
def stems_in(word: str, languages: tuple[str, ...]) -> Stems:
    """The different stems of a folded word."""
    return tuple(dict.fromkeys(stem(word, language) for language in languages))


def exactly(text: str, words: Collection[str]) -> str:
    """The question with these of its loose words in quotes, so that they are looked for as typed."""
    pieces = text.translate(_QUOTES).split('"')
    if len(pieces) % 2 == 0:  # a quote that is never closed is none
        pieces[-2:] = [f"{pieces[-2]} {pieces[-1]}"]
    return '"'.join(piece if number % 2 else _quoted(piece, words) for number, piece in enumerate(pieces))


def _quoted(piece: str, words: Collection[str]) -> str:
    for token in reversed([token for token in tokens(piece) if token.word in words]):
        piece = f'{piece[: token.start]}"{piece[token.start : token.end]}"{piece[token.end :]}'
    return piece


def quoted(text: str) -> tuple[str, ...]:
    """What stands in quotes, as typed; a quote that is never closed is none."""
    pieces = text[:MAX_CHARACTERS].translate(_QUOTES).split('"')
    closed = pieces[1:-1:2]
    return tuple(dict.fromkeys(" ".join(piece.split()) for piece in closed if tokens(piece)))


def unquoted(text: str) -> str:
    """The question without its quotes: the same words, wherever they stand."""
    return text.translate(_QUOTES).replace('"', " ")


def _words(found: Iterable[Token], languages: tuple[str, ...]) -> tuple[Word, ...]:
    return tuple(_word(token, languages) for token in found)


def _word(token: Token, languages: tuple[str, ...], prefix: bool = False) -> Word:
    """A single character of what is written without spaces begins the pairs it stands in."""
    alone = len(token.word) == 1 and is_unspaced(token.word)
    return Word(token.word, stems_in(token.word, languages), prefix or alone)


def _telling(piece: str, found: Sequence[Token], spoken: Sequence[str]) -> Iterator[tuple[Token, bool]]:
    """The words that are no stop words, and whether each has a star."""
    shouted = piece.upper() == piece
    for number, token in enumerate(found):
        prefix = piece[token.end : token.end + 1] == "*" and len(token.word) >= SHORTEST_PREFIX
        before = found[number - 1].word if number else ""
        raw = piece[token.start : token.end]
        if prefix or not _says_nothing(piece, token, spoken) or _is_name(raw, before, shouted):
            yield token, prefix


def _says_nothing(piece: str, token: Token, spoken: Sequence[str]) -> bool:
    if any(is_stop_word(token.word, language) for language in spoken):
        return True
    elided = piece[token.end : token.end + 1] in ("'", "\u2019")
    return elided and any(token.word in ELISIONS.get(language, ()) for language in spoken)


def _is_name(raw: str, before: str, shouted: bool) -> bool:
    """Stop words that are meant: the A of "Annex A", the IT of "our IT team"."""
    if len(raw) == 1:
        return raw.isupper() and before in LETTERED
    return raw.isupper() and not shouted


def _within_limit(loose: list[Word], phrases: list[tuple[Word, ...]], typed: tuple[str, ...], languages: tuple[str, ...]) -> Query:
    room = 2 * MAX_TERMS
    kept: list[tuple[Word, ...]] = []
    for phrase in phrases:
        cut = _fitting(phrase, room)
        room -= sum(map(_size, cut))
        if cut and cut not in kept:
            kept.append(cut)
    words: dict[tuple[str | Stems, bool], Word] = {}
    for word in loose:
        words.setdefault((word.word if word.prefix else word.stems, word.prefix), word)
    return Query(_fitting(tuple(words.values()), room), tuple(kept), typed, languages)


def _fitting(words: Sequence[Word], room: int) -> tuple[Word, ...]:
    """As many from the first on as there is room for."""
    kept = []
    for word in words:
        room -= _size(word)
        if room < 0:
            break
        kept.append(word)
    return tuple(kept)


def _size(word: Word) -> int:
    return 1 if is_unspaced(word.word) else 2
