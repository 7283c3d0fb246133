"""From rows to what pages and API show; called by queries.py."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Bundle
from sqlmodel import col

from app.framework.models import Facet, ValueView
from app.framework.queries import Facets
from app.library import rules
from app.library.models import Asset, AssetCard, Freshness, Version, VersionView

# What a card tells of its item and version: their whole rows take twice the time.
OF_ASSET: Bundle[Any] = Bundle(
    "asset",
    col(Asset.id),
    col(Asset.title),
    col(Asset.summary),
    col(Asset.kind_id),
    col(Asset.audience),
    col(Asset.language),
    col(Asset.tags),
    col(Asset.owner_id),
    col(Asset.review_interval_days),
    col(Asset.review_on),
    col(Asset.expires_on),
    col(Asset.status),
    col(Asset.released_version_id),
)
OF_VERSION: Bundle[Any] = Bundle(
    "version",
    col(Version.id),
    col(Version.number),
    col(Version.blob_sha256),
    col(Version.size),
    col(Version.file_name),
    col(Version.format),
    col(Version.media_type),
    col(Version.note),
    col(Version.created_by),
    col(Version.created_at),
    col(Version.released_at),
    col(Version.reading),
    col(Version.reading_message),
    col(Version.unit_count),
    col(Version.unit_word),
)


def values_of(asset: Asset, chosen: Iterable[int], facets: Facets) -> tuple[ValueView, ...]:
    """Kind and facets of an asset, and its audience value when that is not the first of its level."""
    usual = facets.default_audience(asset.audience)
    return tuple(value for value in facets.pick([asset.kind_id, *chosen]) if value != usual)


def view_card(asset: Asset, version: Version, values: Sequence[ValueView], names: Mapping[int, str], fresh: Freshness) -> AssetCard:
    """An asset in this version; `values` are those of `values_of`, `names` the names of people by id."""
    return AssetCard(
        id=asset.id or 0,
        title=asset.title,
        summary=asset.summary,
        kind=next(value for value in values if value.id == asset.kind_id),
        facets=tuple(value for value in values if value.facet not in (Facet.KIND, Facet.AUDIENCE)),
        audience=asset.audience,
        status=asset.status,
        tags=tuple(asset.tags),
        owner=names.get(asset.owner_id or 0, ""),
        freshness=fresh,
        version=view_version(version, asset, names),
        language=asset.language,
        audience_value=next((value for value in values if value.facet == Facet.AUDIENCE), None),
    )


def view_version(version: Version, asset: Asset, names: Mapping[int, str]) -> VersionView:
    """A version as pages show it."""
    form = rules.FORMATS[version.format]
    return VersionView(
        id=version.id or 0,
        number=version.number,
        file_name=version.file_name,
        format=version.format,
        format_label=form.key.upper(),
        family=form.family,
        media_type=version.media_type,
        size=version.size,
        sha256=version.blob_sha256,
        note=version.note,
        author=names.get(version.created_by or 0, ""),
        created_at=version.created_at,
        is_released=version.id == asset.released_version_id,
        reading=version.reading,
        reading_message=version.reading_message,
        unit_count=version.unit_count,
        unit_word=version.unit_word,
        is_draft=rules.is_draft(asset, version),
    )
