"""Changes to the library: one function a verb; each checks permission, changes rows, keeps the audit log, records an event."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from app.core import holds
from app.core.errors import Conflict, NotFound, NotPermitted, PreconditionMissing, Refused, Stale
from app.core.office.fingerprint import similarity
from app.core.office.parse import ParsedFile, ParsedPassage
from app.core.richtext import sanitise
from app.core.work import Work
from app.framework.models import TAGGED_FACETS, Facet, ValueView
from app.framework.queries import Facets, list_values
from app.identity.actions import audit
from app.identity.queries import list_names
from app.identity.rules import Permission, may, require
from app.library import queries, rules
from app.library.actions.findings import settle_findings
from app.library.actions.quota import check_room
from app.library.events import AssetChanged, VersionRead, VersionUploaded
from app.library.models import Asset, AssetFacet, AssetInput, Audience, FileInput, Passage, Reading, Status, Version
from app.library.queries.ownership import list_owned_ids
from app.library.queries.templates import find_scan
from app.library.rules.templates import release_fault

KEEP_TRASH = timedelta(days=30)


def create_asset(work: Work, data: AssetInput, file: FileInput) -> Asset:
    """A new draft with its first version; the text is read afterwards."""
    require(work.actor, Permission.UPLOAD)
    data = _check_choices(work, data, ())
    _check_expiry(work, data.expires_on, None)
    asset = Asset(
        **data.model_dump(exclude={"facet_ids", "tags", "audience_id", "review_interval_days"}),
        review_interval_days=data.review_interval_days or 0,
        tags=_clean_tags(data.tags),
        created_at=work.now,
        changed_at=work.now,
    )
    work.session.add(asset)
    work.session.flush()
    _set_facets(work, asset, data.facet_ids)
    _add_version(work, asset, file)
    audit(work, "create", "asset", asset.id, title=asset.title)
    return asset


class SameBytes(Conflict):
    """A file sent as a new version is one of the versions there are."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.number = number


def upload_version(work: Work, asset_id: int, file: FileInput) -> Version:
    """A newer version as a draft beside the released one; readers keep what they have until it is released.

    SameBytes when a version holds exactly this file: going back to it is what was meant, not the same once more.
    """
    require(work.actor, Permission.UPLOAD)
    asset = queries.get_asset(work, asset_id)
    _check_new(work, asset, file)
    return _upload_version(work, asset, file)


def add_past_version(work: Work, asset_id: int, file: FileInput) -> Version:
    """An earlier state that comes late: kept as history, never offered as something newer than what readers get."""
    version = upload_version(work, asset_id, file)
    version.released_at = queries.get_asset(work, asset_id).created_at
    return version


def _check_new(work: Work, asset: Asset, file: FileInput) -> None:
    known = next((one for one in queries.list_versions(work, asset.id or 0) if one.blob_sha256 == file.sha256), None)
    if known is not None:
        raise SameBytes(rules.same_bytes(known.number, is_released=known.id == asset.released_version_id), known.number)


def _upload_version(work: Work, asset: Asset, file: FileInput) -> Version:
    version = _add_version(work, asset, file)
    touch(work, asset)
    audit(work, "upload_version", "asset", asset.id, number=version.number)
    return version


def edit_asset(work: Work, asset_id: int, data: AssetInput, revision: int | None) -> Asset:
    """Change what marketing says of an asset; Stale when somebody changed it since `revision` was read.

    What is released keeps what a release needs. A review date somebody chose stays unless the interval changes.
    """
    require(work.actor, Permission.EDIT)
    asset = queries.get_asset(work, asset_id)
    check_revision(asset, revision)
    carried = queries.list_facet_ids(work, [asset_id])[asset_id]
    data = _check_choices(work, data, carried)
    _check_expiry(work, data.expires_on, asset.expires_on)
    _check_still_complete(work, asset, carried, data)
    interval = data.review_interval_days or asset.review_interval_days
    if asset.confirmed_on is not None and interval != asset.review_interval_days:
        asset.review_on = rules.next_review(asset.confirmed_on, interval)
    for name, value in data.model_dump(exclude={"facet_ids", "tags", "audience_id", "review_interval_days"}).items():
        setattr(asset, name, value)
    asset.tags, asset.review_interval_days = _clean_tags(data.tags), interval
    _set_facets(work, asset, data.facet_ids)
    settle_findings(work, asset)
    touch(work, asset)
    audit(work, "edit", "asset", asset.id)
    return asset


