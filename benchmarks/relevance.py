"""How well search ranks: a folder with corpus.jsonl, queries.jsonl and qrels.tsv through the real analysis, index and ranking.
`python -m benchmarks.relevance DIR [--split dev]`; prints one JSON line last. Weights are chosen on dev, reported on test."""

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.search._whoosh import open_engine
from app.search.engine import CUSTOMER, RELEASED, SearchDocument, SearchRequest
from app.search.rules import ndcg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Whoosh is written for older Pythons
    from whoosh.analysis import StemmingAnalyzer
    from whoosh.fields import ID, TEXT, Schema
    from whoosh.filedb.filestore import RamStorage
    from whoosh.qparser import MultifieldParser, OrGroup, SimpleParser

FILES = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")
CUT = 10
SAMPLES = 2000
SEED = 20261121

Ranker = Callable[[str], list[str]]
Measured = Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]]  # a value of each question, by figure
Judgements = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Set:
    """A judged set: documents (id, title, text), the questions of one split, and what answers them."""

    name: str
    corpus: Sequence[tuple[str, str, str]]
    queries: Sequence[tuple[str, str]]
    judged: Judgements


def read_set(folder: Path, split: str) -> Set:
    """The judged set in a folder; questions without a judged answer are left out."""
    corpus = [(row["_id"], row.get("title", ""), row["text"]) for row in _rows(folder / "corpus.jsonl")]
    judged: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, grade = line.split("\t")[:3]
        if grade.lstrip("-").isdigit() and int(grade) > 0:
            judged.setdefault(query, {})[document] = int(grade)
    queries = [(row["_id"], row["text"]) for row in _rows(folder / "queries.jsonl") if row.get("split", "test") == split]
    return Set(folder.name, corpus, [query for query in queries if query[0] in judged], judged)


def our_ranking(data: Set, folder: Path, model: Path | None = None) -> Ranker:
    """The portal's engine: each row of the corpus an asset with one passage; with a model it goes by meaning, too."""
    engine = open_engine(folder, model)
    documents = [_document(number, title, text) for number, (_, title, text) in enumerate(data.corpus, start=1)]
    engine.rebuild(documents)
    engine.read_meaning(documents)
    assert model is None or not engine.list_unread(), "every passage has its vector"

    def ranked(question: str) -> list[str]:
        result = engine.search(SearchRequest(text=question, audiences=frozenset({CUSTOMER}), today=1, limit=CUT))
        assert result.ready and not result.timed_out
        return [data.corpus[hit.asset_id - 1][0] for hit in result.hits]

    return ranked


def whoosh_ranking(data: Set) -> Ranker:
    """What a team gets from Whoosh by its manual: BM25F, stemming, any word."""
    index = RamStorage().create_index(
        Schema(id=ID(stored=True), title=TEXT(analyzer=StemmingAnalyzer()), text=TEXT(analyzer=StemmingAnalyzer()))
    )
    writer = index.writer()
    for identity, title, text in data.corpus:
        writer.add_document(id=identity, title=title, text=text)
    writer.commit()
    searcher = index.searcher()
    parser = MultifieldParser(["title", "text"], index.schema, plugins=SimpleParser("text", None).plugins[:1], group=OrGroup)

    def ranked(question: str) -> list[str]:
        return [hit["id"] for hit in searcher.search(parser.parse(question), limit=CUT)]

    return ranked


def measure(data: Set, ranked: Ranker) -> Measured:
    """nDCG, recall and reciprocal rank at 10, and whether the first is right, of each question."""
    rows = []
    for identity, question in data.queries:
        grades = data.judged[identity]
        gains = [grades.get(document, 0) for document in ranked(question)]
        first = next((place for place, gain in enumerate(gains, start=1) if gain), 0)
        found = sum(gain > 0 for gain in gains)
        rows.append((ndcg(gains, grades.values(), CUT), found / len(grades), 1 / first if first else 0.0, float(first == 1)))
    table = np.array(rows, dtype=np.float64)
    return {name: table[:, column] for column, name in enumerate(("ndcg10", "recall10", "mrr10", "hit1"))}


def interval(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    """95 % interval of the mean by resampling questions."""
    picks = np.random.default_rng(SEED).integers(0, len(values), size=(SAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def main() -> None:
    """Print the figures of one set."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--split", default="test")
    options.add_argument("--model", type=Path, help="what `make model` built: rank by meaning, too")
    chosen = options.parse_args()
    if missing := [name for name in FILES if not (chosen.folder / name).is_file()]:
        options.error(f"{chosen.folder} holds no {' and no '.join(missing)}. `quiver judged FOLDER` writes a judged set.")
    data = read_set(chosen.folder, chosen.split)
    if not data.queries:
        options.error(f"No question of {chosen.folder} has a passage that answers it: there is nothing to measure.")
    with tempfile.TemporaryDirectory() as folder:
        ranked = our_ranking(data, Path(folder), chosen.model)
        started = time.perf_counter()
        ours = measure(data, ranked)
        spent = (time.perf_counter() - started) / len(data.queries) * 1000
    plain = measure(data, whoosh_ranking(data))
    print(f"{data.name}, {chosen.split}: {len(data.queries)} questions over {len(data.corpus)} passages, {spent:.1f} ms a question")
    figures = {"set": data.name, "mode": "hybrid" if chosen.model else "lexical", "queries": len(data.queries)}
    print(json.dumps(figures | compared(data.name, ours, plain)))


def compared(name: str, ours: Measured, plain: Measured) -> dict[str, object]:
    """Print each figure with its interval beside that of Whoosh by its defaults; the same by name."""
    figures: dict[str, object] = {}
    for figure, values in ours.items():
        mean, whoosh, spread = round(float(values.mean()), 4), round(float(plain[figure].mean()), 4), interval(values)
        print(f"{name:14} {figure:8} {mean:.3f} [{spread[0]:.3f}, {spread[1]:.3f}], Whoosh by its defaults {whoosh:.3f}")
        figures |= {figure: mean, f"{figure}_ci95": spread, f"whoosh_default_{figure}": whoosh}
    return figures


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _document(number: int, title: str, text: str) -> SearchDocument:
    return SearchDocument(
        asset_id=number,
        passage_id=number,
        title=title,
        heading="",
        text=text,
        questions="",
        tags="",
        language="en",
        facets=(),
        audience=CUSTOMER,
        status=RELEASED,
        review_on=0,
        expires_on=0,
        stale_now=False,
        twin="",
        changed_on=0,
    )


if __name__ == "__main__":
    main()
