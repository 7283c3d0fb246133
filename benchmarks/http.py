"""`make bench-http N=100000 [MEANING=1]`: what people wait for. One serving process on loopback with so many passages, ten an asset; four
clients that ask again as soon as they are answered, on /ask and on the API, half of the questions for a call; then the same beside one
client that means no good. The filled portal is kept in build/bench. The last line printed is JSON."""

import argparse
import hashlib
import itertools
import json
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from app.ops.portal import open_desk, prepare_and_migrate
from app.search._whoosh import VERSION
from app.search.documents import all_documents
from benchmarks import portal
from benchmarks.bench import make_questions
from benchmarks.figures import p95
from benchmarks.hostile import HOSTILE
from benchmarks.passages import BUILT
from benchmarks.portal import PASSAGES, Running, fill_folder, serving
from benchmarks.vectors import write_vectors
from tests.torture.naughty import NAUGHTY

CLIENTS = 4
LONGEST = 5000  # characters of an address that a client sends
Params = dict[str, str]

SECONDS = 20.0
WARM = 4.0
CALLS: tuple[Params, ...] = (
    {},
    {"set": "1", "stage": "discover"},
    {},
    {"set": "1", "stage": "target", "stakeholder": "technical"},
)


def main() -> None:
    """Fill what is missing, serve, ask, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, default=100_000)
    options.add_argument("--model", type=Path, help="what `make model` built: by meaning, too, with made-up vectors")
    chosen = options.parse_args()
    assets = chosen.passages // PASSAGES
    figures: dict[str, Any] = {"assets": assets, "passages": chosen.passages, "mode": "hybrid" if chosen.model else "lexical"}
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        data = shutil.copytree(kept_portal(assets), Path(folder) / "data")
        sessions = json.loads((data / "sessions.json").read_text())
        model = str(chosen.model.resolve()) if chosen.model else str(Path(folder) / "none")
        if chosen.model:
            _give_vectors(data, chosen.model)
        with serving(str(data), *sessions, QUIVER_MODEL_PATH=model) as running:
            figures |= _started(running)
            _loop(running, "/ask", WARM)
            figures |= _told("ask", _loop(running, "/ask", SECONDS), SECONDS)
            figures |= _told("ask_alone", _loop(running, "/ask", SECONDS / 2, clients=1), SECONDS / 2)
            figures |= _told("api", _loop(running, "/api/v1/ask", SECONDS), SECONDS)
            figures |= _beside_an_enemy(running, figures["ask_p95_ms"])
            figures["rss_mib"] = round(running.rss_mb() * 1e6 / 2**20)
    print(json.dumps(figures))


def kept_portal(assets: int) -> Path:
    """A data folder with so many assets, made once for each form of database, index and filling."""
    made_from = hashlib.sha256(VERSION.encode() + Path(portal.__file__).read_bytes())
    for file in sorted(Path("migrations/versions").glob("*.py")):
        made_from.update(file.read_bytes())
    folder = BUILT / f"portal-{assets}-{made_from.hexdigest()[:12]}"
    if not folder.exists():
        print(f"Filling a portal with {assets:,} assets, once ...", flush=True)
        BUILT.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=BUILT))
        sessions = fill_folder(str(unfinished.resolve()), assets)
        (unfinished / "sessions.json").write_text(json.dumps(sessions))
        unfinished.rename(folder)
    return folder


def _give_vectors(data: Path, model: Path) -> None:
    with open_desk(prepare_and_migrate()) as desk, desk.open_work() as work:
        write_vectors(data / "index", model, all_documents(work))


def _started(running: Running) -> dict[str, Any]:
    """Seconds from starting the process to the first answer."""
    before = time.perf_counter()
    with running.client(running.rep) as client:
        answer = client.get("/ask", params={"q": "How long does the ramp take?"})
    assert answer.status_code == 200 and "Passages that answer" in answer.text
    return {"first_answer_s": round(running.ready_after + time.perf_counter() - before, 2)}


def _loop(running: Running, path: str, seconds: float, clients: int = CLIENTS) -> list[float]:
    """Milliseconds of every answer."""
    questions, until = make_questions(), time.perf_counter() + seconds
    times: list[list[float]] = [[] for _ in range(clients)]

    def run(number: int) -> None:
        dice = random.Random(number)
        with running.client(running.rep) as client:
            while time.perf_counter() < until:
                params = {"q": dice.choice(questions), **dice.choice(CALLS)}
                started = time.perf_counter()
                answer = client.get(path, params=params)
                times[number].append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, answer.text[:300]

    _all_at_once([partial(run, number) for number in range(clients)])
    return list(itertools.chain(*times))


def _beside_an_enemy(running: Running, alone: float) -> dict[str, Any]:
    """Every hostile question and every naughty string once, by one client, while four others ask as ever."""
    asked = [*HOSTILE.values(), *NAUGHTY]
    spent: list[float] = []
    errors: list[str] = []

    def enemy() -> None:
        with running.client(running.rep) as client:
            for text in asked:
                started = time.perf_counter()
                answer = client.get("/ask", params={"q": text[:LONGEST].encode(errors="replace").decode()})
                spent.append(time.perf_counter() - started)
                if answer.status_code >= 500:
                    errors.append(f"{answer.status_code} for {text[:40]!r}")

    neighbours: list[float] = []
    _all_at_once([enemy, lambda: neighbours.extend(_loop(running, "/ask", SECONDS))])
    for error in errors:
        print(error)
    slowest = round(p95(neighbours), 1)
    print(
        f"{len(asked)} hostile: {len(errors)} errors, slowest {max(spent):.2f} s; neighbours' p95 {slowest} ms, {slowest / alone:.2f} times"
    )
    figures = {"hostile": len(asked), "hostile_errors": len(errors), "hostile_slowest_s": round(max(spent), 3)}
    return {**figures, "neighbours_p95_ms": slowest, "neighbours_ratio": round(slowest / alone, 2)}


def _all_at_once(tasks: Sequence[Callable[[], None]]) -> None:
    faults: list[BaseException] = []

    def guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as fault:  # noqa: BLE001 - told by the thread that waits
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def _told(name: str, times: Sequence[float], seconds: float) -> dict[str, float]:
    figures = {f"{name}_p50_ms": round(statistics.median(times), 1), f"{name}_p95_ms": round(p95(times), 1)}
    figures[f"{name}_rps"] = round(len(times) / seconds, 1)
    print("  ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
    return figures


if __name__ == "__main__":
    main()
