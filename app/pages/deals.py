"""Opportunities: the list, one with its history and kits, and the form to add or change one by hand."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ValidationError

from app.core.errors import AppError, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.deals import actions, queries, rules
from app.deals.models import DealFilter, DealState, OpportunityInput, OpportunityView, StageView
from app.framework.models import Facet, ValueView
from app.framework.queries import list_values
from app.framework.rules import FACET_NAMES
from app.identity.queries.teams import list_people
from app.identity.rules import Permission, may
from app.messaging.queries.value import ModelBrief, list_models
from app.plays.models import KitBrief
from app.plays.queries import list_recent
from app.sharing.queries.rooms import DealRoom, list_rooms_of_deal
from app.sharing.queries.tailored import KeptForDeal, list_of_deal
from app.sharing.queries.visits import GuestView, each_once, list_people_of
from app.web.assetform import Choice, ChoiceGroup, whole_number
from app.web.context import read_context
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
PAGE_SIZE = 25
SHOWN_KITS = 10
STATES = {DealState.OPEN: ("Open", "circle-dashed"), DealState.WON: ("Won", "circle-check"), DealState.LOST: ("Lost", "circle-x")}
MORE_FACETS = (Facet.SOLUTION, Facet.VERTICAL, Facet.SEGMENT)
SENTENCES = {
    "account": "Name the account in at most 160 characters.",
    "name": "Name the opportunity in at most 200 characters.",
    "stage_id": "Choose the stage it is at.",
    "amount": "Write the amount as a number, like 12500.00, not below zero.",
    "currency": "Write the currency in three letters, like EUR.",
    "closes_on": "Write the date as year-month-day, or leave it empty.",
    "external_id": "Keep the CRM id under 80 characters.",
    "state": "Choose open, won or lost.",
}


class Named(BaseModel):
    """What the address of the list says."""

    q: str = ""
    stage: str = ""
    state: str = ""
    mine: str = ""
    page: str = ""


class DealForm(BaseModel):
    """The form's fields as text, whatever they hold, so that nothing typed is lost."""

    account: str = ""
    name: str = ""
    stage_id: str = ""
    solution_id: str = ""
    vertical_id: str = ""
    segment_id: str = ""
    amount: str = ""
    currency: str = "EUR"
    state: str = "open"
    owner_id: str = ""
    closes_on: str = ""
    external_id: str = ""
    revision: str = ""


@dataclass(frozen=True)
class StateCount:
    """One state to choose with how many opportunities are in it; an empty key means all. `query` is the list's address with it."""

    key: str
    name: str
    icon: str
    count: int
    query: str


@page("deals/opportunities.html")
@dataclass(frozen=True)
class OpportunitiesPage:
    """Opportunities of a choice, changed last first; `query` is the address without its page."""

    deals: Page[OpportunityView]
    states: tuple[StateCount, ...]
    state: str
    stages: tuple[ValueView, ...]
    stage: str
    mine: bool
    text: str
    query: str
    can_import: bool


@page("deals/opportunity.html")
@dataclass(frozen=True)
class OpportunityPage:
    """One opportunity with when it came to which stage, and what hangs on it as far as this reader may see: kits, rooms, what was filled
    in for it, the people known in its rooms (each once); `models` are what a business case for it can be made of."""

    deal: OpportunityView
    history: tuple[StageView, ...]
    kits: tuple[KitBrief, ...]
    rooms: tuple[DealRoom, ...]
    cases: tuple[KeptForDeal, ...]
    people: tuple[GuestView, ...]
    models: tuple[ModelBrief, ...]
    state_name: str


@page("deals/edit.html")
@dataclass(frozen=True)
class EditPage:
    """The form; `deal_id` is None for a new one. Curators choose owner and CRM id, too."""

    deal_id: int | None
    form: DealForm
    stages: tuple[Choice, ...]
    groups: tuple[ChoiceGroup, ...]
    states: tuple[Choice, ...]
    owners: tuple[Choice, ...]
    accounts: tuple[str, ...]
    errors: dict[str, str]


