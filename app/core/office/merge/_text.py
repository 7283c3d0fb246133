"""Text of one paragraph as one line over its runs, and the writing of new words into it. Shared by Word and drawings."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

# XML 1.0 holds no others; a file with one of these opens nowhere.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Atom:
    """A text node, or a break or tab that counts as one character."""

    node: Any
    text: str
    start: int
    is_text: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Edit:
    """Replace a stretch of the line by words; they take the look of the character at `anchor`."""

    start: int
    end: int
    anchor: int
    words: str


class Line:
    """The text of a paragraph; `write` puts text into a node, with breaks where it has line ends."""

    def __init__(self, nodes: Sequence[tuple[Any, str, bool]], write: Callable[[Any, str], None]) -> None:
        self._write = write
        self.atoms: list[Atom] = []
        at = 0
        for node, text, is_text in nodes:
            self.atoms.append(Atom(node, text, at, is_text))
            at += len(text)
        self.text = "".join(atom.text for atom in self.atoms)

    def apply(self, edits: Sequence[Edit]) -> None:
        """All edits at once, so that no filled value is read for fields."""
        ordered = sorted(edits, key=lambda edit: edit.start)
        for atom in self.atoms:
            hits = [edit for edit in ordered if edit.start < atom.end and edit.end > atom.start]
            if not hits:
                continue
            if not atom.is_text:
                atom.node.getparent().remove(atom.node)
                continue
            self._write(atom.node, _edited(atom, hits))


def _edited(atom: Atom, hits: Sequence[Edit]) -> str:
    pieces, at = [], atom.start
    for edit in hits:
        pieces.append(atom.text[at - atom.start : max(edit.start, at) - atom.start])
        if atom.start <= edit.anchor < atom.end:
            pieces.append(edit.words)
        at = min(edit.end, atom.end)
    pieces.append(atom.text[at - atom.start :])
    return "".join(pieces)


def clean(words: str) -> str:
    """Words that XML can hold, with line ends as \\n."""
    return _FORBIDDEN.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))
