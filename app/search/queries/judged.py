"""The judged set: passages people graded for a question, as far as these still stand, and how well search ranks by them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlmodel import col, select

from app.activity.models import LONGEST_QUESTION
from app.activity.rules import bare
from app.core.work import Work
from app.framework.queries import list_values
from app.identity.queries import list_names
from app.identity.rules import Permission, require
from app.library import queries as library
from app.library.models import Status
from app.search import rules
from app.search.engine import Hit, SearchEngine
from app.search.models import (
    Gradable,
    GradedPassage,
    JudgedQuestion,
    JudgedSet,
    Judgement,
    Measure,
    Standing,
)
from app.search.queries import Question, request_of

TOP = 10
MEASURED_QUESTIONS = 100  # those graded last; each costs a search
NAMELESS = "?"  # any question: a request with everything but its words


def list_judgements(work: Work, question: str | None = None) -> list[Judgement]:
    """What was graded, the latest first; of one question, whatever its case and punctuation, or of all."""
    require(work.actor, Permission.EDIT_QUESTIONS)
    query = select(Judgement).order_by(col(Judgement.graded_at).desc(), col(Judgement.id).desc())
    return list(
        work.session.exec(query if question is None else query.where(Judgement.question_words == bare(question)[:LONGEST_QUESTION])).all()
    )


def list_gradables(work: Work, asset_ids: Collection[int]) -> dict[int, list[Gradable]]:
    """What readers get of these items that could be graded, by item: first what it says of itself, then its passages; three statements."""
    cards = library.list_cards(work, sorted(asset_ids), list_values(work))
    cards = {asset_id: card for asset_id, card in cards.items() if card.status == Status.RELEASED and card.freshness.state != "expired"}
    passages = library.list_passages_of(work, [card.version.id for card in cards.values()])
    found = {}
    for asset_id, card in cards.items():
        own = Gradable(card, 0, "", "", "", card.summary, rules.passage_digest("", card.summary))
        parts = [
            Gradable(card, one.id or 0, one.anchor, one.label, one.heading, one.text, rules.passage_digest(one.heading, one.text))
            for one in passages[card.version.id]
        ]
        found[asset_id] = [own, *parts]
    return found


def list_to_grade(work: Work, engine: SearchEngine, question: str) -> list[GradedPassage]:
    """The first ten of today and whatever was graded before, in an order that tells nothing of their rank."""
    judged = list_judgements(work, question)
    hits = engine.search(request_of(work, Question(question), list_values(work), TOP)).hits
    gradables = list_gradables(work, {*(hit.asset_id for hit in hits), *(one.asset_id for one in judged)})
    names = list_names(work, {one.graded_by for one in judged if one.graded_by is not None})
    found: dict[tuple[int, str], GradedPassage] = {}
    for hit in hits:
        shown = next((one for one in gradables.get(hit.asset_id, ()) if one.passage_id == hit.passage_id), None)
        if shown is not None:
            found[hit.asset_id, shown.digest] = GradedPassage(shown)
    for one in sorted(judged, key=lambda one: _standing(one, gradables)[0] == Standing.COUNTS):  # what counts hides what does not
        standing, passage = _standing(one, gradables)
        if passage is not None:
            told = GradedPassage(passage, one.grade, names.get(one.graded_by or 0, ""), one.graded_at, standing == Standing.CHANGED)
            found[one.asset_id, passage.digest] = told
    return [found[key] for key in sorted(found, key=lambda key: rules.passage_digest(str(key[0]), key[1]))]


def read_judged_set(work: Work, engine: SearchEngine) -> JudgedSet:
    """Every judged question, the one graded last first, and how well search ranks today by those graded last."""
    by_question = group_by_question(list_judgements(work))
    gradables = list_gradables(work, {one.asset_id for some in by_question.values() for one in some})
    names = list_names(work, {some[0].graded_by for some in by_question.values() if some[0].graded_by is not None})
    questions = tuple(_view(some, gradables, names) for some in by_question.values())
    return JudgedSet(questions, _measure(work, engine, list(by_question.values())[:MEASURED_QUESTIONS], gradables))


def group_by_question(judged: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    """Judgements by the words of their question, in the order in which they come."""
    found: dict[str, list[Judgement]] = defaultdict(list)
    for one in judged:
        found[one.question_words].append(one)
    return found


def still_counting(judged: Sequence[Judgement], gradables: Mapping[int, Sequence[Gradable]]) -> list[tuple[Judgement, Gradable]]:
    """Those whose passage readers still get word for word, with the passage."""
    found = ((one, *_standing(one, gradables)) for one in judged)
    return [(one, passage) for one, standing, passage in found if passage is not None and standing == Standing.COUNTS]


def _standing(judgement: Judgement, gradables: Mapping[int, Sequence[Gradable]]) -> tuple[Standing, Gradable | None]:
    """A judgement is of a text: it follows it to another place of its item, and is to be made anew when the place has another text."""
    parts = gradables.get(judgement.asset_id, ())
    same = next((one for one in parts if one.digest == judgement.digest), None)
    if same is not None:
        return Standing.COUNTS, same
    there = next((one for one in parts if one.anchor == judgement.anchor), None)
    return (Standing.CHANGED if there is not None else Standing.GONE), there


def _view(judged: Sequence[Judgement], gradables: Mapping[int, Sequence[Gradable]], names: Mapping[int, str]) -> JudgedQuestion:
    standing = [(_standing(one, gradables)[0], one.grade) for one in judged]
    last = judged[0]
    return JudgedQuestion(
        text=last.question,
        graded=sum(state == Standing.COUNTS for state, _ in standing),
        answers=sum(state == Standing.COUNTS and grade > 0 for state, grade in standing),
        changed=sum(state == Standing.CHANGED for state, _ in standing),
        gone=sum(state == Standing.GONE for state, _ in standing),
        graded_by=names.get(last.graded_by or 0, ""),
        graded_at=last.graded_at,
    )


def _measure(
    work: Work, engine: SearchEngine, judged: Sequence[Sequence[Judgement]], gradables: Mapping[int, Sequence[Gradable]]
) -> Measure | None:
    """How the order of today does by these; questions without a grade that names an answer are left out."""
    request = request_of(work, Question(NAMELESS), list_values(work), TOP)
    scores, firsts = [], []
    for some in judged:
        counting = still_counting(some, gradables)
        grades = {
            (one.asset_id, part.passage_id): one.grade
            for one, _ in counting
            for part in gradables[one.asset_id]
            if part.digest == one.digest
        }
        if any(grades.values()):
            gains, possible = _gains(engine.search(replace(request, text=some[0].question)).hits, grades)
            scores.append(rules.ndcg(gains, possible, TOP))
            firsts.append(bool(gains) and gains[0] > 0)
    return Measure(sum(scores) / len(scores), sum(firsts) / len(scores), len(scores)) if scores else None


def _gains(hits: Sequence[Hit], grades: Mapping[tuple[int, int], int]) -> tuple[list[int], list[int]]:
    """What each answer is worth by the passage shown of it, and what each could be. An item folded under another counts with it; what
    nobody graded counts as no answer."""
    best: dict[int, int] = defaultdict(int)
    for (asset_id, _), grade in grades.items():
        best[asset_id] = max(grade, best[asset_id])
    gains = [max(grades.get((hit.asset_id, hit.passage_id), 0), *(best.get(other, 0) for other in (0, *hit.twin_assets))) for hit in hits]
    together = [(hit.asset_id, *hit.twin_assets) for hit in hits]
    shown = {asset_id for some in together for asset_id in some}
    possible = [max(best.get(asset_id, 0) for asset_id in some) for some in together]
    return gains, possible + [grade for asset_id, grade in best.items() if asset_id not in shown]
