"""Reads buyer questions; what a reader may know of them follows from what answers them."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

import sqlalchemy
from sqlalchemy import ColumnElement, Select, String, bindparam, case, cast, true
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select

from app.core.errors import NotFound
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.framework.models import CALL_FACETS
from app.framework.queries import list_values
from app.identity.queries import list_names
from app.identity.rules import Permission, may, require, visible_audiences
from app.library.models import Asset, Audience, Passage, Reading, Status, Version
from app.library.queries import list_cards, may_see
from app.library.queries.squares import Axes, Tagged, Tally, read_bits, sum_bits, tally
from app.messaging import rules
from app.messaging.models import (
    Adrift,
    AnswerState,
    AskedView,
    BuyerQuestion,
    QuestionAsked,
    QuestionBrief,
    QuestionFacet,
    QuestionFilter,
    QuestionText,
    QuestionView,
)

NOT_THERE = "There is no such question. It may have been removed; look at the list of questions."
MOST_ALIKE = 300
ANSWERED_BY = select(BuyerQuestion).where(col(BuyerQuestion.asset_id).in_(bindparam("ids", expanding=True)))


def may_know(work: Work) -> ColumnElement[bool]:
    """The condition every listing of questions carries for this actor: marketing knows all; others those that an item answers which
    they may see, and of the unanswered ones the house's own people all, partners what they recorded themselves."""
    if may(work.actor, Permission.EDIT_QUESTIONS):
        return true()
    is_of_house = Audience.INTERNAL in visible_audiences(work.actor)
    return _known(may_see(work), None if is_of_house else work.actor.id, is_of_house=is_of_house)


@lru_cache
def _known(seen: ColumnElement[bool], actor_id: int | None, *, is_of_house: bool) -> ColumnElement[bool]:
    # looked up for each question: a list of all that somebody may see takes longer than a page may
    answer = select(Asset.id).where(col(Asset.id) == col(BuyerQuestion.asset_id), seen)
    answered = answer.correlate(BuyerQuestion).exists()
    is_open = col(BuyerQuestion.asset_id).is_(None)
    if is_of_house:
        return is_open | answered
    return (is_open & (col(BuyerQuestion.created_by) == actor_id)) | answered


def get_question(work: Work, question_id: int) -> BuyerQuestion:
    """One question this actor may know of; NotFound otherwise, the same as if there were none."""
    question = work.session.exec(select(BuyerQuestion).where(col(BuyerQuestion.id) == question_id, may_know(work))).first()
    if question is None:
        raise NotFound(NOT_THERE)
    return question


def find_question(work: Work, question_id: int) -> BuyerQuestion | None:
    """A question by id, for jobs; not filtered."""
    return work.session.get(BuyerQuestion, question_id)


def get_question_view(work: Work, question_id: int) -> QuestionView:
    """One question as pages show it."""
    return _views(work, [get_question(work, question_id)])[0]


def list_questions(work: Work, page: PageRequest, chosen: QuestionFilter | None = None) -> Page[QuestionView]:
    """The questions of a filter, those asked most often first, of equals the newest."""
    where = _conditions(work, chosen or QuestionFilter())
    total = work.session.exec(select(func.count()).select_from(BuyerQuestion).where(*where)).one()
    ranked = select(BuyerQuestion).where(*where).order_by(col(BuyerQuestion.times_asked).desc(), col(BuyerQuestion.id).desc())
    rows = work.session.exec(ranked.offset(page.offset).limit(page.size)).all()
    return Page(tuple(_views(work, rows)), total, page.number, page.size)


def list_briefly(work: Work, chosen: QuestionFilter, limit: int) -> tuple[QuestionBrief, ...]:
    """The first questions of a filter, those asked most often first, in one statement."""
    return _briefs(work, _conditions(work, chosen), limit)


def list_briefly_by_id(work: Work, question_ids: Sequence[int]) -> tuple[QuestionBrief, ...]:
    """Those of these questions that the actor may know of, in this order."""
    found = _briefs(work, [may_know(work), col(BuyerQuestion.id).in_(question_ids)], len(question_ids))
    return tuple(sorted(found, key=lambda one: question_ids.index(one.id)))


def count_states(work: Work, chosen: QuestionFilter) -> dict[AnswerState, int]:
    """How many of the filter's questions are in each state, whichever state it names."""
    state = _state(work)
    query = select(state, func.count()).select_from(BuyerQuestion).where(*_conditions(work, QuestionFilter(chosen.text, chosen.facets)))
    found = dict(work.session.exec(query.group_by(state)).all())
    return {each: found.get(each.value, 0) for each in AnswerState}


