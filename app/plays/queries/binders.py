"""Reads binders, what goes into one, and what a sheet's code says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from app.core.errors import NotFound
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import User, UserActor
from app.identity.queries import lets_in
from app.identity.rules import Permission, require
from app.library.models import Asset, Status, Version
from app.library.queries import list_passages_of, view_passage
from app.library.rules import care_of, is_expired
from app.messaging.models import BuyerQuestion, QuestionFilter
from app.messaging.queries import list_briefly
from app.plays._binder import Contents
from app.plays.models import Binder, BinderSheet, BinderState, ItemKind, KitView
from app.plays.queries import get_kit_row

NO_BINDER = "There is no such binder, or it is not yours. Open the kit and print it again."
NO_SHEET = "No sheet of this portal has this code. Compare it with the sheet and try again, or ask whoever gave it to you."
QUESTIONS_A_STAGE = 6
PATIENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class SheetState:
    """What a printed sheet is worth now; `number` is the version on it, `current_number` what is given out today (0 for nothing).

    `asset_id` is for those who may see it; a stranger only learns whether the sheet is current.
    """

    is_current: bool
    number: int
    current_number: int
    changed_at: datetime | None
    asset_id: int


def get_binder(work: Work, kit_id: int, binder_id: int) -> Binder:
    """A binder of the actor's own, of a kit they may open."""
    kit = get_kit_row(work, kit_id)
    binder = work.session.get(Binder, binder_id)
    if binder is None or binder.kit_id != kit.id or binder.requested_by != work.actor.id:
        raise NotFound(NO_BINDER)
    return binder


def find_under_way(work: Work, kit_id: int, *, with_notes: bool) -> Binder | None:
    """The actor's binder of this kit, with notes or without, that is still being made; one that takes longer was lost on the way."""
    under_way = col(Binder.state).in_([BinderState.WAITING, BinderState.PRINTING]) & (col(Binder.requested_at) > work.now - PATIENCE)
    return work.session.exec(
        select(Binder).where(
            col(Binder.kit_id) == kit_id,
            col(Binder.requested_by) == work.actor.id,
            col(Binder.with_notes) == with_notes,
            under_way,
        )
    ).first()


def find_row(work: Work, binder_id: int) -> Binder | None:
    """A binder, for the job that makes it."""
    return work.session.get(Binder, binder_id)


def find_requester(work: Work, binder: Binder) -> UserActor | None:
    """Whoever ordered it, if they may still come in: a binder shows what they may see."""
    user = work.session.get(User, binder.requested_by) if binder.requested_by is not None else None
    if user is None or user.id is None or not lets_in(work, user):
        return None
    return UserActor(user.id, user.name, user.role, organisation_id=user.organisation_id)


def list_sheets(work: Work, binder_id: int) -> list[BinderSheet]:
    """The sheets of a binder that have a code."""
    return list(work.session.exec(select(BinderSheet).where(col(BinderSheet.binder_id) == binder_id)).all())


def read_contents(work: Work, kit: KitView, codes: Mapping[int, str]) -> Contents:
    """What the binder needs beside the kit, as the actor may see it; codes by entry."""
    require(work.actor, Permission.USE_KITS)
    whole = {entry.card.version.id for entry in kit.entries if entry.kind == ItemKind.ASSET and entry.card is not None and entry.is_usable}
    passages = list_passages_of(work, sorted(whole))
    stages = list_values(work).by_facet(Facet.STAGE)
    asking = frozenset(value.id for value in kit.facets if value.facet == Facet.STAKEHOLDER)
    shown = {value.id for entry in kit.entries if entry.card is not None for value in entry.card.facets}
    questions = {}
    for stage in stages:
        if stage.id in shown:
            chosen = QuestionFilter(facets=(frozenset({stage.id}), *([asking] if asking else [])))
            questions[stage.id] = [brief.text for brief in list_briefly(work, chosen, QUESTIONS_A_STAGE)]
    views = {version_id: [view_passage(row) for row in rows] for version_id, rows in passages.items()}
    return Contents(views, codes, questions, stages)


def list_old(work: Work, before: datetime) -> list[Binder]:
    """Binders ordered before this time whose PDF is still kept."""
    return list(work.session.exec(select(Binder).where(col(Binder.requested_at) < before, col(Binder.pdf).is_not(None))).all())


def get_sheet_state(work: Work, code: str) -> SheetState:
    """What the sheet with this code is worth now; NotFound for a code that no sheet has. Tells nothing of what stands on it."""
    sheet = work.session.get(BinderSheet, code.casefold()[:20])
    if sheet is None:
        raise NotFound(NO_SHEET)
    asset = work.session.get(Asset, sheet.asset_id) if sheet.asset_id is not None else None
    printed = work.session.get(Version, sheet.version_id) if sheet.version_id is not None else None
    number = printed.number if printed is not None else 0
    if asset is None or asset.status != Status.RELEASED or is_expired(care_of(asset), work.today):
        return SheetState(False, number, 0, None, asset.id or 0 if asset is not None else 0)
    released = work.session.get(Version, asset.released_version_id) if asset.released_version_id is not None else None
    if released is None:
        return SheetState(False, number, 0, None, asset.id or 0)
    is_current = released.id == sheet.version_id and _still_answers(work, sheet)
    return SheetState(is_current, number, released.number, released.released_at, asset.id or 0)


def _still_answers(work: Work, sheet: BinderSheet) -> bool:
    """Whether the question on the sheet, if there is one, is still answered by the same item."""
    if sheet.question_id is None:
        return True
    question = work.session.get(BuyerQuestion, sheet.question_id)
    return question is not None and question.asset_id == sheet.asset_id
