"""The framework as curators edit it: a page for each facet with its values, the form of one value, the process map."""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import AppError, Stale
from app.core.work import Work
from app.framework import actions, queries, rules
from app.framework.models import Facet, ValueInput, ValueView
from app.identity.rules import Permission
from app.library.actions.carriers import set_level
from app.library.queries.carriers import count_each
from app.messaging.queries import count_carriers as count_questions
from app.web.assetform import Choice, read_posted, text_fields, whole_number
from app.web.deps import ReadDep, read_work, require
from app.web.frameworkforms import (
    LABELS,
    LEVEL_CHOICES,
    FrameworkLink,
    ValueForm,
    Wider,
    attempt,
    blank_form,
    check_agreed,
    errors_of,
    form_of_value,
    list_links,
    read_value_form,
    to_value_input,
    wider_of,
)
from app.web.render import page, redirect, render

router = APIRouter()
MAY_EDIT = require(Permission.EDIT_FRAMEWORK)
ABOUT = {
    Facet.STAGE: "The steps of your pipeline, in order: the columns of the map. Colours go by place, from cold to warm.",
    Facet.STAKEHOLDER: "Who decides at the buyer: the rows of the map. Colours go by place.",
    Facet.SOLUTION: "What you sell.",
    Facet.VERTICAL: "The industries of your buyers.",
    Facet.KIND: "What a piece of content is. Its format is shown beside it.",
    Facet.STEP: "The steps of the buyer's own way to a decision, and the stages each lies over.",
    Facet.SEGMENT: "How accounts are sorted by their value.",
    Facet.OBJECTIVE: "What a piece of content is meant to do.",
    Facet.COMPETITOR: "Whom buyers compare you with.",
    Facet.AUDIENCE: "Who may get an item. The level decides; several audiences can share one.",
}


@dataclass(frozen=True)
class ValueRow:
    """A value with how many items and buyer questions carry it."""

    value: ValueView
    items: int
    questions: int


@dataclass(frozen=True)
class ProcessMap:
    """Which stages each buyer step lies over, as (step, stage) ids; `seen` marks the state that is shown."""

    steps: tuple[ValueView, ...]
    stages: tuple[ValueView, ...]
    pairs: frozenset[tuple[int, int]]
    seen: str


@page("framework/overview.html")
@dataclass(frozen=True)
class OverviewPage:
    """All facets with their values."""

    links: tuple[FrameworkLink, ...]
    facets: tuple[tuple[FrameworkLink, tuple[ValueView, ...]], ...]


@page("framework/facet.html")
@dataclass(frozen=True)
class FacetPage:
    """The values of one facet in order; `seen` marks that order, `moved` is the key of a value that was just moved and `step` the way."""

    links: tuple[FrameworkLink, ...]
    facet: str
    one: str
    plural: str
    about: str
    rows: tuple[ValueRow, ...]
    retired: tuple[ValueRow, ...]
    counted: bool
    seen: str
    most: int
    fields: tuple[str, ...]
    form: ValueForm
    pictures: tuple[str, ...]
    levels: tuple[Choice, ...]
    process: ProcessMap | None
    errors: dict[str, str]
    problem: str
    moved: str
    step: int


@page("framework/value.html")
@dataclass(frozen=True)
class ValuePage:
    """One value to change; `theirs` is what somebody else made of it meanwhile, `wider` what has to be agreed to."""

    links: tuple[FrameworkLink, ...]
    facet: str
    plural: str
    value: ValueView
    items: int
    questions: int
    counted: bool
    fields: tuple[str, ...]
    form: ValueForm
    pictures: tuple[str, ...]
    levels: tuple[Choice, ...]
    revision: int
    errors: dict[str, str]
    theirs: tuple[tuple[str, str], ...]
    wider: Wider | None


@dataclass(frozen=True)
class Again:
    """What the page of a facet shows beside its values: a form that was refused, a problem, ticks not saved, what was just moved."""

    form: ValueForm | None = None
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    pairs: frozenset[tuple[int, int]] | None = None
    moved: str = ""
    step: int = 0


@dataclass(frozen=True)
class Posted:
    """The form of a value as it came, the state it was made for, and what is wrong with it."""

    form: ValueForm
    revision: int | None
    errors: dict[str, str] = field(default_factory=dict)
    is_stale: bool = False


