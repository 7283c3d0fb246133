"""The engines that benchmarks/search.py compares: the portal's own and what a team would take instead. Each is made once in a folder, holds
the same passages, and is asked for the same words, any of them, with the same weights of the fields."""

import inspect
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from unittest.mock import patch

import tantivy

from app.search import _kernels
from app.search._whoosh import VERSION, open_engine
from app.search.engine import SearchDocument, SearchEngine, SearchRequest
from benchmarks.passages import EVERYBODY, GROUPS, TODAY

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Whoosh is written for older Pythons
    from whoosh import query as whoosh_query
    from whoosh.analysis import StemmingAnalyzer
    from whoosh.fields import NUMERIC, TEXT, Schema
    from whoosh.index import create_in, open_dir

FIELDS = ("title", "text", "questions")
WEIGHTS = {"title": 4.0, "text": 1.0, "questions": 4.0}  # ours, for all
MANY_VALUES = 50  # more than a facet has


class Engine(Protocol):
    """One engine among others; `ask` gives the best ten and, where asked for, how many passages or assets carry each facet value."""

    def ask(self, words: Sequence[str], *, counts: bool, stage: int | None) -> tuple[Sequence[Any], Mapping[Any, int]]: ...

    def save(self, documents: Sequence[SearchDocument]) -> None:
        """Take up an asset, so that the next question finds it."""


class Ours:
    """The portal's engine; by words alone without a model."""

    @staticmethod
    def build(folder: Path, documents: Iterable[SearchDocument]) -> None:
        _opened(folder, _kernels.NumpyKernels(), None).rebuild(documents)

    def __init__(self, folder: Path, *, compiled: bool, model: Path | None = None) -> None:
        self.engine = _opened(folder, _kernels.compiled_kernels() if compiled else _kernels.NumpyKernels(), model)
        assert self.engine.ready

    def ask(self, words: Sequence[str], *, counts: bool, stage: int | None) -> tuple[Sequence[Any], Mapping[Any, int]]:
        found = self.engine.search(request_for(" ".join(words), counts=counts, stage=stage))
        assert found.ready and not found.timed_out
        return found.hits, found.counts

    def save(self, documents: Sequence[SearchDocument]) -> None:
        self.engine.update(documents[0].asset_id, documents)


class PlainWhoosh:
    """Whoosh by its manual: BM25F over stemmed fields, any word, facets by sortable columns."""

    @staticmethod
    def build(folder: Path, documents: Iterable[SearchDocument]) -> None:
        text = {name: TEXT(analyzer=StemmingAnalyzer(), field_boost=WEIGHTS[name]) for name in FIELDS}
        facets = {name: NUMERIC(int, sortable=True) for name in GROUPS}
        index = create_in(str(folder), Schema(asset=NUMERIC(int), passage=NUMERIC(int, stored=True), **text, **facets))
        writer = index.writer(limitmb=256)
        for each in documents:
            writer.add_document(**_row(each))
        writer.commit()

    def __init__(self, folder: Path) -> None:
        self._index = open_dir(str(folder))
        self._searcher = self._index.searcher()
        self._stem = StemmingAnalyzer()

    def ask(self, words: Sequence[str], *, counts: bool, stage: int | None) -> tuple[Sequence[Any], Mapping[Any, int]]:
        stems = [token.text for word in words for token in self._stem(word)]
        query = whoosh_query.Or([whoosh_query.Term(field, stem) for stem in stems for field in FIELDS])
        only = whoosh_query.Term("stage", self._index.schema["stage"].to_bytes(stage)) if stage is not None else None
        found = self._searcher.search(query, limit=10, filter=only, groupedby=list(GROUPS) if counts else None)
        groups = [found.groups(name) for name in GROUPS] if counts else []
        return [hit["passage"] for hit in found], {value: len(some) for group in groups for value, some in group.items()}

    def save(self, documents: Sequence[SearchDocument]) -> None:
        writer = self._index.writer()
        writer.delete_by_term("asset", documents[0].asset_id)
        for each in documents:
            writer.add_document(**_row(each))
        writer.commit(merge=False)
        self._searcher = self._searcher.refresh()


class Tantivy:
    """tantivy with its English stemmer; counts by a terms aggregation over fast fields, which is a second pass."""

    @staticmethod
    def build(folder: Path, documents: Iterable[SearchDocument]) -> None:
        builder = tantivy.SchemaBuilder()
        for name in FIELDS:
            builder.add_text_field(name, tokenizer_name="en_stem")
        for name in ("asset", "passage", *GROUPS):
            builder.add_integer_field(name, indexed=True, fast=True)
        tantivy.Index(builder.build(), path=str(folder))
        opened = Tantivy(folder)
        opened.add(documents)
        opened.writer.wait_merging_threads()

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))

    @cached_property
    def writer(self) -> Any:
        return self._index.writer(256_000_000, 1)

    def ask(self, words: Sequence[str], *, counts: bool, stage: int | None) -> tuple[Sequence[Any], Mapping[Any, int]]:
        searcher = self._index.searcher()
        query = self._index.parse_query(" ".join(words), list(FIELDS), field_boosts=WEIGHTS)
        if stage is not None:
            only = tantivy.Query.const_score_query(tantivy.Query.term_query(self._index.schema, "stage", stage), 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, only)])
        found = searcher.search(query, limit=10)
        if not counts:
            return found.hits, {}
        wanted = {name: {"terms": {"field": name, "size": MANY_VALUES}} for name in GROUPS}
        groups = searcher.aggregate(query, wanted)
        return found.hits, {bucket["key"]: bucket["doc_count"] for name in GROUPS for bucket in groups[name]["buckets"]}

    def save(self, documents: Sequence[SearchDocument]) -> None:
        self.writer.delete_documents_by_term("asset", documents[0].asset_id)
        self.add(documents)

    def add(self, documents: Iterable[SearchDocument]) -> None:
        for each in documents:
            self.writer.add_document(tantivy.Document(**_row(each)))
        self.writer.commit()
        self._index.reload()


