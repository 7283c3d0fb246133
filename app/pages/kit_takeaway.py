"""Out of a kit: the original files as a ZIP, and a letter or proposal of its passages as DOCX."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from app.activity.models import Happening, Verb
from app.core.clock import utc_now
from app.core.csvout import csv_text
from app.core.errors import Conflict
from app.core.office.letter import Letter, Part, write_letter
from app.core.zipout import Member, safe_name, stream_zip
from app.framework.models import Facet
from app.identity.rules import Permission
from app.library.models import Audience
from app.plays import queries
from app.plays.models import ItemKind, KitEntry, KitView
from app.web.assetform import whole_number
from app.web.deps import ReadDep, current_actor, read_work, require
from app.web.files import ZIP, bytes_response, made_headers
from app.web.notes import note_used
from app.web.render import page, render
from app.web.services import services_of

router = APIRouter()
MAY_USE = require(Permission.USE_KITS)
MAY_TAKE = [require(Permission.DOWNLOAD)]  # files of items, whole or in part
INDEX_HEADINGS = ("file", "title", "version", "freshness", "kind", "used from it", "for")
FOR = {Audience.INTERNAL: "our own people", Audience.PARTNER: "partners too", Audience.CUSTOMER: "customers too"}
NO_FILES = "There is no file in this kit that you could take along. Add items to it first, or look at what expired."
NO_PARTS = "Tick at least one entry to write of."


class LetterForm(BaseModel):
    """What is asked before writing; `entries` are the ids of those that go in."""

    kind: str = "letter"
    subject: str = ""
    account: str = ""
    role: str = ""
    day: str = ""
    solution: str = ""
    sender: str = ""
    entries: list[str] = []


@dataclass(frozen=True)
class Offered:
    """An entry that can go into the text; `warning` says why nobody should tick it without looking, empty for those ticked at first."""

    entry: KitEntry
    name: str
    warning: str


@page("plays/letter.html")
@dataclass(frozen=True)
class LetterPage:
    """The form; `offered` are the entries with text, `chosen` the ids of those ticked, `whole` the titles of items that are no text."""

    kit: KitView
    form: LetterForm
    offered: tuple[Offered, ...]
    chosen: frozenset[int]
    whole: tuple[str, ...]
    errors: dict[str, str]


@router.get("/kits/{kit_id}/files.zip", dependencies=MAY_TAKE)
async def take_files(request: Request, kit_id: int) -> Response:
    """The originals in order, in the versions the kit gives this reader, with an index."""
    async with read_work(request) as work:
        kit = await run_in_threadpool(queries.get_kit, work, kit_id)
    if not kit.files:
        raise Conflict(NO_FILES)
    members = await run_in_threadpool(_members, request, kit)
    actor, now = await current_actor(request), utc_now()
    for entry in kit.files:
        if entry.card is not None:
            note_used(request, Happening(now, actor.id, Verb.DOWNLOADED, entry.card.id, entry.card.version.id))
    return StreamingResponse(stream_zip(members, now), media_type=ZIP, headers=made_headers(f"{kit.title}.zip"))


@router.get("/kits/{kit_id}/letter", dependencies=[MAY_USE])
def show_letter(request: Request, kit_id: int, work: ReadDep) -> Response:
    """What is asked before the letter is written, as far as the kit knows it already."""
    kit = queries.get_kit(work, kit_id)
    named = {value.facet: value.name for value in reversed(kit.facets)}
    form = LetterForm(
        subject=kit.opportunity or kit.title,
        account=kit.account,
        role=named.get(Facet.STAKEHOLDER, ""),
        day=work.today.isoformat(),
        solution=named.get(Facet.SOLUTION, ""),
        sender=work.actor.name,
    )
    offered = _offered(kit)
    ticked = frozenset(one.entry.id for one in offered if not one.warning)
    return render(request, LetterPage(kit, form, offered, ticked, _whole(kit), {}))


@router.post("/kits/{kit_id}/letter", dependencies=[MAY_USE])
async def write(request: Request, kit_id: int, form: Annotated[LetterForm, Form()]) -> Response:
    """The letter, or the form again when nothing was ticked or the date is none."""
    async with read_work(request) as work:
        kit = await run_in_threadpool(queries.get_kit, work, kit_id)
        offered = _offered(kit)
        chosen = frozenset(number for text in form.entries if (number := whole_number(text)) is not None)
        ticked = [one for one in offered if one.entry.id in chosen]
        errors = {} if ticked else {"entries": NO_PARTS}
        written_on = _day(form.day)
        if written_on is None:
            errors["day"] = "Write the date as year-month-day."
        if errors or written_on is None:
            return await run_in_threadpool(render, request, LetterPage(kit, form, offered, chosen, _whole(kit), errors), 422)
    content = await run_in_threadpool(write_letter, _letter(form, ticked, written_on))
    return bytes_response(content, f"{form.subject or kit.title}.docx", "docx")


def _members(request: Request, kit: KitView) -> list[Member]:
    """Every file is looked at before the first byte goes out, so that a damaged one does not end the answer in its middle."""
    blobs = services_of(request).blobs
    files = list(_named_files(kit))
    members: list[Member] = [(name, blobs.checked_path(entry.card.version.sha256)) for name, entry in files if entry.card is not None]
    index = csv_text([INDEX_HEADINGS, *(_index_row(name, entry, kit) for name, entry in files), *_left_out(kit)])
    return [("index.csv", f"\ufeff{index}".encode()), *members]


def _named_files(kit: KitView) -> Iterator[tuple[str, KitEntry]]:
    for number, entry in enumerate(kit.files, start=1):
        if entry.card is not None:
            yield f"{number:02} {safe_name(entry.card.version.file_name)}", entry


def _index_row(name: str, entry: KitEntry, kit: KitView) -> tuple[str, ...]:
    card = entry.card
    if card is None:
        return ()
    same = [one for one in kit.entries if one.card is not None and one.card.version.id == card.version.id]
    used = "; ".join(dict.fromkeys(one.locator for one in same if one.locator)) or "all of it"
    return (name, card.title, f"v{card.version.number}", card.freshness.words, card.kind.name, used, FOR[card.audience])


def _left_out(kit: KitView) -> Iterator[tuple[str, ...]]:
    for entry in kit.entries:
        if not entry.is_usable:
            why = entry.card.freshness.words if entry.card is not None else entry.state.value
            yield ("left out", entry.title or "not for you", "", why, "", "", "")


def _offered(kit: KitView) -> tuple[Offered, ...]:
    """Notes, passages and answers that have not expired; a whole item has no one text to write of."""
    usable = (entry for entry in kit.entries if entry.is_usable and (entry.kind == ItemKind.NOTE or entry.passage is not None))
    return tuple(Offered(entry, entry.title or " ".join(entry.note.split())[:80], _warning(entry)) for entry in usable)


def _warning(entry: KitEntry) -> str:
    """What stands beside an entry that may not be meant for the reader of the letter."""
    if entry.card is None:
        return "your own note: tick it if it is for the reader"
    whom = {Audience.PARTNER: "for partners", Audience.INTERNAL: "for our own people"}.get(entry.card.audience)
    return f"{whom}: tick it only if you mean to" if whom else ""


def _whole(kit: KitView) -> tuple[str, ...]:
    """Titles of the items that are in the kit as a whole."""
    return tuple(entry.title for entry in kit.entries if entry.is_usable and entry.kind == ItemKind.ASSET)


def _letter(form: LetterForm, ticked: Sequence[Offered], written_on: date) -> Letter:
    shown = f"{written_on.day} {written_on:%B %Y}"
    fields = {"account": form.account, "role": form.role, "date": shown, "solution": form.solution, "sender": form.sender}
    plain = {name: " ".join(text.split())[:200] for name, text in fields.items()}
    return Letter(
        subject=" ".join(form.subject.split())[:200],
        sender=plain["sender"],
        receiver=(plain["account"], plain["role"]),
        day=plain["date"],
        parts=tuple(_part(one) for one in ticked),
        fields=plain,
        is_proposal=form.kind == "proposal",
    )


def _part(one: Offered) -> Part:
    passage = one.entry.passage
    return Part("", "", one.entry.note) if passage is None else Part(one.entry.title, passage.html)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
