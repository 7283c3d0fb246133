"""The review list: what is due or over, most harm first, why, who looks after it; one decision for one item or for many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response

from app.core.errors import AppError, Conflict, PreconditionMissing, Refused, Stale
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.models import Facet, ValueView
from app.framework.queries import list_values
from app.identity.models import User
from app.identity.queries import list_names
from app.identity.rules import Permission, may
from app.library.models import Asset, AssetCard
from app.library.queries import list_assets_by_id, view_cards
from app.messaging.models import AnswerState, QuestionBrief, QuestionFilter
from app.messaging.queries import list_answered_by, list_briefly
from app.review import actions
from app.review.models import Load, Pick, QueueFilter, QueueItem, Reason
from app.review.queries.mails import read_asked
from app.review.queries.queue import Asked, Counted, count_items, fits, health_of, list_queue, loads_of
from app.review.rules import health_line
from app.web.assetform import whole_number
from app.web.deps import ReadDep, WorkDep, require
from app.web.heldin import HeldIn, held_in
from app.web.render import page, redirect, render, safe_path
from app.web.services import services_of

router = APIRouter()
PAGE_SIZE = 25
QUESTIONS = 6
LOADS = 12
MINE = "me"
REASONS = {
    Reason.PAST_REVIEW: ("Review date passed", "calendar-clock"),
    Reason.EXPIRED: ("Expired", "circle-x"),
    Reason.OWNER_GONE: ("Owner left", "user-x"),
    Reason.DUE: ("Due soon", "clock"),
}
VERBS = {"assign": "Assign", "date": "New date", "retire": "Retire"}
Items = Annotated[tuple[str, ...], Form()]
Text = Annotated[str, Form()]
LIST = "/review"


@dataclass(frozen=True)
class ReasonCount:
    """One reason to choose, with how many items have it; an empty key means all."""

    key: str
    name: str
    icon: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class LoadBar:
    """What one owner looks after; widths are shares of the largest load, in percent."""

    load: Load
    href: str
    is_chosen: bool
    expired: float
    over: float
    current: float


@dataclass(frozen=True)
class KindOption:
    """A kind to narrow the list to."""

    value: ValueView
    count: int


@dataclass(frozen=True)
class Filters:
    """What the address asks for, as it stands there."""

    reason: str
    owner: str
    kind: str

    def address(self, **other: str) -> str:
        """The list with these parts of the filter changed."""
        given = {"reason": self.reason, "owner": self.owner, "kind": self.kind, **other}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/review?{query}" if query else "/review"


@page("review/queue.html")
@dataclass(frozen=True)
class ReviewPage:
    """The list by reason, owner and kind, and how the library stands; `questions` are those nothing answers, asked most often first."""

    items: Page[QueueItem]
    health: str
    reasons: tuple[ReasonCount, ...]
    loads: tuple[LoadBar, ...]
    more_loads: int
    kinds: tuple[KindOption, ...]
    filters: Filters
    mine: ReasonCount
    here: str
    questions: tuple[QuestionBrief, ...]
    told_no_mail: bool
    error: str


@dataclass(frozen=True)
class Affected:
    """An item about to be changed, the buyer questions it answers, and where it is held."""

    card: AssetCard
    pick: str
    questions: tuple[str, ...]
    held: HeldIn


@dataclass(frozen=True)
class Typed:
    """What somebody chose already; without `is_expiry` the items decide which date is meant."""

    owner_id: int | None = None
    day: str = ""
    is_expiry: bool | None = None


@page("review/change.html")
@dataclass(frozen=True)
class ChangePage:
    """Which items get another owner or date, or are retired, before it is done."""

    verb: str
    word: str
    items: tuple[Affected, ...]
    owners: tuple[User, ...]
    owner_id: int | None
    day: str
    is_expiry: bool
    today: date
    here: str
    error: str


@router.get("/review", dependencies=[require(Permission.REVIEW)])
def show_review(request: Request, work: ReadDep, reason: str = "", owner: str = "", kind: str = "", page: int = 1) -> Response:
    """What is due or over, most harm first."""
    return render(request, _review_page(request, work, Filters(reason, owner, kind), max(1, page)))


@router.get("/review/change", dependencies=[require(Permission.REVIEW)])
def show_change(
    request: Request, work: ReadDep, items: Annotated[tuple[str, ...], Query()] = (), verb: str = "", next: str = LIST
) -> Response:
    """Ask before several items are changed, and say what that touches."""
    try:
        data = _change_page(work, verb, items, next, Typed())
    except AppError as problem:
        return _again(request, work, problem)
    return render(request, data)


@router.post("/review/confirm", dependencies=[require(Permission.EDIT)])
def confirm(request: Request, work: WorkDep, items: Items = (), next: Text = LIST) -> Response:
    """Still right, all of them."""

    def decide(picks: Sequence[Pick]) -> str:
        return f"Still right: {_told(actions.confirm_all(work, picks))}."

    return _decide(request, work, items, next, decide)


@router.post("/review/assign", dependencies=[require(Permission.EDIT)])
def assign(request: Request, work: WorkDep, items: Items = (), owner_id: Text = "", next: Text = LIST) -> Response:
    """Somebody else looks after them."""
    chosen = whole_number(owner_id)

    def decide(picks: Sequence[Pick]) -> str:
        done = actions.assign_all(work, picks, chosen)
        return f"Assigned to {list_names(work, [chosen or 0])[chosen or 0]}: {_told(done)}."

    return _decide(request, work, items, next, decide, lambda: _change_page(work, "assign", items, next, Typed(owner_id=chosen)))


@router.post("/review/date", dependencies=[require(Permission.EDIT)])
def set_date(
    request: Request,
    work: WorkDep,
    items: Items = (),
    day: Text = "",
    which: Text = "review",
    next: Text = LIST,
) -> Response:
    """Another review or expiry date."""
    is_expiry, chosen = which == "expiry", _read_date(day)

    def decide(picks: Sequence[Pick]) -> str:
        done = actions.set_dates(work, picks, chosen, is_expiry=is_expiry)
        return f"{'Expires' if is_expiry else 'Next review'} on {chosen:%-d %B %Y}: {_told(done)}."

    typed = Typed(day=day, is_expiry=is_expiry)
    return _decide(request, work, items, next, decide, lambda: _change_page(work, "date", items, next, typed))


@router.post("/review/retire", dependencies=[require(Permission.RETIRE)])
def retire(request: Request, work: WorkDep, items: Items = (), next: Text = LIST) -> Response:
    """Out of search and from readers."""

    def decide(picks: Sequence[Pick]) -> str:
        return f"Retired: {_told(actions.retire_all(work, picks))}. Restore it on its own page."

    return _decide(request, work, items, next, decide)


def _decide(
    request: Request,
    work: Work,
    items: Sequence[str],
    here: str,
    verb: Callable[[Sequence[Pick]], str],
    ask_again: Callable[[], ChangePage] | None = None,
) -> Response:
    """Do it, or say on the page why nothing was done; the verbs check everything before they change anything."""
    try:
        return redirect(request, here, verb(read_picks(items)))
    except Refused as problem:
        if ask_again is None or not items:
            return _again(request, work, problem)
        return render(request, replace(ask_again(), error=problem.message), problem.status)
    except (Conflict, Stale) as problem:
        return _again(request, work, problem)


def _again(request: Request, work: Work, problem: AppError) -> Response:
    """The list as it is now, with what went wrong."""
    return render(request, _review_page(request, work, Filters("", "", ""), 1, problem.message), problem.status)


def read_picks(items: Sequence[str]) -> list[Pick]:
    """The chosen rows, each as "item:revision", once each."""
    picks = {}
    for text in items:
        asset_id, _, shown = text.partition(":")
        number, revision = whole_number(asset_id), whole_number(shown)
        if number is None or revision is None:
            raise PreconditionMissing("The form does not say which state of the items it was made for. Reload the page, then try again.")
        picks[number] = Pick(number, revision)
    return list(picks.values())


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _told(assets: Sequence[Asset]) -> str:
    return f"“{assets[0].title}”" if len(assets) == 1 else f"{len(assets)} items"


def _review_page(request: Request, work: Work, filters: Filters, number: int, error: str = "") -> ReviewPage:
    values, asked, counted = list_values(work), read_asked(work), count_items(work)
    chosen = _filter_of(filters, values.find(Facet.KIND, filters.kind))
    fitting = _fitting(counted, chosen, asked, work.actor.id)
    names = list_names(work, {some.owner_id for some in counted if some.owner_id is not None})
    loads = loads_of(counted, names)
    kinds = {some.kind_id for some in counted if some.reasons}
    of_kind = {kind: sum(one.number for one in _fitting(counted, replace(chosen, kind_id=kind), asked, work.actor.id)) for kind in kinds}
    return ReviewPage(
        items=list_queue(work, chosen, asked, PageRequest(number, PAGE_SIZE), sum(one.number for one in fitting)),
        health=health_line(health_of(counted)),
        reasons=_reasons(counted, chosen, asked, work.actor.id, filters),
        loads=_bars(loads[:LOADS], filters),
        more_loads=max(0, len(loads) - LOADS),
        kinds=tuple(KindOption(kind, of_kind[kind.id]) for kind in values.pick(kinds)),
        filters=filters,
        mine=_mine(counted, chosen, asked, work.actor.id, filters),
        here=f"{filters.address()}{'&' if '?' in filters.address() else '?'}page={number}" if number > 1 else filters.address(),
        questions=list_briefly(work, QuestionFilter(state=AnswerState.UNANSWERED), QUESTIONS),
        told_no_mail=not services_of(request).settings.smtp_host and may(work.actor, Permission.MANAGE_USERS),
        error=error,
    )


def _filter_of(filters: Filters, kind: ValueView | None) -> QueueFilter:
    reason = Reason(filters.reason) if filters.reason in set(Reason) else None
    return QueueFilter(reason, whole_number(filters.owner), kind.id if kind else None, mine=filters.owner == MINE)


def _fitting(counted: Sequence[Counted], chosen: QueueFilter, asked: Asked, user_id: int | None) -> list[Counted]:
    return list(filter(fits(chosen, asked, user_id), counted))


def _reasons(
    counted: Sequence[Counted], chosen: QueueFilter, asked: Asked, user_id: int | None, filters: Filters
) -> tuple[ReasonCount, ...]:
    """Every reason with its count within the owner and kind that are chosen."""
    found = []
    offered: list[tuple[Reason | None, tuple[str, str]]] = [(None, ("All reasons", "list-checks")), *REASONS.items()]
    for reason, (name, icon) in offered:
        number = sum(some.number for some in _fitting(counted, replace(chosen, reason=reason), asked, user_id))
        key = reason.value if reason else ""
        found.append(ReasonCount(key, name, icon, number, filters.address(reason=key), chosen.reason == reason))
    return tuple(found)


def _mine(counted: Sequence[Counted], chosen: QueueFilter, asked: Asked, user_id: int | None, filters: Filters) -> ReasonCount:
    own = _fitting(counted, replace(chosen, owner_id=None, mine=True), asked, user_id)
    href = filters.address(owner="" if chosen.mine else MINE)
    return ReasonCount(MINE, "Only mine", "user-round-check", sum(some.number for some in own), href, chosen.mine)


def _bars(loads: Sequence[Load], filters: Filters) -> tuple[LoadBar, ...]:
    scale = 100 / max((load.health.total for load in loads), default=1)
    return tuple(
        LoadBar(
            load,
            filters.address(owner="" if filters.owner == str(load.owner_id) else str(load.owner_id)),
            filters.owner == str(load.owner_id),
            round(load.health.expired * scale, 1),
            round((load.health.stale + load.health.due) * scale, 1),
            round(load.health.current * scale, 1),
        )
        for load in loads
    )


def _change_page(work: Work, verb: str, items: Sequence[str], here: str, typed: Typed) -> ChangePage:
    if verb not in VERBS:
        raise Refused("Choose what to do with the items: assign them, give them a new date, or retire them.")
    picks = {pick.asset_id: pick for pick in read_picks(items)}
    if not picks:
        raise Refused("Select at least one item first. Nothing was changed.")
    cards = view_cards(work, list_assets_by_id(work, list(picks)), list_values(work))
    if not cards:
        raise Stale("None of these items is there any more. Look at the list again, then choose.")
    answered, held = list_answered_by(work, list(cards)), held_in(work, list(cards))
    affected = [
        Affected(card, f"{card.id}:{picks[card.id].revision}", tuple(question.text for question in answered[card.id]), held[card.id])
        for card in cards.values()
    ]
    expired = all(card.freshness.state == "expired" for card in cards.values())
    owners = tuple(read_asked(work).keepers) if verb == "assign" else ()
    is_expiry = expired if typed.is_expiry is None else typed.is_expiry
    return ChangePage(verb, VERBS[verb], tuple(affected), owners, typed.owner_id, typed.day, is_expiry, work.today, safe_path(here), "")
