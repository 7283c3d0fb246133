"""Reads buyer questions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import true
from sqlmodel import col, func, select

from app.core.errors import NotFound
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.queries import list_values
from app.library.models import Asset, Status
from app.library.queries import list_cards, may_see
from app.messaging.models import BuyerQuestion, QuestionFacet, QuestionView


def get_question(work: Work, question_id: int) -> BuyerQuestion:
    """One question; NotFound when there is none."""
    question = work.session.get(BuyerQuestion, question_id)
    if question is None:
        raise NotFound("There is no such question. It may have been removed; look at the list of questions.")
    return question


def get_question_view(work: Work, question_id: int) -> QuestionView:
    """One question as pages show it."""
    return _views(work, [get_question(work, question_id)])[0]


def list_questions(work: Work, page: PageRequest) -> Page[QuestionView]:
    """All questions, newest first."""
    total = work.session.exec(select(func.count()).select_from(BuyerQuestion)).one()
    rows = work.session.exec(select(BuyerQuestion).order_by(col(BuyerQuestion.id).desc()).offset(page.offset).limit(page.size)).all()
    return Page(tuple(_views(work, rows)), total, page.number, page.size)


def list_answered_by(work: Work, asset_ids: Iterable[int]) -> dict[int, list[BuyerQuestion]]:
    """Questions these assets answer, by asset; for the index."""
    found: dict[int, list[BuyerQuestion]] = defaultdict(list)
    for question in work.session.exec(select(BuyerQuestion).where(col(BuyerQuestion.asset_id).in_(list(asset_ids)))).all():
        found[question.asset_id or 0].append(question)
    return found


def list_related(work: Work, facet_ids: Sequence[int], limit: int) -> list[BuyerQuestion]:
    """Questions answered by a released item this actor may see, those of the same call first."""
    same = func.count(col(QuestionFacet.value_id))
    of_call = (col(QuestionFacet.question_id) == col(BuyerQuestion.id)) & col(QuestionFacet.value_id).in_(facet_ids)
    answered = select(BuyerQuestion).join(Asset, col(Asset.id) == col(BuyerQuestion.asset_id)).outerjoin(QuestionFacet, of_call)
    ranked = answered.group_by(col(BuyerQuestion.id)).order_by(same.desc(), col(BuyerQuestion.id)).limit(limit)
    current = (col(Asset.status) == Status.RELEASED) & func.coalesce(col(Asset.expires_on) >= work.today, true())
    return list(work.session.exec(ranked.where(may_see(work), current)).all())


def list_facet_rows(work: Work, question_id: int) -> list[QuestionFacet]:
    """The facet rows of one question, for replacing them."""
    return list(work.session.exec(select(QuestionFacet).where(col(QuestionFacet.question_id) == question_id)).all())


def find_by_text(work: Work, text: str) -> BuyerQuestion | None:
    """The question with exactly this wording."""
    return work.session.exec(select(BuyerQuestion).where(col(BuyerQuestion.text) == text)).first()


def _views(work: Work, rows: Sequence[BuyerQuestion]) -> list[QuestionView]:
    ids = [row.id or 0 for row in rows]
    chosen: dict[int, list[int]] = defaultdict(list)
    for facet in work.session.exec(select(QuestionFacet).where(col(QuestionFacet.question_id).in_(ids))).all():
        chosen[facet.question_id].append(facet.value_id)
    values = list_values(work)
    cards = list_cards(work, [row.asset_id for row in rows if row.asset_id is not None], values)
    return [
        QuestionView(
            id=row.id or 0,
            text=row.text,
            phrasings=tuple(row.phrasings),
            facets=values.pick(chosen[row.id or 0]),
            card=cards.get(row.asset_id or 0),
            anchor=row.anchor,
            revision=row.revision,
        )
        for row in rows
    ]
