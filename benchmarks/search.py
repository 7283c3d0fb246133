"""`make bench-search SAMPLES=folder N=50000`: our engine among others, question by question in turn, in one process: plain Whoosh,
ours with numpy and with numba, tantivy, SQLite FTS5; of each a save, a start and its memory. Then what the others are not asked for: an
answer by meaning, and saves by the thousand beside somebody who asks. What was indexed is kept in build/bench. The last line is JSON."""

import argparse
import gc
import hashlib
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from app.search import rules
from app.search._whoosh import open_engine
from app.search.engine import SearchDocument, SearchEngine
from benchmarks import passages
from benchmarks.engines import OTHERS, OURS, Engine, Kind, Ours, request_for
from benchmarks.figures import p95, yardstick
from benchmarks.passages import BUILT, PASSAGES, make_documents, read_questions, telling
from benchmarks.vectors import write_vectors

ROUNDS = 3
SLOW_QUESTIONS = 10  # as many as Whoosh by itself and FTS5 are asked from 50,000 passages on, where each takes seconds
SAVES, MIXED = 20, 1000
STARTS, SERVED = 3, 5  # fresh processes of each engine, and questions each answers before its memory is read
PAUSE = 0.05  # seconds between the questions of somebody who asks while others save
STAGE = 2  # the facet value that is filtered by
KINDS = ("top", "counts", "filter", "filter_counts")


def main() -> None:
    """Build what is missing, compare, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("samples", type=Path)
    options.add_argument("--passages", type=int, default=50_000)
    options.add_argument("--model", type=Path, required=True, help="what `make model` built")
    options.add_argument("--start", nargs=2, metavar=("ENGINE", "FOLDER"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.start:
        _start(chosen.start[0], Path(chosen.start[1]), chosen)
    else:
        _measure(chosen)


def _measure(chosen: argparse.Namespace) -> None:
    questions = read_questions(chosen.samples)
    figures: dict[str, Any] = {"passages": chosen.passages, "assets": chosen.passages // PASSAGES, "questions": len(questions)}
    figures["yardstick_before_ms"] = yardstick()
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as copies:
        folders = {name: Path(copies) / name for name in ("ours", *OTHERS)}
        for name, folder in folders.items():
            shutil.copytree(kept_index(name, chosen), folder)
        figures |= _by_meaning(folders["ours"], chosen, questions)
        for name, folder in {**folders, "hybrid": folders["ours"]}.items():
            figures |= _starts(name, folder, chosen)
        figures |= _compared(folders, chosen, questions)
        figures |= _mixed_saves(folders["ours"], chosen, questions)
    print(json.dumps(figures | {"yardstick_after_ms": yardstick()}))


def kept_index(name: str, chosen: argparse.Namespace) -> Path:
    """What an engine made of so many passages, made once for each form of index and passages; to be copied, not written to."""
    kind: Kind = OTHERS.get(name, OURS)
    made_from = Path(passages.__file__).read_bytes() + kind.version.encode()
    folder = BUILT / f"{name}-{chosen.passages}-{hashlib.sha256(made_from).hexdigest()[:12]}"
    if not folder.exists():
        print(f"{name} takes up {chosen.passages:,} passages, once ...", flush=True)
        BUILT.mkdir(parents=True, exist_ok=True)
        started, unfinished = time.perf_counter(), Path(tempfile.mkdtemp(prefix="unfinished-", dir=BUILT))
        kind.build(unfinished, make_documents(chosen.samples, chosen.passages))
        unfinished.rename(folder)
        print(f"... {chosen.passages / (time.perf_counter() - started):,.0f} passages a second", flush=True)
    return folder


def _compared(folders: Mapping[str, Path], chosen: argparse.Namespace, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of every engine for each kind of question, asked in turn; then of saves."""
    others = {name: kind.open(folders[name]) for name, kind in OTHERS.items()}
    ours = {"numpy": Ours(folders["ours"], compiled=False), "numba": Ours(folders["ours"], compiled=True)}
    quick = {**ours, "tantivy": others.pop("tantivy")}
    asked = [telling(question) for question in questions]
    few = asked[:SLOW_QUESTIONS] if chosen.passages >= 50_000 else asked
    _asked(quick, asked[:20])  # warm
    _settle()
    times = {**_asked(quick, asked * ROUNDS), **_asked(others, few)}
    figures: dict[str, Any] = {}
    for (name, kind), spent in times.items():
        figures |= _spread(f"{name}_{kind}", spent)
    for kind in KINDS:
        for name in ours:
            figures[f"ratio_p95_{kind}_tantivy_{name}"] = round(p95(times[name, kind]) / p95(times["tantivy", kind]), 2)
    for name, engine in {**quick, **others}.items():
        figures |= _spread(f"{name}_save", _saves(engine, chosen))
    _table(figures)
    return figures


