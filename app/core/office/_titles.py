"""Says whether a document's stored title is one a person gave it. Used when passages are built."""

import re

_EMPTY_TITLES = re.compile(
    r"(?:(?:microsoft )?(?:power ?point|word|excel)\b.*|(?:power ?point )?presentation ?\d*|präsentation ?\d*|document ?\d*|dokument ?\d*"
    r"|untitled.*|unbenannt.*|title|titel|slide ?\d*|folie ?\d*|workbook ?\d*|book ?\d*|mappe ?\d*|template|layout ?\d*|none|null|new)",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r".*\.(?:docx?|dotx?|pptx?|potx?|xlsx?|od[tps]|pdf|indd|ai|rtf|txt|html?|md|pages|key)", re.IGNORECASE)
_LONGEST = 300


def meaningful_title(title: str) -> str:
    """The title on one line, or "" when a program and not a person put it there."""
    line = " ".join(title.split())[:_LONGEST]
    if not any(character.isalpha() for character in line) or _EMPTY_TITLES.fullmatch(line) or _FILE_NAME.fullmatch(line):
        return ""
    return line
