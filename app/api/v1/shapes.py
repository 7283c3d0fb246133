"""What assets, versions, passages and facet values look like as JSON; used by the other files of this folder."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from app.framework.models import ValueView
from app.library.models import AssetCard, AssetView, Audience, PassageView, Status, VersionView
from app.library.rules import headings

EXAMPLE_FACET: JsonDict = {"facet": "stage", "key": "discover", "name": "Discover"}
EXAMPLE_VERSION: JsonDict = {
    "number": 4,
    "file_name": "dock-scheduler-integration-guide.pptx",
    "format": "pptx",
    "media_type": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "size": 412_301,
    "sha256": "9f2c" * 16,
    "note": "Read-only on day one is said first.",
    "created_at": "2026-11-03T09:12:00Z",
    "released": True,
    "reading": "done",
    "reading_message": "",
}
EXAMPLE_ASSET: JsonDict = {
    "id": 12,
    "title": "Dock Scheduler integration guide",
    "summary": "How Dock Scheduler talks to a warehouse system.",
    "kind": {"facet": "kind", "key": "presentation", "name": "Presentation"},
    "facets": [EXAMPLE_FACET, {"facet": "stakeholder", "key": "technical", "name": "Technical evaluator"}],
    "audience": "customer",
    "status": "released",
    "tags": ["integration"],
    "owner": "Solution consulting lead",
    "freshness": "ok",
    "freshness_words": "Fresh until 2 May",
    "version": EXAMPLE_VERSION,
    "file": "/api/v1/assets/12/file",
}
EXAMPLE_PASSAGE: JsonDict = {
    "anchor": "slide-9",
    "label": "Slide 9",
    "heading": "Read-only on day one",
    "headings": ["Read-only on day one"],
    "text": "Dock Scheduler reads orders and writes nothing back on day one.",
    "html": "<p>Dock Scheduler reads orders and writes nothing back on day one.</p>",
    "notes": False,
}


class FacetOut(BaseModel):
    """A value of a facet; its key stays when it is renamed."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_FACET]})

    facet: str
    key: str
    name: str


class VersionOut(BaseModel):
    """One immutable state of an asset; `size` in bytes; `reading` is waiting, done or no_text."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_VERSION]})

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
    """The smallest part that answers; `headings` are those it stands under, outermost first, and `heading` the same as one line; `html` is
    sanitised."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PASSAGE]})

    anchor: str
    label: str
    heading: str
    headings: list[str]
    text: str
    html: str
    notes: bool


class AssetOut(BaseModel):
    """An asset in the version its reader gets; `freshness` is ok, due, stale, expired or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ASSET]})

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
    """The same with its dates, passages and versions; `revision` is what the ETag says."""

    language: str
    review_on: date | None
    expires_on: date | None
    review_interval_days: int
    pdf_only_reason: str
    revision: int
    passages: list[PassageOut]
    versions: list[VersionOut]


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
        version=version_out(card.version),
        file=f"/api/v1/assets/{card.id}/file",
    )


def detail_out(view: AssetView) -> AssetDetailOut:
    """An asset page as JSON."""
    return AssetDetailOut(
        **asset_out(view.card).model_dump(),
        language=view.card.language,
        review_on=view.review_on,
        expires_on=view.expires_on,
        review_interval_days=view.review_interval_days,
        pdf_only_reason=view.pdf_only_reason,
        revision=view.revision,
        passages=[passage_out(passage) for passage in view.passages],
        versions=[version_out(version) for version in view.versions],
    )


def facet_out(value: ValueView) -> FacetOut:
    """A facet value as JSON."""
    return FacetOut(facet=value.facet, key=value.key, name=value.name)


def passage_out(passage: PassageView) -> PassageOut:
    """A passage as JSON."""
    return PassageOut(
        anchor=passage.anchor,
        label=passage.label,
        heading=passage.heading,
        headings=list(headings(passage.heading)),
        text=passage.text,
        html=passage.html,
        notes=passage.is_notes,
    )


def version_out(version: VersionView) -> VersionOut:
    """A version as JSON."""
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