def release(work: Work, asset_id: int, number: int | None = None, confirmed_on: date | None = None) -> Asset:
    """Readers get this version (the newest unless named) from now on; it counts as confirmed today unless a day is given."""
    require(work.actor, Permission.RELEASE)
    asset = queries.get_asset(work, asset_id)
    if asset.status == Status.RETIRED:
        raise Conflict(f"“{asset.title}” is retired, so nothing was released. Restore it first.")
    version = _find_version(work, asset, number)
    facets = list_values(work).pick(queries.list_facet_ids(work, [asset_id])[asset_id])
    missing = rules.missing_for_release(facets, asset.owner_id, version.format, asset.pdf_only_reason)
    if missing:
        raise Refused(f"“{asset.title}” is not released. It needs {' and '.join(missing)}. It is kept as it is.")
    fault = release_fault(asset.title, find_scan(work, version.id or 0))
    if fault:
        raise Refused(fault)
    asset.status = Status.RELEASED
    asset.released_version_id = version.id
    version.released_at = work.now
    asset.confirmed_on, asset.confirmed_by = confirmed_on or work.today, work.actor.id
    asset.review_interval_days = asset.review_interval_days or rules.DEFAULT_INTERVAL
    asset.review_on = rules.next_review(asset.confirmed_on, asset.review_interval_days)
    settle_findings(work, asset)
    _join_twin(work, asset, version)
    touch(work, asset)
    audit(work, "release", "asset", asset.id, number=version.number)
    return asset


def retire(work: Work, asset_id: int) -> Asset:
    """Take an asset out of search and from readers; it can be restored."""
    return _change_status(work, queries.get_asset(work, asset_id), "retire", Status.RETIRED)


def trash(work: Work, asset_id: int) -> Asset:
    """Put an asset into the trash; it can be restored for 30 days."""
    asset = queries.get_asset(work, asset_id)
    asset.status_before = asset.status
    return _change_status(work, asset, "trash", Status.TRASHED)


def restore(work: Work, asset_id: int) -> Asset:
    """Bring a retired asset back to readers, and one from the trash to what it was before: what was retired stays so."""
    asset = queries.get_asset(work, asset_id, with_trashed=True)
    if asset.status not in (Status.RETIRED, Status.TRASHED):
        raise Conflict(f"“{asset.title}” is neither retired nor in the trash, so there is nothing to restore.")
    published = Status.RELEASED if asset.released_version_id else Status.DRAFT
    status = asset.status_before or published if asset.status == Status.TRASHED else published
    asset.status_before = None
    return _change_status(work, asset, "restore", status)


def store_text(work: Work, version_id: int, parsed: ParsedFile) -> None:
    """Keep what was read out of a version, replacing an earlier reading; safe to run twice."""
    version = queries.get_version(work, version_id)
    _drop_passages(work, version_id)
    work.session.add_all(_new_passage(passage, version_id, position) for position, passage in enumerate(parsed.passages))
    version.reading = Reading.DONE if parsed.passages else Reading.NO_TEXT
    version.reading_message = parsed.description
    version.unit_count, version.unit_word = parsed.unit_count, parsed.unit_word
    version.text_hash, version.fingerprint = parsed.text_hash, list(parsed.shingles)
    asset = work.session.get_one(Asset, version.asset_id)
    if asset.released_version_id == version.id:
        _join_twin(work, asset, version)
    work.record(AssetChanged(version.asset_id))
    work.record(VersionRead(version.asset_id, version_id))


def mark_unreadable(work: Work, version_id: int, message: str) -> None:
    """Keep a version whose text cannot be read; it is found by title and tags."""
    version = queries.get_version(work, version_id)
    _drop_passages(work, version_id)
    version.reading, version.reading_message = Reading.NO_TEXT, message
    work.record(AssetChanged(version.asset_id))
    work.record(VersionRead(version.asset_id, version_id))


def empty_trash(work: Work) -> int:
    """Remove for good what has been in the trash for 30 days; says how many. Its files go with the next sweep."""
    assets = queries.list_trashed(work, work.now - KEEP_TRASH)
    for asset in assets:
        audit(work, "purge", "asset", asset.id, title=asset.title)
        work.session.delete(asset)
    return len(assets)


