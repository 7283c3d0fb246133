"""`make bench-search SAMPLES=folder N=50000`: our engine among others, question by question in turn, in one process: plain Whoosh,
ours with numpy and with numba, tantivy, SQLite FTS5. Then what the others are not asked for: saves by the thousand, an answer by meaning, a
start. The last line printed is JSON."""

import argparse
import hashlib
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from app.search import rules
from app.search._whoosh import VERSION, open_engine
from app.search.engine import SearchDocument, SearchEngine
from benchmarks import passages
from benchmarks.engines import Engine, Fts5, Ours, PlainWhoosh, Tantivy, request_for
from benchmarks.figures import p95
from benchmarks.passages import BUILT, PASSAGES, make_documents, read_questions, telling
from benchmarks.vectors import write_vectors

ROUNDS = 3
SLOW_QUESTIONS = 10  # as many as Whoosh by itself and FTS5 are asked from 50,000 passages on, where each takes seconds
SAVES, MIXED = 20, 1000
STAGE = 2  # the facet value that is filtered by
KINDS = ("top", "counts", "filter", "filter_counts")


def main() -> None:
    """Build what is missing, compare, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("samples", type=Path)
    options.add_argument("--passages", type=int, default=50_000)
    options.add_argument("--model", type=Path, required=True, help="what `make model` built")
    options.add_argument("--start", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.start:
        _start(chosen.start, chosen.model)
    else:
        _measure(chosen)


def _measure(chosen: argparse.Namespace) -> None:
    questions = read_questions(chosen.samples)
    folder = built_index(chosen.samples, chosen.passages)
    figures: dict[str, Any] = {"passages": chosen.passages, "assets": chosen.passages // PASSAGES, "questions": len(questions)}
    figures |= _compared(folder, chosen, questions)
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as copy:
        own = shutil.copytree(folder, Path(copy) / "index")
        figures |= _by_meaning(own, chosen, questions)
        figures |= _starts(own, chosen)
        figures |= _mixed_saves(own, chosen)
    print(json.dumps(figures))


def built_index(samples: Path, number: int) -> Path:
    """The index of so many passages, made once for each form of index and passages."""
    folder = BUILT / f"search-{number}-{_digest(VERSION)}"
    if not folder.exists():
        print(f"Indexing {number:,} passages, once ...", flush=True)
        BUILT.mkdir(parents=True, exist_ok=True)
        started, unfinished = time.perf_counter(), Path(tempfile.mkdtemp(prefix="unfinished-", dir=BUILT))
        open_engine(unfinished).rebuild(make_documents(samples, number))
        unfinished.rename(folder)
        print(f"... {number / (time.perf_counter() - started):,.0f} passages a second", flush=True)
    return folder


def plain_whoosh(samples: Path, number: int) -> PlainWhoosh:
    """The same passages in Whoosh by itself."""
    return PlainWhoosh(BUILT / f"whoosh-{number}-{_digest('')}", lambda: make_documents(samples, number))


def _digest(version: str) -> str:
    return hashlib.sha256(Path(passages.__file__).read_bytes() + version.encode()).hexdigest()[:12]


def _compared(folder: Path, chosen: argparse.Namespace, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of every engine for each kind of question, asked in turn; then of saves."""
    quick: dict[str, Engine] = {
        "numpy": Ours(folder, compiled=False),
        "numba": Ours(folder, compiled=True),
        "tantivy": Tantivy(make_documents(chosen.samples, chosen.passages)),
    }
    slow: dict[str, Engine] = {
        "whoosh": plain_whoosh(chosen.samples, chosen.passages),
        "fts5": Fts5(make_documents(chosen.samples, chosen.passages)),
    }
    asked = [telling(question) for question in questions]
    few = asked[:SLOW_QUESTIONS] if chosen.passages >= 50_000 else asked
    _asked(quick, asked[:20])  # warm
    times = {**_asked(quick, asked * ROUNDS), **_asked(slow, few)}
    figures: dict[str, Any] = {}
    for (name, kind), spent in times.items():
        figures[f"{name}_{kind}_p50_ms"] = round(statistics.median(spent), 2)
        figures[f"{name}_{kind}_p95_ms"] = round(p95(spent), 2)
    for kind in KINDS:
        for ours in ("numba", "numpy"):
            figures[f"ratio_p95_{kind}_tantivy_{ours}"] = round(p95(times[ours, kind]) / p95(times["tantivy", kind]), 2)
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as copy:
        saving: dict[str, Engine] = {"ours": Ours(shutil.copytree(folder, Path(copy) / "index"), compiled=True)}
        saving |= {"tantivy": quick["tantivy"], **slow}
        for name, engine in saving.items():
            figures[f"{name}_save_p50_ms"] = round(statistics.median(_saves(engine, chosen)), 1)
    _table(figures)
    return figures


def _asked(engines: Mapping[str, Engine], questions: Sequence[Sequence[str]]) -> dict[tuple[str, str], list[float]]:
    times: dict[tuple[str, str], list[float]] = {(name, kind): [] for name in engines for kind in KINDS}
    dice = random.Random(3)
    for words in questions:
        for kind in KINDS:
            for name in dice.sample(sorted(engines), len(engines)):
                started = time.perf_counter()
                hits, counts = engines[name].ask(words, counts="counts" in kind, stage=STAGE if "filter" in kind else None)
                times[name, kind].append((time.perf_counter() - started) * 1000)
                assert hits or not any(counts.values())
    return times