@router.get("/opportunities", dependencies=[require(Permission.SEE_DEALS)])
def list_deals(request: Request, work: ReadDep, named: Annotated[Named, Query()]) -> Response:
    """The opportunities this reader may know of."""
    values = list_values(work)
    chosen = values.find(Facet.STAGE, named.stage)
    text, wanted = rules.clean_line(named.q, 200), DealState(named.state) if named.state in set(DealState) else None
    asked = DealFilter(text, frozenset({chosen.id} if chosen else ()), wanted, named.mine == "1")
    pairs = [("q", text)] if text else []
    pairs += [("stage", chosen.key)] if chosen else []
    pairs += [("mine", "1")] if asked.mine else []
    counts = queries.count_states(work, asked)
    data = OpportunitiesPage(
        deals=queries.list_opportunities(work, PageRequest(min(max(1, whole_number(named.page) or 1), 100_000), PAGE_SIZE), asked),
        states=_states(counts, pairs),
        state=wanted or "",
        stages=values.by_facet(Facet.STAGE),
        stage=chosen.key if chosen else "",
        mine=asked.mine,
        text=text,
        query=urlencode([*pairs, *([("state", wanted)] if wanted else [])]),
        can_import=may(work.actor, Permission.IMPORT_DEALS),
    )
    return render(request, data)


@router.get("/opportunities/new", dependencies=[require(Permission.EDIT_DEALS)])
def show_new(request: Request, work: ReadDep) -> Response:
    """An empty form, at the call that is set."""
    values, call = list_values(work), read_context(request)
    found = {f"{facet.value}_id": value.id for facet, key in call.items() if (value := values.find(facet, key)) is not None}
    form = DealForm(**{name: str(key) for name, key in found.items() if name in DealForm.model_fields})
    return render(request, _edit_page(work, None, form.model_copy(update={"owner_id": str(work.actor.id or "")}), {}))


@router.post("/opportunities/new", dependencies=[require(Permission.EDIT_DEALS)])
def add(request: Request, work: WorkDep, form: Annotated[DealForm, Form()]) -> Response:
    """Add an opportunity, or show the form again with what is wrong."""
    data, errors = _to_input(form)
    if data is None:
        return render(request, _edit_page(work, None, form, errors), 422)
    try:
        row = actions.add_opportunity(work, data)
    except Refused as problem:
        return render(request, _edit_page(work, None, form, {"": problem.message}), problem.status)
    return redirect(request, f"/opportunities/{row.id}", "Added.")


@router.get("/opportunities/{opportunity_id}", dependencies=[require(Permission.SEE_DEALS)])
def show_deal(request: Request, opportunity_id: int, work: ReadDep) -> Response:
    """One opportunity."""
    view = queries.get_opportunity_view(work, opportunity_id)
    rooms = list_rooms_of_deal(work, opportunity_id)
    data = OpportunityPage(
        deal=view,
        history=queries.list_stage_history(work, opportunity_id),
        kits=list_recent(work, SHOWN_KITS, opportunity_id),
        rooms=rooms,
        cases=list_of_deal(work, opportunity_id),
        people=each_once(list_people_of(work, [room.id for room in rooms])),
        models=list_models(work),
        state_name=STATES[view.state][0],
    )
    return render(request, data)


@router.get("/opportunities/{opportunity_id}/edit", dependencies=[require(Permission.EDIT_DEALS)])
def show_form(request: Request, opportunity_id: int, work: ReadDep) -> Response:
    """What is known of it, to change."""
    view = queries.get_opportunity_view(work, opportunity_id)
    actions.require_change(work, view.owner_id)
    return render(request, _edit_page(work, opportunity_id, _form_of(view), {}))


