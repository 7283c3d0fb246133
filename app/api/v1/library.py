"""Assets as JSON: the same rows, versions and files as the pages give."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from app.core.paging import PageRequest
from app.framework.models import ValueView
from app.identity.rules import Permission
from app.library import queries
from app.library.models import AssetCard, AssetView, Audience, PassageView, Status, VersionView
from app.web.deps import ReadDep, require
from app.web.files import download_response

router = APIRouter(prefix="/api/v1", tags=["assets"])


class FacetOut(BaseModel):
    """A stage, stakeholder, solution, vertical or kind."""

    facet: str
    key: str
    name: str


class VersionOut(BaseModel):
    """One immutable state of an asset; `size` in bytes."""

    number: int
    file_name: str
    format: str
    media_type: str
    size: int
    sha256: str
    note: str
    created_at: datetime
    released: bool
    reading: str
    reading_message: str


class PassageOut(BaseModel):
    """The smallest part that answers; `html` is sanitised."""

    anchor: str
    label: str
    heading: str
    text: str
    html: str
    notes: bool


class AssetOut(BaseModel):
    """An asset in the version its reader gets; `freshness` is ok, due, stale, expired or none."""

    id: int
    title: str
    summary: str
    kind: FacetOut
    facets: list[FacetOut]
    audience: Audience
    status: Status
    tags: list[str]
    owner: str
    freshness: str
    freshness_words: str
    version: VersionOut
    file: str


class AssetDetailOut(AssetOut):
    """The same with its dates, passages and versions."""

    language: str
    review_on: date | None
    expires_on: date | None
    revision: int
    passages: list[PassageOut]
    versions: list[VersionOut]


class AssetListOut(BaseModel):
    """One page of assets, last changed first."""

    items: list[AssetOut]
    total: int
    page: int
    pages: int


@router.get("/assets", dependencies=[require(Permission.VIEW)])
def list_assets(
    work: ReadDep, page: Annotated[int, Query(ge=1, le=10_000)] = 1, size: Annotated[int, Query(ge=1, le=100)] = 25
) -> AssetListOut:
    """Assets the caller may see, last changed first."""
    found = queries.list_assets(work, PageRequest(page, size))
    return AssetListOut(items=[asset_out(card) for card in found.items], total=found.total, page=found.number, pages=found.pages)


@router.get("/assets/{asset_id}", dependencies=[require(Permission.VIEW)])
def show_asset(work: ReadDep, asset_id: int, v: int | None = None) -> AssetDetailOut:
    """One asset with the passages of the version the caller gets."""
    return _detail_out(queries.get_view(work, asset_id, v))


@router.get("/assets/{asset_id}/file", dependencies=[require(Permission.DOWNLOAD)])
async def download(request: Request, asset_id: int, v: int | None = None) -> Response:
    """The file of the version the caller gets, always as an attachment."""
    return await download_response(request, asset_id, v)


def asset_out(card: AssetCard) -> AssetOut:
    """A card as JSON."""
    return AssetOut(
        id=card.id,
        title=card.title,
        summary=card.summary,
        kind=facet_out(card.kind),
        facets=[facet_out(value) for value in card.facets],
        audience=card.audience,
        status=card.status,
        tags=list(card.tags),
        owner=card.owner,
        freshness=card.freshness.state,
        freshness_words=card.freshness.words,
        version=_version_out(card.version),
        file=f"/api/v1/assets/{card.id}/file",
    )


def facet_out(value: ValueView) -> FacetOut:
    """A facet value as JSON."""
    return FacetOut(facet=value.facet, key=value.key, name=value.name)


def passage_out(passage: PassageView) -> PassageOut:
    """A passage as JSON."""
    return PassageOut(
        anchor=passage.anchor, label=passage.label, heading=passage.heading, text=passage.text, html=passage.html, notes=passage.is_notes
    )


def _detail_out(view: AssetView) -> AssetDetailOut:
    return AssetDetailOut(
        **asset_out(view.card).model_dump(),
        language=view.language,
        review_on=view.review_on,
        expires_on=view.expires_on,
        revision=view.revision,
        passages=[passage_out(passage) for passage in view.passages],
        versions=[_version_out(version) for version in view.versions],
    )


def _version_out(version: VersionView) -> VersionOut:
    return VersionOut(
        number=version.number,
        file_name=version.file_name,
        format=version.format,
        media_type=version.media_type,
        size=version.size,
        sha256=version.sha256,
        note=version.note,
        created_at=version.created_at,
        released=version.is_released,
        reading=version.reading,
        reading_message=version.reading_message,
    )
