"""The builder of value models: make one, change it without code, keep it as a version of its asset."""

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.errors import AppError, Conflict, NotFound, Refused, Stale
from app.core.templating import ago
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.library import actions as library
from app.library.models import AssetInput, FileInput
from app.messaging.actions.value import discard_draft, keep_version, save_draft
from app.messaging.queries.value import Working, read_working
from app.messaging.rules.drafting import Typed, change_rows, new_model, read_draft, read_kept, read_step, read_typed, typed_of
from app.messaging.rules.value import read_file
from app.review.queries.policies import with_usual_interval
from app.web.assetform import Choice, text_fields
from app.web.deps import ReadDep, read_work, require, write_work
from app.web.render import page, redirect, render
from app.web.services import services_of
from app.web.valueform import CURRENCIES, Builder, ModelPreview, build_builder, store_model
from app.web.valuesources import Answer, find_answers, is_taking, part_taken, sources_of, take_over

router = APIRouter()
KIND = "business-case-template"
NO_MODEL = "This item is no value model, so there is nothing to build. Make a new one on the upload page."
SAVED = "Draft saved."
FORM_BYTES = 1024 * 1024


@page("values/new.html")
@dataclass(frozen=True)
class NewModelPage:
    """The title of a model to be made, and its currency."""

    title: str
    currency: str
    currencies: tuple[Choice, ...]
    errors: dict[str, str]


@page("values/model.html")
@dataclass(frozen=True)
class ModelPage:
    """A model in the builder; `saved` says when its draft was, empty without one; `state` is what it was made from. `answers` are
    those to buyer questions with the words `asked`, to be taken over."""

    asset_id: int
    title: str
    builder: Builder
    currencies: tuple[Choice, ...]
    state: str
    saved: str
    error: str
    asked: str
    answers: tuple[Answer, ...]


@router.get("/values/new", dependencies=[require(Permission.UPLOAD)])
def show_new(request: Request, work: ReadDep) -> Response:
    """What the new model is called."""
    return render(request, NewModelPage("", "EUR", CURRENCIES, {}))


@router.post("/values/new", dependencies=[require(Permission.UPLOAD)])
async def make_model(request: Request, title: Annotated[str, Form()] = "", currency: Annotated[str, Form()] = "EUR") -> Response:
    """A new draft with a small model that works, opened in the builder."""
    words = " ".join(title.split())
    known = currency if currency in {one.value for one in CURRENCIES} else "EUR"
    if not 0 < len(words) <= 160 or set(words) & {"{", "}"}:
        errors = {"title": "Give it a title of at most 160 characters, without braces."}
        async with read_work(request):
            return await run_in_threadpool(render, request, NewModelPage(title, known, CURRENCIES, errors), Refused.status)
    file = await run_in_threadpool(store_model, services_of(request).blobs, new_model(words, known), "")
    async with write_work(request) as work:
        asset_id = await run_in_threadpool(_create, work, words, file)
    return redirect(request, f"/assets/{asset_id}/model", "Made. Change it to what you need.")


@router.get("/assets/{asset_id}/model", dependencies=[require(Permission.EDIT)])
def show_model(request: Request, asset_id: int, work: ReadDep, pick: str = "") -> Response:
    """The model as it is being worked on, or as in the newest version; `pick` looks for answers to take over."""
    working = read_working(work, asset_id)
    typed = read_kept(working.draft.definition) if working.draft else _newest(work, working)
    return render(request, replace(_page(work, working, typed), asked=pick[:200], answers=find_answers(work, pick[:200])))


@router.post("/assets/{asset_id}/model", dependencies=[require(Permission.EDIT)], max_body_size=FORM_BYTES)
async def save_model(request: Request, asset_id: int) -> Response:
    """Save what was typed, after a row was added, moved or removed; or keep it as a version; or forget it."""
    posted = await request.form(max_fields=3000)
    fields = text_fields(posted)
    typed, step, state = read_typed(fields), _step(posted), fields.get("state", "")
    try:
        if step == "keep":
            return await _keep(request, asset_id, typed, state)
        async with write_work(request) as work:
            await run_in_threadpool(_save, work, asset_id, typed, step, state)
    except (Stale, Refused, Conflict, NotFound) as problem:
        async with read_work(request) as work:
            working = await run_in_threadpool(read_working, work, asset_id)
            again = await run_in_threadpool(_page, work, working, typed, problem, state)
            return await run_in_threadpool(render, request, again, problem.status)
    if step == "discard":
        return redirect(request, f"/assets/{asset_id}", "The draft is gone.")
    if step == "find":
        return redirect(request, f"/assets/{asset_id}/model?{urlencode({'pick': fields.get('pick', '')[:200]})}#answers", SAVED)
    return redirect(request, f"/assets/{asset_id}/model{_place(typed, step)}", SAVED)


