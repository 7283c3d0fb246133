"""Retiring a facet value: shows what carries it, asks where that goes, and moves it in the same transaction."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import Stale
from app.core.work import Work
from app.deals.actions import move_carriers as move_deals
from app.deals.queries.holdings import count_carriers as count_deals
from app.framework import actions, rules
from app.framework.models import Facet, ValueView
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.library.actions.carriers import forget_suggestions, move_carriers
from app.library.models import Status
from app.library.queries.carriers import Carrier, count_carriers, list_carriers
from app.messaging.actions import move_carriers as move_questions
from app.messaging.queries import count_carriers as count_questions
from app.messaging.queries import list_carriers as list_questions
from app.pages.framework import find_any
from app.plays.actions import move_carriers as move_kits
from app.plays.queries import count_carriers as count_kits
from app.web.assetform import Choice, read_posted, text_fields, whole_number
from app.web.deps import ReadDep, read_work, require
from app.web.frameworkforms import FieldRefused, FrameworkLink, Wider, attempt, check_agreed, errors_of, list_links, wider_of
from app.web.render import page, redirect, render

router = APIRouter()
MAY_EDIT = require(Permission.EDIT_FRAMEWORK)
SHOWN = 20
KEEP = "=keep"  # no key begins like that
CARRIERS = (("item", "items"), ("question", "questions"), ("opportunity", "opportunities"), ("kit", "kits"))
STATUS_WORDS = {Status.RELEASED: "Released", Status.DRAFT: "Drafts", Status.RETIRED: "Retired", Status.TRASHED: "In the trash"}


class Carried(NamedTuple):
    """How much of each kind carries a value."""

    items: int
    questions: int
    deals: int
    kits: int


@dataclass(frozen=True)
class StatusCount:
    """How many items of one status carry the value."""

    name: str
    count: int


@page("framework/retire.html")
@dataclass(frozen=True)
class RetirePage:
    """What carries a value, and the question where it goes; `required` when there is something that has to go somewhere."""

    links: tuple[FrameworkLink, ...]
    facet: str
    one: str
    plural: str
    value: ValueView
    counts: tuple[StatusCount, ...]
    items: tuple[Carrier, ...]
    item_count: int
    questions: tuple[tuple[int, str], ...]
    question_count: int
    deal_count: int
    kit_count: int
    required: bool
    is_step: bool
    targets: tuple[Choice, ...]
    target: str
    wider: Wider | None
    errors: dict[str, str]
    changed_by_other: bool
    revision: int


@dataclass(frozen=True)
class Decision:
    """What was posted: the state it was made for, where the content goes, how many items may reach more people."""

    revision: int | None
    target: str
    agreed: str


@router.get("/framework/{facet}/{key}/retire", dependencies=[MAY_EDIT])
def show_retire(request: Request, facet: Facet, key: str, work: ReadDep) -> Response:
    """What would be moved."""
    value = find_any(work, facet, key)
    if value.is_retired:
        return redirect(request, f"/framework/{facet}", f"“{value.name}” is retired already.")
    return render(request, _page(work, value, Decision(value.revision, "", ""), {}))


@router.post("/framework/{facet}/{key}/retire", dependencies=[MAY_EDIT])
async def retire_value(request: Request, facet: Facet, key: str) -> Response:
    """Move what carries the value and retire it, or tell what is still to be said."""
    fields = text_fields(await read_posted(request))
    decision = Decision(whole_number(fields.get("revision", "")), fields.get("target", ""), fields.get("wider", ""))
    told: list[str] = []
    problem = await attempt(request, partial(_retire, facet=facet, key=key, decision=decision, told=told))
    if problem is None:
        return redirect(request, f"/framework/{facet}", told[0])
    async with read_work(request) as work:
        again = await run_in_threadpool(_again, work, facet, key, decision, errors_of(problem), is_stale=isinstance(problem, Stale))
        return await run_in_threadpool(render, request, again, problem.status)


def _retire(work: Work, facet: Facet, key: str, decision: Decision, told: list[str]) -> None:
    values = list_values(work)
    value = find_any(work, facet, key)
    carried = Carried(
        sum(count_carriers(work, value).values()),
        count_questions(work, [value.id]).get(value.id, 0),
        count_deals(work, value.id),
        count_kits(work, value.id),
    )
    target = values.find(facet, decision.target)
    if decision.target == KEEP and facet in rules.KEEPING:
        forget_suggestions(work, value.id)
    elif target is None and (decision.target or any(carried)):
        raise FieldRefused("target", f"Choose where the content of “{value.name}” goes. Nothing was changed.")
    elif target is not None and facet != Facet.STEP:
        check_agreed(wider_of(work, value, target.level), decision.agreed)
        items, questions = move_carriers(work, value, target), move_questions(work, value.id, target.id)
        carried = Carried(items, questions, move_deals(work, value.id, target.id), move_kits(work, value.id, target.id))
    actions.retire_value(work, facet, key, decision.revision, target.key if target else "")
    told.append(_message(value, target, carried))


def _message(value: ValueView, target: ValueView | None, carried: Carried) -> str:
    if target is None or not any(carried):
        return f"Retired “{value.name}”. Bring it back from the list of retired ones."
    moved = [f"{number:,} {one if number == 1 else many}" for number, (one, many) in zip(carried, CARRIERS, strict=True) if number]
    listed = " and ".join([", ".join(moved[:-1]), moved[-1]] if len(moved) > 1 else moved)
    return f"Retired “{value.name}”. {listed} went to “{target.name}”."


def _again(work: Work, facet: Facet, key: str, decision: Decision, errors: dict[str, str], *, is_stale: bool) -> RetirePage:
    return _page(work, find_any(work, facet, key), decision, errors, is_stale=is_stale)


def _page(work: Work, value: ValueView, decision: Decision, errors: dict[str, str], *, is_stale: bool = False) -> RetirePage:
    facet = Facet(value.facet)
    counts = count_carriers(work, value)
    questions = count_questions(work, [value.id]).get(value.id, 0)
    deals, kits = count_deals(work, value.id), count_kits(work, value.id)
    target = list_values(work).find(facet, decision.target)
    return RetirePage(
        links=list_links(work, facet),
        facet=facet,
        one=rules.FACET_NAMES[facet].lower(),
        plural=rules.FACET_PLURALS[facet],
        value=value,
        counts=tuple(StatusCount(words, counts.get(status, 0)) for status, words in STATUS_WORDS.items()),
        items=tuple(list_carriers(work, value, SHOWN)),
        item_count=sum(counts.values()),
        questions=tuple(list_questions(work, value.id, SHOWN)),
        question_count=questions,
        deal_count=deals,
        kit_count=kits,
        required=bool(counts or questions or deals or kits),
        is_step=facet == Facet.STEP,
        targets=_targets(work, facet, value),
        target=decision.target,
        wider=wider_of(work, value, target.level) if target is not None and "wider" in errors else None,
        errors=errors,
        changed_by_other=is_stale,
        revision=value.revision if is_stale or decision.revision is None else decision.revision,
    )


def _targets(work: Work, facet: Facet, value: ValueView) -> tuple[Choice, ...]:
    others = [other for other in list_values(work).by_facet(facet) if other.id != value.id]
    levels = {other.key: f" ({rules.LEVELS[other.level].lower()})" if other.level else "" for other in others}
    kept = (Choice(KEEP, "Nowhere: it stays on what carries it and is only hidden from choices"),) if facet in rules.KEEPING else ()
    return (*(Choice(other.key, other.name + levels[other.key]) for other in others), *kept)
