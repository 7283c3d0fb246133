"""Assets as JSON, changed: upload, edit, release, retire, restore, still right. Every change names the state it was made on."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.concurrency import run_in_threadpool

from app.api.v1.envelope import BEARER, PROBLEMS, TAGGED, IfMatch, read_tag, tagged
from app.api.v1.library import AssetId, find_values
from app.api.v1.shapes import AssetDetailOut, detail_out
from app.core.errors import Refused
from app.core.office.transcript import MAX_CHARACTERS
from app.core.work import Work
from app.framework.models import TAGGED_FACETS, Facet, ValueView
from app.framework.queries import Facets, list_values
from app.identity.rules import Permission
from app.library import actions, queries
from app.library.actions import drafts, transcripts
from app.library.actions.uploads import create_drafts
from app.library.models import AssetInput, AssetView
from app.web.deps import COUNTS_ITS_OWN_BYTES, WorkDep, require, write_work
from app.web.uploads import receive

router = APIRouter(prefix="/api/v1", tags=["assets"], dependencies=[BEARER], responses=PROBLEMS)

NO_FILE = "Send one file as the part `file` of a multipart form. Nothing was kept."
EXAMPLE: JsonDict = {"title": "Hosting and data location", "facets": {"stage": ["prove"], "stakeholder": ["security"]}}
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "note": {"type": "string", "maxLength": 500, "description": "What is new in this version"},
                    },
                }
            }
        },
    }
}
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
CREATED: dict[int | str, dict[str, Any]] = {201: TAGGED[200]}


class AssetChange(BaseModel):
    """What changes; what is left out stays. `facets` replaces the values of the facets it names, by key."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    title: str | None = Field(None, min_length=1, max_length=200)
    summary: str | None = Field(None, max_length=2000)
    kind: str | None = None
    audience: str | None = Field(None, description="The key of an audience")
    language: str | None = Field(None, min_length=2, max_length=12)
    tags: list[str] | None = Field(None, max_length=30)
    facets: dict[str, list[str]] | None = None
    owner_id: int | None = Field(None, ge=1, le=2**31 - 1)
    review_interval_days: int | None = Field(None, ge=1, le=3650)
    expires_on: date | None = Field(None, description="null takes the expiry date away")
    pdf_only_reason: str | None = Field(None, max_length=300)


