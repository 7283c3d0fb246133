"""Reads the library, already filtered for whoever asks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache

import sqlalchemy
from sqlalchemy import ColumnElement, Executable, bindparam, false, true
from sqlalchemy.orm import defer
from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.queries import Facets, list_values
from app.identity.queries import list_names, name_of
from app.identity.rules import sees_unreleased, visible_audiences
from app.library import rules
from app.library._views import OF_ASSET, OF_VERSION, values_of, view_card, view_version
from app.library.models import (
    Asset,
    AssetCard,
    AssetFacet,
    AssetView,
    Audience,
    Passage,
    PassageView,
    Reading,
    Status,
    Version,
)
from app.library.queries.findings import list_stale_at_once, why_stale_at_once

# Statements of the busiest pages are made once: making one takes as long as running it.
FACETS_OF = select(AssetFacet.asset_id, AssetFacet.value_id).where(col(AssetFacet.asset_id).in_(bindparam("ids", expanding=True)))
NO_NOTES = col(Passage.is_notes).is_(False)
NOT_THERE = "There is no such item, or it is not for you. Search for it, or ask marketing."


@dataclass(frozen=True)
class Shown:
    """An asset and the version of it that this reader gets."""

    asset: Asset
    version: Version


def may_see(work: Work) -> ColumnElement[bool]:
    """The condition every listing of assets carries for this actor; the same object for whoever sees the same."""
    return _seen(visible_audiences(work.actor), all_states=sees_unreleased(work.actor))


@lru_cache
def _seen(names: frozenset[str], *, all_states: bool) -> ColumnElement[bool]:
    if all_states:
        return col(Asset.status) != Status.TRASHED
    audiences = [Audience(name) for name in sorted(names)]
    if not audiences:
        return false()
    return (col(Asset.status) == Status.RELEASED) & col(Asset.audience).in_(audiences)


def may_read(work: Work) -> ColumnElement[bool]:
    """The condition every reading of passages carries for this actor, beside that on their asset."""
    return true() if rules.NOTES_AUDIENCE in visible_audiences(work.actor) else NO_NOTES


def get_asset(work: Work, asset_id: int, *, with_trashed: bool = False) -> Asset:
    """The asset, if this actor may know of it; otherwise NotFound, the same as if it had never existed.

    What is in the trash is shown by its address only, to those who see drafts.
    """
    visible = true() if with_trashed and sees_unreleased(work.actor) else may_see(work)
    asset = work.session.exec(select(Asset).where(col(Asset.id) == asset_id, visible)).first()
    if asset is None:
        raise NotFound(NOT_THERE)
    return asset


def list_versions(work: Work, asset_id: int) -> list[Version]:
    """All versions of one asset, newest first; not filtered, so only for use behind `get_asset`."""
    return list_versions_of(work, [asset_id])[asset_id]


def list_versions_of(work: Work, asset_ids: Sequence[int]) -> dict[int, list[Version]]:
    """All versions of several assets, newest first, by asset; not filtered."""
    found: dict[int, list[Version]] = {asset_id: [] for asset_id in asset_ids}
    query = select(Version).where(col(Version.asset_id).in_(asset_ids)).order_by(col(Version.number).desc())
    light = query.options(defer(Version.fingerprint))  # type: ignore[arg-type]  # a mapped class's attribute, typed as its value
    for version in work.session.exec(light).all():
        found[version.asset_id].append(version)
    return found


def get_shown(work: Work, asset_id: int, number: int | None = None) -> Shown:
    """The version that goes out to this actor, on whatever exit; NotFound when there is none."""
    asset = get_asset(work, asset_id)
    version = rules.shown_version(asset, list_versions(work, asset_id), number, sees_unreleased=sees_unreleased(work.actor))
    if version is None:
        raise NotFound(NOT_THERE)
    return Shown(asset, version)


def get_newest(work: Work, asset: Asset) -> Version:
    """The newest draft of an asset this actor may know of; without one what readers get."""
    version = rules.newest_version(asset, list_versions(work, asset.id or 0))
    if version is None:
        raise NotFound(NOT_THERE)
    return version


def get_version(work: Work, version_id: int) -> Version:
    """A version by id, for jobs; not filtered."""
    version = find_version(work, version_id)
    if version is None:
        raise NotFound(NOT_THERE)
    return version


def find_version(work: Work, version_id: int) -> Version | None:
    """The same, None when it was discarded meanwhile."""
    return work.session.get(Version, version_id)


def find_duplicates(work: Work, hashes: Collection[str]) -> list[tuple[Asset, Version]]:
    """Assets this actor may see that hold exactly these bytes, oldest first."""
    found = select(Asset, Version).where(col(Version.asset_id) == col(Asset.id), col(Version.blob_sha256).in_(hashes), may_see(work))
    return [(asset, version) for asset, version in work.session.exec(found.order_by(col(Version.id))).all()]


def find_twin_candidates(work: Work, version: Version) -> list[tuple[Asset, Version]]:
    """Released versions of other assets under the same file name in another format; not filtered."""
    released = select(Asset, Version).where(col(Version.id) == col(Asset.released_version_id), col(Asset.status) == Status.RELEASED)
    alike = released.where(col(Version.stem) == version.stem, col(Version.format) != version.format)
    found = alike.where(col(Asset.id) != version.asset_id, col(Version.reading) == Reading.DONE).order_by(col(Asset.id))
    return [(asset, other) for asset, other in work.session.exec(found).all()]


def list_passages(work: Work, version_id: int) -> list[Passage]:
    """The passages of a version in reading order; filtered as `list_passages_of`."""
    return list_passages_of(work, [version_id])[version_id]


def find_passage(work: Work, version_id: int, anchor: str) -> Passage | None:
    """The passage of a version under this anchor; filtered as `list_passages_of`."""
    named = (col(Passage.version_id) == version_id) & (col(Passage.anchor) == anchor)
    return work.session.exec(select(Passage).where(named, may_read(work))).first()


def list_passages_of(work: Work, version_ids: Sequence[int], first: int | None = None) -> dict[int, list[Passage]]:
    """The passages (or only so many first ones) of several versions in reading order, by version.

    Speaker notes are left out for whom they are not meant; whether the actor may see the asset is not asked.
    """
    found: dict[int, list[Passage]] = {version_id: [] for version_id in version_ids}
    query = select(Passage).where(col(Passage.version_id).in_(version_ids), may_read(work)).order_by(col(Passage.position))
    for passage in work.session.exec(query if first is None else query.where(col(Passage.position) < first)).all():
        found[passage.version_id].append(passage)
    return found


def list_asset_ids(work: Work) -> list[int]:
    """Every asset there is, for rebuilding the index and for checks; not filtered."""
    return [asset_id for asset_id in work.session.exec(select(Asset.id).order_by(col(Asset.id))).all() if asset_id is not None]


def list_facet_rows(work: Work, asset_id: int) -> list[AssetFacet]:
    """The facet rows of one asset, for replacing them."""
    return list(work.session.exec(select(AssetFacet).where(col(AssetFacet.asset_id) == asset_id)).all())


def list_facet_ids(work: Work, asset_ids: Iterable[int]) -> dict[int, list[int]]:
    """The facet values of these assets, by asset."""
    facets: dict[int, list[int]] = defaultdict(list)
    for asset_id, value_id in work.session.exec(FACETS_OF, params={"ids": list(asset_ids)}).all():
        facets[asset_id].append(value_id)
    return facets


def list_assets_by_id(work: Work, asset_ids: Sequence[int]) -> list[Asset]:
    """Those of these assets that the actor may see."""
    return list(work.session.exec(select(Asset).where(col(Asset.id).in_(asset_ids), may_see(work))).all())


def list_passages_by_id(work: Work, passage_ids: Iterable[int]) -> dict[tuple[int, int], PassageView]:
    """Passages by the ids of their version and their own, filtered as `list_passages_of`, so only for assets already filtered."""
    rows = work.session.execute(_passages_read(may_read(work)), {"ids": list(passage_ids)}).all()
    return {(version_id, view[0]): PassageView(*view) for version_id, *view in rows}


def list_cards(work: Work, asset_ids: Sequence[int], facets: Facets) -> dict[int, AssetCard]:
    """Cards of those of these assets that the actor may see and that have a version for them; two statements for what is released, five
    more when there are drafts among them."""
    if not asset_ids:
        return {}
    rows = work.session.execute(_released_cards(may_see(work)), {"ids": asset_ids}).all()
    chosen = list_facet_ids(work, [_id(asset) for asset, *_ in rows])
    cards = {}
    for asset, version, stale, owner in rows:
        fresh = rules.freshness(rules.care_of(asset, stale), work.today)
        names = {asset.owner_id: owner} if owner is not None else {}
        cards[_id(asset)] = view_card(asset, version, values_of(asset, chosen[_id(asset)], facets), names, fresh)
    others = [asset_id for asset_id in asset_ids if asset_id not in cards] if sees_unreleased(work.actor) else []
    return cards | view_cards(work, list_assets_by_id(work, others), facets) if others else cards


def list_twins(work: Work, asset_id: int) -> list[AssetCard]:
    """Released assets with the same text in another format that the actor may see."""
    key = select(Asset.twin_key).where(col(Asset.id) == asset_id, col(Asset.twin_key) != "").scalar_subquery()
    same = (col(Asset.twin_key) == key) & (col(Asset.id) != asset_id) & (col(Asset.status) == Status.RELEASED)
    assets = work.session.exec(select(Asset).where(same, may_see(work)).order_by(col(Asset.id))).all()
    return list(view_cards(work, assets, list_values(work)).values())


def list_drafts(work: Work, page: PageRequest, ids: Collection[int] | None = None) -> Page[AssetView]:
    """Assets not released yet (or those of these ids), newest first, each with its first two passages; for the upload page."""
    where = (col(Asset.status) == Status.DRAFT) & may_see(work) & (true() if ids is None else col(Asset.id).in_(ids))
    total = select(func.count(col(Asset.id))).where(where).correlate(None).scalar_subquery()
    chosen = select(Asset, total).where(where).order_by(col(Asset.id).desc()).offset(page.offset).limit(page.size)
    rows = work.session.exec(chosen).all()
    views = _views(work, [asset for asset, _ in rows], None, first_passages=2)
    return Page(tuple(views), rows[0][1] if rows else 0, page.number, page.size)


def find_by_words(work: Work, words: Sequence[str], facets: Sequence[Collection[int]], *, with_expired: bool) -> list[tuple[int, int]]:
    """Released assets that hold every word or phrase, last changed first, each with its first such passage (0 for none), at most 500.

    `facets` are sets of facet values; an asset must carry one of each set.
    """
    joined = select(col(Asset.id), func.coalesce(col(Passage.id), 0)).outerjoin(
        Passage, (col(Passage.version_id) == col(Asset.released_version_id)) & may_read(work)
    )
    query = joined.where(may_see(work), col(Asset.status) == Status.RELEASED)
    for word in words:
        holds = col(Passage.text).icontains(word, autoescape=True) | col(Asset.title).icontains(word, autoescape=True)
        query = query.where(holds)
    for values in facets:
        carriers = select(AssetFacet.asset_id).where(col(AssetFacet.value_id).in_(values))
        query = query.where(col(Asset.id).in_(carriers) | col(Asset.kind_id).in_(values))
    if not with_expired:
        query = query.where(~_expired(work) | col(Asset.expires_on).is_(None))
    best: dict[int, int] = {}
    for asset_id, passage_id in work.session.exec(query.order_by(col(Asset.changed_at).desc(), col(Passage.position)).limit(500)).all():
        best.setdefault(asset_id or 0, passage_id)
    return list(best.items())


def list_trashed(work: Work, before: datetime) -> list[Asset]:
    """What was put into the trash before this time; not filtered."""
    return list(work.session.exec(select(Asset).where(col(Asset.status) == Status.TRASHED, col(Asset.changed_at) < before)).all())


def list_titles(work: Work) -> list[tuple[int, str]]:
    """Ids and titles of released items the actor may see, by title."""
    query = select(col(Asset.id), col(Asset.title)).where(col(Asset.status) == Status.RELEASED, may_see(work))
    return [(asset_id or 0, title) for asset_id, title in work.session.exec(query.order_by(col(Asset.title))).all()]


def get_view(work: Work, asset_id: int, number: int | None = None, *, with_trashed: bool = False) -> AssetView:
    """An asset page for this actor: the version shown with its passages, and the versions they may see."""
    views = _views(work, [get_asset(work, asset_id, with_trashed=with_trashed)], number)
    if not views:
        raise NotFound(NOT_THERE)
    return views[0]


def get_draft(work: Work, asset_id: int) -> AssetView:
    """One asset of the upload page; NotFound when it is no draft."""
    view = get_view(work, asset_id)
    if view.card.status != Status.DRAFT:
        raise NotFound("This file is not on the list any more. It was released, or moved to the trash.")
    return view


def list_blob_hashes(work: Work) -> set[str]:
    """Hashes some version refers to."""
    return set(work.session.exec(select(Version.blob_sha256)).all())


def list_dangling(work: Work) -> list[int]:
    """Assets whose released version is none of theirs; no foreign key forbids it."""
    own = select(Version.id).where(col(Version.id) == col(Asset.released_version_id), col(Version.asset_id) == col(Asset.id)).exists()
    return [_id(row) for row in work.session.exec(select(Asset).where(col(Asset.released_version_id).is_not(None), ~own)).all()]


def is_referred(work: Work, sha256: str) -> bool:
    """Whether some version has this file."""
    return work.session.exec(select(Version.id).where(col(Version.blob_sha256) == sha256).limit(1)).first() is not None


def list_unread(work: Work) -> list[tuple[int, int]]:
    """(asset, version) ids whose text still waits to be read."""
    rows = work.session.exec(select(Version).where(col(Version.reading) == Reading.WAITING)).all()
    return [(row.asset_id, _id(row)) for row in rows]


def view_passage(passage: Passage) -> PassageView:
    """A passage as pages show it."""
    return PassageView(passage.id or 0, passage.anchor, passage.label, passage.heading, passage.text, passage.html, passage.is_notes)


@lru_cache
def _released_cards(seen: ColumnElement[bool]) -> Executable:
    released = col(Version.id) == col(Asset.released_version_id)
    shown = sqlalchemy.select(OF_ASSET, OF_VERSION, why_stale_at_once(), name_of(col(Asset.owner_id))).join(Version, released)
    return shown.where(col(Asset.id).in_(bindparam("ids", expanding=True)), seen)


@lru_cache
def _passages_read(readable: ColumnElement[bool]) -> Executable:
    shown = (col(getattr(Passage, field.name)) for field in fields(PassageView))
    return sqlalchemy.select(col(Passage.version_id), *shown).where(col(Passage.id).in_(bindparam("ids", expanding=True)), readable)


def _expired(work: Work) -> ColumnElement[bool]:
    return col(Asset.expires_on) < work.today


def _count(work: Work, where: ColumnElement[bool]) -> int:
    return work.session.exec(select(func.count()).select_from(Asset).where(where)).one()


def view_cards(work: Work, assets: Sequence[Asset], facets: Facets) -> dict[int, AssetCard]:
    """Cards of these assets, which the actor may see, in their order; without those that have no version for them."""
    if not assets:
        return {}
    ids = [_id(asset) for asset in assets]
    versions, chosen, stale = list_versions_of(work, ids), list_facet_ids(work, ids), list_stale_at_once(work, ids)
    names = _names(work, [asset.owner_id for asset in assets])
    cards = {}
    for asset in assets:
        asset_id = _id(asset)
        shown = rules.shown_version(asset, versions[asset_id], None, sees_unreleased=sees_unreleased(work.actor))
        if shown is not None:
            fresh = rules.freshness(rules.care_of(asset, stale.get(asset_id)), work.today)
            cards[asset_id] = view_card(asset, shown, values_of(asset, chosen[asset_id], facets), names, fresh)
    return cards


def _views(work: Work, assets: Sequence[Asset], number: int | None, first_passages: int | None = None) -> list[AssetView]:
    """Views of these assets in the version shown; assets without one for this actor are left out."""
    ids = [_id(asset) for asset in assets]
    sees_all, history, chosen = sees_unreleased(work.actor), list_versions_of(work, ids), list_facet_ids(work, ids)
    shown = {
        _id(asset): version
        for asset in assets
        if (version := rules.shown_version(asset, history[_id(asset)], number, sees_unreleased=sees_all)) is not None
    }
    passages = list_passages_of(work, [_id(version) for version in shown.values()], first_passages)
    authors = [version.created_by for versions in history.values() for version in versions]
    people = [person for asset in assets for person in (asset.owner_id, asset.confirmed_by)]
    out = [_id(asset) for asset in assets if asset.status != Status.DRAFT]  # a draft has no freshness yet
    names, values, stale = _names(work, [*authors, *people]), list_values(work), list_stale_at_once(work, out)
    fresh = {_id(asset): rules.freshness(rules.care_of(asset, stale.get(_id(asset))), work.today) for asset in assets}
    return [
        AssetView(
            card=view_card(asset, version, values_of(asset, chosen[_id(asset)], values), names, fresh[_id(asset)]),
            passages=tuple(map(view_passage, passages[_id(version)])),
            versions=tuple(view_version(one, asset, names) for one in (history[_id(asset)] if sees_all else [version])),
            owner_id=asset.owner_id,
            review_interval_days=asset.review_interval_days,
            confirmed_on=asset.confirmed_on,
            confirmed_by=names.get(asset.confirmed_by or 0, ""),
            review_on=asset.review_on,
            expires_on=asset.expires_on,
            pdf_only_reason=asset.pdf_only_reason,
            revision=asset.revision,
            is_separate=asset.is_separate,
            source=asset.source,
            source_folder=asset.source_folder,
        )
        for asset in assets
        if (version := shown.get(_id(asset))) is not None
    ]


def _names(work: Work, user_ids: Iterable[int | None]) -> dict[int, str]:
    return list_names(work, {user_id for user_id in user_ids if user_id is not None})


def _id(row: Asset | Version | Passage) -> int:
    if row.id is None:
        raise AssertionError("a stored row has an id")
    return row.id
