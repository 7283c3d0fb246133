"""From a kit to the binder it prints as: parts by stage, entries with their passages and codes, one document. Called by jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import segno

from app.core.office.letter import FIELD
from app.core.templating import day, render_template
from app.framework.models import Facet, ValueView
from app.library.models import PassageView
from app.library.rules import passage_title
from app.plays.models import ItemKind, KitEntry, KitView

# What stands where a note asks for a word that the kit does not know: room to write it by hand.
TO_WRITE_ON = "_" * 20
LEAVING = ("Open questions written down, with who answers them", "Next date set")


@dataclass(frozen=True)
class BinderPassage:
    """A passage of an entry; `html` is cleaned again when it is drawn."""

    title: str
    where: str
    html: str


@dataclass(frozen=True)
class BinderEntry:
    """What stands on one or more sheets: `code` tells on scan whether it is still current, `drawing` is that address as a picture."""

    number: int
    title: str
    version: str
    freshness: str
    marks: tuple[ValueView, ...]
    source: str
    summary: str
    note: str
    passages: tuple[BinderPassage, ...]
    is_question: bool
    code: str
    drawing: str


@dataclass(frozen=True)
class BinderPart:
    """The entries of a stage behind its divider; `place` counts stages from 1. Without a stage they have no divider."""

    stage: ValueView | None
    place: int
    questions: tuple[str, ...]
    entries: tuple[BinderEntry, ...]


@dataclass(frozen=True)
class BinderView:
    """A whole binder; `check_at` is the address a code is put behind."""

    title: str
    occasion: str
    context: tuple[ValueView, ...]
    stages: tuple[ValueView, ...]
    parts: tuple[BinderPart, ...]
    leaving: tuple[str, ...]
    printed_on: date
    with_notes: bool
    check_at: str


@dataclass(frozen=True)
class Contents:
    """What a binder is made of beside its kit: whole items' passages by version, codes by entry, questions by stage."""

    passages: Mapping[int, Sequence[PassageView]]
    codes: Mapping[int, str]
    questions: Mapping[int, Sequence[str]]
    stages: tuple[ValueView, ...]


def merge_words(kit: KitView, sender: str, today: date) -> dict[str, str]:
    """What {{ name }} in a note stands for, by name, as far as the kit knows it: the words a letter out of it has, too."""
    named = {str(value.facet): value.name for value in reversed(kit.facets)}
    return {
        **named,
        "account": kit.account,
        "opportunity": kit.opportunity,
        "role": named.get(Facet.STAKEHOLDER, ""),
        "date": day(kit.meeting_on or today),
        "sender": sender,
    }


def build_binder(kit: KitView, contents: Contents, printed_on: date, check_at: str, *, with_notes: bool, sender: str = "") -> BinderView:
    """The kit's usable entries by stage, each stage in the order of the pipeline and its entries in the order of the kit.

    `sender` is whoever has it printed.
    """
    words = merge_words(kit, sender, printed_on)
    by_stage: dict[int, list[BinderEntry]] = {}
    stage_id = 0
    usable = [entry for entry in kit.entries if entry.is_usable]
    for number, entry in enumerate(usable, start=1):
        stage_id = stage_id if entry.kind == ItemKind.NOTE else _stage_of(entry, kit)
        by_stage.setdefault(stage_id, []).append(_entry(number, replace(entry, note=filled_note(entry.note, words)), contents, check_at))
    parts = [
        BinderPart(stage, place, tuple(contents.questions.get(stage.id, ())), tuple(by_stage[stage.id]))
        for place, stage in enumerate(contents.stages, start=1)
        if stage.id in by_stage
    ]
    known = {stage.id for stage in contents.stages}
    rest = [entry for key, entries in by_stage.items() if key not in known for entry in entries]
    if rest:
        parts.insert(0, BinderPart(None, 0, (), tuple(rest)))
    return BinderView(
        title=kit.title,
        occasion=_occasion(kit),
        context=tuple(value for value in kit.facets if value.facet != Facet.STAGE),
        stages=contents.stages,
        parts=tuple(parts),
        leaving=tuple(value.milestone for value in kit.facets if value.milestone) + LEAVING,
        printed_on=printed_on,
        with_notes=with_notes,
        check_at=check_at,
    )


def filled_note(note: str, words: Mapping[str, str]) -> str:
    """The note with the values of its merge words."""
    return FIELD.sub(lambda found: words.get(found[1].lower()) or TO_WRITE_ON, note)


def draw_binder(binder: BinderView) -> str:
    """The binder as HTML for `core.printing`."""
    return render_template("print/binder.html", {"binder": binder})


def _occasion(kit: KitView) -> str:
    whom = f" at {kit.account}" if kit.account and kit.account not in kit.title else ""
    return f"Kit for the call on {day(kit.meeting_on)}{whom}" if kit.meeting_on else f"Kit{whom or ' for a call'}"


def _stage_of(entry: KitEntry, kit: KitView) -> int:
    """The stage of the kit's call if the item is for it, else the item's first; 0 for none."""
    stages = [value.id for value in entry.card.facets if value.facet == Facet.STAGE] if entry.card is not None else []
    called = {value.id for value in kit.facets if value.facet == Facet.STAGE}
    return next((stage for stage in stages if stage in called), stages[0] if stages else 0)


def _entry(number: int, entry: KitEntry, contents: Contents, check_at: str) -> BinderEntry:
    card, code = entry.card, contents.codes.get(entry.id, "")
    source = ", ".join(part for part in (card.title, entry.locator) if part) if card is not None else "Note"
    return BinderEntry(
        number=number,
        title=entry.title or "Note",
        version=f"v{card.version.number}" if card is not None else "",
        freshness=card.freshness.words if card is not None else "",
        marks=tuple(value for value in card.facets if value.tone) if card is not None else (),
        source=source,
        summary=card.summary if card is not None and entry.kind == ItemKind.ASSET else "",
        note=entry.note,
        passages=_passages(entry, contents),
        is_question=entry.kind == ItemKind.ANSWER,
        code=code,
        drawing=segno.make(f"{check_at}{code}", error="m").svg_data_uri(border=0) if code else "",
    )


def _passages(entry: KitEntry, contents: Contents) -> tuple[BinderPassage, ...]:
    """The passage an entry names, or all of an item without its speaker notes."""
    if entry.passage is not None:
        return (BinderPassage("", "", entry.passage.html),)
    if entry.card is None:
        return ()
    shown = [passage for passage in contents.passages.get(entry.card.version.id, ()) if not passage.is_notes]
    return tuple(_whole_passage(passage) for passage in shown)


def _whole_passage(passage: PassageView) -> BinderPassage:
    title = passage_title(passage.heading, passage.label)
    return BinderPassage(title, "" if passage.label == title else passage.label, passage.html)
