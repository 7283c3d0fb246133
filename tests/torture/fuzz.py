"""`make torture-fuzz`: ten thousand naughty and schema-driven requests at a portal that is served; none may get a fault of its own."""

import http.client
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case
from schemathesis.core.result import Ok
from sqlalchemy import update
from sqlmodel import col

from app.core.work import Work
from app.framework.actions import install_defaults
from app.identity.actions import start_session
from app.identity.actions.tokens import make_token
from app.identity.models import ApiToken, Role, User, UserActor
from app.identity.rules import SCOPES
from app.main import create_app
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.portal import open_desk
from app.ops.worker import Worker
from tests.factories.library import add_draft, add_released
from tests.factories.people import ensure_user
from tests.torture.naughty import Door, Sent, doors_of, requests
from tests.torture.server import HONEST, Server

REQUESTS, CONTROL_REQUESTS = 10_000, 60
SHARE_BY_DESCRIPTION = 0.25
LONGEST_RUN = 900.0
LONGEST_ANSWER, NO_ANSWER = 60.0, 599
SIGN_IN_EVERY = 50  # what is asked may end a session, or disable who asks
BROKEN, BROKEN_PATH = "tests.torture.broken", "/ask/suggest"
TRACES = (b"Traceback (most recent call last)", b'File "/')
# Who asks, in turn; None is nobody.
TURNS: tuple[Role | None, ...] = (None, Role.REP, Role.MARKETER, Role.ADMIN)


@dataclass
class Outcome:
    """What a run found; the names are those of the printed line."""

    requests: int = 0
    server_errors: int = 0
    tracebacks: int = 0
    slowest_ms: float = 0.0
    seconds: float = 0.0
    ready: bool = False
    control_red: bool = False

    @property
    def holds(self) -> bool:
        """Whether no request got a fault, and the portal still serves."""
        return self.server_errors == 0 and self.tracebacks == 0 and self.ready


def is_fault(status: int, body: bytes) -> bool:
    """Whether an answer is one the portal must never give."""
    return status >= 500 or shows_trace(body)


def shows_trace(body: bytes) -> bool:
    """Whether an answer tells how the program is made."""
    return any(trace in body for trace in TRACES)


def fill(work: Work) -> None:
    """A few items and questions, so that small numbers name something."""
    install_defaults(work)
    asset_id = add_released(work, "Gate rules")
    add_draft(work, "Gate draft")
    add_released(work, "Gate hours")
    record_question(work, QuestionInput(text="Where is the gate?", asset_id=asset_id, anchor=""))
    record_question(work, QuestionInput(text="How long is the gate open?"))


