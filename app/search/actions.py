"""Searches people keep: save one under a name, remove it. The judged set: grade passages for a question, take a question out."""

from collections.abc import Mapping, Sequence

from app.activity.models import LONGEST_QUESTION
from app.activity.rules import bare
from app.core.errors import PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.search.models import Gradable, Graded, Judgement, SavedSearch
from app.search.queries.judged import list_gradables, list_judgements
from app.search.queries.saved import get_saved, list_saved

LONGEST_NAME = 120
MOST = 100
GRADES = (0, 1, 2)
MOST_GRADED = 200  # passages of one question
NO_STATE = "This form does not say which grades it was made from. Nothing was changed; reload the page and grade again."
GRADED_MEANWHILE = "Somebody graded this question meanwhile. Nothing of yours was saved yet: look at theirs, then save again."
REMOVED_MEANWHILE = "Somebody graded this question meanwhile. Nothing was removed: look at their grades first."


def save_search(work: Work, name: str, query: str) -> SavedSearch:
    """Keep a search for whoever asks; `query` is its address behind /ask?. One of that name is replaced."""
    require(work.actor, Permission.ASK)
    label = " ".join(name.replace("\0", " ").split())[:LONGEST_NAME]
    if not label or work.actor.id is None:
        raise Refused("Give the search a name first. Nothing was saved.")
    known = list_saved(work)
    same = next((one for one in known if one.name.casefold() == label.casefold()), None)
    if same is None and len(known) >= MOST:
        raise Refused(f"You keep {MOST} searches already. Remove one you no longer need, then save this one.")
    saved = get_saved(work, same.id) if same else SavedSearch(user_id=work.actor.id, name=label, query=query, created_at=work.now)
    saved.name, saved.query = label, query
    work.session.add(saved)
    work.session.flush()
    audit(work, "save", "saved_search", saved.id)
    return saved


def remove_search(work: Work, search_id: int) -> None:
    """Take one of the actor's own searches off their list."""
    require(work.actor, Permission.ASK)
    work.session.delete(get_saved(work, search_id))
    audit(work, "remove", "saved_search", search_id)


def grade_passages(work: Work, question: str, grades: Mapping[tuple[int, str], int | None], state: str) -> Graded:
    """Keep how well these passages (item, digest) answer the question, None for not graded. `state` is `state_of` what the grades were made
    from; Stale when somebody else graded meanwhile."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    text = " ".join(question.replace("\0", " ").split())[:LONGEST_QUESTION]
    if not bare(text):
        raise Refused("Write the question first. Nothing was saved.")
    if len(grades) > MOST_GRADED or any(grade not in (None, *GRADES) for grade in grades.values()):
        raise Refused("A grade is 0, 1 or 2. Nothing was saved.")
    judged = list_judgements(work, text)
    _check_state(judged, state, GRADED_MEANWHILE)
    known = {(one.asset_id, one.digest): one for one in judged}
    there = {(each.card.id, each.digest): each for some in list_gradables(work, {key[0] for key in grades}).values() for each in some}
    for key, grade in grades.items():
        if key in there:
            _grade(work, text, there[key], known, grade)
    audit(work, "grade", "judged_question", None, title=text, passages=len(grades))
    given = [key in there for key, grade in grades.items() if grade is not None]
    return Graded(kept=sum(given), lost=len(given) - sum(given))


def remove_judgements(work: Work, question: str, state: str) -> None:
    """Take a question with all its grades out of the judged set."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    judged = list_judgements(work, question)
    _check_state(judged, state, REMOVED_MEANWHILE)
    for one in judged:
        work.session.delete(one)
    audit(work, "remove", "judged_question", None, title=question[:LONGEST_QUESTION], passages=len(judged))


def state_of(judged: Sequence[Judgement]) -> str:
    """Changes whenever a grade of these does."""
    last = max((one.graded_at.isoformat() for one in judged), default="")
    return f"{len(judged)} {last}"


def _check_state(judged: Sequence[Judgement], state: str, meanwhile: str) -> None:
    if not state:
        raise PreconditionMissing(NO_STATE)
    if state != state_of(judged):
        raise Stale(meanwhile)


def _grade(work: Work, question: str, passage: Gradable, known: Mapping[tuple[int, str], Judgement], grade: int | None) -> None:
    """One grade; what was said of the text that stood there before goes."""
    same = known.get((passage.card.id, passage.digest))
    if grade is None:
        if same is not None:
            work.session.delete(same)
        return
    if same is not None and same.grade == grade:
        return
    for one in known.values():
        if one is not same and (one.asset_id, one.anchor) == (passage.card.id, passage.anchor):
            work.session.delete(one)
    row = same or Judgement(
        question=question,
        question_words=bare(question)[:LONGEST_QUESTION],
        asset_id=passage.card.id,
        version_id=passage.card.version.id,
        anchor=passage.anchor,
        digest=passage.digest,
        grade=grade,
        graded_at=work.now,
    )
    row.grade, row.graded_by, row.graded_at = grade, work.actor.id, work.now
    work.session.add(row)
