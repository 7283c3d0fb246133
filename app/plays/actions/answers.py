"""Kits follow a buyer question that was merged into another; called by the page that merges."""

from collections.abc import Iterable

from app.core.work import Work
from app.identity.rules import Permission, require
from app.plays.models import BinderSheet, KitItem


def point_to(work: Work, referring: Iterable[KitItem | BinderSheet], question_id: int) -> None:
    """Let these entries and sheets show this question's answer."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    for one in referring:
        one.question_id = question_id
        work.session.add(one)
