"""Assets as JSON: the same rows, versions and files as the pages give, read. Changes are in changes.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from app.api.v1.envelope import BEARER, PROBLEMS, UNCHANGED, IfNoneMatch, read_cursor, tagged, write_cursor
from app.api.v1.shapes import AssetDetailOut, AssetOut, FacetOut, VersionOut, asset_out, detail_out, version_out
from app.core.errors import Refused
from app.framework.models import Facet, ValueView
from app.framework.queries import Facets, list_values
from app.identity.rules import Permission
from app.library import queries
from app.library.models import Status
from app.library.queries.catalogue import CatalogueFilter, Place, list_catalogue
from app.web.deps import ReadDep, require
from app.web.files import download_response
from app.web.notes import note_viewed

router = APIRouter(prefix="/api/v1", tags=["assets"], dependencies=[BEARER], responses=PROBLEMS)

AssetId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Number = Annotated[int | None, Query(alias="v", ge=1, le=2**31 - 1, description="An older version or a draft, for those who may see it")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the answer before")]
Limit = Annotated[int, Query(ge=1, le=100)]
NO_PLACE = "This cursor belongs to another list. Begin without one."
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}, "description": "The file's bytes"},
    206: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}, "description": "A range of them"},
}


class AssetsIn(BaseModel):
    """Which assets: facet values by key, repeated for more values of one facet; `status` likewise."""

    model_config = ConfigDict(extra="ignore")

    stage: list[str] = []
    stakeholder: list[str] = []
    solution: list[str] = []
    vertical: list[str] = []
    kind: list[str] = []
    segment: list[str] = []
    objective: list[str] = []
    competitor: list[str] = []
    audience: list[str] = []
    status: list[Status] = []
    changed_since: AwareDatetime | None = None
    cursor: Cursor = None
    limit: Limit = 25


class AssetListOut(BaseModel):
    """Some assets, last changed first; `next_cursor` is null when these were the last."""

    items: list[AssetOut]
    next_cursor: str | None


class VersionListOut(BaseModel):
    """The versions of an asset that the caller may see, newest first."""

    items: list[VersionOut]


class ValueOut(FacetOut):
    """A facet value with its words: the buyer step of a stage, the standing question of a stakeholder, the exit milestone."""

    icon: str
    buyer_words: str
    milestone: str


class FacetsOut(BaseModel):
    """Every value in use, by facet, in the order of the house."""

    facets: dict[str, list[ValueOut]]


@router.get("/facets", dependencies=[require(Permission.VIEW)], tags=["facets"])
def list_facets(work: ReadDep) -> FacetsOut:
    """Stages, stakeholders, solutions, verticals, kinds, buyer steps, segments, objectives, competitors, audiences."""
    values = list_values(work)
    return FacetsOut(facets={facet.value: [_value_out(value) for value in values.by_facet(facet)] for facet in Facet})


@router.get("/assets", dependencies=[require(Permission.VIEW)])
def list_assets(work: ReadDep, asked: Annotated[AssetsIn, Query()]) -> AssetListOut:
    """Assets the caller may see, last changed first, a page at a time."""
    chosen = CatalogueFilter(_values(asked, list_values(work)), frozenset(asked.status), asked.changed_since)
    found = list_catalogue(work, chosen, _place(asked.cursor), asked.limit)
    after = write_cursor([found.next.changed_at.isoformat(), found.next.asset_id]) if found.next else None
    return AssetListOut(items=[asset_out(card) for card in found.cards], next_cursor=after)


@router.get("/assets/{asset_id}", dependencies=[require(Permission.VIEW)], response_model=AssetDetailOut, responses=UNCHANGED)
def show_asset(
    request: Request, response: Response, work: ReadDep, asset_id: AssetId, v: Number = None, known: IfNoneMatch = None
) -> AssetDetailOut | Response:
    """One asset with the passages of the version the caller gets."""
    view = queries.get_view(work, asset_id, v)
    if tagged(response, view.revision, known) and v is None:
        return Response(status_code=304, headers=response.headers)
    note_viewed(request, work, asset_id, view.card.version.id)
    return detail_out(view)


@router.get("/assets/{asset_id}/versions", dependencies=[require(Permission.VIEW)])
def list_versions(work: ReadDep, asset_id: AssetId) -> VersionListOut:
    """The history of an asset; readers see the released version."""
    return VersionListOut(items=[version_out(version) for version in queries.get_view(work, asset_id).versions])


@router.get("/assets/{asset_id}/file", dependencies=[require(Permission.DOWNLOAD)], response_class=Response, responses=FILE)
async def download(request: Request, asset_id: AssetId, v: Number = None) -> Response:
    """The file of the version the caller gets, always as an attachment."""
    return await download_response(request, asset_id, v)


def find_values(keys: Mapping[str, list[str]], values: Facets) -> dict[Facet, list[ValueView]]:
    """The values of these keys, by facet. Refused for a facet or key that does not exist, named."""
    found: dict[Facet, list[ValueView]] = {}
    for name, chosen in keys.items():
        if name not in list(Facet):
            raise Refused(f"There is no facet “{name[:60]}”. GET /api/v1/facets lists them.")
        facet = Facet(name)
        matches = {key: values.find(facet, key) for key in chosen}
        unknown = [key for key, value in matches.items() if value is None]
        if unknown:
            raise Refused(f"There is no {name} “{unknown[0][:60]}”. GET /api/v1/facets lists them.")
        found[facet] = [value for value in matches.values() if value is not None]
    return found


def _values(asked: AssetsIn, values: Facets) -> tuple[list[ValueView], ...]:
    named = {name: keys for name, keys in asked.model_dump(include={facet.value for facet in Facet}).items() if keys}
    return tuple(find_values(named, values).values())


def _place(cursor: str | None) -> Place | None:
    place = read_cursor(cursor)
    if place is None:
        return None
    try:
        changed_at, asset_id = datetime.fromisoformat(place[0]), place[1]
    except (TypeError, ValueError, IndexError) as error:
        raise Refused(NO_PLACE) from error
    if changed_at.tzinfo is None or not isinstance(asset_id, int):
        raise Refused(NO_PLACE)
    return Place(changed_at, asset_id)


def _value_out(value: ValueView) -> ValueOut:
    return ValueOut(
        facet=value.facet, key=value.key, name=value.name, icon=value.icon, buyer_words=value.buyer_words, milestone=value.milestone
    )
