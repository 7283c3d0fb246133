"""Reads the policies of kinds: for the page that changes them, and for the forms that take them as default."""

from dataclasses import replace

from sqlmodel import col, func, select

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.queries import list_keepers, list_names
from app.identity.rules import Permission, require
from app.library.models import Asset, AssetInput, Status
from app.review import rules
from app.review.models import PolicyView, ReviewPolicy

IN_USE = (Status.DRAFT, Status.RELEASED)


def list_policies(work: Work) -> dict[int, ReviewPolicy]:
    """What is set, by kind."""
    return {policy.kind_id: policy for policy in work.session.exec(select(ReviewPolicy)).all()}


def find_policy(work: Work, kind_id: int) -> ReviewPolicy | None:
    """What is set for a kind."""
    return work.session.get(ReviewPolicy, kind_id)


def list_policies_of(work: Work, user_id: int) -> list[ReviewPolicy]:
    """The policies whose fallback this person is, for those who manage users."""
    require(work.actor, Permission.MANAGE_USERS)
    return list(work.session.exec(select(ReviewPolicy).where(col(ReviewPolicy.fallback_owner_id) == user_id)).all())


def with_usual_interval(work: Work, data: AssetInput) -> AssetInput:
    """The input with the usual review interval of its kind where none was chosen."""
    if data.review_interval_days is not None:
        return data
    return data.model_copy(update={"review_interval_days": rules.usual_interval(data.kind_id, list_policies(work))})


def list_usual_intervals(work: Work) -> dict[int, int]:
    """Every how many days items of each kind are reviewed unless somebody says otherwise, by kind."""
    policies = list_policies(work)
    return {kind.id: rules.usual_interval(kind.id, policies) for kind in list_values(work).by_facet(Facet.KIND)}


def list_policy_views(work: Work) -> tuple[PolicyView, ...]:
    """Every kind with its policy; four statements however many items there are."""
    policies = list_policies(work)
    decided = col(Asset.status).in_(IN_USE) & (col(Asset.review_interval_days) > 0)  # a new draft takes what is usual once it is saved
    counted = select(col(Asset.kind_id), col(Asset.review_interval_days), func.count()).where(decided)
    rows = work.session.exec(counted.group_by(col(Asset.kind_id), col(Asset.review_interval_days))).all()
    fallbacks = {policy.fallback_owner_id for policy in policies.values() if policy.fallback_owner_id is not None}
    names, active = list_names(work, fallbacks), {keeper.id for keeper in list_keepers(work)}
    views = []
    for kind in list_values(work).by_facet(Facet.KIND):
        policy = policies.get(kind.id, ReviewPolicy(kind_id=kind.id, interval_days=rules.usual_interval(None, {}), revision=0))
        numbers = {days: number for kind_id, days, number in rows if kind_id == kind.id}
        view = PolicyView(kind, policy.interval_days, policy.fallback_owner_id, "", False, sum(numbers.values()), 0, policy.revision)
        others = view.items - numbers.get(policy.interval_days, 0)
        name = names.get(policy.fallback_owner_id or 0, "")
        left = bool(name) and policy.fallback_owner_id not in active
        views.append(replace(view, others=others, fallback=name, fallback_left=left))
    return tuple(views)


def list_others(work: Work, policy: ReviewPolicy) -> list[Asset]:
    """Items of the policy's kind that follow another interval; for applying it to them, so not filtered."""
    of_kind = (col(Asset.kind_id) == policy.kind_id) & col(Asset.status).in_(IN_USE) & (col(Asset.review_interval_days) > 0)
    return list(work.session.exec(select(Asset).where(of_kind, col(Asset.review_interval_days) != policy.interval_days)).all())
