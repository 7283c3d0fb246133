"""Where a paragraph of Word stands, in words: its page where that can be known, else the heading above or its number. Used by _parts."""

from typing import Any

from app.core.office.merge._wordnames import BR, VAL, P, T, w

_RENDERED, _BEFORE, _SECTION, _TYPE = w("lastRenderedPageBreak"), w("pageBreakBefore"), w("sectPr"), w("type")
_OFF = ("0", "false", "off")
# More letters than this hardly fit on a page: where Word did not write down its pages, their number is not known from here on.
_LETTERS_OF_A_PAGE = 3000


class Places:
    """The places of the paragraphs of one part; `where` is the place of all of them unless it is the document itself."""

    def __init__(self, root: Any, where: str, headings: frozenset[str]) -> None:
        self._where: dict[int, str] = {}
        self._kept: list[Any] = []
        self._default = where
        if where:
            return
        pages, heading, number = _Pages(root), "", 0
        for node in root.iter(P, T, _RENDERED, BR, _BEFORE, _SECTION):
            if node.tag == P:
                number += 1
                heading = _heading(node, headings) or heading
                self._kept.append(node)  # a proxy that is let go gives its id away
            pages.step(node)
            if self._kept and pages.is_blank:  # later breaks fall within the paragraph, which began on the page before
                page = pages.known
                self._where[id(self._kept[-1])] = f"page {page}" if page else f"“{heading}”" if heading else f"paragraph {number}"

    def of(self, node: Any) -> str:
        """The place of a paragraph, or of what stands in or around one."""
        for one in (node, *node.iterancestors(P), *node.iter(P)):
            if id(one) in self._where:
                return self._where[id(one)]
        return self._default or "the document"


class _Pages:
    """Counts pages: by the breaks Word wrote down when it last drew the file, and by those people put in."""

    def __init__(self, root: Any) -> None:
        kinds = [_kind_of(one) for one in root.iter(_SECTION)][1:]  # how each section after the first begins
        self._kinds = iter(kinds)
        self._is_drawn = next(root.iter(_RENDERED), None) is not None
        self._has_breaks = self._is_drawn or any(kinds) or any(_breaks(one) for one in root.iter(BR, _BEFORE))
        self._page, self._letters = 1, 0
        self._ends_section = False
        self._is_new = False  # begun by a break people put in: what Word wrote down for it counts no second time
        self.is_blank = True  # nothing is written in this paragraph yet

    @property
    def known(self) -> int:
        """The number of the page, 0 when it cannot be told."""
        return self._page if self._has_breaks and (self._is_drawn or self._letters <= _LETTERS_OF_A_PAGE) else 0

    def step(self, node: Any) -> None:
        """Go on to the next node."""
        if node.tag == T:
            self._letters += len(node.text or "") if not self._is_drawn else 0
            self.is_blank = self.is_blank and not node.text
            self._is_new = self._is_new and not node.text
        elif node.tag == P:
            self.is_blank = True
            if self._ends_section:
                self._begin_section()
        elif node.tag == _SECTION:
            self._ends_section = True
        elif node.tag == _RENDERED:
            self._page += 0 if self._is_new else 1
            self._is_new = False
        elif _breaks(node):
            self._begin()

    def _begin_section(self) -> None:
        self._ends_section = False
        kind = next(self._kinds, "")
        if kind:
            self._begin()
            self._page += kind == ("evenPage" if self._page % 2 else "oddPage")

    def _begin(self) -> None:
        self._page += 1
        self._is_new = True
        if self._letters <= _LETTERS_OF_A_PAGE:  # else the pages before are not known, nor is any after them
            self._letters = 0


def _breaks(node: Any) -> bool:
    """Whether a break, or a property of a paragraph, begins a new page."""
    return node.get(_TYPE) == "page" if node.tag == BR else node.get(VAL, "1") not in _OFF and node.tag == _BEFORE


def _kind_of(section: Any) -> str:
    """How the section with these properties begins; "" when it goes on with the same page."""
    kind = section.find(_TYPE)
    named = "nextPage" if kind is None else kind.get(VAL, "nextPage")
    return "" if named in ("continuous", "nextColumn") else str(named)


def _heading(paragraph: Any, headings: frozenset[str]) -> str:
    style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
    if style is None or style.get(VAL) not in headings:
        return ""
    return " ".join("".join(node.text or "" for node in paragraph.iter(T)).split())[:60]


def heading_styles(styles: Any) -> frozenset[str]:
    """Ids of the styles that are headings, whatever language Word speaks."""
    found = set()
    for style in styles.iter(w("style")):
        name = style.find(w("name"))
        if name is not None and (name.get(VAL, "").lower().startswith("heading ") or name.get(VAL, "").lower() == "title"):
            found.add(style.get(w("styleId"), ""))
    return frozenset(found)
