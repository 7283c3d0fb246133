"""`make torture-kill`: kills the portal again and again while files arrive, then counts what it had promised and does not have."""

import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.core.store import hash_file
from app.ops.portal import open_desk
from app.search.jobs import find_differences
from app.settings import Settings
from tests.torture.client import Client, OpenRequests, sha256, wait_until
from tests.torture.server import HONEST, Server
from tests.torture.uploads import SHARED_WORD, Ledger, Marketer, hire_marketer, upload_until_gone

KILLS, CONTROL_KILLS, THREADS = 40, 5, 3
LOSSY = "tests.torture.lossy"
LONGEST_RUN = 900.0
INDEX_WAIT = 60.0
# What was released is found at once; the text of what came last is read in the background.
DRAIN_WAIT = 180.0
LOOK_AT_INDEX_EVERY = 5


@dataclass
class Outcome:
    """What a run found; the names are those of the printed line."""

    kills: int = 0
    in_open_request: int = 0
    acknowledged: int = 0
    released: int = 0
    lost: int = 0
    altered: int = 0
    rows_without_file: int = 0
    incoming_left: int = 0
    max_ready_seconds: float = 0.0
    max_index_seconds: float = 0.0
    jobs_left: int = 0
    jobs_given_up: int = 0
    index_differences: int = 0
    index_equal: bool = False
    control_red: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing that was promised is missing; times depend on the machine and are only reported."""
        damage = self.lost + self.altered + self.rows_without_file + self.incoming_left
        return damage == 0 and self.index_equal and self.in_open_request * 2 >= self.kills > 0


@dataclass
class Torture:
    """One data folder and everything done to it."""

    server: Server
    seed: int
    ledger: Ledger = field(default_factory=Ledger)
    requests: OpenRequests = field(default_factory=OpenRequests)
    outcome: Outcome = field(default_factory=Outcome)
    marketer: Marketer | None = None

    def prepare(self) -> None:
        """An empty portal with a marketer who is signed in."""
        self.server.run("migrate")
        with open_desk(self._settings()) as desk, desk.open_work() as work:
            self.marketer = hire_marketer(work)

    def kill_once(self) -> None:
        """Start, let files arrive, kill at a random moment; every other time right after a request was sent whole."""
        chance = random.Random(self.seed + self.outcome.kills)
        spawned = time.monotonic()
        self._start()
        uploaders = [threading.Thread(target=self._upload, args=(chance.random(),), daemon=True) for _ in range(THREADS)]
        for uploader in uploaders:
            uploader.start()
        if self.outcome.kills % LOOK_AT_INDEX_EVERY == 0:
            self._time_index(spawned)
        time.sleep(chance.uniform(0.2, 1.5))
        if self.outcome.kills % 2:
            self.requests.sent.clear()
            self.requests.sent.wait(5)
            time.sleep(chance.uniform(0.0, 0.03))
        moment = time.monotonic()
        self.server.kill()
        for uploader in uploaders:
            uploader.join()
        self.outcome.kills += 1
        self.outcome.in_open_request += self.requests.broken_before(moment) > 0

    def look(self) -> Outcome:
        """Start a last time and compare what is there with what was promised."""
        outcome = self.outcome
        spawned = time.monotonic()
        self._start()
        self._time_index(spawned)
        wait_until(lambda: not self._incoming(), 5)
        outcome.incoming_left = len(self._incoming())
        self._compare()
        wait_until(lambda: self._jobs("waiting") == 0, DRAIN_WAIT)
        outcome.jobs_left, outcome.jobs_given_up = self._jobs("waiting"), self._jobs("dead")
        self.server.stop()
        outcome.rows_without_file = sum(not self._has_file(str(sha)) for (sha,) in self._rows("SELECT DISTINCT blob_sha256 FROM version"))
        with open_desk(self._settings()) as desk:
            outcome.index_differences = len(find_differences(desk))
            outcome.index_equal = desk.index.ready and outcome.index_differences == 0
        return outcome

    def _compare(self) -> None:
        client, kept, released = self._client(), self.ledger.kept(), self.ledger.released()
        self.outcome.acknowledged, self.outcome.released = len(kept), len(released)
        for one in kept:
            answer = client.get(f"/api/v1/assets/{one.asset_id}/file?v={one.number}")
            self.outcome.lost += answer.status != 200
            self.outcome.altered += answer.status == 200 and sha256(answer.body) != one.sha256
        for asset_id in released:
            answer = client.get(f"/api/v1/assets/{asset_id}")
            self.outcome.lost += answer.status != 200 or answer.json()["status"] != "released"

    def _start(self) -> None:
        self.outcome.max_ready_seconds = max(self.outcome.max_ready_seconds, self.server.start())

    def _time_index(self, spawned: float) -> None:
        """How long after its start the portal found everything that was released before it."""
        wanted, client = len(self.ledger.released()), self._client()
        wait_until(lambda: _count(client) >= wanted, INDEX_WAIT)
        self.outcome.max_index_seconds = max(self.outcome.max_index_seconds, time.monotonic() - spawned)

    def _client(self) -> Client:
        assert self.marketer is not None
        return Client(self.server.port, self.marketer.session, self.requests)

    def _upload(self, luck: float) -> None:
        assert self.marketer is not None
        upload_until_gone(self._client(), self.marketer, self.ledger, int(luck * 2**32))

    def _settings(self) -> Settings:
        return Settings(data_dir=self.server.data_dir)

    def _incoming(self) -> list[Path]:
        return list((self.server.data_dir / "blobs" / "incoming").iterdir())

    def _has_file(self, sha: str) -> bool:
        file = self.server.data_dir / "blobs" / sha[:2] / sha
        return file.is_file() and hash_file(file) == sha

    def _jobs(self, state: str) -> int:
        return len(self._rows(f"SELECT id FROM outbox WHERE state = '{state}'"))

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(f"file:{self.server.data_dir / 'quiver.db'}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def _count(client: Client) -> int:
    """How many items the index finds; none while it is not ready."""
    if client.get("/healthz").json()["index"] != "ok":
        return 0
    return int(client.get(f"/api/v1/ask?q={SHARED_WORD}").json()["total"])


def torture(folder: Path, kills: int, *, program: str = HONEST, seed: int = 0, deadline: float = LONGEST_RUN) -> Outcome:
    """Kill a portal so many times (fewer when the time is up), then say what it kept of its promises."""
    folder.mkdir()
    run = Torture(Server(folder, program), seed)
    begun = time.monotonic()
    try:
        run.prepare()
        while run.outcome.kills < kills and time.monotonic() - begun < deadline:
            run.kill_once()
        return run.look()
    finally:
        run.server.kill()


def main() -> int:
    """The honest portal, then the control; the last line is JSON."""
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="quiver-kill-") as folder:
        outcome = torture(Path(folder) / "honest", KILLS, seed=seed)
        control = torture(Path(folder) / "control", CONTROL_KILLS, program=LOSSY, seed=seed)
    outcome.control_red = control.lost > 0
    shown = {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(outcome).items()}
    sys.stdout.write(json.dumps(shown) + "\n")
    return 0 if outcome.holds and outcome.control_red and outcome.kills == KILLS else 1


if __name__ == "__main__":
    sys.exit(main())
