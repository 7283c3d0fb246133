"""What goes out where an item is named together with the version it is kept at; called by kits, and by whatever hands things on."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy
from sqlmodel import col, or_, select, tuple_

from app.core.work import Work
from app.framework.queries import list_values
from app.identity.queries import list_names
from app.identity.rules import sees_unreleased, visible_audiences
from app.library import rules
from app.library._views import values_of, view_card
from app.library.models import Asset, AssetCard, Passage, Status, Version
from app.library.queries import list_facet_ids, list_versions_of, may_read, may_see
from app.library.queries.findings import list_stale_at_once

Kept = tuple[int, int | None]  # ids of an asset and of the version it is kept at, None when it follows


@dataclass(frozen=True)
class Given:
    """An item for this reader; without a card there is nothing for them.

    `title` is told although there is no card when readers had it once: it was retired, and `owner` is who to ask. `numbers` are its
    versions by id, `latest` the version readers get elsewhere, None for none.
    """

    card: AssetCard | None
    title: str
    owner: str
    is_retired: bool
    numbers: dict[int, int]
    latest: Version | None


def list_given(work: Work, wanted: Collection[Kept]) -> dict[Kept, Given]:
    """What these items are for this actor; those of whose existence they must not learn are left out. Five statements however many."""
    ids = sorted({asset_id for asset_id, _ in wanted})
    if not ids:
        return {}
    rows = work.session.execute(sqlalchemy.select(Asset, may_see(work)).where(col(Asset.id).in_(ids))).all()
    known = {asset.id or 0: (asset, bool(visible)) for asset, visible in rows}
    told = [asset_id for asset_id, (asset, visible) in known.items() if visible or _was_theirs(work, asset)]
    versions, facets, stale = list_versions_of(work, told), list_facet_ids(work, told), list_stale_at_once(work, told)
    names, values = list_names(work, {known[key][0].owner_id or 0 for key in told}), list_values(work)
    found: dict[Kept, Given] = {}
    for asset_id, kept_id in wanted:
        if asset_id not in told:
            continue
        asset, visible = known[asset_id]
        latest = rules.shown_version(asset, versions[asset_id], None, sees_unreleased=sees_unreleased(work.actor))
        shown = rules.kept_version(asset, versions[asset_id], kept_id, sees_unreleased=sees_unreleased(work.actor))
        fresh = rules.freshness(rules.care_of(asset, stale.get(asset_id)), work.today)
        card = view_card(asset, shown, values_of(asset, facets[asset_id], values), names, fresh) if visible and shown else None
        numbers = {version.id or 0: version.number for version in versions[asset_id]}
        owner = names.get(asset.owner_id or 0, "")
        found[asset_id, kept_id] = Given(card, asset.title, owner, asset.status == Status.RETIRED, numbers, latest)
    return found


def list_named_passages(work: Work, named: Collection[tuple[int, str]], whole: Collection[int]) -> dict[int, list[Passage]]:
    """The passages (version id, anchor) that are named, and all of the versions in `whole`, by version in reading order,
    without speaker notes for whom they are not meant; whether the actor may see the assets is not asked."""
    found: dict[int, list[Passage]] = {version_id: [] for version_id in (*whole, *(version_id for version_id, _ in named))}
    if not found:
        return {}
    exact = tuple_(col(Passage.version_id), col(Passage.anchor)).in_(sorted(named))
    query = select(Passage).where(or_(exact, col(Passage.version_id).in_(sorted(whole))), may_read(work)).order_by(col(Passage.position))
    for passage in work.session.exec(query).all():
        found[passage.version_id].append(passage)
    return found


def _was_theirs(work: Work, asset: Asset) -> bool:
    """Whether readers like this one had it before it was retired."""
    had = asset.status == Status.RETIRED and asset.released_version_id is not None
    return had and asset.audience.value in visible_audiences(work.actor)
