"""Brings a table from the CRM in; doing it twice changes nothing the second time."""

from app.core.work import Work
from app.deals import rules
from app.deals.actions import note_stage, touch
from app.deals.models import Account, ImportPlan, Opportunity, OpportunityInput
from app.deals.queries.holdings import list_accounts, list_by_ids
from app.deals.queries.plans import plan_import
from app.identity.actions import audit
from app.identity.rules import Permission, require

COPIED = ("external_id", "stage_id", "solution_id", "vertical_id", "segment_id", "amount", "currency", "state", "owner_id", "closes_on")


def import_opportunities(work: Work, content: bytes) -> ImportPlan:
    """Create and change what the table says and leave its faulty lines out; says what was done, in the words of the plan."""
    require(work.actor, Permission.IMPORT_DEALS)
    plan = plan_import(work, content)
    accounts = _ensure_accounts(work, plan)
    known = list_by_ids(work, [row.opportunity_id for row in plan.changed if row.opportunity_id is not None])
    moved = []
    for planned in (*plan.new, *plan.changed):
        row = known.get(planned.opportunity_id or 0)
        before = row.stage_id if row is not None else None
        if row is None:
            row = Opportunity(account_id=0, name="", stage_id=0, created_at=work.now, changed_at=work.now)
        else:
            touch(work, row)
        _fill(row, planned.data, accounts)
        work.session.add(row)
        if row.stage_id != before:
            moved.append(row)
    work.session.flush()
    for row in moved:
        note_stage(work, row)
    audit(work, "import", "opportunity", created=len(plan.new), changed=len(plan.changed), same=plan.same, faulty=len(plan.faults))
    return plan


def _ensure_accounts(work: Work, plan: ImportPlan) -> dict[str, int]:
    """Ids of the accounts the plan names, by name in lower case."""
    names = {rules.clean_line(row.data.account, 160) for row in (*plan.new, *plan.changed)}
    known = list_accounts(work, sorted(names))
    for name in sorted(names):
        if name.lower() not in known:
            known[name.lower()] = Account(name=name, created_at=work.now)
            work.session.add(known[name.lower()])
    work.session.flush()
    return {name: account.id or 0 for name, account in known.items()}


def _fill(row: Opportunity, data: OpportunityInput, accounts: dict[str, int]) -> None:
    row.account_id = accounts[rules.clean_line(data.account, 160).lower()]
    row.name = rules.clean_line(data.name, 200)
    for name in COPIED:
        setattr(row, name, getattr(data, name))
