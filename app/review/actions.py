"""Changes of review: policies, and one decision about several items at once. Library verbs do the changing."""

from collections.abc import Sequence
from datetime import date

from app.core.errors import Conflict, PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.queries import list_keepers
from app.identity.rules import Permission, require
from app.library import actions as library
from app.library import rules
from app.library.actions import care
from app.library.models import Asset, Status
from app.library.queries import list_assets_by_id
from app.review.events import DueMailWanted
from app.review.models import DueMail, Pick, PolicyInput, ReviewPolicy
from app.review.queries.mails import list_mailed, list_to_mail
from app.review.queries.policies import find_policy, list_others, list_policies_of

MOST_NAMED = 3


def confirm_all(work: Work, picks: Sequence[Pick]) -> list[Asset]:
    """All of these are still right, or none: one that changed, expired or is not released stops them all."""
    require(work.actor, Permission.EDIT)
    assets = _take(work, picks)
    expired = [asset for asset in assets if rules.is_expired(rules.care_of(asset), work.today)]
    if expired:
        raise Conflict(f"{_names(expired)} expired, so “still right” is not enough: give a new date, or retire. Nothing was confirmed.")
    return [library.confirm(work, asset.id or 0) for asset in assets]


def assign_all(work: Work, picks: Sequence[Pick], owner_id: int | None) -> list[Asset]:
    """One person looks after all of these from now on."""
    require(work.actor, Permission.EDIT)
    if owner_id is None:
        raise Refused("Choose who looks after it from now on.")
    return [care.assign_owner(work, asset.id or 0, owner_id) for asset in _take(work, picks)]


def set_dates(work: Work, picks: Sequence[Pick], day: date | None, *, is_expiry: bool) -> list[Asset]:
    """Another review date, or expiry date, for all of these."""
    require(work.actor, Permission.EDIT)
    if day is None:
        raise Refused("Choose a day.")
    change = care.set_expiry if is_expiry else care.set_review_date
    return [change(work, asset.id or 0, day) for asset in _take(work, picks)]


def retire_all(work: Work, picks: Sequence[Pick]) -> list[Asset]:
    """Take all of these from readers; each can be restored."""
    require(work.actor, Permission.RETIRE)
    return [library.retire(work, asset.id or 0) for asset in _take(work, picks)]


def save_policy(work: Work, kind_id: int, data: PolicyInput, revision: int | None) -> ReviewPolicy:
    """How often items of a kind are reviewed from now on, and who steps in; items already there keep theirs until it is applied."""
    require(work.actor, Permission.EDIT_POLICIES)
    if kind_id not in {kind.id for kind in list_values(work).by_facet(Facet.KIND)}:
        raise Refused("There is no such kind of content. Reload the page and choose again.")
    if data.fallback_owner_id is not None and data.fallback_owner_id not in {keeper.id for keeper in list_keepers(work)}:
        raise Refused("Choose somebody with an active account to step in.")
    policy = find_policy(work, kind_id)
    _check_policy(policy, revision)
    if policy is None:
        policy = ReviewPolicy(kind_id=kind_id, interval_days=data.interval_days, revision=0)
    audit(work, "set_policy", "facet_value", kind_id, days=data.interval_days, fallback=data.fallback_owner_id)
    policy.interval_days, policy.fallback_owner_id = data.interval_days, data.fallback_owner_id
    policy.revision += 1
    work.session.add(policy)
    return policy


def hand_over_policies(work: Work, user_id: int, new_owner_id: int) -> None:
    """Where this person was the fallback, somebody else is from now on."""
    for policy in list_policies_of(work, user_id):
        policy.fallback_owner_id = new_owner_id
        policy.revision += 1


def apply_policy(work: Work, kind_id: int, revision: int | None) -> int:
    """Let every item of the kind follow its policy; says how many did not before."""
    require(work.actor, Permission.EDIT_POLICIES)
    policy = find_policy(work, kind_id)
    _check_policy(policy, revision)
    if policy is None:
        raise Conflict("This kind has no interval of its own yet. Save one first; nothing was changed.")
    others = list_others(work, policy)
    care.set_intervals(work, others, policy.interval_days)
    audit(work, "apply_policy", "facet_value", kind_id, days=policy.interval_days, items=len(others))
    return len(others)


def want_due_mails(work: Work) -> int:
    """Ask for the mail of the day for everybody who has something due and got none today; says for how many."""
    mailed = list_mailed(work)
    wanted = [user_id for user_id in list_to_mail(work) if user_id not in mailed]
    for user_id in wanted:
        work.session.add(DueMail(user_id=user_id, sent_on=work.today))
        work.record(DueMailWanted(user_id, work.today.isoformat()))
    return len(wanted)


def _take(work: Work, picks: Sequence[Pick]) -> list[Asset]:
    """The chosen items as they were shown, in that order; Stale, before anything is changed, when one of them is not so any more."""
    if not picks:
        raise Refused("Select at least one item first. Nothing was changed.")
    known = {asset.id: asset for asset in list_assets_by_id(work, [pick.asset_id for pick in picks])}
    if any(pick.asset_id not in known for pick in picks):
        raise Stale("One of the items is not there any more, so nothing was changed. Look at the list again, then choose.")
    assets = [known[pick.asset_id] for pick in picks]
    changed = [asset for asset, pick in zip(assets, picks, strict=True) if asset.revision != pick.revision]
    if changed:
        raise Stale(f"{_names(changed)} changed meanwhile, so nothing was done to any of them. Look again, then repeat it.")
    away = [asset for asset in assets if asset.status != Status.RELEASED]
    if away:
        raise Conflict(f"{_names(away)} {'is' if len(away) == 1 else 'are'} not released, so nothing was changed.")
    return assets


def _check_policy(policy: ReviewPolicy | None, revision: int | None) -> None:
    if revision is None:
        raise PreconditionMissing("The form does not say which state of the policy it was made for. Reload the page, then try again.")
    if revision != (policy.revision if policy is not None else 0):
        raise Stale("Somebody else changed this policy meanwhile. Look at it again, then save yours if it should count.")


def _names(assets: Sequence[Asset]) -> str:
    named = [f"“{asset.title}”" for asset in assets[:MOST_NAMED]]
    more = len(assets) - len(named)
    return " and ".join([", ".join(named), f"{more} more"] if more else [", ".join(named)])
