"""Changes to opportunities by hand, and what happens to them when a facet value is retired or their owner leaves."""

from sqlalchemy import update
from sqlmodel import col

from app.core.errors import NotPermitted, Refused
from app.core.work import Work
from app.deals import queries, rules
from app.deals.models import Account, Opportunity, OpportunityInput, StageEntry
from app.deals.queries.holdings import list_by_external_ids
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.queries import is_active
from app.identity.rules import Permission, may, require

NOT_YOURS = "This opportunity is somebody else's, so you may look at it only. Nothing was changed. Ask its owner, or marketing."


def add_opportunity(work: Work, data: OpportunityInput) -> Opportunity:
    """A deal by hand; it is the actor's own unless a curator names somebody else."""
    require(work.actor, Permission.EDIT_DEALS)
    if not may(work.actor, Permission.IMPORT_DEALS):
        data = data.model_copy(update={"owner_id": work.actor.id, "external_id": None})
    row = Opportunity(account_id=0, name="", stage_id=0, created_at=work.now, changed_at=work.now)
    _fill(work, row, data)
    work.session.add(row)
    work.session.flush()
    note_stage(work, row)
    audit(work, "create", "opportunity", row.id)
    return row


def edit_opportunity(work: Work, opportunity_id: int, data: OpportunityInput, revision: int | None) -> Opportunity:
    """Change a deal; Stale when somebody changed it since `revision` was read. Only curators may give it to somebody else."""
    require(work.actor, Permission.EDIT_DEALS)
    row = queries.get_opportunity(work, opportunity_id)
    require_change(work, row.owner_id)
    rules.check_revision(row.revision, revision)
    if not may(work.actor, Permission.IMPORT_DEALS):
        data = data.model_copy(update={"owner_id": row.owner_id, "external_id": row.external_id})
    before = row.stage_id
    _fill(work, row, data)
    touch(work, row)
    if row.stage_id != before:
        note_stage(work, row)
    audit(work, "edit", "opportunity", row.id)
    return row


def require_change(work: Work, owner_id: int | None) -> None:
    """NotPermitted unless the actor may change an opportunity of this owner."""
    if not queries.may_change(work, owner_id):
        raise NotPermitted(NOT_YOURS)


def ensure_account(work: Work, name: str) -> int:
    """The id of the account of this name, which is created when there is none."""
    clean = rules.clean_line(name, 160)
    account = queries.find_account(work, clean)
    if account is None:
        account = Account(name=clean, created_at=work.now)
        work.session.add(account)
        work.session.flush()
    return account.id or 0


def note_stage(work: Work, row: Opportunity) -> None:
    """Write down that it came to its stage now."""
    work.session.add(StageEntry(opportunity_id=row.id or 0, stage_id=row.stage_id, entered_at=work.now))


def touch(work: Work, row: Opportunity) -> None:
    """Count a change."""
    row.revision += 1
    row.changed_at = work.now
    work.session.add(row)


def hand_over_opportunities(work: Work, user_id: int, new_owner_id: int) -> None:
    """Everything this person sells is somebody else's from now on."""
    require(work.actor, Permission.MANAGE_USERS)
    changed = update(Opportunity).where(col(Opportunity.owner_id) == user_id)
    work.session.exec(changed.values(owner_id=new_owner_id, revision=col(Opportunity.revision) + 1))


def move_carriers(work: Work, value_id: int, target_id: int) -> int:
    """Give every opportunity that carries a facet value the target instead; says how many. The stage history keeps what it was."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    moved = 0
    for column in (Opportunity.stage_id, Opportunity.solution_id, Opportunity.vertical_id, Opportunity.segment_id):
        changed = update(Opportunity).where(col(column) == value_id)
        moved += work.session.exec(changed.values({col(column): target_id, "revision": col(Opportunity.revision) + 1})).rowcount
    return moved


def _fill(work: Work, row: Opportunity, data: OpportunityInput) -> None:
    values = list_values(work)
    chosen = {
        Facet.STAGE: data.stage_id,
        Facet.SOLUTION: data.solution_id,
        Facet.VERTICAL: data.vertical_id,
        Facet.SEGMENT: data.segment_id,
    }
    kept = {row.stage_id, row.solution_id, row.vertical_id, row.segment_id}
    for facet, value_id in chosen.items():
        if value_id is not None and value_id not in kept and values.get(value_id).facet != facet:
            raise Refused("One of the chosen tags does not exist any more. Reload the page and choose again.")
    if data.owner_id is not None and data.owner_id != row.owner_id and not is_active(work, data.owner_id):
        raise Refused("Choose somebody with an active account as owner. Nothing was changed.")
    other = list_by_external_ids(work, [data.external_id or ""]).get(data.external_id or "")
    if other is not None and other.id != row.id:
        raise Refused(f"The opportunity “{other.name}” has this CRM id already. Nothing was changed; give another one, or change that one.")
    row.account_id = ensure_account(work, data.account)
    row.name = rules.clean_line(data.name, 200)
    for name in ("stage_id", "solution_id", "vertical_id", "segment_id", "amount", "currency", "state", "owner_id", "closes_on"):
        setattr(row, name, getattr(data, name))
    row.external_id = data.external_id or None
