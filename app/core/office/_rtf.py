"""Reads RTF: headings by outline level or style, bold and italic, links, lists, tables, notes and text boxes. Used by _reading."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import BinaryIO

from striprtf.striprtf import destinations

from app.core.office._blocks import Block, CannotRead, Extract, Run
from app.core.office._rtfblocks import Flow, Look
from app.core.office._rtftokens import Token, Tokens, codec_of_charset, codec_of_page, whole
from app.core.office._sections import document_extract
from app.core.office._titles import meaningful_title

_DEEPEST = 500
_HEADING_NAME = re.compile(r"heading ([1-9])", re.IGNORECASE)
_ADDRESS = re.compile(r"HYPERLINK\s+\"([^\"]+)\"", re.IGNORECASE)
_NOTED = frozenset({"fonttbl", "stylesheet", "fldinst", "listtext", "pntext"})
_ASIDE = frozenset({"footnote", "shptxt", "dptxbxtext"})
_WALKED = frozenset({"shp", "shpinst", "do", "object", "result", "info", "shpgrp"})
_SKIPPED = frozenset(destinations) - _NOTED - _ASIDE - _WALKED - {"title"}
_SIGNS = {"~": "\u00a0", "_": "-", "{": "{", "}": "}", "\\": "\\"}
_LETTER_NAMES = ("line", "tab", "emdash", "endash", "emspace", "enspace", "qmspace", "bullet", "lquote", "rquote", "ldblquote", "rdblquote")
_LETTERS = dict(zip(_LETTER_NAMES, "\n\t—–   •‘’“”", strict=True))
_OUT_OF_TEXT = 9  # the outline level of ordinary text


def read_rtf(stream: BinaryIO) -> Extract:
    """Passages by heading section."""
    walker = _Walker(stream.read().decode("latin-1"))
    blocks = walker.blocks()
    return document_extract(meaningful_title(walker.title), blocks)


@dataclass(slots=True)
class _State:
    """What holds until the group ends; `into` says where its text goes."""

    into: str = "text"
    bold: bool = False
    italic: bool = False
    hidden: bool = False
    deleted: bool = False
    href: str = ""
    font: int | None = None
    after_unicode: int = 1
    style: int = 0
    outline: int = _OUT_OF_TEXT
    in_table: bool = False
    listed: bool = False
    level: int = 0
    opens: str = ""


class _Walker:
    def __init__(self, source: str) -> None:
        self._tokens = Tokens(source)
        self._state = _State()
        self._stack: list[_State] = []
        self._flows = [Flow()]
        self._page_codec = "cp1252"
        self._font_codecs: dict[int | None, str] = {}
        self._headings: dict[int, int] = {}
        self._noted: dict[str, str] = {}
        self._pending = b""
        self._to_skip = 0
        self._mark = ""
        self.title = ""

    def blocks(self) -> list[Block]:
        """Everything said, in reading order."""
        for token in self._tokens:
            if token.kind == "bytes":
                self._take_bytes(token.data)
                continue
            self._flush()
            if token.kind == "word":
                self._take_word(token)
            elif token.kind == "sign":
                self._take_sign(token.text)
            elif not self._take_brace(token.text):
                break
        self._flush()
        while len(self._flows) > 1:
            self._end_aside()
        return self._flows[0].end(self._look())

    def _take_bytes(self, data: bytes) -> None:
        passed = min(self._to_skip, len(data))
        self._to_skip -= passed
        self._pending += data[passed:]

    def _flush(self) -> None:
        if self._pending:
            codec = self._font_codecs.get(self._state.font) or self._page_codec
            data, self._pending = self._pending, b""
            self._say(data.decode(codec, "replace"))

    def _say(self, text: str) -> None:
        state = self._state
        if state.into == "text":
            if not state.hidden and not state.deleted:
                self._flows[-1].add(Run(text, state.bold, state.italic, state.href))
        elif state.into != "info":
            self._noted[state.into] = self._noted.get(state.into, "") + text

    def _take_sign(self, sign: str) -> None:
        self._to_skip = 0
        if sign == "*":
            self._state.opens = "*"
        elif sign in "\r\n":
            self._end_paragraph()
        elif sign in _SIGNS:
            self._say(_SIGNS[sign])

    def _take_brace(self, brace: str) -> bool:
        """False when the document is closed; what stands after it is none of it."""
        self._to_skip = 0
        if brace == "{":
            if len(self._stack) > _DEEPEST:
                raise CannotRead("The file could not be read: its groups are nested too deeply.")
            self._stack.append(self._state)
            self._state = copy(self._state)
            self._state.opens = "{"
            return True
        self._leave(self._state)
        self._state = self._stack.pop() if self._stack else _State()
        return bool(self._stack)

    def _leave(self, state: _State) -> None:
        """What a group has to say when it ends."""
        if state.opens in _ASIDE:
            self._end_aside()
        elif state.opens in ("listtext", "pntext"):
            self._mark = whole(self._noted.pop(state.opens, ""))
        elif state.opens == "title":
            self.title = whole(self._noted.pop("title", ""))
        elif state.into == "stylesheet":
            self._learn_style(whole(self._noted.pop("stylesheet", "")))

    def _end_aside(self) -> None:
        said = self._flows.pop().end(self._look())
        self._flows[-1].asides += said

    def _learn_style(self, named: str) -> None:
        name = named.strip().rstrip(";").split(",")[0].strip()
        match = _HEADING_NAME.fullmatch(name)
        if match:
            self._headings[self._state.style] = int(match[1])
        elif name.casefold() == "title":
            self._headings[self._state.style] = 0
        elif name and self._state.outline < _OUT_OF_TEXT:
            self._headings[self._state.style] = self._state.outline + 1

    def _take_word(self, token: Token) -> None:
        opens, self._to_skip = self._state.opens, 0
        name = token.text
        if opens in ("{", "*"):
            self._state.opens = ""
            if self._open(name, starred=opens == "*"):
                return
        if name in _LETTERS:
            self._say(_LETTERS[name])
        elif (verb := _VERBS.get(name)) is not None:
            verb(self, token.number)

    def _open(self, name: str, *, starred: bool) -> bool:
        """Whether this word says what the group it begins is for."""
        if name in _NOTED:
            self._state.into = self._state.opens = name
        elif name in _ASIDE:
            self._state.opens = name
            self._state.in_table = False
            self._flows.append(Flow())
        elif name == "title" and self._state.into == "info":
            self._state.into = self._state.opens = name
        elif name == "info":
            self._state.into = name
        elif name in _SKIPPED or (starred and name not in _WALKED):
            self._tokens.skip_group()
        else:
            return name in _WALKED
        return True

    def _look(self) -> Look:
        state = self._state
        heading = state.outline + 1 if state.outline < _OUT_OF_TEXT else self._headings.get(state.style)
        return Look(heading, state.in_table, state.listed, state.level, whole(self._mark))

    def _end_paragraph(self, number: int | None = None) -> None:
        if self._state.into == "text":
            self._flows[-1].end_paragraph(self._look())
            self._mark = ""

    def _end_cell(self, number: int | None = None) -> None:
        self._flows[-1].end_cell(self._look())
        self._mark = ""

    def _end_row(self, number: int | None = None) -> None:
        self._flows[-1].end_row()

    def _name_columns(self, number: int | None = None) -> None:
        self._flows[-1].name_columns()

    def _unicode(self, number: int | None) -> None:
        if number is not None and -0x8000 <= number <= 0xFFFF:
            self._say(chr(number % 0x10000))
        self._to_skip = self._state.after_unicode

    def _page(self, number: int | None) -> None:
        self._page_codec = codec_of_page(number)

    def _charset(self, number: int | None) -> None:
        if self._state.into == "fonttbl":
            self._font_codecs[self._state.font] = codec_of_charset(number)

    def _field(self, number: int | None = None) -> None:
        self._noted.pop("fldinst", None)

    def _result(self, number: int | None = None) -> None:
        match = _ADDRESS.search(whole(self._noted.pop("fldinst", "")))
        self._state.href = match[1] if match else ""

    def _plain_paragraph(self, number: int | None = None) -> None:
        state = self._state
        state.style, state.outline, state.in_table, state.listed, state.level = 0, _OUT_OF_TEXT, False, False, 0

    def _plain_letters(self, number: int | None = None) -> None:
        self._state.bold = self._state.italic = self._state.hidden = False
        self._state.font = None


def _setter(name: str, value: Callable[[int | None], object]) -> Callable[[_Walker, int | None], None]:
    def put(walker: _Walker, number: int | None) -> None:
        setattr(walker._state, name, value(number))

    return put


def _is_on(number: int | None) -> bool:
    return number != 0


def _counted(number: int | None) -> int:
    return min(max(number or 0, 0), 9)


_VERBS: dict[str, Callable[[_Walker, int | None], None]] = {
    **dict.fromkeys(("par", "sect", "page", "nestcell", "nestrow"), _Walker._end_paragraph),
    "cell": _Walker._end_cell,
    "row": _Walker._end_row,
    "trhdr": _Walker._name_columns,
    "u": _Walker._unicode,
    "ansicpg": _Walker._page,
    "fcharset": _Walker._charset,
    "field": _Walker._field,
    "fldrslt": _Walker._result,
    "pard": _Walker._plain_paragraph,
    "plain": _Walker._plain_letters,
    "b": _setter("bold", _is_on),
    "i": _setter("italic", _is_on),
    "v": _setter("hidden", _is_on),
    "deleted": _setter("deleted", _is_on),
    "f": _setter("font", lambda number: number),
    "uc": _setter("after_unicode", lambda number: _counted(1 if number is None else number)),
    "s": _setter("style", lambda number: number or 0),
    "outlinelevel": _setter("outline", lambda number: _OUT_OF_TEXT if number is None else _counted(number)),
    "intbl": _setter("in_table", _is_on),
    "ls": _setter("listed", bool),
    "ilvl": _setter("level", _counted),
}
