"""Content controls of Word as fields: named by tag or title, filled without what bound or hid their text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.core.office.merge._marks import canonical, is_name
from app.core.office.merge._pictures import BLIP, Pictures, exchange
from app.core.office.merge._wordnames import RPR, TBL, TC, TR, VAL, P, R, T, w
from app.core.office.merge.values import Value

# Building blocks, formulas and the like are no places to type into.
_NO_FIELDS = tuple(map(w, ["docPartObj", "docPartList", "equation", "citation", "bibliography", "group"]))
_NO_FIELD_ENDS = ("}checkbox", "}repeatingSection", "}repeatingSectionItem")
# Cover pages show properties of the file through controls; Word fills those itself.
_BOUND_ELSEWHERE = ("coreProperties", "extended-properties", "CoverPageProperties", "core-properties")
_MACHINE_TAGS = ("goog_rdk_",)


@dataclass(frozen=True)
class Control:
    """A content control that takes words."""

    element: Any
    name: str
    label: str
    kind: str
    choices: tuple[str, ...]


def controls(root: Any) -> Iterator[Control]:
    """Every control of a part that is a field: has a name, holds no field or row of its own."""
    for element in root.iter(w("sdt")):
        properties, content = element.find(w("sdtPr")), element.find(w("sdtContent"))
        if properties is None or content is None or not _takes_words(properties, content):
            continue
        label = next((name for name in _names(properties) if is_name(canonical(name).replace(".", "_"))), "")
        if label and not label.startswith(_MACHINE_TAGS):
            title = properties.find(w("alias"))
            shown = title.get(VAL, "") if title is not None else label
            yield Control(element, canonical(label).replace(".", "_"), shown, _kind_of(properties), _choices_of(properties))


def _names(properties: Any) -> list[str]:
    return [one.get(VAL, "") for name in ("tag", "alias") if (one := properties.find(w(name))) is not None]


def _takes_words(properties: Any, content: Any) -> bool:
    if any(properties.find(name) is not None for name in _NO_FIELDS) or any(one.tag.endswith(_NO_FIELD_ENDS) for one in properties):
        return False
    bound = properties.find(w("dataBinding"))
    mappings = "" if bound is None else bound.get(w("xpath"), "") + bound.get(w("prefixMappings"), "")
    if any(one in mappings for one in _BOUND_ELSEWHERE):
        return False
    if next(content.iter(w("sdt"), TBL), None) is not None or content.find(TR) is not None:
        return False
    return "{{" not in "".join(text.text or "" for text in content.iter(T))


def _kind_of(properties: Any) -> str:
    if properties.find(w("picture")) is not None:
        return "image"
    if properties.find(w("date")) is not None:
        return "date"
    return "choice" if _choices_of(properties) else ""


def _choices_of(properties: Any) -> tuple[str, ...]:
    items = [item for name in ("dropDownList", "comboBox") for one in properties.findall(w(name)) for item in one.findall(w("listItem"))]
    named = (item.get(w("displayText")) or item.get(w("value"), "") for item in items if item.get(w("value")))
    return tuple(dict.fromkeys(name for name in named if name))


def fill_control(control: Control, words: str, write: Callable[[Any, str], None]) -> None:
    """Put words into a control; it stays one, with the look of its first run."""
    properties, content = control.element.find(w("sdtPr")), control.element.find(w("sdtContent"))
    shows_placeholder = properties.find(w("showingPlcHdr")) is not None
    _unbind(properties)
    run = _only_run(_only_paragraph(content))
    style = run.find(f"{RPR}/{w('rStyle')}")
    if shows_placeholder and style is not None:
        style.getparent().remove(style)  # the grey of a placeholder
    text = run.makeelement(T)
    run.append(text)
    write(text, words)


def take_more_than_text(control: Control) -> None:
    """Let a control that takes plain text only take a picture."""
    properties = control.element.find(w("sdtPr"))
    for one in properties.findall(w("text")):
        properties.remove(one)


def fill_picture_control(control: Control, value: Value, pictures: Pictures) -> bool:
    """Exchange the picture of a control; says whether there was one given and one to exchange."""
    blip = next(control.element.iter(BLIP), None)
    frame = None if blip is None else next(blip.iterancestors(w("drawing")), None)
    if not value.picture or frame is None:
        return False
    _unbind(control.element.find(w("sdtPr")))
    exchange(pictures, blip, frame, value.picture)
    return True


def _unbind(properties: Any) -> None:
    """What a control shows is its own from now on."""
    for name in ("showingPlcHdr", "dataBinding"):
        for one in properties.findall(w(name)):
            properties.remove(one)


def _only_paragraph(content: Any) -> Any:
    """What holds the runs: the first paragraph of a control around paragraphs or a cell, the others gone; else the control itself."""
    cell = content.find(TC)
    holder = content if cell is None else cell
    paragraphs = list(holder.findall(P))
    for other in paragraphs[1:]:
        holder.remove(other)
    return paragraphs[0] if paragraphs else content


def _only_run(holder: Any) -> Any:
    """The first run, empty but for its look; the others gone."""
    runs = list(holder.iter(R))
    first = runs[0] if runs else holder.makeelement(R)
    if not runs:
        holder.append(first)
    for other in runs[1:]:
        other.getparent().remove(other)
    for child in list(first):
        if child.tag != RPR:
            first.remove(child)
    return first
