"""Many uploaded files at once: tags, kind, owner and dates for the chosen or all, and release. Each acts on exactly what the page showed:
files that changed or went meanwhile are left and named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.db import savepoint
from app.core.errors import AppError, Refused
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import Facets, list_values
from app.identity.rules import Permission
from app.library import actions
from app.library.queries import uploads
from app.review.queries.policies import with_usual_interval
from app.web.assetform import AssetForm, read_form, read_posted, text_fields, to_input
from app.web.deps import require, write_work
from app.web.render import redirect, render
from app.web.uploadpage import Note, count_words, told_on_page, upload_page
from app.web.uploadrows import UploadRow, read_pairs, rows_of

router = APIRouter()
CHANGED = "was changed by somebody else meanwhile, so it was left as it is. Look at it, then repeat what you did."
NOT_LISTED = "is not on the list any more. It was released, or moved to the trash."
NOTHING_CHOSEN = "Choose at least one file, or apply it to all. Nothing was changed."
NOTHING_SAID = "Choose what the files get first. Nothing was changed."
NOTHING_READY = "No file is ready yet. Each row says what it needs."


@dataclass(frozen=True)
class Wanted:
    """What many files get; fields of the form left empty stay as they are in each file."""

    form: AssetForm
    replaces: bool
    keeps_suggested: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        form = self.form
        said = (form.facet_ids, form.kind_id, form.audience, form.owner_id, form.review_interval_days, form.expires_on, form.source)
        return not any(said) and not self.keeps_suggested


@dataclass
class Done:
    """Which files were changed, and which were left with the reason."""

    changed: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


@router.post("/upload/tags", dependencies=[require(Permission.EDIT)])
async def tag_files(request: Request) -> Response:
    """Tags and the like for the chosen files, or for all the page showed."""
    posted = await read_posted(request, 2000)
    wanted = Wanted(read_form(posted), "replaces" in posted, "keeps_suggested" in posted)
    pairs = _pairs(posted, "shown" if text_fields(posted).get("scope") == "all" else "pick")
    if not pairs or wanted.is_empty:
        raise Refused(NOTHING_SAID if pairs else NOTHING_CHOSEN)
    async with write_work(request) as work:
        return await run_in_threadpool(_tag, request, work, pairs, wanted)


@router.post("/upload/release", dependencies=[require(Permission.RELEASE)])
async def release_ready(request: Request) -> Response:
    """Release those of the files shown as ready that still are what was shown; the others stay."""
    pairs = _pairs(await read_posted(request, 2000), "ready")
    if not pairs:
        return redirect(request, "/upload", NOTHING_READY)
    async with write_work(request) as work:
        return await run_in_threadpool(_release, request, work, pairs)


def _tag(request: Request, work: Work, pairs: Mapping[int, int], wanted: Wanted) -> Response:
    errors = _faults(wanted)
    if errors:
        return render(request, replace(upload_page(request, work), wanted=wanted.form, errors=errors), status=422)
    rows, done = _as_shown(work, pairs)
    values = list_values(work)
    for row in rows:
        data, faults = to_input(_changed(row, wanted, values))
        try:
            if data is None:
                raise Refused(next(iter(faults.values())))
            with savepoint(work.session):
                actions.edit_asset(work, row.asset_id, with_usual_interval(work, data), row.revision)
            done.changed += 1
        except AppError as problem:
            done.left.append((f"/upload?open={row.key}#f-{row.key}", f"{row.title}: {problem.message}"))
    return _told(request, work, done, f"Applied to {count_words(done.changed)}.")


def _release(request: Request, work: Work, pairs: Mapping[int, int]) -> Response:
    rows, done = _as_shown(work, pairs)
    for row in rows:
        address = f"/upload?open={row.key}#f-{row.key}"
        if row.state != "ready":
            done.left.append((address, f"{row.title}: {row.need or 'its text is still being read'}"))
            continue
        try:
            with savepoint(work.session):
                actions.release(work, row.asset_id)
            done.changed += 1
        except AppError as problem:
            done.left.append((address, problem.message))
    return _told(request, work, done, f"Released {count_words(done.changed)}.")


def _told(request: Request, work: Work, done: Done, told: str) -> Response:
    if not done.left:
        return redirect(request, "/upload", told)
    left = f"{count_words(len(done.left))} {'is' if len(done.left) == 1 else 'are'} left as before"
    return told_on_page(request, work, Note(f"{told} {left}", tuple(done.left), "due"), 412)


def _as_shown(work: Work, pairs: Mapping[int, int]) -> tuple[Sequence[UploadRow], Done]:
    """The drafts that are still what the page showed; the others are named."""
    rows = {row.asset_id: row for row in rows_of(work, uploads.list_drafts_by_id(work, list(pairs)))}
    titles = uploads.list_upload_titles(work, [key for key in pairs if key not in rows])
    done = Done()
    for key, revision in pairs.items():
        if key not in rows:
            done.left.append((f"/assets/{key}" if key in titles else "", f"“{titles.get(key, 'One file')}” {NOT_LISTED}"))
        elif rows[key].revision != revision:
            done.left.append((f"/upload?open={key}#f-{key}", f"“{rows[key].title}” {CHANGED}"))
    return [row for key, row in rows.items() if row.revision == pairs[key]], done


def _changed(row: UploadRow, wanted: Wanted, values: Facets) -> AssetForm:
    """What a file says of itself, with what was wanted put over it."""
    form, facet_ids, kind_id = wanted.form, wanted.form.facet_ids, wanted.form.kind_id
    if wanted.keeps_suggested:
        kept = {suggestion.value.id: suggestion.value.facet for suggestion in row.suggestions}
        facet_ids |= {value_id for value_id, facet in kept.items() if facet != Facet.KIND}
        kind_id = kind_id or next((value_id for value_id, facet in kept.items() if facet == Facet.KIND), None)
    replaced = {value.facet for value in values.pick(form.facet_ids)} if wanted.replaces else set()
    stay = {value.id for value in row.facets if value.facet not in replaced}
    return replace(
        row.form,
        facet_ids=frozenset(facet_ids | stay),
        kind_id=kind_id or row.form.kind_id,
        audience=form.audience or row.form.audience,
        owner_id=form.owner_id or row.form.owner_id,
        review_interval_days=form.review_interval_days or row.form.review_interval_days,
        expires_on=form.expires_on or row.form.expires_on,
        source=form.source or row.form.source,
    )


def _faults(wanted: Wanted) -> dict[str, str]:
    """What is wrong with the form itself, whichever file it is for."""
    form = replace(wanted.form, title="-", kind_id=1, audience="internal", review_interval_days=wanted.form.review_interval_days or 1)
    return to_input(form)[1]


def _pairs(posted: FormData, name: str) -> Mapping[int, int]:
    return read_pairs([text for text in posted.getlist(name) if isinstance(text, str)])
