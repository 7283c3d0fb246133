"""The start page: the map, what buyers ask on calls like this, what is shown at this stage, what changed this week.
Also what marketing says of a square."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response

from app.core.errors import NotFound
from app.core.work import Work
from app.framework.actions import set_square
from app.framework.models import Facet, ValueView
from app.framework.queries import Facets, list_stages_of_steps, list_unneeded, list_values
from app.identity.rules import Permission, may
from app.library.queries.lists import MOST_CHANGED, Brief, list_changed, list_used_at
from app.library.queries.squares import count_items
from app.messaging.models import QuestionBrief, QuestionFilter
from app.messaging.queries import count_by_square, count_questions, list_briefly
from app.plays.models import KitBrief
from app.plays.queries import list_recent
from app.review.queries.queue import get_health
from app.review.rules import health_line
from app.web.context import CallContext, read_context
from app.web.deps import ReadDep, WorkDep, require
from app.web.question import from_context
from app.web.render import page, redirect, render
from app.web.squares import Counted, Frame, MapTable, build_map

router = APIRouter()
SHOWN_QUESTIONS, SHOWN_USED, SHOWN_CHANGED, SHOWN_KITS = 3, 4, 4, 3
WEEK = timedelta(days=7)
SQUARE_FACETS = (Facet.STAGE, Facet.STAKEHOLDER)


@dataclass(frozen=True)
class AskedOnCalls:
    """What buyers ask on calls like this: those asked most often, how many there are, where all are listed."""

    marks: tuple[ValueView, ...]
    questions: tuple[QuestionBrief, ...]
    total: int
    href: str


@dataclass(frozen=True)
class Leaving:
    """The stage the call is at, and the items most people use there."""

    stage: ValueView
    used: tuple[Brief, ...]


@dataclass(frozen=True)
class Changed:
    """The latest released versions with the marks of their items; `total` counts up to `most`."""

    items: tuple[tuple[Brief, tuple[ValueView, ...]], ...]
    total: int
    most: int


@dataclass(frozen=True)
class BareSquare:
    """A square without content; marketing says whether it needs any."""

    stage: ValueView
    stakeholder: ValueView
    state: str
    questions: int


@page("map/map.html")
@dataclass(frozen=True)
class MapPage:
    """The map for this actor; `counting` is content or questions, `bare` is for those who may say what is needed, `health` for those
    who review."""

    table: MapTable
    counting: str
    items: int
    questions: int
    asked: AskedOnCalls
    leaving: Leaving | None
    changed: Changed
    bare: tuple[BareSquare, ...]
    kits: tuple[KitBrief, ...]
    can_kit: bool
    can_upload: bool
    health: str


@router.get("/", dependencies=[require(Permission.ASK)])
def show_map(request: Request, work: ReadDep, by: str = "", count: str = "") -> Response:
    """Every square with its numbers, by stage or by buyer step."""
    values, call = list_values(work), read_context(request)
    frame = _frame_by_step(work, values) if by == Facet.STEP else _frame_by_stage(values)
    counted = Counted(count_items(work, frame.axes), count_by_square(work, frame.axes), list_unneeded(work))
    by_questions = count == "questions"
    table = build_map(frame, counted, call, by_questions=by_questions)
    data = MapPage(
        table=table,
        counting="questions" if by_questions else "content",
        items=counted.items.total,
        questions=counted.questions.total,
        asked=_asked(work, call),
        leaving=_leaving(work, values, call),
        changed=_changed(work, values),
        bare=_bare(table) if may(work.actor, Permission.EDIT_FRAMEWORK) else (),
        kits=list_recent(work, SHOWN_KITS) if may(work.actor, Permission.USE_KITS) else (),
        can_kit=may(work.actor, Permission.USE_KITS),
        can_upload=may(work.actor, Permission.UPLOAD),
        health=health_line(get_health(work)) if may(work.actor, Permission.REVIEW) else "",
    )
    return render(request, data)


@router.post("/map/{stage}/{stakeholder}", dependencies=[require(Permission.EDIT_FRAMEWORK)])
def say_if_needed(
    request: Request, stage: str, stakeholder: str, work: WorkDep, needed: Annotated[str, Form()] = "", was: Annotated[str, Form()] = ""
) -> Response:
    """Say that a square needs no content yet, or that it does; `was` is what the page showed."""
    values = list_values(work)
    column, row = values.find(Facet.STAGE, stage), values.find(Facet.STAKEHOLDER, stakeholder)
    if column is None or row is None:
        raise NotFound("There is no such square. The stage or the stakeholder may have been retired; look at the map.")
    is_needed = needed != "no"
    set_square(work, (column.id, row.id), is_needed=is_needed, was_needed={"yes": True, "no": False}.get(was))
    said = "needed again: it is a gap while buyers ask and nothing answers" if is_needed else "not needed yet"
    return redirect(request, "/#bare", f"{row.name}, {column.name} is marked as {said}.")


def _frame_by_stage(values: Facets) -> Frame:
    stages = values.by_facet(Facet.STAGE)
    return Frame(stages, values.by_facet(Facet.STAKEHOLDER), {stage.id: (stage,) for stage in stages})


def _frame_by_step(work: Work, values: Facets) -> Frame:
    under = {step_id: values.pick(stage_ids) for step_id, stage_ids in list_stages_of_steps(work).items()}
    return Frame(values.by_facet(Facet.STEP), values.by_facet(Facet.STAKEHOLDER), under)


def _asked(work: Work, call: CallContext) -> AskedOnCalls:
    chosen = from_context(call, list_values(work))
    of_square: Mapping[Facet, frozenset[int]] = {facet: chosen[facet] for facet in SQUARE_FACETS if facet in chosen}
    wanted = QuestionFilter(facets=tuple(of_square.values()))
    found = list_briefly(work, wanted, SHOWN_QUESTIONS)
    marks = list_values(work).pick(value_id for ids in of_square.values() for value_id in ids)
    pairs = [(mark.facet, mark.key) for mark in marks]
    return AskedOnCalls(marks, found, count_questions(work, wanted), f"/questions?{urlencode(pairs)}")


def _leaving(work: Work, values: Facets, call: CallContext) -> Leaving | None:
    stage = values.find(Facet.STAGE, call.get(Facet.STAGE, ""))
    return Leaving(stage, list_used_at(work, stage.key, SHOWN_USED)) if stage is not None else None


def _changed(work: Work, values: Facets) -> Changed:
    total, items = list_changed(work, work.now - WEEK, SHOWN_CHANGED)
    return Changed(tuple((item, values.pick(item.facet_ids)) for item in items), total, MOST_CHANGED)


def _bare(table: MapTable) -> tuple[BareSquare, ...]:
    if table.by != Facet.STAGE:
        return ()
    found = ((column, row, square) for row in table.rows for column, square in zip(table.columns, row.squares, strict=True))
    return tuple(BareSquare(column.value, row.value, square.state, square.questions) for column, row, square in found if not square.items)
