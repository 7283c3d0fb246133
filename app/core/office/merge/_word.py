"""Named fields in the parts of a DOCX: runs, tracked changes, text boxes, MERGEFIELD, content controls. Used by child."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from app.core.office.merge._controls import Control, controls, fill_control, fill_picture_control, take_more_than_text
from app.core.office.merge._fieldcodes import fill_code, find_codes
from app.core.office.merge._marks import find_marks
from app.core.office.merge._notes import Notes
from app.core.office.merge._pictures import Pictures
from app.core.office.merge._structure import Dialect, fill_lines, note_sections, paragraphs, repeat_rows, settle_sections, value_of
from app.core.office.merge._text import Line, clean
from app.core.office.merge._wordnames import BR, RPR, TAB, TBL, TC, TR, XML_SPACE, P, R, T, w
from app.core.office.merge._wordpictures import picture_run, place_pictures
from app.core.office.merge._wordplaces import Places
from app.core.office.merge.values import Value, Values

_INSIDE = frozenset(w(n) for n in ["hyperlink", "ins", "moveTo", "smartTag", "customXml", "sdt", "sdtContent", "fldSimple", "dir", "bdo"])
_LITERAL = {w("tab"): "\t", w("br"): "\n", w("cr"): "\n", w("noBreakHyphen"): "-", w("softHyphen"): "\u00ad", w("ptab"): "\t"}
_BROKEN = re.compile(r"([\n\t])")
_BOX_ENDS = ("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr",)
_PARA_IDS = tuple(f"{{http://schemas.microsoft.com/office/word/2010/wordml}}{name}" for name in ("paraId", "textId"))


def line_of(paragraph: Any) -> Line:
    """The text of a paragraph as people see it: insertions count, deletions and hidden boxes do not."""
    return Line(list(_nodes(paragraph)), _write)


def _nodes(node: Any) -> Iterator[tuple[Any, str, bool]]:
    for child in node:
        if child.tag == R:
            for part in child:
                if part.tag == T:
                    yield part, part.text or "", True
                elif part.tag in _LITERAL:
                    yield part, _LITERAL[part.tag], False
        elif child.tag in _INSIDE:
            yield from _nodes(child)


def _write(node: Any, words: str) -> None:
    """Put words into a text node; line ends and tabs become what Word has for them, in the same run."""
    if not words:
        run = node.getparent()
        run.remove(node)
        if all(child.tag == RPR for child in run) and run.getparent() is not None:
            run.getparent().remove(run)
        return
    first, *rest = _BROKEN.split(clean(words))
    _set_text(node, first)
    current = node
    for piece in rest:
        following = node.makeelement(BR if piece == "\n" else TAB if piece == "\t" else T)
        if following.tag == T:
            if not piece:
                continue
            _set_text(following, piece)
        current.addnext(following)
        current = following


def _set_text(node: Any, text: str) -> None:
    node.text = text
    node.set(XML_SPACE, "preserve")


def _fresh(row: Any, number: int) -> None:
    """Ids that must be unique in a document, for the copy of a row."""
    for name in ("bookmarkStart", "bookmarkEnd"):
        for mark in list(row.iter(w(name))):
            mark.getparent().remove(mark)
    for node in row.iter():
        for attribute in _PARA_IDS:
            node.attrib.pop(attribute, None)
        if node.tag in _BOX_ENDS:
            node.set("id", str(100_000 * number + int(node.get("id", "0") or 0) % 100_000))
    for properties in row.iter(w("sdtPr")):
        for one in properties.findall(w("id")):
            properties.remove(one)


WORD = Dialect(P, TR, TBL, frozenset({TC, w("txbxContent"), w("hdr"), w("ftr"), w("footnote"), w("endnote")}), line_of, _fresh)


def scan_part(root: Any, places: Places, notes: Notes) -> None:
    """Note every field of a part."""
    for paragraph, line in paragraphs(root, WORD):
        notes.marked(find_marks(line.text), places.of(paragraph))
    note_sections(root, WORD, notes, places.of)
    for code in find_codes(root):
        place = places.of(code.start)
        if code.fault:
            notes.fault(f"The merge field “{code.name}” on {place} {code.fault}")
        else:
            notes.field(code.name, place, label=code.label)
    for control in controls(root):
        notes.field(control.name, places.of(control.element), control.kind, choices=control.choices, label=control.label)


def fill_part(root: Any, values: Values, pictures: Pictures) -> bool:
    """Fill every field of a part; says whether anything changed. Which controls and codes there are is settled before words come in."""
    found = list(controls(root))
    changed = settle_sections(root, WORD, values)
    scopes = repeat_rows(root, WORD, values)
    changed = place_pictures(root, WORD, values, pictures) or changed
    changed = fill_lines(root, WORD, values, scopes) or changed or bool(scopes)
    for code in find_codes(root):
        if not code.fault:
            value = value_of(values, code.name)
            fill_code(code, value.words, _writer(value, pictures))
            changed = True
    for control in found:
        if root in control.element.iterancestors():
            changed = _fill_control(control, value_of(values, control.name), pictures) or changed
    return changed


def _fill_control(control: Control, value: Value, pictures: Pictures) -> bool:
    if control.kind == "image":
        return fill_picture_control(control, value, pictures)
    if value.picture:
        take_more_than_text(control)
    fill_control(control, value.words, _writer(value, pictures))
    return True


def _writer(value: Value, pictures: Pictures) -> Callable[[Any, str], None]:
    """What puts a value in the place of a text node: its words, or a run with its picture."""

    def show(node: Any, _: str) -> None:
        run = node.getparent()
        run.addnext(picture_run(run, value, pictures))
        run.getparent().remove(run)

    return show if value.picture else _write


def without_mail_merge(settings: Any) -> list[str]:
    """Take the data source out of the settings, for which Word would ask; the relationships it used."""
    used = []
    for merge in list(settings.iter(w("mailMerge"))):
        used += [value for node in merge.iter() for key, value in node.attrib.items() if key.endswith("}id")]
        merge.getparent().remove(merge)
    return used
