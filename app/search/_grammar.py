"""Reading a question: our own small grammar, which no input can break. Handed out by rules."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.search._analysis import Token, tokens
from app.search._stopwords import LETTERED, STOP_WORDS

MAX_CHARACTERS = 200
MAX_TERMS = 12
SHORTEST_PREFIX = 2

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))


@dataclass(frozen=True)
class Word:
    """One word asked for; `prefix` = any word that begins so."""

    word: str
    term: str
    prefix: bool = False


@dataclass(frozen=True)
class Query:
    """A question as read: words that score, phrases that must stand so, and all stems as typed (for synonyms of several words)."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[Word, ...], ...] = ()
    typed: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.words or self.phrases)


def parse(text: str, prefix_last: bool = False) -> Query:
    """Read a question. Everything but "quotes" and a trailing * is words; stop words go unless nothing else is left."""
    pieces = text[:MAX_CHARACTERS].translate(_QUOTES).split('"')
    closed = len(pieces) - 1 if len(pieces) % 2 == 0 else len(pieces)
    loose: list[Word] = []
    phrases: list[tuple[Word, ...]] = []
    every: list[Word] = []
    for number, piece in enumerate(pieces):
        found = tokens(piece)
        every.extend(Word(token.word, token.term) for token in found)
        if number % 2 == 1 and number < closed:
            phrases.append(tuple(Word(token.word, token.term) for token in found))
        else:
            loose.extend(_loose_words(piece, found))
    if not (loose or any(phrases)):
        loose = every
    if prefix_last and every and loose and loose[-1].word == every[-1].word and len(loose[-1].word) >= SHORTEST_PREFIX:
        loose[-1] = Word(loose[-1].word, loose[-1].term, prefix=True)
    return _within_limit(loose, phrases, tuple(word.term for word in every))


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


def is_stop_word(word: str) -> bool:
    """Whether a folded word says nothing by itself."""
    return word in STOP_WORDS


def _loose_words(piece: str, found: list[Token]) -> Iterator[Word]:
    shouted = piece.upper() == piece
    for number, token in enumerate(found):
        prefix = piece[token.end : token.end + 1] == "*" and len(token.word) >= SHORTEST_PREFIX
        before = found[number - 1].word if number else ""
        raw = piece[token.start : token.end]
        if prefix or not is_stop_word(token.word) or _is_name(raw, before, shouted):
            yield Word(token.word, token.term, prefix)


def _is_name(raw: str, before: str, shouted: bool) -> bool:
    """Stop words that are meant: the A of "Annex A", the IT of "our IT team"."""
    if shouted or not raw.isupper():
        return False
    return before in LETTERED if len(raw) == 1 else True


def _within_limit(loose: list[Word], phrases: list[tuple[Word, ...]], typed: tuple[str, ...]) -> Query:
    room = MAX_TERMS
    kept: list[tuple[Word, ...]] = []
    for phrase in phrases:
        cut = phrase[:room]
        room -= len(cut)
        if cut and cut not in kept:
            kept.append(cut)
    words: dict[tuple[str, bool], Word] = {}
    for word in loose:
        words.setdefault((word.word if word.prefix else word.term, word.prefix), word)
    return Query(tuple(words.values())[:room], tuple(kept), typed)