class Transcript(BaseModel):
    """What is said: plain text, WebVTT or SRT, times at the start of lines are kept; blank takes it away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "[0:00] Trucks wait.\n[1:20] Two hours at the dock."}]})

    text: str = Field(max_length=MAX_CHARACTERS)


class Release(BaseModel):
    """Which version readers get; the newest without a number."""

    version: int | None = Field(None, ge=1, le=2**31 - 1)


@router.post(
    "/assets",
    status_code=201,
    dependencies=[require(Permission.UPLOAD)],
    max_body_size=COUNTS_ITS_OWN_BYTES,
    openapi_extra=UPLOAD,
    responses=CREATED,
)
async def create_asset(request: Request, response: Response) -> AssetDetailOut:
    """A new draft of one file. Answered when file and row are durable; its text is read afterwards (`reading`)."""
    received = await receive(request)
    if not received.files:
        raise Refused(NO_FILE)
    async with write_work(request) as work:
        outcome = (await run_in_threadpool(create_drafts, work, received.files))[0]
        if outcome.problem is not None:
            raise outcome.problem
        response.headers["Location"] = f"/api/v1/assets/{outcome.asset_id}"
        return await run_in_threadpool(_answer, work, response, outcome.asset_id)


@router.post(
    "/assets/{asset_id}/versions",
    status_code=201,
    dependencies=[require(Permission.UPLOAD)],
    max_body_size=COUNTS_ITS_OWN_BYTES,
    openapi_extra=UPLOAD,
    responses=CREATED,
)
async def upload_version(request: Request, response: Response, asset_id: AssetId, state: IfMatch = None) -> AssetDetailOut:
    """A newer version as a draft; readers keep what they have until it is released."""
    received = await receive(request)
    file = received.files[0] if received.files else None
    if file is None or file.file is None:
        raise (file.problem if file and file.problem else Refused(NO_FILE))
    data = file.file.model_copy(update={"note": received.fields.get("note", "").strip()[:500]})
    async with write_work(request) as work:

        def upload() -> AssetDetailOut:
            return _change(work, response, asset_id, state, lambda: actions.upload_version(work, asset_id, data))

        return await run_in_threadpool(upload)


@router.delete("/assets/{asset_id}/versions/{number}", dependencies=[require(Permission.UPLOAD)], responses=TAGGED)
def discard_draft(response: Response, work: WorkDep, asset_id: AssetId, number: VersionNumber, state: IfMatch = None) -> AssetDetailOut:
    """Take back a version that readers never got; the only one, and any they got, is kept (409)."""
    return _change(work, response, asset_id, state, lambda: drafts.discard_draft(work, asset_id, number))


@router.put("/assets/{asset_id}/versions/{number}/transcript", dependencies=[require(Permission.EDIT)], responses=TAGGED)
def write_transcript(
    response: Response, work: WorkDep, asset_id: AssetId, number: VersionNumber, said: Transcript, state: IfMatch = None
) -> AssetDetailOut:
    """The words of a video or recording; of a version readers get they are corrected at once, and the audit log says so."""
    return _change(work, response, asset_id, state, lambda: transcripts.write_transcript(work, asset_id, number, said.text))


@router.patch("/assets/{asset_id}", dependencies=[require(Permission.EDIT)], responses=TAGGED)
def edit_asset(response: Response, work: WorkDep, asset_id: AssetId, change: AssetChange, state: IfMatch = None) -> AssetDetailOut:
    """Change what is said of an asset."""
    revision = read_tag(state)
    data = _merged(change, queries.get_view(work, asset_id), list_values(work))
    actions.edit_asset(work, asset_id, data, revision)
    return _answer(work, response, asset_id)


@router.post("/assets/{asset_id}/release", dependencies=[require(Permission.RELEASE)], responses=TAGGED)
def release(
    response: Response, work: WorkDep, asset_id: AssetId, chosen: Annotated[Release | None, Body()] = None, state: IfMatch = None
) -> AssetDetailOut:
    """Readers get this version from now on."""
    number = chosen.version if chosen else None
    return _change(work, response, asset_id, state, lambda: actions.release(work, asset_id, number))


@router.post("/assets/{asset_id}/retire", dependencies=[require(Permission.RETIRE)], responses=TAGGED)
def retire(response: Response, work: WorkDep, asset_id: AssetId, state: IfMatch = None) -> AssetDetailOut:
    """Out of search and from readers; it can be restored."""
    return _change(work, response, asset_id, state, lambda: actions.retire(work, asset_id))


@router.post("/assets/{asset_id}/restore", dependencies=[require(Permission.RETIRE)], responses=TAGGED)
def restore(response: Response, work: WorkDep, asset_id: AssetId, state: IfMatch = None) -> AssetDetailOut:
    """Back to what it was before it was retired."""
    return _change(work, response, asset_id, state, lambda: actions.restore(work, asset_id))


@router.post("/assets/{asset_id}/confirm", dependencies=[require(Permission.CONFIRM)], responses=TAGGED)
def confirm(response: Response, work: WorkDep, asset_id: AssetId, state: IfMatch = None) -> AssetDetailOut:
    """Somebody looked, and it is still right."""
    actions.require_confirm(work, asset_id)
    return _change(work, response, asset_id, state, lambda: actions.confirm(work, asset_id))


def _change(work: Work, response: Response, asset_id: int, state: str | None, verb: Callable[[], object]) -> AssetDetailOut:
    revision = read_tag(state)
    actions.check_revision(queries.get_asset(work, asset_id), revision)
    verb()
    return _answer(work, response, asset_id)


def _answer(work: Work, response: Response, asset_id: int) -> AssetDetailOut:
    view = queries.get_view(work, asset_id)
    tagged(response, view.revision)
    return detail_out(view)


def _merged(change: AssetChange, view: AssetView, values: Facets) -> AssetInput:
    """The asset as it is, with what the change names."""
    card, named = view.card, change.model_fields_set
    found = find_values(_keys(change), values)
    carried = [value for value in card.facets if Facet(value.facet) not in found]
    chosen = [value for facet, some in found.items() if facet in TAGGED_FACETS for value in some]
    audience = found.get(Facet.AUDIENCE, [])
    return AssetInput(
        title=change.title or card.title,
        summary=card.summary if change.summary is None else change.summary,
        kind_id=_one(found.get(Facet.KIND, []), card.kind).id,
        audience=card.audience,
        audience_id=audience[0].id if audience else None,
        language=change.language or view.card.language,
        tags=list(card.tags) if change.tags is None else change.tags,
        facet_ids=[value.id for value in (*carried, *chosen)],
        owner_id=view.owner_id if change.owner_id is None else change.owner_id,
        review_interval_days=change.review_interval_days or view.review_interval_days or None,
        expires_on=change.expires_on if "expires_on" in named else view.expires_on,
        source=view.source,
        pdf_only_reason=view.pdf_only_reason if change.pdf_only_reason is None else change.pdf_only_reason,
    )


def _keys(change: AssetChange) -> dict[str, list[str]]:
    facets = dict(change.facets or {})
    if facets.keys() & {Facet.KIND, Facet.AUDIENCE, Facet.STEP}:
        raise Refused("Give `kind` and `audience` by themselves; a buyer step follows from the stages. Nothing was changed.")
    one = {Facet.KIND.value: change.kind, Facet.AUDIENCE.value: change.audience}
    return {**facets, **{name: [key] for name, key in one.items() if key is not None}}


def _one(found: list[ValueView], otherwise: ValueView) -> ValueView:
    return found[0] if found else otherwise