class Fuzz:
    """One portal, who asks it, and what came of it."""

    def __init__(self, server: Server, deadline: float) -> None:
        self.server = server
        self.outcome = Outcome()
        self.answered: dict[int, int] = {}
        self._begun = time.monotonic()
        self._deadline = deadline
        self._cookies: dict[Role, str] = {}
        self._tokens: dict[Role, str] = {}

    @property
    def in_time(self) -> bool:
        """Whether there is time for another request."""
        return time.monotonic() - self._begun < self._deadline

    def sign_in(self) -> None:
        """New sessions and tokens for everybody, whose accounts are made what they were."""
        with open_desk(self.server.settings) as desk, desk.open_work() as work:
            for role in TURNS:
                if role is not None:
                    user = ensure_user(work, role)
                    user.role, user.is_active, user.organisation_id = role, True, None
                    self._cookies[role] = f"quiver={start_session(work, user, 'fuzz')}"
                    self._tokens[role] = f"Bearer {_new_token(work, user)}"

    def ask_naughtily(self, doors: Sequence[Door], count: int, chance_seed: int) -> None:
        """Each door as often as any other, by everybody in turn."""
        for number, sent in enumerate(requests(doors, count, chance_seed)):
            if not self.in_time:
                return
            if number % SIGN_IN_EVERY == 0:
                self.sign_in()
            self._ask(TURNS[(number + number // len(doors)) % len(TURNS)], sent)

    def ask_by_description(self, count: int, chance_seed: int) -> None:
        """What the API says it takes, and what it says it does not take."""
        self.sign_in()
        api = schemathesis.openapi.from_url(f"{self.server.origin}/api/openapi.json")
        operations = [found.ok() for found in api.get_all_operations() if isinstance(found, Ok)]
        for number, operation in enumerate(operations):
            self._ask_cases(operation.as_strategy(), count // len(operations), chance_seed + number)

    def end(self) -> Outcome:
        """The last look, at a portal that has gone through all this."""
        self.outcome.ready = self.server.is_ready()
        self.outcome.seconds = round(time.monotonic() - self._begun, 1)
        return self.outcome

    def _ask_cases(self, cases: SearchStrategy[Case[Any]], count: int, chance_seed: int) -> None:
        turns = itertools.cycle(TURNS)

        @seed(chance_seed)
        @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None, phases=[Phase.generate])
        @given(case=cases)
        def ask(case: Case[Any]) -> None:
            role = next(turns)
            if self.in_time:
                answer = case.call(headers={"Authorization": self._tokens[role]} if role else None)
                self._judge(f"{role or 'nobody'}: {case.method} {case.formatted_path}", answer.status_code, answer.content, answer.elapsed)

        ask()

    def _ask(self, role: Role | None, sent: Sent) -> None:
        """Send one request and judge the answer; one that never comes counts as a fault."""
        headers = {"Origin": self.server.origin, "Sec-Fetch-Site": "same-origin", "Content-Length": str(len(sent.body)), **sent.headers}
        if role is not None:
            headers["Cookie"] = self._cookies[role]
        begun = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=LONGEST_ANSWER)) as connection:
            try:
                connection.request(sent.method, sent.path, sent.body, {name: value.encode("latin-1") for name, value in headers.items()})
                answer = connection.getresponse()
                status, body = answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                status, body = NO_ANSWER, type(error).__name__.encode()
        self._judge(f"{role or 'nobody'}: {sent.method} {sent.path} {sent.body!r}", status, body, time.monotonic() - begun)

    def _judge(self, asked: str, status: int, body: bytes, seconds: float) -> None:
        outcome, took = self.outcome, round(seconds * 1000, 1)
        outcome.requests += 1
        outcome.server_errors += status >= 500
        outcome.tracebacks += shows_trace(body)
        self.answered[status] = self.answered.get(status, 0) + 1
        if is_fault(status, body):
            say(f"{status} for {asked[:600]}")
        outcome.slowest_ms = max(outcome.slowest_ms, took)


def _new_token(work: Work, user: User) -> str:
    """A token of this person for all a token may; the ones before end."""
    work.session.exec(update(ApiToken).where(col(ApiToken.user_id) == user.id).values(revoked_at=work.now))
    person = UserActor(user.id or 0, user.name, user.role)
    return make_token(replace(work, actor=person), "fuzz", list(SCOPES), 30).secret


def fuzz(folder: Path, count: int, *, program: str = HONEST, only: str = "", chance_seed: int = 0) -> Outcome:
    """Ask a portal so many times (fewer when the time is up); `only` keeps to one path and leaves the API's description out."""
    folder.mkdir()
    run = Fuzz(Server(folder, program), LONGEST_RUN)
    run.server.run("migrate")
    with open_desk(run.server.settings) as desk:
        with desk.open_work() as work:
            fill(work)
        Worker(desk).drain()
    try:
        run.server.start()
        doors = [door for door in doors_of(create_app(run.server.settings)) if only in ("", door.path)]
        if not only:
            run.ask_by_description(int(count * SHARE_BY_DESCRIPTION), chance_seed)
        run.ask_naughtily(doors, count - run.outcome.requests, chance_seed)
        say(f"statuses {dict(sorted(run.answered.items()))}")
        return run.end()
    finally:
        run.server.stop()


def say(line: str) -> None:
    """Tell it now, not at the end."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """The honest portal, then the control; the last line is JSON."""
    chance_seed = random.SystemRandom().randrange(2**32)
    say(f"seed {chance_seed}")
    with tempfile.TemporaryDirectory(prefix="quiver-fuzz-") as folder:
        outcome = fuzz(Path(folder) / "honest", REQUESTS, chance_seed=chance_seed)
        say("the control: a portal with a broken route")
        control = fuzz(Path(folder) / "control", CONTROL_REQUESTS, program=BROKEN, only=BROKEN_PATH, chance_seed=chance_seed)
    outcome.control_red = control.server_errors > 0
    say(json.dumps(asdict(outcome)))
    return 0 if outcome.holds and outcome.control_red and outcome.requests >= REQUESTS else 1


if __name__ == "__main__":
    sys.exit(main())
