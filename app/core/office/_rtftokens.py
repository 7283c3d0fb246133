"""Cuts RTF into control words, braces and bytes of text; skips pictures and other groups without words quickly. Used by _rtf."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from striprtf.striprtf import charset_map

_TOKEN = re.compile(r"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\(.)|([{}])|([^\\{}\r\n]+)", re.DOTALL)
_INSIDE_SKIPPED = re.compile(r"\\bin(\d{1,10}) ?|\\.|[{}]", re.DOTALL)
_UTF_8 = "65001"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece: `kind` is "word" (with its number, if any), "sign" (one character after a backslash), "brace" or "bytes"."""

    kind: str
    text: str = ""
    number: int | None = None
    data: bytes = b""


class Tokens:
    """The pieces in order, read once; a reader may leave out the rest of the group it is in."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def __iter__(self) -> Iterator[Token]:
        while self._at < len(self._source):
            match = _TOKEN.match(self._source, self._at)
            if match is None:  # a line end, which means nothing here, or a lone backslash at the end
                self._at += 1
                continue
            self._at = match.end()
            yield self._token(match)

    def _token(self, match: re.Match[str]) -> Token:
        word, number, code, sign, brace, text = match.groups()
        if word:
            value = int(number) if number else None
            if word == "bin":
                self._at += max(0, value or 0)
            return Token("word", word, value)
        if code:
            return Token("bytes", data=bytes.fromhex(code))
        if text:
            return Token("bytes", data=text.encode("latin-1", "replace"))
        return Token("sign", sign) if sign else Token("brace", brace)

    def skip_group(self) -> None:
        """Goes on just before the brace that closes the group we are in."""
        depth = 1
        while depth and (match := _INSIDE_SKIPPED.search(self._source, self._at)) is not None:
            self._at = match.end() + (int(match[1]) if match[1] else 0)
            depth += {"{": 1, "}": -1}.get(match[0], 0)
        self._at = len(self._source) if depth else self._at - 1


def codec_of_page(number: int | None) -> str:
    """The codec of a Windows code page; western European when it is not known."""
    return _known("utf-8" if str(number) == _UTF_8 else f"cp{number}")


def codec_of_charset(number: int | None) -> str:
    """The codec of a font's character set, "" for those that name none."""
    return _known(str(charset_map[number])) if number and number != 1 and number in charset_map else ""


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def whole(text: str) -> str:
    """Text in which letters beyond the first plane, written as two halves, are put together; a lone half becomes a mark."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
