"""Changes to kits as a whole: make, edit, share, copy, put away; and what happens when their owner leaves or a facet value is retired."""

from sqlalchemy import delete, update
from sqlmodel import col

from app.core.work import Work
from app.deals.queries import get_opportunity_view
from app.framework.models import CALL_FACETS
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.plays import queries, rules
from app.plays.models import Kit, KitFacet, KitInput, KitItem


def make_kit(work: Work, data: KitInput) -> Kit:
    """An empty kit of the actor's own."""
    require(work.actor, Permission.USE_KITS)
    kit = Kit(title="", owner_id=work.actor.id or 0, created_at=work.now, changed_at=work.now)
    _fill(work, kit, data)
    audit(work, "create", "kit", kit.id)
    return kit


def edit_kit(work: Work, kit_id: int, data: KitInput, revision: int | None) -> Kit:
    """Change what a kit is for; Stale when it was changed since `revision` was read."""
    kit = kit_at(work, kit_id, revision)
    _fill(work, kit, data)
    touch(work, kit)
    audit(work, "edit", "kit", kit.id)
    return kit


def share_kit(work: Work, kit_id: int, revision: int | None, *, is_shared: bool) -> Kit:
    """Show it to the owner's team, or to nobody else any more."""
    kit = kit_at(work, kit_id, revision)
    touch(work, kit)
    kit.is_shared = is_shared
    audit(work, "share" if is_shared else "unshare", "kit", kit.id)
    return kit


def archive_kit(work: Work, kit_id: int, revision: int | None) -> Kit:
    """Put it away; it is out of the lists and can be brought back."""
    kit = kit_at(work, kit_id, revision)
    touch(work, kit)
    kit.archived_at = work.now
    audit(work, "archive", "kit", kit.id)
    return kit


def bring_back_kit(work: Work, kit_id: int) -> Kit:
    """Back among those in use."""
    kit = queries.get_own_kit(work, kit_id)
    touch(work, kit)
    kit.archived_at = None
    audit(work, "restore", "kit", kit.id)
    return kit


def copy_kit(work: Work, kit_id: int) -> Kit:
    """A kit of the actor's own with the same entries, from one they may open; for another meeting, so without its date."""
    kit = queries.get_kit_row(work, kit_id)
    opportunity_id = kit.opportunity_id if _knows_deal(work, kit) else None
    copied = Kit(
        title=rules.clean_line(f"Copy of {kit.title}", 200),
        opportunity_id=opportunity_id,
        account_name=kit.account_name,
        owner_id=work.actor.id or 0,
        created_at=work.now,
        changed_at=work.now,
    )
    work.session.add(copied)
    work.session.flush()
    work.session.add_all(KitFacet(kit_id=copied.id or 0, value_id=row.value_id) for row in queries.list_facet_rows(work, kit_id))
    for item, _ in queries.list_rows(work, kit_id):
        copy = item.model_dump(exclude={"id", "kit_id", "added_by", "added_at"})
        work.session.add(KitItem(kit_id=copied.id or 0, added_by=work.actor.id, added_at=work.now, **copy))
    audit(work, "copy", "kit", copied.id, of=kit_id)
    return copied


def kit_at(work: Work, kit_id: int, revision: int | None) -> Kit:
    """The actor's own kit, about to be changed from the state of `revision`; raises Stale, PreconditionMissing, NotPermitted."""
    kit = queries.get_own_kit(work, kit_id)
    rules.check_revision(kit.revision, revision)
    return kit


def touch(work: Work, kit: Kit) -> None:
    """Count a change."""
    kit.revision += 1
    kit.changed_at = work.now
    work.session.add(kit)


def hand_over_kits(work: Work, user_id: int, new_owner_id: int) -> None:
    """Every kit of this person is somebody else's from now on; what was shared with the old owner's team no longer is."""
    require(work.actor, Permission.MANAGE_USERS)
    changed = update(Kit).where(col(Kit.owner_id) == user_id)
    work.session.exec(changed.values(owner_id=new_owner_id, revision=col(Kit.revision) + 1, is_shared=False))


def move_carriers(work: Work, value_id: int, target_id: int) -> int:
    """Give every kit that carries a facet value the target instead; says how many."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    kit_ids = queries.list_carrier_ids(work, value_id)
    have = set(queries.list_carrier_ids(work, target_id))
    work.session.add_all(KitFacet(kit_id=kit_id, value_id=target_id) for kit_id in kit_ids if kit_id not in have)
    work.session.exec(delete(KitFacet).where(col(KitFacet.value_id) == value_id))
    return len(kit_ids)


def _fill(work: Work, kit: Kit, data: KitInput) -> None:
    values, rows = list_values(work), queries.list_facet_rows(work, kit.id or 0)
    kept = values.only_retired(row.value_id for row in rows)  # no form offers them
    chosen = {value.id for value in map(values.get, set(data.facet_ids) - kept) if value.facet in CALL_FACETS} | kept
    account = rules.clean_line(data.account_name, 160)
    if data.opportunity_id is not None:
        is_kept = data.opportunity_id == kit.opportunity_id  # may be one they may no longer see
        account = kit.account_name if is_kept else get_opportunity_view(work, data.opportunity_id).account
    kit.title, kit.meeting_on = rules.clean_line(data.title, 200), data.meeting_on
    kit.opportunity_id, kit.account_name = data.opportunity_id, account
    work.session.add(kit)
    work.session.flush()
    for row in rows:
        work.session.delete(row)
    work.session.flush()
    work.session.add_all(KitFacet(kit_id=kit.id or 0, value_id=value_id) for value_id in sorted(chosen))
    work.session.flush()


def _knows_deal(work: Work, kit: Kit) -> bool:
    return queries.get_kit(work, kit.id or 0).opportunity_id is not None
