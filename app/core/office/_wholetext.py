"""Joins passages back into one text with each heading once. Used on both sides of the parser's pipe."""

from collections.abc import Iterable


def whole_text(passages: Iterable[tuple[tuple[str, ...], str]], unit_word: str) -> str:
    """All text of (heading path, text) pairs; a heading is written where its path begins, unless the text opens with it.

    The headings of PDF pages are bookmarks, whose words stand on the pages already.
    """
    lines: list[str] = []
    before: tuple[str, ...] = ()
    for stated, text in passages:
        path = () if unit_word == "page" else stated
        shared = 0
        while shared < min(len(path), len(before)) and path[shared] == before[shared]:
            shared += 1
        lines.extend(heading for heading in path[shared:] if not text.startswith(heading))
        lines.append(text)
        before = path
    return "\n".join(lines)
