"""Takes some slides out of a PPTX as a deck of their own, with its master; runs in the capped child. Used by slides."""

import base64
import io
import json
from typing import Any, BinaryIO

import pptx
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn

_RELATIONSHIP_ID = qn("r:id")
_SECTIONS = "{http://schemas.microsoft.com/office/powerpoint/2010/main}sectionLst"
_LINKS = tuple(qn(name) for name in ("a:hlinkClick", "a:hlinkHover", "a:hlinkMouseOver"))


def pick(stream: BinaryIO, argument: str) -> dict[str, str]:
    """The deck with only the slides of these numbers (JSON, from 1), in the order of the deck."""
    deck = pptx.Presentation(stream)
    wanted = set(json.loads(argument))
    entries = list(deck.slides._sldIdLst)
    removed: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        if number not in wanted:
            removed.add(deck.part.related_part(entry.rId).partname)
            deck.part.drop_rel(entry.rId)
            deck.slides._sldIdLst.remove(entry)
    _forget_lists(deck.element)
    for slide in deck.slides:
        _forget_links(slide, removed)
    written = io.BytesIO()
    deck.save(written)
    return {"data": base64.b64encode(written.getvalue()).decode()}


def _forget_lists(presentation: Any) -> None:
    """Sections and custom shows name slides that are gone; PowerPoint would want to repair the deck for it."""
    for element in [one for name in (_SECTIONS, qn("p:custShowLst")) for one in presentation.iter(name)]:
        extension = element.getparent()
        whole = extension if extension.tag == qn("p:ext") else element
        whole.getparent().remove(whole)


def _forget_links(slide: Any, removed: set[str]) -> None:
    """A link to a slide that is gone would keep it in the file, unseen."""
    part = slide.part
    gone = {key for key, rel in part.rels.items() if rel.reltype == RT.SLIDE and rel.target_part.partname in removed}
    for link in [element for name in _LINKS for element in slide.element.iter(name) if element.get(_RELATIONSHIP_ID) in gone]:
        link.getparent().remove(link)
    for key in gone:
        part.rels.pop(key)
