"""The grammar of named fields in text: {{ name }}, {{ list.column }}, {{#section}} and {{/section}}; no language, no code."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_NAME = 80
_MARK = re.compile(r"\{\{([^{}]{1,200})\}\}")
_HALF = re.compile(r"\{\{[^{}]{0,60}(?:\}(?!\}))?|(?<![{}])\{[^{}]{1,60}\}\}|\}\}")
_NAME = re.compile(r"[^\W\d_]\w*(?:\.[^\W\d_]\w*)?")
_QUOTES = "\"'`´‘’‚‛“”„‟«»‹›"
# What Word leaves in text without showing it: joiners, direction marks, soft hyphens, a byte order mark.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_GUESSES = (
    ("date", re.compile(r"(?:^|_)(?:date|datum|deadline)$|_on$|^date_")),
    ("percent", re.compile(r"(?:^|_)(?:percent|percentage|pct|discount|share)(?:_|$)")),
    ("money", re.compile(r"(?:^|_)(?:price|prices|cost|costs|fee|fees|amount|budget|total|saving|savings|revenue|spend|net)(?:_|$)")),
    ("number", re.compile(r"(?:^|_)(?:count|quantity|qty|hours|days|weeks|months|years|sites|users|seats)(?:_|$)")),
    ("image", re.compile(r"(?:^|_)(?:logo|picture|image|photo)$")),
)


@dataclass(frozen=True)
class Mark:
    """A field in a stretch of text; `anchor` is where its name begins, `sign` is "" or "#" or "/" for the ends of a section."""

    start: int
    end: int
    anchor: int
    sign: str
    name: str

    @property
    def list_name(self) -> str:
        """The list of a field that names a column of one."""
        return self.name.partition(".")[0] if "." in self.name else ""


@dataclass(frozen=True)
class Marked:
    """The fields of a stretch of text, and what looks like half of one."""

    marks: tuple[Mark, ...]
    halves: tuple[str, ...]


def canonical(name: str) -> str:
    """The one spelling of a field's name: no quotes, no unseen characters, small letters, words joined by _."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", name)).translate(dict.fromkeys(map(ord, _QUOTES)))
    return re.sub(r"[\s\-\u2010-\u2015]+", "_", seen.strip()).casefold()


def is_name(name: str) -> bool:
    """Whether this can name a field."""
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def find_marks(text: str) -> Marked:
    """Every field in the text in order, and pieces that are half a field or hold no name."""
    if "{" not in text and "}" not in text:
        return Marked((), ())
    marks, halves = [], []
    rest = list(text)
    for found in _MARK.finditer(text):
        mark = _read(found)
        if mark is None:
            halves.append(found.group())
        else:
            marks.append(mark)
        rest[found.start() : found.end()] = "\0" * (found.end() - found.start())
    halves += [half.group() for half in _HALF.finditer("".join(rest).replace("\0", " "))]
    return Marked(tuple(marks), tuple(" ".join(half.split())[:60] for half in halves))


def _read(found: re.Match[str]) -> Mark | None:
    inner = found.group(1)
    bare = _UNSEEN.sub("", inner).strip()
    sign = bare[:1] if bare[:1] in ("#", "/") else ""
    name = canonical(bare[len(sign) :])
    if not is_name(name) or (sign and "." in name):
        return None
    anchor = next((at for at, letter in enumerate(inner) if letter.isalnum()), 0)
    return Mark(found.start(), found.end(), found.start(1) + anchor, sign, name)


def guess_kind(name: str) -> str:
    """What a field probably takes, by its name; marketing says it for good."""
    last = name.rpartition(".")[2]
    kind = next((kind for kind, pattern in _GUESSES if pattern.search(last)), "text")
    return "text" if kind == "image" and "." in name else kind  # rows of a list hold words and figures
