"""Pure decisions of review: why an item is listed, in sentences; who is asked; how much harm it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.identity.models import Role, User
from app.library.rules import DEFAULT_INTERVAL
from app.review.models import Health, Reason, ReviewPolicy

USED_DAYS = timedelta(days=30)
NOBODY = "nobody yet"


@dataclass(frozen=True)
class Standing:
    """The dates of a listed item and, when its owner left, since when and who is asked."""

    review_on: date | None
    expires_on: date | None
    gone_since: date | None = None
    asked: str = ""


def reasons_of(standing: Standing, today: date) -> tuple[tuple[Reason, str], ...]:
    """Every reason an item is listed for, each with its sentence, the worst first."""
    found = []
    review, expiry = standing.review_on, standing.expires_on
    if expiry is not None and expiry < today:
        found.append((Reason.EXPIRED, f"Expired on {_day(expiry, today)}, {_days((today - expiry).days)} ago. Search hides it."))
    elif review is not None and review < today:
        over = _days((today - review).days)
        found.append((Reason.PAST_REVIEW, f"Past its review date since {_day(review, today)}, {over} over."))
    if standing.gone_since is not None:
        found.append((Reason.OWNER_GONE, f"Its owner left; asked instead: {standing.asked or NOBODY}."))
    if not found and review is not None:
        left = (review - today).days
        when = f"on {_day(review, today)}, in {_days(left)}" if left else "today"
        found.append((Reason.DUE, f"Review is due {when}."))
    return tuple(found)


def asked_instead(kind_id: int, policies: Mapping[int, ReviewPolicy], keepers: Sequence[User]) -> User | None:
    """Who is asked about items of this kind whose owner is gone: the fallback of the kind, else any manager, else any administrator.

    `keepers` are the active people who may look after content.
    """
    policy = policies.get(kind_id)
    named = next((keeper for keeper in keepers if policy is not None and keeper.id == policy.fallback_owner_id), None)
    if named is not None:
        return named
    by_role = sorted(keepers, key=lambda keeper: keeper.id or 0)
    managers = [keeper for keeper in by_role if keeper.role == Role.MANAGER]
    admins = [keeper for keeper in by_role if keeper.role == Role.ADMIN]
    return next(iter(managers + admins), None)


def usual_interval(kind_id: int | None, policies: Mapping[int, ReviewPolicy]) -> int:
    """Every how many days items of this kind are reviewed unless somebody says otherwise."""
    policy = policies.get(kind_id or 0)
    return policy.interval_days if policy is not None else DEFAULT_INTERVAL


def health_line(health: Health) -> str:
    """How the library stands, in one line: "31 of 42 fresh, 4 due, 5 stale, 2 expired"."""
    return f"{health.current} of {health.total} fresh, {health.due} due, {health.stale} stale, {health.expired} expired"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _day(day: date, today: date) -> str:
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B} {day.year}"