def _settle() -> None:
    """As app.main.settle_memory, which is not imported for the memory it takes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _spread(name: str, spent: Sequence[float]) -> dict[str, float]:
    return {f"{name}_p50_ms": round(statistics.median(spent), 2), f"{name}_p95_ms": round(p95(spent), 2)}


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


def _mixed_saves(folder: Path, chosen: argparse.Namespace, questions: Sequence[str]) -> dict[str, Any]:
    """A thousand saves and deletes in turn while somebody asks: how long until each is seen, what is lost, what is stale, judged by asking
    for each again."""
    engine, dice = open_engine(folder), random.Random(9)
    known: dict[int, str] = {}
    times, stale = [], 0
    with _somebody_asking(engine, questions):
        for number, documents in enumerate(_assets(chosen, MIXED)):
            gone = dice.choice(sorted(known)) if known and dice.random() < 0.3 else None
            asset_id, word = (documents[0].asset_id, f"walrus{number}x") if gone is None else (gone, known.pop(gone))
            started = time.perf_counter()
            engine.update(asset_id, [replace(each, text=f"{each.text} {word}") for each in documents] if gone is None else [])
            stale += _finds(engine, word, asset_id) != (gone is None)
            times.append((time.perf_counter() - started) * 1000)
            if gone is None:
                known[asset_id] = word
    again = open_engine(folder)
    lost = sum(not _finds(again, word, asset_id) for asset_id, word in known.items())
    figures = {"mixed_saves": len(times), **_spread("mixed", times), "mixed_lost": lost, "mixed_stale": stale}
    print("  ".join(f"{name} {value}" for name, value in figures.items()), flush=True)
    return figures


@contextmanager
def _somebody_asking(engine: SearchEngine, questions: Sequence[str]) -> Iterator[None]:
    """Somebody else asks all the while and gets an answer each time."""
    done, answered = threading.Event(), list[bool]()

    def ask() -> None:
        while not done.wait(PAUSE):
            answered.append(bool(engine.search(request_for(questions[len(answered) % len(questions)], counts=True)).hits))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        done.set()
        asking.join()
    assert answered and all(answered), "a question was not answered while others saved"


def _finds(engine: SearchEngine, word: str, asset_id: int) -> bool:
    return asset_id in {hit.asset_id for hit in engine.search(request_for(word, counts=False)).hits}


def _by_meaning(folder: Path, chosen: argparse.Namespace, questions: list[str]) -> dict[str, Any]:
    """A whole answer by words and meaning with ten marked excerpts; the vectors are made up, the questions go through the real model."""
    write_vectors(folder, chosen.model, make_documents(chosen.samples, chosen.passages))
    engine = open_engine(folder, chosen.model)
    assert not engine.list_unread(), "every passage has its vector"
    texts = {each.passage_id: each.text for each in make_documents(chosen.samples, chosen.passages)}
    times = []
    _settle()
    for question in questions:  # each once, as the model remembers those asked lately
        started = time.perf_counter()
        found = engine.search(request_for(question, counts=True))
        pieces = [rules.snippet(texts[hit.passage_id], found.terms or question) for hit in found.hits]
        times.append((time.perf_counter() - started) * 1000)
        assert len(pieces) == 10
    figures = _spread("hybrid", times[20:])  # the first ones warm what a portal that runs has warm
    print(f"by meaning, with counts and ten excerpts: {figures['hybrid_p50_ms']} ms, p95 {figures['hybrid_p95_ms']}")
    return figures


def _starts(name: str, folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """A fresh process, once its modules are there: when it gives the first answer, and what memory it holds after a few."""
    command = [sys.executable, "-m", "benchmarks.search", str(chosen.samples), "--model", str(chosen.model), "--start", name, str(folder)]
    told = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(STARTS)]
    middle = {f"{name}_{figure}": sorted(each[figure] for each in told)[STARTS // 2] for figure in told[0]}
    print("a fresh process: " + ", ".join(f"{figure} {value}" for figure, value in middle.items()), flush=True)
    return middle


def _start(name: str, folder: Path, chosen: argparse.Namespace) -> None:
    questions = [telling(question) for question in islice(read_questions(chosen.samples), SERVED)]
    started = time.perf_counter()
    engine: Engine = Ours(folder, compiled=True, model=chosen.model) if name == "hybrid" else OTHERS.get(name, OURS).open(folder)
    hits, _ = engine.ask(questions[0], counts=True, stage=None)
    figures = {"first_answer_ms": round((time.perf_counter() - started) * 1000)}
    assert hits
    if isinstance(engine, Ours) and name == "hybrid":
        answered = time.perf_counter()
        assert not engine.engine.list_unread(), "the model is there once this is known"
        figures["meaning_later_ms"] = round((time.perf_counter() - answered) * 1000)
    for words in questions:
        engine.ask(words, counts=True, stage=None)
    kilobytes = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    print(json.dumps(figures | {"rss_mib": round(kilobytes / 1024)}))


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
