"""From rows to what pages and API show; called by queries.py."""

from collections.abc import Iterable, Mapping, Sequence

from app.framework.models import Facet, ValueView
from app.framework.queries import Facets
from app.library import rules
from app.library.models import Asset, AssetCard, Freshness, Version, VersionView


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