@router.post("/assets/{asset_id}/model/preview", dependencies=[require(Permission.EDIT)], max_body_size=FORM_BYTES)
async def preview_model(request: Request, asset_id: int) -> Response:
    """The document of what is typed, and what is wrong with it; nothing is kept."""
    posted = await request.form(max_fields=3000)
    async with read_work(request) as work:
        await run_in_threadpool(lambda: _newest(work, read_working(work, asset_id)))
        return await run_in_threadpool(lambda: render(request, ModelPreview(build_builder(_typed(posted)))))


async def _keep(request: Request, asset_id: int, typed: Typed, state: str) -> Response:
    model, faults = read_draft(typed)
    async with read_work(request) as work:
        await run_in_threadpool(lambda: _newest(work, read_working(work, asset_id)))
    if model is None or faults:
        raise Refused(
            "No version was made, because something is wrong with the model; see below. What you typed is in this form: save the draft."
        )
    file = await run_in_threadpool(store_model, services_of(request).blobs, model, "")
    async with write_work(request) as work:
        version = await run_in_threadpool(keep_version, work, asset_id, file, state)
        number = version.number
    return redirect(request, f"/assets/{asset_id}?v={number}", f"v{number} is kept as a draft. Release it when it is right.")


def _create(work: Work, title: str, file: FileInput) -> int:
    values = list_values(work)
    kind = values.find(Facet.KIND, KIND) or next(iter(values.by_facet(Facet.KIND)), None)
    if kind is None:
        raise Refused("There is no kind of content in the framework yet, so nothing was made. Add one there first.")
    data = with_usual_interval(work, AssetInput(title=title, kind_id=kind.id, owner_id=work.actor.id))
    return library.create_asset(work, data, file).id or 0


def _save(work: Work, asset_id: int, typed: Typed, step: str, state: str) -> None:
    _newest(work, read_working(work, asset_id))
    if step == "discard":
        discard_draft(work, asset_id, state)
    else:
        changed = take_over(work, typed, step) if is_taking(step) else change_rows(typed, step)
        save_draft(work, asset_id, changed, state)


def _newest(work: Work, working: Working) -> Typed:
    """The model of the newest version; Conflict when that holds none."""
    version = working.newest
    if version is None or version.format != "value":
        raise Conflict(NO_MODEL)
    with work.blobs.open(version.blob_sha256) as file:
        return typed_of(read_file(file))


def _page(work: Work, working: Working, typed: Typed, problem: AppError | None = None, state: str = "") -> ModelPage:
    return ModelPage(
        asset_id=working.asset.id or 0,
        title=working.asset.title,
        builder=build_builder(typed, sources_of(work, typed)),
        currencies=CURRENCIES,
        # whoever was told that somebody else was faster saves knowing that
        state=working.state if not state or isinstance(problem, Stale) else state,
        saved=ago(working.draft.changed_at) if working.draft else "",
        error=problem.message if problem else "",
        asked="",
        answers=(),
    )


def _typed(posted: FormData) -> Typed:
    return read_typed(text_fields(posted))


def _step(posted: FormData) -> str:
    """Which button was pressed."""
    step = posted.get("step")
    return step if isinstance(step, str) else "save"


def _place(typed: Typed, step: str) -> str:
    """Where on the page the row is that was added or moved."""
    if is_taking(step):
        return f"#{part_taken(step)}-{len(typed[part_taken(step)])}"
    verb, part, at = read_step(step)
    rows = len(typed[part]) if isinstance(typed.get(part), list) else 0
    if verb == "add":
        return f"#{part}-{rows}"
    if verb in ("up", "down") and at is not None:
        return f"#{part}-{max(0, at + (1 if verb == 'down' else -1))}"
    return f"#{part}" if verb == "remove" and rows else ""
