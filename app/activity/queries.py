"""Reads the activity log; called by pages that show what was asked and how those questions did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, Select, Subquery, case, extract, func
from sqlmodel import col, select

from app.activity import rules
from app.activity.models import ActivityEntry, QuestionFigures, Verb
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.rules import Permission, require

LOOKED_AT = 500
TAKEN = (Verb.COPIED, Verb.DOWNLOADED)
USES = (Verb.VIEWED, *TAKEN, Verb.ANSWERED)


def list_last_questions(work: Work) -> list[str]:
    """What was asked lately, the latest first and each once: words only, not who said them. For those who edit the framework."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    asked = select(ActivityEntry.question).where(col(ActivityEntry.verb) == Verb.ASKED, col(ActivityEntry.question) != "")
    rows = work.session.exec(asked.order_by(col(ActivityEntry.id).desc()).limit(LOOKED_AT)).all()
    return list(dict.fromkeys(" ".join(text.split()) for text in rows))


def list_question_figures(work: Work, since: datetime, page: PageRequest) -> Page[QuestionFigures]:
    """How each question did that was asked since then, the worst first (rules.POINTS_...), in one statement. For marketing."""
    rows = _read(work, since, page.offset, page.size)
    return Page(tuple(QuestionFigures(*row[:-1]) for row in rows), rows[0][-1] if rows else 0, page.number, page.size)


def list_worst(work: Work, since: datetime, limit: int) -> list[QuestionFigures]:
    """The first so many of the same, for an export."""
    return [QuestionFigures(*row[:-1]) for row in _read(work, since, 0, limit)]


def _read(work: Work, since: datetime, offset: int, limit: int) -> Sequence[Any]:
    """The figures of each question and, last, how many questions there are."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    return work.session.execute(_figures(since).offset(offset).limit(limit)).all()


def _figures(since: datetime) -> Select[*tuple[Any, ...]]:
    told = _told(since)
    is_asked = told.c.verb == Verb.ASKED
    is_soon = told.c.second_after - told.c.second <= rules.SOON.total_seconds()
    was_used = (told.c.words_after == told.c.words) & told.c.verb_after.in_(USES)
    asked_again = (told.c.verb_after == Verb.ASKED) & (told.c.words_after != told.c.words) & is_soon
    nothing_found = _sum(is_asked & (told.c.answers == 0))
    not_used = _sum(is_asked & ~func.coalesce(was_used, False))
    again = _sum(is_asked & asked_again)
    said_no = func.count(case((told.c.verb == Verb.NOT_ANSWERED, told.c.user_id)).distinct())
    badly = (
        rules.POINTS_NOTHING_FOUND * nothing_found
        + rules.POINTS_SAID_NO * said_no
        + rules.POINTS_NOT_USED * not_used
        + rules.POINTS_ASKED_AGAIN * again
    )
    return (
        sqlalchemy.select(
            func.min(case((is_asked, told.c.question))),
            _sum(is_asked),
            func.count(case((is_asked, told.c.user_id)).distinct()),
            nothing_found,
            not_used,
            again,
            _sum(told.c.verb == Verb.VIEWED),
            _sum(told.c.verb.in_(TAKEN)),
            said_no,
            func.max(case((is_asked, told.c.at))),
            func.count().over(),
        )
        .where(told.c.words != "")
        .group_by(told.c.words)
        .having(_sum(is_asked) > 0)
        .order_by(badly.desc(), _sum(is_asked).desc(), told.c.words)
    )


def _told(since: datetime) -> Subquery:
    """What people did, each entry with the one that followed it; who looks at the same answers once more has not asked again."""
    seen = _seen(since)
    once_more = (seen.c.words == seen.c.words_before) & (seen.c.second - seen.c.second_before <= rules.SOON.total_seconds())
    following = [
        _in_turn(func.lead(seen.c[name], type_=seen.c[name].type), seen.c).label(f"{name}_after") for name in ("verb", "words", "second")
    ]
    return sqlalchemy.select(seen, *following).where(~((seen.c.verb == Verb.ASKED) & func.coalesce(once_more, False))).subquery()


def _seen(since: datetime) -> Subquery:
    """What people did since then, each entry with the words of the one before it and the seconds of both."""
    entry = sqlalchemy.inspect(ActivityEntry).columns
    second = extract("epoch", entry.at)
    before = [
        _in_turn(func.lag(each), entry).label(name) for name, each in (("words_before", entry.question_words), ("second_before", second))
    ]
    query = sqlalchemy.select(
        *(entry.id, entry.at, entry.user_id, entry.verb, entry.question, entry.answers),
        *(entry.question_words.label("words"), second.label("second"), *before),
    )
    return query.where(entry.at >= since, entry.user_id.is_not(None)).subquery()


def _in_turn(looked_up: sqlalchemy.Function[Any], entry: Any) -> sqlalchemy.Over[Any]:
    """What one person did, one after the other."""
    return looked_up.over(partition_by=entry.user_id, order_by=(entry.at, entry.id))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