@router.get("/framework", dependencies=[MAY_EDIT])
def show_overview(request: Request, work: ReadDep) -> Response:
    """Everything at a glance."""
    links, values = list_links(work, ""), queries.list_values(work)
    facets = tuple((link, values.by_facet(Facet(name))) for link in links if (name := link.path.rpartition("/")[2]) in set(Facet))
    return render(request, OverviewPage(links, facets))


@router.post("/framework/process-map", dependencies=[MAY_EDIT])
async def save_process_map(request: Request) -> Response:
    """Lay the buyer steps over the stages anew; what was ticked is shown again when somebody else was faster."""
    posted = await read_posted(request)
    pairs = frozenset(pair for text in posted.getlist("pair") if isinstance(text, str) and (pair := _pair(text)) is not None)
    seen = text_fields(posted).get("seen")
    problem = await attempt(request, lambda work: actions.set_process_map(work, pairs, seen))
    if problem is None:
        return redirect(request, "/framework/step", "Saved. The map and the filters follow.")
    async with read_work(request) as work:
        data = await run_in_threadpool(_facet_page, work, Facet.STEP, Again(problem=problem.message, pairs=pairs))
        return await run_in_threadpool(render, request, data, problem.status)


@router.get("/framework/{facet}", dependencies=[MAY_EDIT])
def show_facet(request: Request, facet: Facet, work: ReadDep, moved: str = "", step: int = 0) -> Response:
    """The values of one facet."""
    return render(request, _facet_page(work, facet, Again(moved=moved, step=step)))


@router.post("/framework/{facet}", dependencies=[MAY_EDIT])
async def add_value(request: Request, facet: Facet) -> Response:
    """Add a value at the end."""
    form = read_value_form(await read_posted(request))
    data, errors = to_value_input(form)
    status = 422
    if data is not None:
        problem = await attempt(request, partial(_create, facet=facet, data=data))
        if problem is None:
            return redirect(request, f"/framework/{facet}", f"Added “{form.name}”.")
        errors, status = errors_of(problem), problem.status
    async with read_work(request) as work:
        again = await run_in_threadpool(_facet_page, work, facet, Again(form=form, errors=errors))
        return await run_in_threadpool(render, request, again, status)


@router.get("/framework/{facet}/{key}", dependencies=[MAY_EDIT])
def show_value(request: Request, facet: Facet, key: str, work: ReadDep) -> Response:
    """One value to change."""
    value = find_any(work, facet, key)
    return render(request, _value_page(work, value, Posted(form_of_value(value), value.revision)))


@router.post("/framework/{facet}/{key}", dependencies=[MAY_EDIT])
async def save_value(request: Request, facet: Facet, key: str) -> Response:
    """Save a value; what was typed is shown again when something is wrong, somebody was faster, or more people would be reached."""
    posted = await read_posted(request)
    form, fields = read_value_form(posted), text_fields(posted)
    revision = whole_number(fields.get("revision", ""))
    data, errors = to_value_input(form)
    problem: AppError | None = None
    if data is not None:
        problem = await attempt(request, partial(_edit, facet=facet, key=key, data=data, revision=revision, agreed=fields.get("wider", "")))
        if problem is None:
            return redirect(request, f"/framework/{facet}", f"Saved “{form.name}”.")
        errors = errors_of(problem)
    async with read_work(request) as work:
        again = await run_in_threadpool(_value_again, work, facet, key, Posted(form, revision, errors, isinstance(problem, Stale)))
        return await run_in_threadpool(render, request, again, problem.status if problem else 422)


@router.post("/framework/{facet}/{key}/move", dependencies=[MAY_EDIT])
async def move_value(
    request: Request, facet: Facet, key: str, places: Annotated[int, Form()], seen: Annotated[str | None, Form()] = None
) -> Response:
    """One place up (-1) or down (1)."""
    step = -1 if places < 0 else 1
    problem = await attempt(request, partial(_move, facet=facet, key=key, step=step, seen=seen))
    if problem is not None:
        return await _list_with(request, facet, problem)
    return redirect(request, f"/framework/{facet}?moved={key}&step={step}", "Moved up." if step < 0 else "Moved down.")


@router.post("/framework/{facet}/{key}/restore", dependencies=[MAY_EDIT])
async def restore_value(request: Request, facet: Facet, key: str, revision: Annotated[int | None, Form()] = None) -> Response:
    """Bring a retired value back."""
    problem = await attempt(request, partial(_restore, facet=facet, key=key, revision=revision))
    if problem is not None:
        return await _list_with(request, facet, problem)
    return redirect(request, f"/framework/{facet}", "Brought back, at the end. What was moved away stays where it went.")


