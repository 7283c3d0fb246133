"""`quiver judged FOLDER`: the judged set as files for `make bench-relevance`: the library's passages, the questions, the grades."""

import json
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import Refused
from app.core.templating import plural
from app.library.queries import list_asset_ids
from app.ops.portal import open_files, prepare_existing, write_private
from app.search.documents import BATCH, batched
from app.search.models import Gradable
from app.search.queries.judged import group_by_question, list_gradables, list_judgements, still_counting

NOTHING = "No question was judged yet, so there is nothing to write. Grade passages first: Buyer questions, How they do, Judged questions."


def write_judged(folder: Path) -> str:
    """Write corpus.jsonl, queries.jsonl and qrels.tsv into the folder, over what is there; says in a sentence what they hold. They hold
    the text of the whole library, so only this account may read them."""
    with open_files(prepare_existing()) as desk, desk.open_work(read_only=True) as work:
        by_question = group_by_question(list_judgements(work))
        gradables: dict[int, list[Gradable]] = {}
        for some in batched(list_asset_ids(work), BATCH):
            gradables |= list_gradables(work, some)
    graded = [(judged[0].question, still_counting(judged, gradables)) for judged in by_question.values()]
    graded = [(question, pairs) for question, pairs in graded if pairs]
    if not graded:
        raise Refused(NOTHING)
    corpus = [one for some in gradables.values() for one in some if one.text or len(some) == 1]
    folder.mkdir(parents=True, exist_ok=True)
    titled = ({"_id": _name(one), "title": one.card.title, "text": f"{one.heading}\n{one.text}".strip()} for one in corpus)
    write_private(folder / "corpus.jsonl", _lines(titled))
    questions = ({"_id": f"q{number}", "text": question} for number, (question, _) in enumerate(graded, start=1))
    write_private(folder / "queries.jsonl", _lines(questions))
    grades = [f"q{number}\t{_name(one)}\t{judged.grade}" for number, (_, pairs) in enumerate(graded, start=1) for judged, one in pairs]
    write_private(folder / "qrels.tsv", "\n".join(["query-id\tcorpus-id\tscore", *grades]))
    return f"{folder} holds {plural(len(graded), 'question')}, {plural(len(grades), 'grade')} and {plural(len(corpus), 'passage')}."


def _name(one: Gradable) -> str:
    return f"{one.card.id}/{one.anchor}"


def _lines(rows: Iterable[dict[str, str]]) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