@router.post("/opportunities/{opportunity_id}/edit", dependencies=[require(Permission.EDIT_DEALS)])
def save(request: Request, opportunity_id: int, work: WorkDep, form: Annotated[DealForm, Form()]) -> Response:
    """Save the form; what was typed is shown again when something is wrong or somebody else was faster."""
    row = queries.get_opportunity(work, opportunity_id)
    actions.require_change(work, row.owner_id)
    data, errors = _to_input(form)
    if data is None:
        return render(request, _edit_page(work, opportunity_id, form, errors), 422)
    try:
        actions.edit_opportunity(work, opportunity_id, data, whole_number(form.revision))
    except (Refused, Stale) as problem:
        return _again(request, work, opportunity_id, form, problem)
    return redirect(request, f"/opportunities/{opportunity_id}", "Saved.")


def _again(request: Request, work: Work, opportunity_id: int, form: DealForm, problem: AppError) -> Response:
    """What was typed, once more; when somebody else was faster, the next save is made knowing that."""
    current = str(queries.get_opportunity(work, opportunity_id).revision)
    shown = form.model_copy(update={"revision": current}) if isinstance(problem, Stale) else form
    return render(request, _edit_page(work, opportunity_id, shown, {"": problem.message}), problem.status)


def _to_input(form: DealForm) -> tuple[OpportunityInput | None, dict[str, str]]:
    """The checked input, or a sentence for each field that needs another look."""
    errors: dict[str, str] = {}
    amount: Decimal | None = rules.read_amount(form.amount) if form.amount.strip() else None
    if form.amount.strip() and amount is None:
        errors["amount"] = SENTENCES["amount"]
    elif amount is not None and amount >= rules.AMOUNT_BELOW:
        errors["amount"] = f"The amount is too large. Write one below {rules.AMOUNT_BELOW:,}."
    ids = {name: whole_number(getattr(form, name)) for name in ("stage_id", "solution_id", "vertical_id", "segment_id", "owner_id")}
    words = {"account": rules.clean_line(form.account, 400), "name": rules.clean_line(form.name, 400)}
    rest = {
        "amount": amount,
        "currency": form.currency.strip().upper(),
        "state": form.state,
        "external_id": form.external_id.strip() or None,
    }
    try:
        data = OpportunityInput.model_validate({**words, **ids, **rest, "closes_on": form.closes_on.strip() or None})
    except ValidationError as problem:
        for fault in problem.errors():
            name = str(fault["loc"][0])
            errors.setdefault(name, SENTENCES.get(name, "Look at this again."))
        return None, errors
    return (None, errors) if errors else (data, {})


def _form_of(view: OpportunityView) -> DealForm:
    ids = {f"{value.facet}_id": str(value.id) for value in view.facets}
    return DealForm(
        account=view.account,
        name=view.name,
        amount=f"{view.amount:.2f}" if view.amount is not None else "",
        currency=view.currency,
        state=view.state,
        owner_id=str(view.owner_id or ""),
        closes_on=view.closes_on.isoformat() if view.closes_on else "",
        external_id=view.external_id,
        revision=str(view.revision),
        **ids,
    )


def _edit_page(work: Work, deal_id: int | None, form: DealForm, errors: dict[str, str]) -> EditPage:
    values = list_values(work)
    curates = may(work.actor, Permission.IMPORT_DEALS)
    return EditPage(
        deal_id=deal_id,
        form=form,
        stages=tuple(Choice(str(value.id), value.name) for value in values.by_facet(Facet.STAGE)),
        groups=tuple(ChoiceGroup(facet.value, FACET_NAMES[facet], values.by_facet(facet)) for facet in MORE_FACETS),
        states=tuple(Choice(state.value, name) for state, (name, _) in STATES.items()),
        owners=tuple(Choice(str(user.id), user.name) for user in list_people(work)) if curates else (),
        accounts=tuple(queries.list_account_names(work)),
        errors=errors,
    )


def _states(counts: dict[DealState, int], pairs: list[tuple[str, str]]) -> tuple[StateCount, ...]:
    every = StateCount("", "All", "list-checks", sum(counts.values()), urlencode(pairs))
    one = (
        StateCount(state.value, name, icon, counts[state], urlencode([*pairs, ("state", state.value)]))
        for state, (name, icon) in STATES.items()
    )
    return (every, *one)