def _saves(engine: Engine, chosen: argparse.Namespace) -> list[float]:
    """Milliseconds from saving an asset with a word nobody wrote before to finding it by that word."""
    times = []
    for number, documents in enumerate(_assets(chosen, SAVES)):
        word = f"zebra{number}x"
        changed = [replace(each, text=f"{each.text} {word}") for each in documents]
        started = time.perf_counter()
        engine.save(changed)
        hits, _ = engine.ask([word], counts=False, stage=None)
        times.append((time.perf_counter() - started) * 1000)
        assert hits, "what was saved is found"
    return times


def _mixed_saves(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """A thousand saves and deletes in turn: how long until each is seen, what is lost, what is stale, judged by asking for each again."""
    engine, dice = open_engine(folder), random.Random(9)
    known: dict[int, str] = {}
    times, stale = [], 0
    for number, documents in enumerate(_assets(chosen, MIXED)):
        asset_id, word = documents[0].asset_id, f"walrus{number}x"
        gone = dice.random() < 0.3
        old = dice.choice(sorted(known)) if known and gone else None
        started = time.perf_counter()
        if old is not None:
            engine.update(old, [])
            seen = not _finds(engine, known[old], old)
        else:
            engine.update(asset_id, [replace(each, text=f"{each.text} {word}") for each in documents])
            seen = _finds(engine, word, asset_id)
        times.append((time.perf_counter() - started) * 1000)
        stale += not seen
        if old is not None:
            known.pop(old)
        else:
            known[asset_id] = word
    again = open_engine(folder)
    lost = sum(not _finds(again, word, asset_id) for asset_id, word in known.items())
    figures = {"mixed_saves": MIXED, "mixed_p50_ms": round(statistics.median(times), 1), "mixed_p95_ms": round(p95(times), 1)}
    print(f"{MIXED} saves and deletes, seen after {figures['mixed_p50_ms']} ms, p95 {figures['mixed_p95_ms']}; lost {lost}, stale {stale}")
    return {**figures, "mixed_lost": lost, "mixed_stale": stale}


def _finds(engine: SearchEngine, word: str, asset_id: int) -> bool:
    return asset_id in {hit.asset_id for hit in engine.search(request_for(word, counts=False)).hits}


def _by_meaning(folder: Path, chosen: argparse.Namespace, questions: list[str]) -> dict[str, Any]:
    """A whole answer by words and meaning with ten marked excerpts; the vectors are made up, the questions go through the real model."""
    write_vectors(folder, chosen.model, make_documents(chosen.samples, chosen.passages))
    engine = open_engine(folder, chosen.model)
    assert not engine.list_unread(), "every passage has its vector"
    texts = {each.passage_id: each.text for each in make_documents(chosen.samples, chosen.passages)}
    times = []
    for question in [*questions[:20], *questions * ROUNDS]:
        started = time.perf_counter()
        found = engine.search(request_for(question, counts=True))
        pieces = [rules.snippet(texts[hit.passage_id], found.terms or question) for hit in found.hits]
        times.append((time.perf_counter() - started) * 1000)
        assert len(pieces) == 10
    figures = {"hybrid_p50_ms": round(statistics.median(times[20:]), 2), "hybrid_p95_ms": round(p95(times[20:]), 2)}
    print(f"by meaning, with counts and ten excerpts: {figures['hybrid_p50_ms']} ms, p95 {figures['hybrid_p95_ms']}")
    return figures


def _starts(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """A fresh process, once its modules are there: when it answers by words, how much later meaning is ready, what memory it then holds."""
    command = [sys.executable, "-m", "benchmarks.search", str(chosen.samples), "--model", str(chosen.model), "--start", str(folder)]
    told = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(3)]
    middle = {name: sorted(each[name] for each in told)[1] for name in told[0]}
    print("a fresh process: " + ", ".join(f"{name} {value}" for name, value in middle.items()))
    return middle


def _start(folder: Path, model: Path) -> None:
    started = time.perf_counter()
    engine = open_engine(folder, model)
    found = engine.search(request_for("How long does it take?", counts=True))
    answered = time.perf_counter()
    assert found.ready and not engine.list_unread(), "the model is there once this is known"
    ready = time.perf_counter()
    engine.search(request_for("How long will that last?", counts=True))
    kilobytes = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    figures = {"first_answer_ms": answered - started, "meaning_later_ms": ready - answered}
    print(json.dumps({name: round(spent * 1000) for name, spent in figures.items()} | {"rss_mib": round(kilobytes / 1024)}))


def _assets(chosen: argparse.Namespace, number: int) -> Iterator[list[SearchDocument]]:
    documents = make_documents(chosen.samples, min(chosen.passages, number * PASSAGES))
    while some := list(islice(documents, PASSAGES)):
        yield some


def _table(figures: Mapping[str, Any]) -> None:
    for name in ("whoosh", "numpy", "numba", "tantivy", "fts5"):
        told = "  ".join(f"{kind} {figures[f'{name}_{kind}_p50_ms']:7.2f} /{figures[f'{name}_{kind}_p95_ms']:8.2f}" for kind in KINDS)
        print(f"{name:8} {told}")


if __name__ == "__main__":
    main()
