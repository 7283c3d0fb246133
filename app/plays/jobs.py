"""Background verbs of kits: print binders, put old ones away. Safe to run twice."""

from collections.abc import Sequence
from dataclasses import replace

from app.core.desk import Desk
from app.core.errors import NotFound, NotPermitted
from app.core.printing import NotPrinted, count_pages, print_pdf
from app.plays import _binder as drawing
from app.plays.actions import binders
from app.plays.events import BinderOrdered
from app.plays.models import Binder, BinderState
from app.plays.queries import get_kit
from app.plays.queries.binders import find_requester, find_row, read_contents

NOT_THEIRS = "Whoever ordered this binder may not open the kit any more, so it was not made. Ask its owner to share it, then order again."
NOBODY = "Whoever ordered this binder can no longer sign in, so it was not made."


def print_binders(desk: Desk, events: Sequence[BinderOrdered]) -> None:
    """Make the PDFs of ordered binders, each as its requester may see the kit."""
    for event in events:
        html = _draw(desk, event.binder_id)
        if html:
            _print(desk, event.binder_id, html)


def put_away_binders(desk: Desk) -> None:
    """PDFs go after a week; a kit is printed again when it is needed."""
    with desk.open_work() as work:
        binders.put_away_binders(work)


def _draw(desk: Desk, binder_id: int) -> str:
    """The binder as HTML; empty when it is done already or nobody may have it."""
    with desk.open_work() as work:
        binder = _find_wanted(find_row(work, binder_id))
        if binder is None:
            return ""
        binders.begin_binder(work, binder)
        requester = find_requester(work, binder)
        if requester is None:
            binders.fail_binder(work, binder, NOBODY)
            return ""
        own = replace(work, actor=requester)
        try:
            kit = get_kit(own, binder.kit_id)
        except (NotFound, NotPermitted):
            binders.fail_binder(work, binder, NOT_THEIRS)
            return ""
        contents = read_contents(own, kit, binders.give_codes(own, binder, kit))
        view = drawing.build_binder(kit, contents, work.today, binder.check_at, with_notes=binder.with_notes, sender=requester.name)
    return drawing.draw_binder(view)


def _print(desk: Desk, binder_id: int, html: str) -> None:
    problem = ""
    pdf = b""
    try:
        pdf = print_pdf(html)
    except NotPrinted as error:
        problem = error.message
    with desk.open_work() as work:
        binder = _find_wanted(find_row(work, binder_id))
        if binder is None:
            return
        if problem:
            binders.fail_binder(work, binder, problem)
        else:
            binders.finish_binder(work, binder, pdf, count_pages(pdf))


def _find_wanted(binder: Binder | None) -> Binder | None:
    """The binder unless it is gone or done already."""
    return binder if binder is not None and binder.state in (BinderState.WAITING, BinderState.PRINTING) else None