def list_asked(work: Work, question_id: int, limit: int = 50) -> list[AskedView]:
    """When a question was asked, last first; for use behind `get_question`."""
    query = select(QuestionAsked).where(col(QuestionAsked.question_id) == question_id).order_by(col(QuestionAsked.id).desc())
    rows = work.session.exec(query.limit(limit)).all()
    names = list_names(work, {row.user_id for row in rows if row.user_id is not None})
    values = list_values(work)
    return [
        AskedView(
            asked_by=names.get(row.user_id or 0, ""),
            asked_at=row.asked_at,
            facets=tuple(
                value for facet in CALL_FACETS if (value := values.find(facet, str(row.context.get(facet.value, "")))) is not None
            ),
            words=str(row.context.get("words", "")),
            note=row.note,
        )
        for row in rows
    ]


def list_wordings(work: Work, question: BuyerQuestion) -> list[str]:
    """How buyers said it that is not among its phrasings yet, most frequent first."""
    query = select(QuestionAsked.context).where(col(QuestionAsked.question_id) == question.id).order_by(col(QuestionAsked.id).desc())
    heard = Counter(str(context.get("words", "")) for context in work.session.exec(query.limit(500)).all())
    known = {rules.bare(words) for words in ("", question.text, *question.phrasings)}
    return [words for words, _ in heard.most_common() if rules.bare(words) not in known][:10]


def list_answered_by(work: Work, asset_ids: Iterable[int]) -> dict[int, list[BuyerQuestion]]:
    """Questions these assets answer, by asset; for the index."""
    found: dict[int, list[BuyerQuestion]] = defaultdict(list)
    for question in work.session.exec(ANSWERED_BY, params={"ids": list(asset_ids)}).all():
        found[question.asset_id or 0].append(question)
    return found


def list_adrift(work: Work, asset_ids: Sequence[int]) -> list[Adrift]:
    """Questions of these assets whose passage is not known in the released version, once its text and that of the version it was found in
    are read; not filtered."""
    shown = col(Asset.released_version_id)
    known = select(Passage.id).where(col(Passage.version_id) == shown, col(Passage.anchor) == col(BuyerQuestion.anchor)).exists()
    stays = func.coalesce(col(BuyerQuestion.anchor_version_id), 0) == shown
    former = aliased(Version)
    query = select(BuyerQuestion, Version.id).join(Asset, col(Asset.id) == col(BuyerQuestion.asset_id))
    query = query.outerjoin(former, col(former.id) == col(BuyerQuestion.anchor_version_id))
    found = query.join(Version, col(Version.id) == shown).where(
        col(Asset.id).in_(asset_ids), col(BuyerQuestion.anchor) != "", ~(stays & known)
    )
    is_former_read = or_(col(former.id).is_(None), col(former.reading) != Reading.WAITING)
    read = found.where(col(Version.reading) != Reading.WAITING, is_former_read)
    rows = work.session.exec(read.order_by(col(BuyerQuestion.id))).all()
    return [Adrift(question, version_id or 0) for question, version_id in rows]


def list_related(work: Work, facet_ids: Sequence[int], limit: int) -> list[tuple[int, str]]:
    """Id and words of questions answered by a released item this actor may see: those of the same call, then those asked most often."""
    seen, today = may_see(work), {"today": work.today, "limit": limit}
    of_call = work.session.execute(_related_of_call(seen), {**today, "facets": facet_ids}).all() if facet_ids else []
    often = work.session.execute(_asked_often(seen), today).all() if len(of_call) < limit else []
    return list(dict.fromkeys((number, text) for number, text in (*of_call, *often)))[:limit]


def list_begun(work: Work, words: Sequence[str], limit: int, asset_ids: Sequence[int] | None = None) -> list[str]:
    """Questions an item answers now in which each of these words begins a word, often asked ones first; while somebody types. `asset_ids`
    are the only items looked at; None: all."""
    found = select(BuyerQuestion.text).where(may_know(work), _is_current(work), *(_begins(word) for word in words))
    if asset_ids is not None:
        found = found.where(col(BuyerQuestion.asset_id).in_(asset_ids))
    return list(work.session.exec(found.order_by(col(BuyerQuestion.times_asked).desc(), col(BuyerQuestion.id)).limit(limit)).all())


def list_sharing(work: Work, words: Sequence[str]) -> list[QuestionText]:
    """Questions this actor may know that hold some of these words, those with most of them first; for finding ones alike."""
    if not words:
        return []
    hits = sum((case((_holds(word), 1), else_=0) for word in words[1:]), start=case((_holds(words[0]), 1), else_=0))
    query = select(BuyerQuestion.id, BuyerQuestion.text, BuyerQuestion.phrasings).where(or_(*map(_holds, words)), may_know(work))
    rows = work.session.exec(query.order_by(hits.desc(), col(BuyerQuestion.times_asked).desc()).limit(MOST_ALIKE)).all()
    return [QuestionText(question_id or 0, text, tuple(phrasings)) for question_id, text, phrasings in rows]


