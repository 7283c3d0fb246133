"""Orders a binder, and keeps how far it is."""

import secrets
from datetime import timedelta

from app.core.work import Work
from app.identity.rules import Permission, require
from app.plays.events import BinderOrdered
from app.plays.models import Binder, BinderSheet, BinderState, KitView
from app.plays.queries import get_kit_row
from app.plays.queries.binders import find_under_way, list_old

KEPT = timedelta(days=7)
# No letters or digits that are mistaken for one another; ten of them are 49 bits, which nobody guesses.
CODE_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 10


def order_binder(work: Work, kit_id: int, check_at: str, *, with_notes: bool) -> Binder:
    """Have the kit printed; the same that is still being made for the same person is given instead of a second one."""
    require(work.actor, Permission.USE_KITS)
    kit = get_kit_row(work, kit_id)
    waiting = find_under_way(work, kit.id or 0, with_notes=with_notes)
    if waiting is not None:
        return waiting
    binder = Binder(kit_id=kit.id or 0, requested_by=work.actor.id, requested_at=work.now, with_notes=with_notes, check_at=check_at)
    work.session.add(binder)
    work.session.flush()
    work.record(BinderOrdered(binder.id or 0))
    return binder


def begin_binder(work: Work, binder: Binder) -> None:
    """The job has it now."""
    binder.state, binder.progress = BinderState.PRINTING, 10


def give_codes(work: Work, binder: Binder, kit: KitView) -> dict[int, str]:
    """A new code for each entry with content; what was given by an earlier try is left alone, nobody has it on paper."""
    codes = {}
    for entry in kit.entries:
        if entry.card is not None and entry.is_usable:
            code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
            ids = {"asset_id": entry.card.id, "version_id": entry.card.version.id, "question_id": entry.question_id}
            work.session.add(BinderSheet(code=code, binder_id=binder.id or 0, **ids))
            codes[entry.id] = code
    binder.progress = 20
    return codes


def finish_binder(work: Work, binder: Binder, pdf: bytes, pages: int) -> None:
    """It can be fetched."""
    binder.state, binder.progress, binder.pdf, binder.pages, binder.message = BinderState.DONE, 100, pdf, pages, ""


def fail_binder(work: Work, binder: Binder, message: str) -> None:
    """It could not be made, and why."""
    binder.state, binder.message = BinderState.FAILED, message


def put_away_binders(work: Work) -> int:
    """Drop PDFs that are a week old; says how many."""
    old = list_old(work, work.now - KEPT)
    for binder in old:
        binder.state, binder.pdf = BinderState.PUT_AWAY, None
    return len(old)
