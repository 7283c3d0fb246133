"""Changes to buyer questions."""

from app.core.errors import Refused, Stale
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library.models import Reading
from app.library.queries import find_passage, get_shown
from app.messaging import queries, rules
from app.messaging.events import QuestionChanged
from app.messaging.models import BuyerQuestion, QuestionFacet, QuestionInput


def record_question(work: Work, data: QuestionInput) -> BuyerQuestion:
    """Keep what a buyer asked, and the passage that answers it if one is named."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    question = BuyerQuestion(text="", phrasings=[], created_at=work.now)
    _fill(work, question, data)
    audit(work, "create", "buyer_question", question.id)
    _tell(work, question, None)
    return question


def edit_question(work: Work, question_id: int, data: QuestionInput, revision: int) -> BuyerQuestion:
    """Change a question; Stale when somebody changed it since `revision` was read."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    question = queries.get_question(work, question_id)
    if question.revision != revision:
        raise Stale("This question was changed by somebody else meanwhile. Your text is kept below; compare, then save again.")
    before = question.asset_id
    question.revision += 1
    _fill(work, question, data)
    audit(work, "edit", "buyer_question", question.id)
    _tell(work, question, before)
    return question


def _fill(work: Work, question: BuyerQuestion, data: QuestionInput) -> None:
    chosen = {value.id for value in map(list_values(work).get, data.facet_ids) if value.facet != Facet.KIND}
    anchor = _checked_anchor(work, data)
    question.text = " ".join(data.text.split())
    question.phrasings = rules.clean_phrasings(question.text, data.phrasings)
    question.asset_id, question.anchor = data.asset_id, anchor
    work.session.add(question)
    work.session.flush()
    for row in queries.list_facet_rows(work, question.id or 0):
        work.session.delete(row)
    work.session.flush()
    work.session.add_all(QuestionFacet(question_id=question.id or 0, value_id=value_id) for value_id in sorted(chosen))


def _checked_anchor(work: Work, data: QuestionInput) -> str:
    """The anchor, when the item has such a passage; an empty one stands for the item as a whole."""
    if data.asset_id is None:
        return ""
    version = get_shown(work, data.asset_id).version
    if not data.anchor or version.reading == Reading.WAITING or find_passage(work, version.id or 0, data.anchor) is not None:
        return data.anchor
    raise Refused("The chosen item has no such passage. Show its passages, choose one, then save again.")


def _tell(work: Work, question: BuyerQuestion, before: int | None) -> None:
    assets = tuple(sorted({asset_id for asset_id in (before, question.asset_id) if asset_id is not None}))
    work.record(QuestionChanged(question.id or 0, assets))