def list_recorded(work: Work, user_id: int, limit: int) -> tuple[int, list[tuple[int, str]]]:
    """How many questions this person recorded first, and id and words of the newest; for those who manage users."""
    require(work.actor, Permission.MANAGE_USERS)
    recorded = select(BuyerQuestion.id, BuyerQuestion.text, func.count().over()).where(col(BuyerQuestion.created_by) == user_id)
    rows = work.session.exec(recorded.order_by(col(BuyerQuestion.id).desc()).limit(max(1, limit))).all()
    return (rows[0][2] if rows else 0), [(key or 0, text) for key, text, _ in rows[:limit]]


def list_facet_ids(work: Work, question_ids: Sequence[int]) -> dict[int, set[int]]:
    """The facet values of these questions, by question."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in work.session.exec(select(QuestionFacet).where(col(QuestionFacet.question_id).in_(question_ids))).all():
        found[row.question_id].add(row.value_id)
    return found


def count_by_square(work: Work, axes: Axes) -> Tally:
    """Buyer questions of each square of the map that this actor may know of."""
    if not axes.value_ids:
        return Tally({}, {}, 0)
    owner = col(QuestionFacet.question_id)
    tags = select(owner.label("id"), sum_bits(col(QuestionFacet.value_id), axes.value_ids).label("bits")).group_by(owner).subquery()
    query = select(tags.c.bits, func.count()).join(BuyerQuestion, col(BuyerQuestion.id) == tags.c.id)
    rows = work.session.exec(query.where(may_know(work), tags.c.bits > 0).group_by(tags.c.bits)).all()
    return tally(axes, (Tagged(read_bits(bits, axes.value_ids), number) for bits, number in rows))


def count_questions(work: Work, chosen: QuestionFilter) -> int:
    """How many questions a filter holds that this actor may know of."""
    return work.session.exec(select(func.count()).select_from(BuyerQuestion).where(*_conditions(work, chosen))).one()


def list_texts_of(work: Work, question_ids: Collection[int]) -> dict[int, str]:
    """Words by id, for those who see the audit log."""
    require(work.actor, Permission.SEE_AUDIT)
    rows = work.session.exec(select(BuyerQuestion.id, BuyerQuestion.text).where(col(BuyerQuestion.id).in_(question_ids))).all()
    return {question_id or 0: text for question_id, text in rows}


def list_facet_rows(work: Work, question_id: int) -> list[QuestionFacet]:
    """The facet rows of one question, for replacing them."""
    return list(work.session.exec(select(QuestionFacet).where(col(QuestionFacet.question_id) == question_id)).all())


def list_carriers(work: Work, value_id: int, limit: int | None = None) -> list[tuple[int, str]]:
    """Ids and words of the questions (or the first of them) that carry a facet value; not filtered, so for curators only."""
    carriers = select(QuestionFacet.question_id).where(col(QuestionFacet.value_id) == value_id)
    query = (
        select(col(BuyerQuestion.id), col(BuyerQuestion.text)).where(col(BuyerQuestion.id).in_(carriers)).order_by(col(BuyerQuestion.id))
    )
    rows = work.session.exec(query if limit is None else query.limit(limit)).all()
    return [(question_id or 0, text) for question_id, text in rows]


def count_carriers(work: Work, value_ids: Collection[int]) -> dict[int, int]:
    """How many questions carry each of these facet values, by value."""
    counted = select(QuestionFacet.value_id, func.count()).where(col(QuestionFacet.value_id).in_(value_ids))
    rows = work.session.exec(counted.group_by(col(QuestionFacet.value_id))).all()
    return {value_id: int(number) for value_id, number in rows}


def find_same(work: Work, text: str) -> BuyerQuestion | None:
    """The question of these words, whatever their case and punctuation; not filtered, so that nothing is recorded twice."""
    wanted = rules.bare(text)
    longest = max(rules.WORD.findall(text), key=len, default="")
    rows = work.session.exec(select(BuyerQuestion).where(_holds(longest)).order_by(col(BuyerQuestion.id))).all() if longest else ()
    return next((row for row in rows if wanted in map(rules.bare, (row.text, *row.phrasings))), None)


@lru_cache
def _asked_often(seen: ColumnElement[bool]) -> Select[int | None, str]:
    # the item is looked up for each question in their order until there are enough: joined, all items came first
    current = (col(Asset.status) == Status.RELEASED) & func.coalesce(col(Asset.expires_on) >= bindparam("today"), true())
    answer = select(Asset.id).where(col(Asset.id) == col(BuyerQuestion.asset_id), seen, current)
    ranked = sqlalchemy.select(col(BuyerQuestion.id), col(BuyerQuestion.text)).where(answer.correlate(BuyerQuestion).exists())
    return ranked.order_by(col(BuyerQuestion.times_asked).desc(), col(BuyerQuestion.id).desc()).limit(bindparam("limit"))


@lru_cache
def _related_of_call(seen: ColumnElement[bool]) -> Select[int | None, str]:
    of_call = col(QuestionFacet.value_id).in_(bindparam("facets", expanding=True))
    question = col(QuestionFacet.question_id)
    shared = sqlalchemy.select(question, func.count().label("number")).where(of_call).group_by(question).subquery()
    ranked = _asked_often(seen).join(shared, shared.c.question_id == col(BuyerQuestion.id)).order_by(None)
    return ranked.order_by(shared.c.number.desc(), col(BuyerQuestion.times_asked).desc(), col(BuyerQuestion.id).desc())


def _holds(word: str) -> ColumnElement[bool]:
    """Whether text or phrasings hold the word; phrasings are JSON, in which letters beyond ASCII are written as numbers."""
    stored = json.dumps(word)[1:-1]
    inside = cast(col(BuyerQuestion.phrasings), String).icontains(stored, autoescape=True)
    return col(BuyerQuestion.text).icontains(word, autoescape=True) | inside


def _begins(word: str) -> ColumnElement[bool]:
    text = col(BuyerQuestion.text)
    return text.istartswith(word, autoescape=True) | text.icontains(f" {word}", autoescape=True)


def _conditions(work: Work, chosen: QuestionFilter) -> list[ColumnElement[bool]]:
    found = [may_know(work), *(_holds(word) for word in rules.WORD.findall(chosen.text)[:12])]
    for values in chosen.facets:
        carriers = select(QuestionFacet.question_id).where(col(QuestionFacet.value_id).in_(sorted(values)))
        found.append(col(BuyerQuestion.id).in_(carriers))
    if chosen.state is not None:
        found.append(_state(work) == chosen.state.value)
    return found


def _state(work: Work) -> ColumnElement[str]:
    return case(
        (col(BuyerQuestion.asset_id).is_(None), AnswerState.UNANSWERED.value),
        (_is_current(work), AnswerState.ANSWERED.value),
        else_=AnswerState.OUTDATED.value,
    )


def _is_current(work: Work) -> ColumnElement[bool]:
    """Readers get the answer: its item is released and not expired, and the released version still has the passage."""
    shown = col(Asset.released_version_id)
    has_passage = select(Passage.id).where(col(Passage.version_id) == shown, col(Passage.anchor) == col(BuyerQuestion.anchor)).exists()
    waits = select(Version.id).where(col(Version.id) == shown, col(Version.reading) == Reading.WAITING).exists()
    whole = (col(BuyerQuestion.anchor) == "") & col(BuyerQuestion.lost_passage).is_(None)
    there = whole | has_passage | waits
    current = (col(Asset.status) == Status.RELEASED) & func.coalesce(col(Asset.expires_on) >= work.today, true())
    return select(Asset.id).where(col(Asset.id) == col(BuyerQuestion.asset_id), current, there).exists()


def _briefs(work: Work, where: Sequence[ColumnElement[bool]], limit: int) -> tuple[QuestionBrief, ...]:
    named = (col(BuyerQuestion.id), col(BuyerQuestion.text), col(BuyerQuestion.times_asked), _state(work), col(BuyerQuestion.revision))
    ranked = sqlalchemy.select(*named).where(*where).order_by(col(BuyerQuestion.times_asked).desc(), col(BuyerQuestion.id).desc())
    rows = work.session.execute(ranked.limit(limit)).all()
    return tuple(QuestionBrief(number, text, times, AnswerState(state), revision) for number, text, times, state, revision in rows)


def _views(work: Work, rows: Sequence[BuyerQuestion]) -> list[QuestionView]:
    ids = [row.id or 0 for row in rows]
    chosen = list_facet_ids(work, ids)
    states = dict(work.session.exec(select(BuyerQuestion.id, _state(work)).where(col(BuyerQuestion.id).in_(ids))).all())
    values = list_values(work)
    cards = list_cards(work, [row.asset_id for row in rows if row.asset_id is not None], values)
    names = list_names(work, {row.created_by for row in rows if row.created_by is not None})
    return [
        QuestionView(
            id=row.id or 0,
            text=row.text,
            phrasings=tuple(row.phrasings),
            facets=values.pick(chosen[row.id or 0]),
            card=cards.get(row.asset_id or 0),
            anchor=row.anchor,
            lost_passage=row.lost_passage or "",
            state=AnswerState(states[row.id]),
            times_asked=row.times_asked,
            last_asked_at=row.last_asked_at,
            asked_by=names.get(row.created_by or 0, ""),
            revision=row.revision,
        )
        for row in rows
    ]
