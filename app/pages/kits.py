"""Kits: the lists, one kit, making and editing one, and what is done with it as a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ValidationError

from app.core.errors import Conflict, NotFound, NotPermitted, PreconditionMissing, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.deals.models import OpportunityBrief
from app.deals.queries import get_opportunity_view, list_account_names, list_briefly
from app.framework.models import CALL_FACETS
from app.framework.queries import list_values
from app.framework.rules import FACET_NAMES
from app.identity.rules import Permission, may
from app.library.queries.lists import Usual
from app.plays import actions, queries, rules
from app.plays.models import EntryState, KitBrief, KitInput, KitView, Shelf
from app.plays.queries.suggestions import suggest
from app.web.assetform import ChoiceGroup, whole_number
from app.web.context import read_context
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
MAY_USE = require(Permission.USE_KITS)
PAGE_SIZE = 25
MOST_DEALS = 200
FormNumber = Annotated[int | None, Form()]
SHELVES = {
    Shelf.MINE: ("Mine", "package-open"),
    Shelf.TEAM: ("Shared by colleagues", "users"),
    Shelf.ARCHIVED: ("Put away", "archive"),
}
SENTENCES = {
    "title": "Give it a title of at most 200 characters, for example the account and the meeting.",
    "account_name": "Name the account in at most 160 characters.",
    "meeting_on": "Write the date as year-month-day, or leave it empty.",
}


class KitForm(BaseModel):
    """The form's fields as text; the call by the ids of its values. `item` fields name what goes in at once."""

    title: str = ""
    opportunity_id: str = ""
    account_name: str = ""
    meeting_on: str = ""
    stage: str = ""
    stakeholder: list[str] = []
    solution: str = ""
    vertical: str = ""
    revision: str = ""

    @property
    def facet_ids(self) -> list[int]:
        """The chosen values."""
        chosen = (whole_number(text) for text in (self.stage, *self.stakeholder, self.solution, self.vertical))
        return [value_id for value_id in chosen if value_id is not None]


@dataclass(frozen=True)
class ShelfCount:
    """One list to choose with how many kits are on it."""

    key: str
    name: str
    icon: str
    count: int


@dataclass(frozen=True)
class Told:
    """What is said when something was done, where that leads (the kit's page unless said otherwise), and the address that undoes it."""

    message: str
    to: str = ""
    undo: str = ""


@dataclass(frozen=True)
class TypedNote:
    """Words that were not saved: for a new note (0), or for the note of an entry, which may be gone by now."""

    item_id: int
    text: str


@page("plays/kits.html")
@dataclass(frozen=True)
class KitsPage:
    """The kits on a shelf, changed last first; `query` is the address without its page."""

    kits: Page[KitBrief]
    shelves: tuple[ShelfCount, ...]
    shelf: str
    text: str
    query: str


@page("plays/kit.html")
@dataclass(frozen=True)
class KitPage:
    """One kit; `suggested` are items usual on such calls; `changed` counts entries to look at again; `error` says why nothing was done,
    and `typed` is what was typed then."""

    kit: KitView
    suggested: tuple[Usual, ...]
    changed: int
    error: str
    typed: TypedNote | None


@page("plays/edit.html")
@dataclass(frozen=True)
class EditPage:
    """The form; `kit_id` is None for a new one."""

    kit_id: int | None
    form: KitForm
    chosen: frozenset[int]
    groups: tuple[ChoiceGroup, ...]
    deals: tuple[OpportunityBrief, ...]
    accounts: tuple[str, ...]
    errors: dict[str, str]


@router.get("/kits", dependencies=[MAY_USE])
def list_kits(request: Request, work: ReadDep, shelf: str = "", q: str = "", page: int = 1) -> Response:
    """One's own kits, those of colleagues, or those put away."""
    chosen = Shelf(shelf) if shelf in set(Shelf) else Shelf.MINE
    text, counts = rules.clean_line(q, 200), queries.count_shelves(work)
    data = KitsPage(
        kits=queries.list_kits(work, chosen, PageRequest(min(max(1, page), 100_000), PAGE_SIZE), text),
        shelves=tuple(ShelfCount(key.value, name, icon, counts[key]) for key, (name, icon) in SHELVES.items()),
        shelf=chosen.value,
        text=text,
        query=urlencode([("shelf", chosen.value), *([("q", text)] if text else [])]),
    )
    return render(request, data)


@router.get("/kits/new", dependencies=[MAY_USE])
def show_new(request: Request, work: ReadDep, opportunity: int | None = None) -> Response:
    """An empty form, for the call that is set or for the opportunity named."""
    if opportunity is not None:
        deal = get_opportunity_view(work, opportunity)
        form, chosen = KitForm(opportunity_id=str(deal.id), title=deal.account), {value.id for value in deal.facets}
    else:
        values, call = list_values(work), read_context(request)
        form, chosen = KitForm(), {value.id for facet, key in call.items() if (value := values.find(facet, key)) is not None}
    return render(request, _edit_page(work, None, form, frozenset(chosen), {}))


@router.post("/kits/new", dependencies=[MAY_USE])
def make(request: Request, work: WorkDep, form: Annotated[KitForm, Form()]) -> Response:
    """Make a kit, or show the form again with what is wrong."""
    data, errors = _to_input(form)
    if data is None:
        return render(request, _edit_page(work, None, form, frozenset(form.facet_ids), errors), 422)
    return redirect(request, f"/kits/{actions.make_kit(work, data).id}", "The kit is there. Add what the meeting needs.")


@router.get("/kits/{kit_id}", dependencies=[MAY_USE])
def show_kit(request: Request, kit_id: int, work: ReadDep) -> Response:
    """One kit with its entries in order."""
    return render(request, kit_page(work, queries.get_kit(work, kit_id)))


