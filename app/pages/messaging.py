"""Buyer questions: the list, and the form that records one and names the passage that answers it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.errors import NotFound, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.rules import Permission, may
from app.library.queries import get_view, list_titles
from app.messaging import actions, queries
from app.messaging.models import QuestionInput, QuestionView
from app.web.assetform import Choice, ChoiceGroup, facet_choices, facet_ids_of, text_fields, whole_number
from app.web.deps import ReadDep, read_work, require, write_work
from app.web.render import page, redirect, render

router = APIRouter()
PAGE_SIZE = 25


@page("messaging/questions.html")
@dataclass(frozen=True)
class QuestionsPage:
    """All questions, newest first."""

    questions: Page[QuestionView]
    can_edit: bool


@dataclass(frozen=True)
class QuestionForm:
    """The form's fields; `phrasings` one a line."""

    text: str
    phrasings: str
    facet_ids: frozenset[int]
    asset_id: int | None
    anchor: str


@page("messaging/question_edit.html")
@dataclass(frozen=True)
class QuestionPage:
    """One question to record or change; `passages` are those of the chosen asset."""

    question_id: int | None
    form: QuestionForm
    groups: tuple[ChoiceGroup, ...]
    assets: tuple[Choice, ...]
    passages: tuple[Choice, ...]
    errors: dict[str, str]
    revision: int
    changed_by_other: bool


@router.get("/questions", dependencies=[require(Permission.EDIT_QUESTIONS)])
def list_questions(request: Request, work: ReadDep, page: int = 1) -> Response:
    """What buyers ask."""
    found = queries.list_questions(work, PageRequest(max(1, page), PAGE_SIZE))
    return render(request, QuestionsPage(found, may(work.actor, Permission.EDIT_QUESTIONS)))


@router.get("/questions/new", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_new(request: Request, work: ReadDep, text: str = "", asset_id: int | None = None, anchor: str = "") -> Response:
    """An empty form, or one begun elsewhere."""
    return render(request, _form_page(work, None, QuestionForm(text, "", frozenset(), asset_id, anchor), {}, 1))


@router.get("/questions/{question_id}/edit", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_form(request: Request, question_id: int, work: ReadDep) -> Response:
    """A question to change."""
    view = queries.get_question_view(work, question_id)
    facets = frozenset(value.id for value in view.facets)
    asset_id = view.card.id if view.card else None
    form = QuestionForm(view.text, "\n".join(view.phrasings), facets, asset_id, view.anchor)
    return render(request, _form_page(work, question_id, form, {}, view.revision))


@router.post("/questions/new", dependencies=[require(Permission.EDIT_QUESTIONS)])
async def record(request: Request) -> Response:
    """Keep a new question."""
    return await _save(request, None)


@router.post("/questions/{question_id}/edit", dependencies=[require(Permission.EDIT_QUESTIONS)])
async def save(request: Request, question_id: int) -> Response:
    """Change a question."""
    return await _save(request, question_id)


async def _save(request: Request, question_id: int | None) -> Response:
    """Keep what was posted, or nothing of it and show it again with what is wrong."""
    posted = await request.form()
    fields, form = text_fields(posted), _read_form(posted)
    revision = whole_number(fields.get("revision", "")) or 0
    errors: dict[str, str] = {}
    status = 200
    if fields.get("step") != "passages":
        try:
            async with write_work(request) as work:
                await run_in_threadpool(_store, work, question_id, form, revision)
            return redirect(request, "/questions", "Saved. It is found by these words in a moment.")
        except ValidationError:
            errors, status = {"text": "Write the question in the buyer's words, at most 300 characters."}, 422
        except (NotFound, Refused, Stale) as problem:
            errors, status = {"": problem.message}, 412 if isinstance(problem, Stale) else 422
    async with read_work(request) as work:
        data = await run_in_threadpool(_form_page, work, question_id, form, errors, revision, changed_by_other=status == 412)
        return await run_in_threadpool(render, request, data, status)


def _read_form(posted: FormData) -> QuestionForm:
    fields = text_fields(posted)
    asset_id = whole_number(fields.get("asset_id", ""))
    return QuestionForm(fields.get("text", ""), fields.get("phrasings", ""), facet_ids_of(posted), asset_id, fields.get("anchor", ""))


def _store(work: Work, question_id: int | None, form: QuestionForm, revision: int) -> None:
    data = QuestionInput(
        text=form.text.strip(),
        phrasings=form.phrasings.splitlines(),
        facet_ids=sorted(form.facet_ids),
        asset_id=form.asset_id,
        anchor=form.anchor,
    )
    if question_id is None:
        actions.record_question(work, data)
    else:
        actions.edit_question(work, question_id, data, revision)


def _form_page(
    work: Work, question_id: int | None, form: QuestionForm, errors: dict[str, str], revision: int, *, changed_by_other: bool = False
) -> QuestionPage:
    return QuestionPage(
        question_id=question_id,
        form=form,
        groups=facet_choices(work),
        assets=tuple(Choice(str(asset_id), title) for asset_id, title in list_titles(work)),
        passages=_passages(work, form.asset_id),
        errors=errors,
        revision=queries.get_question(work, question_id).revision if changed_by_other and question_id else revision,
        changed_by_other=changed_by_other,
    )


def _passages(work: Work, asset_id: int | None) -> tuple[Choice, ...]:
    if asset_id is None:
        return ()
    try:
        view = get_view(work, asset_id)
    except NotFound:
        return ()
    return tuple(Choice(passage.anchor, f"{passage.label}: {' '.join(passage.text.split())[:80]}") for passage in view.passages)
