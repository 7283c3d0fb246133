"""Changes to buyer questions."""

from sqlalchemy import delete, update
from sqlmodel import col

from app.core.errors import Conflict, Refused
from app.core.work import Work
from app.framework.models import CALL_FACETS, Facet
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library.models import Reading
from app.library.queries import find_passage, get_shown
from app.messaging import queries, rules
from app.messaging.events import QuestionChanged
from app.messaging.models import AskedInput, BuyerQuestion, Move, QuestionAsked, QuestionFacet, QuestionInput

SHORTEST = 3
AT_ONCE = 500  # ids in one statement


def record_question(work: Work, data: QuestionInput) -> BuyerQuestion:
    """Keep what a buyer asked, and the passage that answers it if one is named."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    question = BuyerQuestion(text="", phrasings=[], created_by=work.actor.id, created_at=work.now)
    _fill(work, question, data)
    audit(work, "create", "buyer_question", question.id)
    _tell(work, question, None)
    return question


def edit_question(work: Work, question_id: int, data: QuestionInput, revision: int | None) -> BuyerQuestion:
    """Change a question; Stale when somebody changed it since `revision` was read."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    question = queries.get_question(work, question_id)
    rules.check_revision(question.revision, revision)
    before = question.asset_id
    question.revision += 1
    _fill(work, question, data)
    audit(work, "edit", "buyer_question", question.id)
    _tell(work, question, before)
    return question


def link_answer(work: Work, question_id: int, asset_id: int, anchor: str, revision: int | None) -> BuyerQuestion:
    """This passage answers the question from now on, whatever did before; Stale as with `edit_question`."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    question = queries.get_question(work, question_id)
    rules.check_revision(question.revision, revision)
    before = question.asset_id
    _point(work, question, asset_id, anchor)
    question.revision += 1
    work.session.add(question)
    audit(work, "answer", "buyer_question", question.id, asset_id=asset_id)
    _tell(work, question, before)
    return question


def merge_question(work: Work, question_id: int, into_id: int, revision: int | None) -> BuyerQuestion:
    """Make two questions one: `into_id` gets wordings, facets, every time buyers asked, and the answer if it has none; the other goes.

    Stale as with `edit_question`. Raises Refused when together they would have more wordings than a question holds.
    """
    require(work.actor, Permission.EDIT_QUESTIONS)
    question, kept = queries.get_question(work, question_id), queries.get_question(work, into_id)
    rules.check_revision(question.revision, revision)
    if question_id == into_id:
        raise Refused("Choose another question. A question cannot be merged into itself; nothing was changed.")
    wordings = rules.clean_phrasings(kept.text, [*kept.phrasings, question.text, *question.phrasings], None)
    if len(wordings) > rules.MOST_PHRASINGS:
        raise Refused(f"Together they have more than {rules.MOST_PHRASINGS} wordings. Take some away, then merge; nothing was changed.")
    before = question.asset_id
    kept.phrasings = wordings
    if kept.asset_id is None:
        kept.asset_id, kept.anchor = question.asset_id, question.anchor
        kept.anchor_version_id, kept.lost_passage = question.anchor_version_id, question.lost_passage
    carried = queries.list_facet_ids(work, [question_id, into_id])
    more = set(carried.get(question_id, ())) - set(carried.get(into_id, ()))
    work.session.add_all(QuestionFacet(question_id=into_id, value_id=value_id) for value_id in sorted(more))
    work.session.exec(update(QuestionAsked).where(col(QuestionAsked.question_id) == question_id).values(question_id=into_id))
    kept.times_asked += question.times_asked
    kept.last_asked_at = max((at for at in (kept.last_asked_at, question.last_asked_at) if at is not None), default=None)
    kept.revision += 1
    work.session.add(kept)
    audit(work, "merge", "buyer_question", into_id, merged=question_id, text=question.text, asked=question.times_asked)
    _delete(work, question)
    _tell(work, kept, before)
    return kept


def remove_question(work: Work, question_id: int, revision: int | None) -> None:
    """Take a question away that no buyer asked; one they asked is merged, so that the count is kept. Stale as with `edit_question`."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    question = queries.get_question(work, question_id)
    rules.check_revision(question.revision, revision)
    if question.times_asked:
        raise Conflict(rules.WAS_ASKED)
    audit(work, "remove", "buyer_question", question_id, text=question.text)
    _delete(work, question)
    _tell(work, question, None)


def move_anchor(work: Work, move: Move) -> None:
    """Follow a passage into the version readers get now, or note that it is lost; nothing when somebody was faster."""
    question = queries.find_question(work, move.question_id)
    if question is None or question.revision != move.revision:
        return
    question.revision += 1
    question.anchor, question.anchor_version_id = move.anchor, move.version_id if move.anchor else None
    question.lost_passage = None if move.anchor else move.lost
    work.session.add(question)
    audit(work, "move" if move.anchor else "lose_passage", "buyer_question", question.id, anchor=move.anchor)
    _tell(work, question, None)


