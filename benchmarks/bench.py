"""`make bench ASSETS=1000`: how fast one serving process answers under mixed use, and what it costs in memory and statements."""

import argparse
import itertools
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import get_settings
from benchmarks.figures import p95
from benchmarks.portal import Running, read_sentences, running

CLIENTS = 4
ASK_SECONDS = 20.0
MIXED_SECONDS = 20.0
PAGE_SECONDS = 10.0
UPLOAD_BYTES = 500 * 1024 * 1024 - 4096
CHUNK = 1024 * 1024
Choose = Callable[[random.Random], tuple[str, dict[str, str]]]


def main() -> None:
    """Fill, ask, mix, upload, count statements; the last line is JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--assets", type=int, default=1000)
    assets = parser.parse_args().assets
    questions = make_questions()
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        with running(assets, folder) as portal:
            _closed_loop(portal, lambda dice: _ask(dice, questions), 3.0)  # warm the caches a running portal has warm
            alone, _ = _closed_loop(portal, lambda dice: _ask(dice, questions), ASK_SECONDS, clients=1)
            asked, _ = _closed_loop(portal, lambda dice: _ask(dice, questions), ASK_SECONDS)
            pages = {name: _closed_loop(portal, choose, PAGE_SECONDS, clients=1)[0] for name, choose in _pages(assets).items()}
            mixed, seconds = _closed_loop(portal, lambda dice: _mix(dice, questions, assets), MIXED_SECONDS)
            rss = portal.rss_mb()
            growth = _upload_growth(portal)
            session = portal.rep, portal.marketer
        sql = _statements(*session)
    for path, count in sorted(sql.items(), key=lambda one: -one[1]):
        print(f"{count:3} statements  {path}")
    figures = {
        "assets": assets,
        "passages": assets * 10,
        "ask_p50_ms": round(statistics.median(asked), 1),
        "ask_p95_ms": round(p95(asked), 1),
        "ask_alone_p50_ms": round(statistics.median(alone), 1),
        "ask_alone_p95_ms": round(p95(alone), 1),
        "asked": len(asked),
        **{f"{name}_p50_ms": round(statistics.median(times), 1) for name, times in pages.items()},
        **{f"{name}_p95_ms": round(p95(times), 1) for name, times in pages.items()},
        "mixed_rps": round(len(mixed) / seconds, 1),
        "mixed_p95_ms": round(p95(mixed), 1),
        "rss_mb": round(rss, 1),
        "sql_max": max(sql.values()),
        "upload_growth_mb": round(growth, 1),
    }
    print(json.dumps(figures))


def make_questions() -> list[str]:
    """Pieces of sentences as long as questions are."""
    dice, sentences = random.Random(11), read_sentences()
    return [" ".join(dice.choice(sentences).lower().split()[: dice.randint(6, 12)]) for _ in range(400)]


def _ask(dice: random.Random, questions: Sequence[str]) -> tuple[str, dict[str, str]]:
    return "/ask", {"q": dice.choice(questions)}


def _pages(assets: int) -> dict[str, Choose]:
    """The pages timed one by one: the map, a square's list, an item."""
    square = {"set": "1", "stage": "discover", "stakeholder": "technical"}
    return {
        "map": lambda _dice: ("/", {}),
        "list": lambda _dice: ("/ask", square),
        "asset": lambda dice: (f"/assets/{dice.randint(1, assets)}", {}),
    }


def _mix(dice: random.Random, questions: Sequence[str], assets: int) -> tuple[str, dict[str, str]]:
    """Six questions in ten requests, two assets, one start page, one download."""
    kind = dice.randrange(10)
    if kind < 6:
        return _ask(dice, questions)
    number = dice.randint(1, assets)
    return (f"/assets/{number}", {}) if kind < 8 else (f"/assets/{number}/file", {}) if kind == 8 else ("/", {})


def _closed_loop(portal: Running, choose: Choose, seconds: float, clients: int = CLIENTS) -> tuple[list[float], float]:
    """Milliseconds of every answer of so many clients that ask again as soon as they are answered."""
    times: list[list[float]] = [[] for _ in range(clients)]
    until = time.perf_counter() + seconds

    def run(number: int) -> None:
        dice = random.Random(number)
        with portal.client(portal.marketer if number == 0 else portal.rep) as client:
            while time.perf_counter() < until:
                path, params = choose(dice)
                started = time.perf_counter()
                answer = client.get(path, params=params)
                times[number].append((time.perf_counter() - started) * 1000)
                if answer.status_code not in (httpx.codes.OK, httpx.codes.NOT_FOUND):
                    raise RuntimeError(f"{path} answered {answer.status_code}")

    started = time.perf_counter()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(itertools.chain(*times)), time.perf_counter() - started


def _upload_growth(portal: Running) -> float:
    """How many MB the server's memory peaks above its level while 500 MB stream in."""
    before = portal.rss_mb()
    portal.forget_peak()
    boundary = "benchmark-boundary"
    with portal.client(portal.marketer) as client:
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Accept": "application/json"}
        answer = client.post("/upload/files", content=_body(boundary), headers=headers)
    if answer.status_code != httpx.codes.CREATED:
        raise RuntimeError(f"the upload answered {answer.status_code}: {answer.text[:300]}")
    return portal.peak_mb() - before


def _body(boundary: str) -> Iterator[bytes]:
    yield f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.wav"\r\n\r\n'.encode()
    yield b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(28)
    block = random.Random(3).randbytes(CHUNK)
    for _ in range(UPLOAD_BYTES // CHUNK):
        yield block
    yield f"\r\n--{boundary}--\r\n".encode()


def _statements(rep: str, marketer: str) -> dict[str, int]:
    """SQL statements of each kind of page, without BEGIN and PRAGMA; without a worker, whose looks at the outbox would count, too."""
    os.environ["QUIVER_EMBEDDED_WORKER"] = "false"
    get_settings.cache_clear()
    app = create_app()
    counts: dict[str, int] = {}
    with TestClient(app, base_url=get_settings().base_url) as client:
        pages = {
            rep: ("/", "/?by=step", "/ask?q=warehouse+system", "/ask?set=1&stage=discover&stakeholder=technical", "/assets/1"),
            marketer: ("/", "/upload", "/questions", "/review", "/review/policies", "/framework", "/library/away", "/assets/1", "/account"),
        }
        for session, paths in pages.items():
            client.cookies.set("quiver", session)
            for path in paths:
                client.get(path)
                with _counting(app.state.services.engine) as seen:
                    client.get(path)
                counts[path] = max(counts.get(path, 0), len(seen))
    return counts


@contextmanager
def _counting(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


if __name__ == "__main__":
    main()
