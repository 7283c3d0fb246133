"""What marketing says of a buyer question: the form with its wordings and square, and the passage that answers it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.errors import NotFound, Refused, Stale
from app.core.work import Work
from app.identity.rules import Permission
from app.library.models import AssetCard
from app.library.queries import get_shown, get_view, list_passages, list_titles
from app.messaging import actions, queries, rules
from app.messaging.models import AnswerState, QuestionBrief, QuestionFilter, QuestionInput, QuestionView
from app.search.queries.suggestions import list_alike
from app.web.assetform import Choice, ChoiceGroup, facet_choices, facet_ids_of, read_posted, text_fields, whole_number
from app.web.deps import ReadDep, WorkDep, read_work, require, write_work
from app.web.render import page, redirect, render

router = APIRouter()
LONGEST_LIST = 300  # items to choose from; in a larger library one picks a passage from answers or from an item's page
CANDIDATES = 8


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
class EditPage:
    """One question to record or change. `passages` are those of the chosen item, `heard` wordings of buyers that could be added, `theirs`
    what somebody else saved meanwhile."""

    question_id: int | None
    form: QuestionForm
    groups: tuple[ChoiceGroup, ...]
    assets: tuple[Choice, ...]
    passages: tuple[Choice, ...]
    heard: tuple[str, ...]
    errors: dict[str, str]
    revision: int
    theirs: QuestionView | None


@page("messaging/answer.html")
@dataclass(frozen=True)
class AnswerPage:
    """A passage, and the questions it may answer: those alike to `text` first, then those nothing answers; `theirs` changed."""

    card: AssetCard
    anchor: str
    label: str
    excerpt: str
    text: str
    alike: tuple[QuestionBrief, ...]
    unanswered: tuple[QuestionBrief, ...]
    theirs: QuestionView | None


@router.get("/questions/new", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_new(request: Request, work: ReadDep, text: str = "", asset_id: int | None = None, anchor: str = "") -> Response:
    """An empty form, or one begun elsewhere."""
    return render(request, _edit_page(work, None, QuestionForm(text, "", frozenset(), asset_id, anchor), {}, 1))


@router.get("/questions/answer", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_answer(request: Request, work: ReadDep, asset_id: int, anchor: str = "", text: str = "") -> Response:
    """Which question does this passage answer?"""
    return render(request, _answer_page(work, asset_id, anchor, rules.clean_line(text)))


@router.get("/questions/{question_id}/edit", dependencies=[require(Permission.EDIT_QUESTIONS)])
def show_form(request: Request, question_id: int, work: ReadDep) -> Response:
    """A question to change."""
    question = queries.get_question(work, question_id)
    facets = frozenset(queries.list_facet_ids(work, [question_id])[question_id])
    form = QuestionForm(question.text, "\n".join(question.phrasings), facets, question.asset_id, question.anchor)
    return render(request, _edit_page(work, question_id, form, {}, question.revision))


@router.post("/questions/new", dependencies=[require(Permission.EDIT_QUESTIONS)])
async def record(request: Request) -> Response:
    """Keep a new question."""
    return await _save(request, None)


@router.post("/questions/{question_id}/edit", dependencies=[require(Permission.EDIT_QUESTIONS)])
async def save(request: Request, question_id: int) -> Response:
    """Change a question."""
    return await _save(request, question_id)


@router.post("/questions/{question_id}/answer", dependencies=[require(Permission.EDIT_QUESTIONS)])
def link(
    request: Request,
    question_id: int,
    work: WorkDep,
    asset_id: Annotated[int, Form()],
    anchor: Annotated[str, Form()] = "",
    revision: Annotated[int | None, Form()] = None,
) -> Response:
    """This passage answers the question from now on."""
    try:
        question = actions.link_answer(work, question_id, asset_id, anchor, revision)
    except Stale:
        return render(request, _answer_page(work, asset_id, anchor, "", queries.get_question_view(work, question_id)), status=412)
    return redirect(request, f"/questions/{question.id}", "Saved. It stands on top in a moment when a rep asks this.")


async def _save(request: Request, question_id: int | None) -> Response:
    """Keep what was posted, or nothing of it and show it again with what is wrong."""
    posted = await read_posted(request)
    fields, form = text_fields(posted), _read_form(posted)
    revision = whole_number(fields.get("revision", ""))
    errors: dict[str, str] = {}
    status = 200
    if fields.get("step") != "passages":
        try:
            async with write_work(request) as work:
                saved = await run_in_threadpool(_store, work, question_id, form, revision)
            return redirect(request, f"/questions/{saved}", "Saved. It is found by these words in a moment.")
        except ValidationError:
            errors, status = {"text": "Write the question in the buyer's words, at most 300 characters."}, 422
        except (NotFound, Refused, Stale) as problem:
            errors, status = {"": problem.message}, 412 if isinstance(problem, Stale) else 422
    async with read_work(request) as work:
        data = await run_in_threadpool(_edit_page, work, question_id, form, errors, revision or 1, changed_by_other=status == 412)
        return await run_in_threadpool(render, request, data, status)


def _read_form(posted: FormData) -> QuestionForm:
    fields = text_fields(posted)
    asset_id = whole_number(fields.get("asset_id", ""))
    heard = [words for words in posted.getlist("heard") if isinstance(words, str)]
    phrasings = "\n".join([*fields.get("phrasings", "").splitlines(), *heard])
    return QuestionForm(fields.get("text", ""), phrasings, facet_ids_of(posted), asset_id, fields.get("anchor", ""))


def _store(work: Work, question_id: int | None, form: QuestionForm, revision: int | None) -> int:
    data = QuestionInput(
        text=form.text.strip(),
        phrasings=form.phrasings.splitlines(),
        facet_ids=sorted(form.facet_ids),
        asset_id=form.asset_id,
        anchor=form.anchor,
    )
    if question_id is None:
        return actions.record_question(work, data).id or 0
    return actions.edit_question(work, question_id, data, revision).id or 0


def _edit_page(
    work: Work, question_id: int | None, form: QuestionForm, errors: dict[str, str], revision: int, *, changed_by_other: bool = False
) -> EditPage:
    theirs = queries.get_question_view(work, question_id) if changed_by_other and question_id else None
    heard = queries.list_wordings(work, queries.get_question(work, question_id)) if question_id else []
    return EditPage(
        question_id=question_id,
        form=form,
        groups=facet_choices(work),
        assets=_items(work, form.asset_id),
        passages=_passages(work, form.asset_id),
        heard=tuple(words for words in heard if words not in form.phrasings.splitlines()),
        errors=errors,
        revision=theirs.revision if theirs else revision,
        theirs=theirs,
    )


def _items(work: Work, chosen: int | None) -> tuple[Choice, ...]:
    titles = list_titles(work)
    if len(titles) > LONGEST_LIST:
        titles = [(asset_id, title) for asset_id, title in titles if asset_id == chosen]
    return tuple(Choice(str(asset_id), title) for asset_id, title in titles)


def _passages(work: Work, asset_id: int | None) -> tuple[Choice, ...]:
    if asset_id is None:
        return ()
    try:
        version = get_shown(work, asset_id).version
    except NotFound:
        return ()
    passages = list_passages(work, version.id or 0)
    return tuple(Choice(passage.anchor, f"{passage.label}: {' '.join(passage.text.split())[:80]}") for passage in passages)


def _answer_page(work: Work, asset_id: int, anchor: str, text: str, theirs: QuestionView | None = None) -> AnswerPage:
    view = get_view(work, asset_id)
    passage = next((one for one in view.passages if one.anchor == anchor), None)
    if passage is None:
        raise NotFound("This item has no such passage any more. Open it and choose another one.")
    alike = queries.list_briefly_by_id(work, [one.id for one in list_alike(work, text)]) if text else ()
    waiting = queries.list_briefly(work, QuestionFilter(state=AnswerState.UNANSWERED), CANDIDATES)
    known = {one.id for one in alike}
    return AnswerPage(
        card=view.card,
        anchor=anchor,
        label=passage.label,
        excerpt=" ".join(passage.text.split())[:400],
        text=text,
        alike=alike,
        unanswered=tuple(one for one in waiting if one.id not in known),
        theirs=theirs,
    )
