"""The synonyms editor: groups of words that mean the same or are related, and what a change would do to answers before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.activity.queries import list_last_questions
from app.core.errors import AppError, Stale
from app.core.work import Work
from app.framework import actions, queries, rules
from app.framework.models import Nearness
from app.identity.rules import Permission
from app.search.engine import SearchEngine
from app.search.queries import house_synonyms
from app.search.queries.synonyms import Effect, compare_synonyms
from app.web.assetform import read_posted, text_fields, whole_number
from app.web.deps import ReadDep, read_work, require
from app.web.frameworkforms import SYNONYMS, FrameworkLink, attempt, errors_of, list_links
from app.web.render import page, redirect, render
from app.web.services import services_of

router = APIRouter()
MAY_EDIT = require(Permission.EDIT_FRAMEWORK)
LIST = "/framework/synonyms"
TRIED = 6
LONGEST_QUESTION = 200


@dataclass(frozen=True)
class GroupView:
    """One group of words."""

    id: int
    words: tuple[str, ...]
    is_related: bool


@page("framework/synonyms.html")
@dataclass(frozen=True)
class SynonymsPage:
    """All groups, oldest first."""

    links: tuple[FrameworkLink, ...]
    groups: tuple[GroupView, ...]


@page("framework/synonym.html")
@dataclass(frozen=True)
class SynonymPage:
    """One group to write, change or remove. `effects` is None until a preview was asked for; `theirs` is what somebody else saved."""

    links: tuple[FrameworkLink, ...]
    group_id: int | None
    removal: bool
    words: str
    is_related: bool
    question: str
    revision: int
    errors: dict[str, str]
    theirs: tuple[str, ...]
    are_theirs_related: bool
    effects: tuple[Effect, ...] | None
    is_ready: bool


@dataclass(frozen=True)
class Draft:
    """The form as it came: words one a line, how near they are, the question to try, the state it was made for, what is wrong."""

    group_id: int | None = None
    words: str = ""
    nearness: Nearness = Nearness.SAME
    question: str = ""
    revision: int | None = None
    removal: bool = False
    preview: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    is_stale: bool = False

    @property
    def lines(self) -> list[str]:
        """The words as they would be stored."""
        return rules.clean_synonyms(self.words.splitlines())


@router.get("/framework/synonyms", dependencies=[MAY_EDIT])
def show_groups(request: Request, work: ReadDep) -> Response:
    """Every group."""
    rows = queries.list_synonym_rows(work)
    groups = tuple(GroupView(row.id or 0, tuple(row.words), row.nearness == Nearness.RELATED) for row in rows)
    return render(request, SynonymsPage(list_links(work, SYNONYMS), groups))


@router.get("/framework/synonyms/new", dependencies=[MAY_EDIT])
def show_new(request: Request, work: ReadDep) -> Response:
    """An empty form."""
    return render(request, _page(work, services_of(request).index, Draft(revision=0)))


@router.post("/framework/synonyms/new", dependencies=[MAY_EDIT])
async def add_group(request: Request) -> Response:
    """Show the effect of a new group, or add it."""
    return await _answer(request, await _read(request, None))


@router.get("/framework/synonyms/{group_id}", dependencies=[MAY_EDIT])
def show_group(request: Request, group_id: int, work: ReadDep) -> Response:
    """One group to change."""
    row = queries.get_synonyms(work, group_id)
    return render(
        request, _page(work, services_of(request).index, Draft(group_id, "\n".join(row.words), row.nearness, revision=row.revision))
    )


@router.post("/framework/synonyms/{group_id}", dependencies=[MAY_EDIT])
async def save_group(request: Request, group_id: int) -> Response:
    """Show the effect of other words, or save them."""
    return await _answer(request, await _read(request, group_id))


@router.get("/framework/synonyms/{group_id}/remove", dependencies=[MAY_EDIT])
def show_removal(request: Request, group_id: int, work: ReadDep, question: str = "") -> Response:
    """What taking a group away would do."""
    row = queries.get_synonyms(work, group_id)
    draft = Draft(group_id, "\n".join(row.words), row.nearness, " ".join(question.split()), row.revision, removal=True, preview=True)
    return render(request, _page(work, services_of(request).index, draft))


@router.post("/framework/synonyms/{group_id}/remove", dependencies=[MAY_EDIT])
async def remove_group(request: Request, group_id: int) -> Response:
    """Take a group away."""
    revision = whole_number(text_fields(await read_posted(request)).get("revision", ""))
    problem = await attempt(request, partial(actions.remove_synonyms, group_id=group_id, revision=revision))
    if problem is None:
        return redirect(request, LIST, "Removed. Searches follow at once.")
    return await _again(request, Draft(group_id, revision=revision, removal=True, preview=True), problem)


async def _read(request: Request, group_id: int | None) -> Draft:
    fields = text_fields(await read_posted(request))
    question = " ".join(fields.get("question", "").split())[:LONGEST_QUESTION]
    revision = whole_number(fields.get("revision", ""))
    nearness = Nearness.RELATED if fields.get("nearness") == Nearness.RELATED else Nearness.SAME
    return Draft(group_id, fields.get("words", ""), nearness, question, revision, preview=fields.get("step") == "preview")


async def _answer(request: Request, draft: Draft) -> Response:
    if draft.preview:
        fault = rules.synonyms_fault(draft.lines)
        return await _show(request, _with(draft, {"words": fault} if fault else {}), 422 if fault else 200)
    problem = await attempt(request, partial(_store, draft=draft))
    if problem is None:
        return redirect(request, LIST, "Saved. Searches follow at once.")
    return await _again(request, draft, problem)


async def _again(request: Request, draft: Draft, problem: AppError) -> Response:
    is_stale = isinstance(problem, Stale)
    errors = errors_of(problem)
    shown = _with(draft, errors if is_stale or draft.removal else {"words": errors.get("", "")}, is_stale=is_stale)
    return await _show(request, shown, problem.status)


async def _show(request: Request, draft: Draft, status: int) -> Response:
    async with read_work(request) as work:
        data = await run_in_threadpool(_page, work, services_of(request).index, draft)
        return await run_in_threadpool(render, request, data, status)


def _with(draft: Draft, errors: dict[str, str], *, is_stale: bool = False) -> Draft:
    return replace(draft, errors=errors, is_stale=is_stale)


def _store(work: Work, draft: Draft) -> None:
    if draft.group_id is None:
        actions.add_synonyms(work, draft.lines, draft.nearness)
    else:
        actions.change_synonyms(work, draft.group_id, draft.lines, draft.nearness, draft.revision)


def _page(work: Work, engine: SearchEngine, draft: Draft) -> SynonymPage:
    stored = queries.get_synonyms(work, draft.group_id) if draft.group_id is not None else None
    revision = draft.revision if draft.revision is not None and not draft.is_stale else (stored.revision if stored else 0)
    return SynonymPage(
        links=list_links(work, SYNONYMS),
        group_id=draft.group_id,
        removal=draft.removal,
        words="\n".join(stored.words) if draft.removal and stored else draft.words,
        is_related=draft.nearness == Nearness.RELATED,
        question=draft.question,
        revision=revision,
        errors=draft.errors,
        theirs=tuple(stored.words) if draft.is_stale and stored else (),
        are_theirs_related=stored is not None and stored.nearness == Nearness.RELATED,
        effects=_effects(work, engine, draft) if draft.preview and not draft.errors.get("words") else None,
        is_ready=engine.ready,
    )


def _effects(work: Work, engine: SearchEngine, draft: Draft) -> tuple[Effect, ...]:
    rows = queries.list_synonym_rows(work)
    before = [(row.nearness, row.words) for row in rows]
    kept = [(row.nearness, row.words) for row in rows if row.id != draft.group_id]
    after = kept if draft.removal else [*kept, (draft.nearness, draft.lines)]
    own = [word for row in rows if row.id == draft.group_id for word in row.words]
    questions = _questions(work, draft, [*own, *draft.lines])
    return compare_synonyms(work, engine, questions, house_synonyms(before), house_synonyms(after))


def _questions(work: Work, draft: Draft, words: Sequence[str]) -> list[str]:
    """The question to try, or the last ones asked that hold one of the words: no other can change."""
    if draft.question:
        return [draft.question]
    return [text for text in list_last_questions(work) if any(word in text.lower() for word in words)][:TRIED]