@router.get("/kits/{kit_id}/edit", dependencies=[MAY_USE])
def show_form(request: Request, kit_id: int, work: ReadDep) -> Response:
    """What the kit is for, to change."""
    view = queries.get_kit(work, kit_id)
    if not view.may_change:
        raise NotPermitted(queries.NOT_YOURS)
    form = KitForm(
        title=view.title,
        opportunity_id=str(view.opportunity_id or ""),
        account_name=view.account,
        meeting_on=view.meeting_on.isoformat() if view.meeting_on else "",
        revision=str(view.revision),
    )
    return render(request, _edit_page(work, kit_id, form, frozenset(value.id for value in view.facets), {}))


@router.post("/kits/{kit_id}/edit", dependencies=[MAY_USE])
def save(request: Request, kit_id: int, work: WorkDep, form: Annotated[KitForm, Form()]) -> Response:
    """Save the form; what was typed is shown again when something is wrong or the kit was changed meanwhile."""
    kit = queries.get_own_kit(work, kit_id)
    chosen, (data, errors) = frozenset(form.facet_ids), _to_input(form)
    if data is None:
        return render(request, _edit_page(work, kit_id, form, chosen, errors), 422)
    try:
        actions.edit_kit(work, kit_id, data, whole_number(form.revision))
    except Stale as problem:
        again = form.model_copy(update={"revision": str(kit.revision)})
        return render(request, _edit_page(work, kit_id, again, chosen, {"": problem.message}), problem.status)
    return redirect(request, f"/kits/{kit_id}", "Saved.")


@router.post("/kits/{kit_id}/share", dependencies=[MAY_USE])
def share(request: Request, kit_id: int, work: WorkDep, revision: FormNumber = None, shared: Annotated[str, Form()] = "") -> Response:
    """Show it to the team, or no longer."""
    is_shared = shared == "yes"
    told = "Shared with your team. They can open and copy it." if is_shared else "Only you see it now."
    return do(request, work, kit_id, lambda: actions.share_kit(work, kit_id, revision, is_shared=is_shared), Told(told))


@router.post("/kits/{kit_id}/archive", dependencies=[MAY_USE])
def archive(request: Request, kit_id: int, work: WorkDep, revision: FormNumber = None) -> Response:
    """Put it away."""
    told = Told("Put away.", to="/kits", undo=f"/kits/{kit_id}/bring-back")
    return do(request, work, kit_id, lambda: actions.archive_kit(work, kit_id, revision), told)


@router.post("/kits/{kit_id}/bring-back", dependencies=[MAY_USE])
def bring_back(request: Request, kit_id: int, work: WorkDep) -> Response:
    """Back among those in use."""
    return do(request, work, kit_id, lambda: actions.bring_back_kit(work, kit_id), Told("It is among your kits again."))


@router.post("/kits/{kit_id}/copy", dependencies=[MAY_USE])
def copy(request: Request, kit_id: int, work: WorkDep) -> Response:
    """A kit of one's own with the same entries."""
    return redirect(request, f"/kits/{actions.copy_kit(work, kit_id).id}/edit", "Copied. Say which meeting this one is for.")


def do(request: Request, work: Work, kit_id: int, verb: Callable[[], object], told: Told, typed: TypedNote | None = None) -> Response:
    """Run a verb of the kit's page; a refusal is told on the page itself, as the kit is now, and keeps what was typed."""
    try:
        verb()
    except (Conflict, NotFound, PreconditionMissing, Refused, Stale) as problem:
        error = f"{problem.message} What you typed is kept below." if typed is not None else problem.message
        return render(request, kit_page(work, queries.get_kit(work, kit_id), error=error, typed=typed), problem.status)
    return redirect(request, told.to or f"/kits/{kit_id}", told.message, told.undo)


def kit_page(work: Work, kit: KitView, *, error: str = "", typed: TypedNote | None = None) -> KitPage:
    """The page of a kit; what was typed for an entry that is gone stands where a new note is written."""
    if typed is not None and typed.item_id not in {entry.id for entry in kit.entries}:
        typed = TypedNote(0, typed.text)
    changed = sum(entry.state in (EntryState.CHANGED, EntryState.LOST) for entry in kit.entries)
    return KitPage(kit, suggest(work, kit) if kit.may_change else (), changed, error, typed)


def _to_input(form: KitForm) -> tuple[KitInput | None, dict[str, str]]:
    """The checked input, or a sentence for each field that needs another look."""
    given = {
        "title": rules.clean_line(form.title, 400),
        "account_name": rules.clean_line(form.account_name, 400),
        "opportunity_id": whole_number(form.opportunity_id),
        "meeting_on": form.meeting_on.strip() or None,
        "facet_ids": form.facet_ids,
    }
    try:
        return KitInput.model_validate(given), {}
    except ValidationError as problem:
        return None, {str(fault["loc"][0]): SENTENCES.get(str(fault["loc"][0]), "Look at this again.") for fault in problem.errors()}


def _edit_page(work: Work, kit_id: int | None, form: KitForm, chosen: frozenset[int], errors: dict[str, str]) -> EditPage:
    values, sees_deals = list_values(work), may(work.actor, Permission.SEE_DEALS)
    return EditPage(
        kit_id=kit_id,
        form=form,
        chosen=chosen,
        groups=tuple(ChoiceGroup(facet.value, FACET_NAMES[facet], values.by_facet(facet)) for facet in CALL_FACETS),
        deals=tuple(list_briefly(work, MOST_DEALS, whole_number(form.opportunity_id))) if sees_deals else (),
        accounts=tuple(list_account_names(work)) if sees_deals else (),
        errors=errors,
    )
