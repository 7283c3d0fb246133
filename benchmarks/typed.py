"""`make bench-suggest N=100000`: what is offered while somebody types, out of so many titles and buyer questions, two to three. Each letter
of beginnings, of words in the middle and of slips is timed in process (beside it what the processor worked) and over loopback, one at a
time. The last line printed is JSON."""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import create_user, start_session
from app.identity.models import NewUser, Role, UserActor
from app.library.models import Asset, Audience, Reading, Status, Version
from app.messaging.models import BuyerQuestion
from app.ops.portal import open_desk, prepare_and_migrate
from app.search.jobs import IndexDesk, rebuild
from app.search.queries.suggestions import suggest
from benchmarks.figures import p95
from benchmarks.portal import at_home, read_sentences, serving

SHORTEST = 2  # letters, from which on the browser asks
TYPED = 60  # phrases
LETTERS = 30  # of each at most
AT_ONCE = 2000  # rows


@dataclass(frozen=True)
class Typist:
    """Somebody who types, and their session."""

    user: UserActor
    session: str


def main() -> None:
    """Fill, type, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--phrases", type=int, default=100_000)
    number = options.parse_args().phrases
    figures: dict[str, Any] = {"phrases": number}
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        at_home(folder)
        with open_desk(prepare_and_migrate()) as desk:
            typists, phrases = _fill(desk, number)
            typed = list(_typed(phrases, random.Random(5)))
            for role, typist in typists.items():
                spent = [_in_process(desk, typist.user, text) for text in typed]
                figures |= _told(f"in_process_{role}", [wall for wall, _ in spent]) | _told(
                    f"processor_{role}", [work for _, work in spent]
                )
        with serving(folder, *(typist.session for typist in typists.values())) as running:
            for role, session in (("rep", running.rep), ("marketer", running.marketer)):
                with running.client(session) as client:
                    figures |= _told(f"edge_{role}", [_at_the_edge(client, text) for text in typed])
    print(json.dumps(figures | {"asked": len(typed)}))


def _fill(desk: IndexDesk, number: int) -> tuple[dict[str, Typist], list[str]]:
    """So many phrases in portal and index: two items with a title to three questions."""
    dice = random.Random(7)
    words = sorted({word for sentence in read_sentences() for word in sentence.split()})
    phrases = [f"{' '.join(dice.choices(words, k=dice.randint(4, 10)))} {place}".capitalize() for place in range(number)]
    titles, questions = phrases[: 2 * number // 5], [f"{phrase}?" for phrase in phrases[2 * number // 5 :]]
    with desk.open_work() as work:
        typists = {role.value: _typist(work, role) for role in (Role.REP, Role.MARKETER)}
    for start in range(0, len(titles), AT_ONCE):
        with desk.open_work() as work:
            _add_items(work, start, titles[start : start + AT_ONCE], dice)
    for start in range(0, len(questions), AT_ONCE):
        with desk.open_work() as work:
            _add_questions(work, questions[start : start + AT_ONCE], len(titles), dice)
    rebuild(desk)
    return typists, phrases


def _typist(work: Work, role: Role) -> Typist:
    user = create_user(work, NewUser(email=f"{role.value}@quiver.example", name=f"Benchmark {role.value}", role=role)).user
    return Typist(UserActor(user.id or 0, user.name, user.role), start_session(work, user, "benchmark"))


def _add_items(work: Work, start: int, titles: Sequence[str], dice: random.Random) -> None:
    kinds = list_values(work).by_facet(Facet.KIND)
    for place, title in enumerate(titles, start=start + 1):
        when = {"created_at": work.now, "changed_at": work.now}
        fixed = {"id": place, "released_version_id": place, "kind_id": dice.choice(kinds).id, "tags": [], "status": Status.RELEASED}
        work.session.add(Asset.model_validate({"title": title[:200], "audience": dice.choice(list(Audience)), **fixed, **when}))
    work.session.flush()
    for place in range(start + 1, start + 1 + len(titles)):
        file = {"file_name": f"item-{place}.md", "format": "md", "media_type": "text/markdown", "size": 1, "blob_sha256": f"{place:064x}"}
        row = {"id": place, "asset_id": place, "number": 1, "created_at": work.now, "reading": Reading.DONE, "fingerprint": []}
        work.session.add(Version.model_validate({**row, **file}))


def _add_questions(work: Work, texts: Sequence[str], items: int, dice: random.Random) -> None:
    for text in texts:
        often = int(dice.paretovariate(1))
        row = {"text": text[:300], "phrasings": [], "asset_id": dice.randint(1, items), "times_asked": often, "created_at": work.now}
        work.session.add(BuyerQuestion.model_validate(row))


def _typed(phrases: Sequence[str], dice: random.Random) -> Iterator[str]:
    """What stands in the field after each letter."""
    for phrase in dice.sample(phrases, TYPED):
        words = phrase.lower().split()
        first = dice.choice([0, 0, dice.randrange(len(words))])
        text = " ".join(words[first:])[:LETTERS]
        if dice.random() < 0.2:
            text = text[: len(text) // 2] + "zq" + text[len(text) // 2 :]
        yield from (text[:end] for end in range(SHORTEST, len(text) + 1))


def _in_process(desk: IndexDesk, user: UserActor, text: str) -> tuple[float, float]:
    """Milliseconds that passed, and those the processor worked."""
    started, worked = time.perf_counter(), time.thread_time()
    with desk.open_work(read_only=True) as work:
        suggest(Work(work.session, user, work.now, work.blobs), desk.index, text)
    return (time.perf_counter() - started) * 1000, (time.thread_time() - worked) * 1000


def _at_the_edge(client: httpx.Client, text: str) -> float:
    """Milliseconds until the whole answer is there."""
    started = time.perf_counter()
    answer = client.get("/ask/suggest", params={"q": text})
    spent = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, answer.text[:300]
    return spent


def _told(name: str, times: list[float]) -> dict[str, float]:
    print(f"{name}: p50 {statistics.median(times):.1f}, p95 {p95(times):.1f}, worst {max(times):.1f} ms", flush=True)
    return {
        f"{name}_p50_ms": round(statistics.median(times), 1),
        f"{name}_p95_ms": round(p95(times), 1),
        f"{name}_worst_ms": round(max(times), 1),
    }


if __name__ == "__main__":
    main()