def sweep_blob(work: Work, sha256: str, before: float) -> None:
    """Delete a stored file unless a version refers to it or somebody sent it again since `before` (seconds since 1970)."""
    if holds.is_held(work.session, holds.SWEEP, work.now):  # a backup is reading the store
        return
    if not queries.is_referred(work, sha256) and work.blobs.touched(sha256) < before:
        work.blobs.delete(sha256)


def require_confirm(work: Work, asset_id: int) -> None:
    """Raise NotPermitted unless the actor is marketing or owns the item; the same for an item there never was."""
    require(work.actor, Permission.CONFIRM)
    if not may(work.actor, Permission.EDIT) and asset_id not in list_owned_ids(work, work.actor.id or 0):
        raise NotPermitted("Only its owner or marketing can say that it is still right. Nothing was changed.")


def confirm(work: Work, asset_id: int) -> Asset:
    """Its owner or marketing looked and says it is still right: the review date moves on by the interval."""
    require_confirm(work, asset_id)
    asset = queries.get_asset(work, asset_id)
    if asset.status != Status.RELEASED:
        raise Conflict(f"“{asset.title}” is not released, so there is nothing to confirm.")
    if rules.is_expired(rules.care_of(asset), work.today):
        raise Conflict(f"“{asset.title}” has expired, so “still right” is not enough. Give it a new expiry date, or retire it.")
    asset.confirmed_on, asset.confirmed_by = work.today, work.actor.id
    asset.review_on = rules.next_review(work.today, asset.review_interval_days)
    settle_findings(work, asset)
    touch(work, asset)
    audit(work, "confirm", "asset", asset.id)
    return asset


def keep_separate(work: Work, asset_id: int) -> Asset:
    """Say that an asset is meant although another has the same bytes."""
    require(work.actor, Permission.EDIT)
    asset = queries.get_asset(work, asset_id)
    asset.is_separate = True
    touch(work, asset)
    audit(work, "keep_separate", "asset", asset.id)
    return asset


def make_version_of(work: Work, draft_id: int, asset_id: int) -> Version:
    """Turn a draft that turned out to be a copy into a version of the asset it copies; the draft goes into the trash."""
    require(work.actor, Permission.UPLOAD)
    version = _find_version(work, queries.get_asset(work, draft_id), None)
    file = FileInput(sha256=version.blob_sha256, **version.model_dump(include={"size", "file_name", "format", "media_type", "note"}))
    trash(work, draft_id)
    return _upload_version(work, queries.get_asset(work, asset_id), file)


def check_revision(asset: Asset, revision: int | None) -> None:
    """Raise Stale when the asset was changed since `revision` was read, PreconditionMissing when nobody said what they read."""
    if revision is None:
        raise PreconditionMissing("The form does not say which state of the item it was made for. Reload the page, then try again.")
    if asset.revision != revision:
        raise Stale(f"“{asset.title}” was changed by somebody else meanwhile. Look at it again, then repeat what you did.")


def _add_version(work: Work, asset: Asset, file: FileInput) -> Version:
    check_room(work, file.size, file.sha256)
    if not work.blobs.exists(file.sha256):  # swept in the moment between arriving and this transaction
        raise Conflict("The file is no longer in the store, so nothing was changed. Send it again.")
    asset.last_number += 1
    version = Version(
        asset_id=asset.id or 0,
        number=asset.last_number,
        blob_sha256=file.sha256,
        **file.model_dump(exclude={"sha256"}),
        created_by=work.actor.id,
        created_at=work.now,
        stem=rules.stem_of(file.file_name),
    )
    work.session.add(version)
    work.session.flush()
    work.record(VersionUploaded(asset.id or 0, version.id or 0))
    return version


def _find_version(work: Work, asset: Asset, number: int | None) -> Version:
    versions = queries.list_versions(work, asset.id or 0)
    found = rules.newest_version(asset, versions) if number is None else next((one for one in versions if one.number == number), None)
    if found is not None:
        return found
    raise NotFound(f"“{asset.title}” has no version {number}.")


