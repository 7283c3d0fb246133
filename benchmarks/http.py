"""`make bench-http N=100000 [MEANING=1]`: what people wait for. One serving process on loopback with so many passages, ten an asset; four
clients that ask again as soon as they are answered, on /ask and on the API, narrowed by facets, lifted by a call, both or neither; then the
same beside one client that means no good. The filled portal is kept in build/bench. The last line printed is JSON."""

import argparse
import hashlib
import itertools
import json
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from app.identity.actions import create_user, start_session
from app.identity.models import NewUser, Role
from app.ops.portal import open_desk, prepare_and_migrate
from app.search._whoosh import VERSION
from app.search.documents import all_documents
from app.settings import get_settings
from benchmarks import portal
from benchmarks.bench import make_questions
from benchmarks.figures import p95, yardstick
from benchmarks.hostile import HOSTILE
from benchmarks.passages import BUILT
from benchmarks.portal import PASSAGES, Running, fill_folder, serving
from benchmarks.vectors import write_vectors
from tests.torture.naughty import NAUGHTY

CLIENTS = 4
LONGEST = 5000  # characters of an address that a client sends
LONGEST_START = 60.0  # seconds
MEANING_KNOWN = "passages and titles"  # what the page of operations says once the model is open
Params = dict[str, str]

SECONDS = 20.0
WARM = 4.0
LOOK_AGAIN, IDLE_SHARE = 1.0, 0.2  # seconds; of one processor
CHOSEN: tuple[Params, ...] = (
    {},
    {"set": "1", "stage": "discover"},
    {"set": "1", "call_stage": "qualify", "call_stakeholder": "technical"},
    {"set": "1", "stage": "target", "call_stakeholder": "technical"},
)


def main() -> None:
    """Fill what is missing, serve, ask, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, default=100_000)
    options.add_argument("--model", type=Path, help="what `make model` built: by meaning, too, with made-up vectors")
    chosen = options.parse_args()
    assets = chosen.passages // PASSAGES
    figures: dict[str, Any] = {"assets": assets, "passages": chosen.passages, "mode": "hybrid" if chosen.model else "lexical"}
    figures["yardstick_before_ms"] = yardstick()
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        data = shutil.copytree(kept_portal(assets), Path(folder) / "data")
        sessions = json.loads((data / "sessions.json").read_text())
        model = str(chosen.model.resolve()) if chosen.model else str(Path(folder) / "none")
        admin = _prepared(data, chosen.model)
        with serving(str(data), *sessions, QUIVER_MODEL_PATH=model) as running:
            figures |= _started(running, admin if chosen.model else "")
            figures["busy_after_start_s"] = _idle(running)
            _loop(running, "/ask", WARM)
            figures |= _told("ask", _loop(running, "/ask", SECONDS), SECONDS)
            figures |= _told("ask_alone", _loop(running, "/ask", SECONDS / 2, clients=1), SECONDS / 2)
            figures |= _told("api", _loop(running, "/api/v1/ask", SECONDS), SECONDS)
            figures |= _enemy(running, figures["ask_p95_ms"])
            figures["rss_mib"] = round(running.rss_mb() * 1e6 / 2**20)
    print(json.dumps(figures | {"yardstick_after_ms": yardstick()}))


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


def _prepared(data: Path, model: Path | None) -> str:
    """Give every passage its vector where there is a model; gives the session of an administrator, who sees how far meaning is."""
    os.environ["QUIVER_DATA_DIR"] = str(data)
    get_settings.cache_clear()
    with open_desk(prepare_and_migrate()) as desk:
        with desk.open_work() as work:
            admin = create_user(work, NewUser(email="admin@quiver.example", name="Benchmark admin", role=Role.ADMIN)).user
            session = start_session(work, admin, "benchmark")
        if model is not None:
            with desk.open_work(read_only=True) as work:
                write_vectors(data / "index", model, all_documents(work))
    return session


def _started(running: Running, admin: str) -> dict[str, Any]:
    """Seconds from starting the process to the first answer, and from there until meaning counts, where an administrator can see it."""
    before = time.perf_counter()
    with running.client(running.rep) as client:
        answer = client.get("/ask", params={"q": "How long does the ramp take?"})
    answered = time.perf_counter()
    assert answer.status_code == 200 and "Passages that answer" in answer.text
    figures = {"first_answer_s": round(running.ready_after + answered - before, 2)}
    if admin:
        with running.client(admin) as client:
            while MEANING_KNOWN not in (page := client.get("/operations")).text:
                assert page.status_code == 200 and time.perf_counter() - answered < LONGEST_START, "meaning does not get ready"
                time.sleep(0.05)
        figures["meaning_later_s"] = round(time.perf_counter() - answered, 2)
    print("  ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
    return figures


def _idle(running: Running) -> float:
    """Wait for what a start does beside answering, comparing the whole index with the database; gives how many seconds that took."""
    started, before = time.perf_counter(), -1.0
    while (now := _processor_seconds(running.pid)) - before > IDLE_SHARE * LOOK_AGAIN:
        before = now
        time.sleep(LOOK_AGAIN)
    return round(time.perf_counter() - started, 1)


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _loop(running: Running, path: str, seconds: float, clients: int = CLIENTS) -> list[float]:
    """Milliseconds of every answer."""
    questions, until = make_questions(), time.perf_counter() + seconds
    times: list[list[float]] = [[] for _ in range(clients)]

    def run(number: int) -> None:
        dice = random.Random(number)
        with running.client(running.rep) as client:
            while time.perf_counter() < until:
                params = {"q": dice.choice(questions), **dice.choice(CHOSEN)}
                started = time.perf_counter()
                answer = client.get(path, params=params)
                times[number].append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, answer.text[:300]

    _all_at_once([partial(run, number) for number in range(clients)])
    return list(itertools.chain(*times))


def _enemy(running: Running, p95_without: float) -> dict[str, Any]:
    """Every hostile question and naughty string by one client alone; then again and again while four others ask as ever."""
    asked = [text[:LONGEST].encode(errors="replace").decode() for text in (*HOSTILE.values(), *NAUGHTY)]
    errors: list[str] = []

    def attack(texts: Iterable[str], until: Callable[[], bool]) -> list[float]:
        spent = []
        with running.client(running.rep) as client:
            for text in itertools.takewhile(lambda _: not until(), texts):
                started = time.perf_counter()
                answer = client.get("/ask", params={"q": text})
                spent.append(time.perf_counter() - started)
                if answer.status_code >= 500:
                    errors.append(f"{answer.status_code} for {text[:40]!r}")
        return spent

    alone = attack(asked, lambda: False)
    done = threading.Event()
    neighbours, beside = list[float](), list[float]()

    def neighbour() -> None:
        try:
            neighbours.extend(_loop(running, "/ask", SECONDS))
        finally:
            done.set()

    _all_at_once([neighbour, lambda: beside.extend(attack(itertools.cycle(asked), done.is_set))])
    print("\n".join(errors))
    figures = {
        "hostile": len(asked),
        "hostile_asked": len(alone) + len(beside),
        "hostile_errors": len(errors),
        "hostile_slowest_s": round(max(alone), 3),
        "hostile_slowest_beside_others_s": round(max(beside), 3),
        "neighbours_p95_ms": round(p95(neighbours), 1),
        "neighbours_ratio": round(p95(neighbours) / p95_without, 2),
    }
    print("  ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
    return figures


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
