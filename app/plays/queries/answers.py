"""Finds what refers to a buyer question; called when one is merged into another."""

from sqlmodel import col, select

from app.core.work import Work
from app.identity.rules import Permission, require
from app.plays.models import BinderSheet, KitItem


def list_referring(work: Work, question_id: int) -> list[KitItem | BinderSheet]:
    """Every entry of a kit and printed sheet that shows this question's answer, whosever it is."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    items = work.session.exec(select(KitItem).where(col(KitItem.question_id) == question_id)).all()
    sheets = work.session.exec(select(BinderSheet).where(col(BinderSheet.question_id) == question_id)).all()
    return [*items, *sheets]