def _check_choices(work: Work, data: AssetInput, carried: Collection[int]) -> AssetInput:
    """The input with audience and facet values settled; `carried` are those the asset has.

    Raises Refused before anything is changed, since pages show a refusal and end in good order.
    """
    values = list_values(work)
    if values.get(data.kind_id).facet != Facet.KIND:
        raise Refused("Choose what kind of content this is.")
    if data.owner_id is not None and not list_names(work, [data.owner_id]):
        raise Refused("Choose an owner who has an account here.")
    audience = _choose_audience(values, data, carried)
    kept = values.only_retired(carried)  # no form offers them, so leaving them out says nothing
    chosen = [value for value in map(values.get, set(data.facet_ids) - kept) if value.facet in TAGGED_FACETS]
    facet_ids = {value.id for value in chosen if value.facet != Facet.AUDIENCE} | kept
    if audience is None:
        return data.model_copy(update={"facet_ids": sorted(facet_ids)})
    return data.model_copy(update={"facet_ids": sorted(facet_ids | {audience.id}), "audience": Audience(audience.level)})


def _check_expiry(work: Work, day: date | None, before: date | None) -> None:
    """People do not mean a day that has passed; an import may bring what has expired already."""
    if day is not None and day != before and day < work.today and work.actor.kind != "system":
        raise Refused("The expiry date has passed already. Choose a later day or none; retire what nobody should use any more.")


def _check_still_complete(work: Work, asset: Asset, carried: Collection[int], data: AssetInput) -> None:
    """Raise Refused when an edit would take from a released item something it needed for its release."""
    if asset.status != Status.RELEASED:
        return
    values, form = list_values(work), queries.get_version(work, asset.released_version_id or 0).format
    before = rules.missing_for_release(values.pick(carried), asset.owner_id, form, asset.pdf_only_reason)
    after = rules.missing_for_release(values.pick(data.facet_ids), data.owner_id, form, data.pdf_only_reason)
    lost = [what for what in after if what not in before]
    if lost:
        raise Refused(f"“{asset.title}” is released, so it needs {' and '.join(lost)}. Choose that, or retire it; nothing was changed.")


def _choose_audience(values: Facets, data: AssetInput, carried: Collection[int]) -> ValueView | None:
    """The audience value an asset gets; its level is what decides who gets the asset."""
    if data.audience_id:
        value = values.get(data.audience_id)
        if value.facet != Facet.AUDIENCE:
            raise Refused("Choose who may get it from the list.")
        return value
    of_level = [value for value in values.pick(carried) if value.facet == Facet.AUDIENCE and value.level == data.audience]
    return of_level[0] if of_level and data.audience_id is None else values.default_audience(data.audience)


def _set_facets(work: Work, asset: Asset, facet_ids: Sequence[int]) -> None:
    for row in queries.list_facet_rows(work, asset.id or 0):
        work.session.delete(row)
    work.session.flush()
    work.session.add_all(AssetFacet(asset_id=asset.id or 0, value_id=value_id) for value_id in facet_ids)
    work.session.flush()


def _clean_tags(tags: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(tag.split())[:60] for tag in tags if tag.strip()))[:30]


def _change_status(work: Work, asset: Asset, verb: str, status: Status) -> Asset:
    require(work.actor, Permission.RETIRE)
    asset.status = status
    settle_findings(work, asset)
    touch(work, asset)
    audit(work, verb, "asset", asset.id)
    return asset


def touch(work: Work, asset: Asset) -> None:
    """Count a change of an asset and let the index follow."""
    asset.revision += 1
    asset.changed_at = work.now
    work.session.add(asset)
    work.record(AssetChanged(asset.id or 0))


def _drop_passages(work: Work, version_id: int) -> None:
    for passage in queries.list_passages(work, version_id):
        work.session.delete(passage)
    work.session.flush()


def _new_passage(parsed: ParsedPassage, version_id: int, position: int) -> Passage:
    return Passage(
        version_id=version_id,
        position=position,
        anchor=parsed.anchor[:200],
        label=parsed.label[:200],
        heading=rules.join_headings(parsed.heading_path),
        text=parsed.text,
        html=sanitise(parsed.html),
        is_notes=parsed.notes,
    )


def _join_twin(work: Work, asset: Asset, version: Version) -> None:
    """Let released items with the same text under the same name in other formats share one fold key."""
    asset.twin_key = ""
    for twin, other in queries.find_twin_candidates(work, version):
        if similarity(version.fingerprint, other.fingerprint) >= rules.TWIN_SIMILARITY:
            asset.twin_key = twin.twin_key = twin.twin_key or f"t{twin.id}"
            work.record(AssetChanged(other.asset_id))
            return