def find_any(work: Work, facet: Facet, key: str) -> ValueView:
    """The value of this key, retired or not; NotFound when there is none."""
    values = queries.list_values(work)
    found = next((value for value in (*values.by_facet(facet), *values.retired_of(facet)) if value.key == key), None)
    return found if found is not None else values.pick([queries.get_row(work, facet, key).id or 0])[0]


def _create(work: Work, facet: Facet, data: ValueInput) -> None:
    actions.create_value(work, facet, data)


def _edit(work: Work, facet: Facet, key: str, data: ValueInput, revision: int | None, agreed: str) -> None:
    value = find_any(work, facet, key)
    if facet == Facet.AUDIENCE and data.level in rules.LEVELS and data.level != value.level and value.revision == revision:
        check_agreed(wider_of(work, value, data.level), agreed)
        set_level(work, value, data.level)
    actions.edit_value(work, facet, key, data, revision)


def _move(work: Work, facet: Facet, key: str, step: int, seen: str | None) -> None:
    actions.move_value(work, facet, key, step, seen)


def _restore(work: Work, facet: Facet, key: str, revision: int | None) -> None:
    actions.restore_value(work, facet, key, revision)


async def _list_with(request: Request, facet: Facet, problem: AppError) -> Response:
    async with read_work(request) as work:
        data = await run_in_threadpool(_facet_page, work, facet, Again(problem=problem.message))
        return await run_in_threadpool(render, request, data, problem.status)


def _facet_page(work: Work, facet: Facet, again: Again) -> FacetPage:
    values = queries.list_values(work)
    shown, retired = values.by_facet(facet), values.retired_of(facet)
    items = count_each(work, facet)
    questions = count_questions(work, [value.id for value in (*shown, *retired)])
    rows, gone = (tuple(ValueRow(value, items.get(value.id, 0), questions.get(value.id, 0)) for value in some) for some in (shown, retired))
    return FacetPage(
        links=list_links(work, facet),
        facet=facet,
        one=rules.FACET_NAMES[facet].lower(),
        plural=rules.FACET_PLURALS[facet],
        about=ABOUT[facet],
        rows=rows,
        retired=gone,
        counted=facet != Facet.STEP,
        seen=rules.state_mark(value.id for value in shown),
        most=rules.most(facet),
        fields=rules.FIELDS.get(facet, ()),
        form=again.form or blank_form(work, facet),
        pictures=rules.PICTURES,
        levels=LEVEL_CHOICES,
        process=_process_map(work, again.pairs) if facet == Facet.STEP else None,
        errors=again.errors,
        problem=again.problem,
        moved=again.moved,
        step=again.step,
    )


def _process_map(work: Work, ticked: frozenset[tuple[int, int]] | None) -> ProcessMap:
    values = queries.list_values(work)
    stored = frozenset((step_id, stage_id) for stage_id, steps in queries.list_steps_of_stages(work).items() for step_id in steps)
    return ProcessMap(
        values.by_facet(Facet.STEP), values.by_facet(Facet.STAGE), stored if ticked is None else ticked, rules.state_mark(sorted(stored))
    )


def _value_again(work: Work, facet: Facet, key: str, posted: Posted) -> ValuePage:
    return _value_page(work, find_any(work, facet, key), posted)


def _value_page(work: Work, value: ValueView, posted: Posted) -> ValuePage:
    """What was typed; beside what is stored when somebody else was faster, and the next save is then made knowing that."""
    facet = Facet(value.facet)
    stored, fields = form_of_value(value), rules.FIELDS.get(facet, ())
    return ValuePage(
        links=list_links(work, facet),
        facet=facet,
        plural=rules.FACET_PLURALS[facet],
        value=value,
        items=count_each(work, facet).get(value.id, 0),
        questions=count_questions(work, [value.id]).get(value.id, 0),
        counted=facet != Facet.STEP,
        fields=fields,
        form=posted.form,
        pictures=rules.PICTURES,
        levels=LEVEL_CHOICES,
        revision=value.revision if posted.is_stale or posted.revision is None else posted.revision,
        errors=posted.errors,
        theirs=tuple((LABELS[name], getattr(stored, name)) for name in ("name", *fields)) if posted.is_stale else (),
        wider=wider_of(work, value, posted.form.level) if "wider" in posted.errors else None,
    )


def _pair(text: str) -> tuple[int, int] | None:
    step, _, stage = text.partition("-")
    numbers = whole_number(step), whole_number(stage)
    return (numbers[0], numbers[1]) if numbers[0] is not None and numbers[1] is not None else None
