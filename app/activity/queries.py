"""Reads the activity log; called by pages that show what was asked."""

from sqlmodel import col, select

from app.activity.models import ActivityEntry, Verb
from app.core.work import Work
from app.identity.rules import Permission, require

LOOKED_AT = 500


def list_last_questions(work: Work) -> list[str]:
    """What was asked lately, the latest first and each once: words only, not who said them. For those who edit the framework."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    asked = select(ActivityEntry.question).where(col(ActivityEntry.verb) == Verb.ASKED, col(ActivityEntry.question) != "")
    rows = work.session.exec(asked.order_by(col(ActivityEntry.id).desc()).limit(LOOKED_AT)).all()
    return list(dict.fromkeys(" ".join(text.split()) for text in rows))