class Fts5:
    """SQLite's own full text, with Porter's stems; facets in a table beside it."""

    @staticmethod
    def build(folder: Path, documents: Iterable[SearchDocument]) -> None:
        opened = Fts5(folder)
        opened.base.executescript(
            f"""PRAGMA journal_mode = WAL;
            CREATE VIRTUAL TABLE texts USING fts5(title, text, questions, tokenize = 'porter unicode61');
            CREATE TABLE facet (passage INTEGER PRIMARY KEY, asset INTEGER, {", ".join(f"{name} INTEGER" for name in GROUPS)});
            CREATE INDEX by_asset ON facet (asset);"""
        )
        opened.add(documents)
        opened.base.close()

    def __init__(self, folder: Path) -> None:
        self.base = sqlite3.connect(folder / "texts.db")
        self.base.execute(f"PRAGMA mmap_size = {1 << 30}")

    def ask(self, words: Sequence[str], *, counts: bool, stage: int | None) -> tuple[Sequence[Any], Mapping[Any, int]]:
        asked = " OR ".join(f'"{word}"' for word in words)
        where = "texts MATCH ?" if stage is None else f"texts MATCH ? AND facet.stage = {int(stage)}"
        joined = f"FROM texts JOIN facet ON facet.passage = texts.rowid WHERE {where}"
        ranked = f"SELECT texts.rowid {joined} ORDER BY bm25(texts, 4, 1, 4) LIMIT 10"
        hits = self.base.execute(ranked, [asked]).fetchall()
        found: dict[Any, int] = {}
        for name in GROUPS if counts else ():
            found |= dict(self.base.execute(f"SELECT {name}, count(*) {joined} GROUP BY {name}", [asked]).fetchall())
        return hits, found

    def save(self, documents: Sequence[SearchDocument]) -> None:
        asset_id = documents[0].asset_id
        self.base.execute("DELETE FROM texts WHERE rowid IN (SELECT passage FROM facet WHERE asset = ?)", [asset_id])
        self.base.execute("DELETE FROM facet WHERE asset = ?", [asset_id])
        self.add(documents)

    def add(self, documents: Iterable[SearchDocument]) -> None:
        for each in documents:
            row = (each.passage_id, each.asset_id, *each.facets[: len(GROUPS)])
            self.base.execute("INSERT INTO texts (rowid, title, text, questions) VALUES (?, ?, ?, ?)", (each.passage_id, *_texts(each)))
            self.base.execute("INSERT INTO facet VALUES (?, ?, ?, ?, ?, ?)", row)
        self.base.commit()


def _opened(folder: Path, kernels: _kernels.Kernels, model: Path | None) -> SearchEngine:
    with patch.object(_kernels, "fastest", lambda _: kernels):
        return open_engine(folder, model)


class Kind(NamedTuple):
    """How an engine is made in an empty folder and opened there; `version` changes with what it writes."""

    build: Callable[[Path, Iterable[SearchDocument]], None]
    open: Callable[[Path], Engine]
    version: str


OURS = Kind(Ours.build, partial(Ours, compiled=True), VERSION)
OTHERS = {
    "whoosh": Kind(PlainWhoosh.build, PlainWhoosh, inspect.getsource(PlainWhoosh.build)),
    "tantivy": Kind(Tantivy.build, Tantivy, inspect.getsource(Tantivy.build)),
    "fts5": Kind(Fts5.build, Fts5, inspect.getsource(Fts5.build)),
}


def request_for(text: str, *, counts: bool, stage: int | None = None) -> SearchRequest:
    """What the results page asks for, with the four facets of a call."""
    return SearchRequest(
        text=text,
        audiences=EVERYBODY,
        today=TODAY,
        facets={"stage": frozenset({stage})} if stage is not None else {},
        facet_groups={name: frozenset(values) for name, values in GROUPS.items()} if counts else {},
    )


def _row(each: SearchDocument) -> dict[str, Any]:
    facets = dict(zip(GROUPS, each.facets, strict=True))
    return {"asset": each.asset_id, "passage": each.passage_id, **dict(zip(FIELDS, _texts(each), strict=True)), **facets}


def _texts(each: SearchDocument) -> tuple[str, str, str]:
    return each.title, each.text, each.questions