def record_asked(work: Work, data: AskedInput) -> BuyerQuestion:
    """A buyer asked this: counted on the question of these words, or the one named; a question nobody knows is created.

    The call goes along, and gives a new question its place on the map.
    """
    require(work.actor, Permission.RECORD_ASKED)
    words, context = rules.clean_line(data.text), _known_keys(work, data.context)
    question = _asked_question(work, words, data.question_id, context)
    heard = {"words": words} if words and rules.bare(words) != rules.bare(question.text) else {}
    note = rules.clean_line(data.note)
    row = QuestionAsked(question_id=question.id or 0, user_id=work.actor.id, asked_at=work.now, note=note, context={**context, **heard})
    work.session.add(row)
    counted = update(BuyerQuestion).where(col(BuyerQuestion.id) == question.id)
    work.session.exec(counted.values(times_asked=col(BuyerQuestion.times_asked) + 1, last_asked_at=work.now))
    work.session.refresh(question)
    audit(work, "record_asked", "buyer_question", question.id)
    return question


def hand_over_questions(work: Work, user_id: int, new_owner_id: int) -> None:
    """The questions this person recorded are somebody else's to look after; who heard them from buyers stays as it was."""
    require(work.actor, Permission.MANAGE_USERS)
    work.session.exec(update(BuyerQuestion).where(col(BuyerQuestion.created_by) == user_id).values(created_by=new_owner_id))


def move_carriers(work: Work, value_id: int, target_id: int) -> int:
    """Give every question that carries a facet value the target instead; says how many. Called when the value is retired.

    Each counts a change, so that a form opened before is noticed.
    """
    require(work.actor, Permission.EDIT_QUESTIONS)
    question_ids = [question_id for question_id, _ in queries.list_carriers(work, value_id)]
    have = {question_id for question_id, _ in queries.list_carriers(work, target_id)}
    for start in range(0, len(question_ids), AT_ONCE):
        some = question_ids[start : start + AT_ONCE]
        changed = update(BuyerQuestion).where(col(BuyerQuestion.id).in_(some))
        work.session.exec(changed.values(revision=col(BuyerQuestion.revision) + 1))
        work.session.add_all(QuestionFacet(question_id=one, value_id=target_id) for one in some if one not in have)
    work.session.exec(delete(QuestionFacet).where(col(QuestionFacet.value_id) == value_id))
    audit(work, "move_questions", "facet_value", value_id, to=target_id, questions=len(question_ids))
    return len(question_ids)


def _asked_question(work: Work, words: str, question_id: int | None, context: dict[str, str]) -> BuyerQuestion:
    if question_id is not None:
        return queries.get_question(work, question_id)
    if len(rules.bare(words)) < SHORTEST:
        raise Refused("Write the buyer's question first, in at least three letters. Nothing was recorded.")
    known = queries.find_same(work, words)
    if known is not None:
        return known
    question = BuyerQuestion(text=words, phrasings=[], created_by=work.actor.id, created_at=work.now)
    work.session.add(question)
    work.session.flush()
    values = list_values(work)
    found = (values.find(Facet(facet), key) for facet, key in context.items())
    work.session.add_all(QuestionFacet(question_id=question.id or 0, value_id=value.id) for value in found if value is not None)
    _tell(work, question, None)
    return question


def _known_keys(work: Work, context: dict[str, str]) -> dict[str, str]:
    """The call as keys of values there are."""
    values = list_values(work)
    return {facet.value: key for facet in CALL_FACETS if values.find(facet, key := context.get(facet.value, "")) is not None}


def _fill(work: Work, question: BuyerQuestion, data: QuestionInput) -> None:
    values = list_values(work)
    kept = values.only_retired(queries.list_facet_ids(work, [question.id or 0]).get(question.id or 0, ()))  # no form offers them
    chosen = {value.id for value in map(values.get, set(data.facet_ids) - kept) if value.facet in CALL_FACETS} | kept
    _point(work, question, data.asset_id, data.anchor)
    question.text = rules.clean_line(data.text)
    question.phrasings = rules.clean_phrasings(question.text, data.phrasings)
    work.session.add(question)
    work.session.flush()
    for row in queries.list_facet_rows(work, question.id or 0):
        work.session.delete(row)
    work.session.flush()
    work.session.add_all(QuestionFacet(question_id=question.id or 0, value_id=value_id) for value_id in sorted(chosen))


def _delete(work: Work, question: BuyerQuestion) -> None:
    work.session.exec(delete(QuestionFacet).where(col(QuestionFacet.question_id) == question.id))
    work.session.flush()
    work.session.delete(question)
    work.session.flush()


def _point(work: Work, question: BuyerQuestion, asset_id: int | None, anchor: str) -> None:
    """Answer by this passage, when the item has it; an empty anchor stands for the item as a whole."""
    version = get_shown(work, asset_id).version if asset_id is not None else None
    if version is None:
        anchor = ""
    elif anchor and version.reading != Reading.WAITING and find_passage(work, version.id or 0, anchor) is None:
        raise Refused("The chosen item has no such passage. Show its passages, choose one, then save again.")
    question.asset_id, question.anchor, question.lost_passage = asset_id, anchor, None
    question.anchor_version_id = version.id if version is not None and anchor else None


def _tell(work: Work, question: BuyerQuestion, before: int | None) -> None:
    assets = tuple(sorted({asset_id for asset_id in (before, question.asset_id) if asset_id is not None}))
    work.record(QuestionChanged(question.id or 0, assets))
