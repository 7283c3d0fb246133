"""The worker reads, indexes and tries again; one bad row or file stops nobody else; doing a job twice changes nothing."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import col, select

from app import tables
from app.core import outbox, schedule
from app.core.clock import utc_now
from app.core.office.parse import STOPPED, Unreadable, parse_file
from app.core.outbox import Event, OutboxRow
from app.framework.events import FrameworkChanged
from app.identity.events import LinkMailWanted, UserDisabled, UserEnabled
from app.identity.models import Role
from app.library import jobs
from app.library.events import AssetChanged, VersionRead, VersionUploaded
from app.library.models import Asset, Reading, Version
from app.library.queries import get_view
from app.messaging.actions import record_question
from app.messaging.events import QuestionChanged
from app.messaging.models import QuestionInput
from app.ops import worker as worker_module
from app.ops.worker import FAST, SLOW, Worker, WorkerLock
from app.plays.actions import make_kit
from app.plays.actions.binders import order_binder
from app.plays.actions.items import add_item
from app.plays.events import BinderOrdered
from app.plays.models import ItemInput, ItemKind, KitInput
from app.reactions import GIVE_UP, REACTIONS, SCHEDULE, Timed
from app.review.events import DueMailWanted
from app.search.jobs import IndexDesk, find_differences
from app.sharing.events import ItemsWentAway, MailCodeWanted, NewerVersionTold, RoomQuestionAsked, RoomVisited
from tests.factories.desk import desk_of
from tests.factories.library import add_draft, add_released, add_version, store
from tests.factories.portal import Portal
from tests.torture.client import wait_until


@pytest.fixture
def desk(portal: Portal) -> IndexDesk:
    return desk_of(portal)


@pytest.fixture
def worker(desk: IndexDesk) -> Iterator[Worker]:
    worker = Worker(desk)
    yield worker
    worker.stop()


def rows(portal: Portal, state: str) -> list[OutboxRow]:
    with portal.work(read_only=True) as work:
        return list(work.session.exec(select(OutboxRow).where(col(OutboxRow.state) == state).order_by(col(OutboxRow.id))).all())


def newest_version(portal: Portal) -> Version:
    with portal.work(read_only=True) as work:
        return work.session.exec(select(Version).order_by(col(Version.id).desc()).limit(1)).one()


def ask(portal: Portal, question: str) -> int:
    answer = portal.client(Role.REP).get("/api/v1/ask", params={"q": question})
    return int(answer.json()["total"])


def test_an_uploaded_file_is_read_then_found_when_released(portal: Portal) -> None:
    marketer = portal.client(Role.MARKETER)
    with portal.work() as work:
        asset_id = add_released(work, "Ramp guide", "# Ramp guide\n\nThe plimsoll line marks the load.\n")
    portal.drain()
    answer = marketer.get(f"/api/v1/assets/{asset_id}").json()
    assert (answer["version"]["reading"], [one["text"] for one in answer["passages"]]) == ("done", ["The plimsoll line marks the load."])
    assert ask(portal, "plimsoll") == 1
    with portal.work() as work:
        number = add_version(work, asset_id, "# Ramp guide\n\nThe gantry lifts the load.\n")
    portal.drain()
    assert (ask(portal, "plimsoll"), ask(portal, "gantry")) == (1, 0), "a version nobody released is not found"
    revision = marketer.get(f"/api/v1/assets/{asset_id}").json()["revision"]
    assert marketer.post(f"/assets/{asset_id}/release", data={"revision": revision, "version": number}).status_code == 303
    portal.drain()
    assert (ask(portal, "plimsoll"), ask(portal, "gantry")) == (0, 1)
    assert rows(portal, "waiting") == rows(portal, "dead") == []


def test_a_file_whose_parser_dies_is_kept_and_says_so(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_arguments: object) -> None:
        raise Unreadable(STOPPED)

    monkeypatch.setattr(jobs, "parse_file", die)
    with portal.work() as work:
        asset_id = add_released(work, "Poisoned leaflet")
    portal.drain()
    version = newest_version(portal)
    assert (version.reading, version.reading_message) == (Reading.NO_TEXT, STOPPED)
    assert portal.client(Role.REP).get(f"/assets/{asset_id}/file").status_code == 200
    assert ask(portal, "poisoned leaflet") == 1, "found by its title"
    assert rows(portal, "dead") == []


def test_a_file_that_fails_again_and_again_is_given_up_and_blocks_nobody(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    tries, parse = [], parse_file

    def parse_unless_poison(path: Path, key: str) -> Any:
        if "poison" in path.read_text():
            tries.append(path)
            raise RuntimeError("the parser took the worker with it")
        return parse(path, key)

    monkeypatch.setattr(jobs, "parse_file", parse_unless_poison)
    with portal.work() as work:
        poison, sound = add_draft(work, "Bad", "poison"), add_draft(work, "Good", "# Good\n\nWords.\n")
    with time_machine.travel(utc_now(), tick=True) as clock:
        for _ in range(6):
            portal.drain()
            clock.shift(timedelta(hours=2))
    assert len(tries) == GIVE_UP[VersionUploaded][0] == 3
    with portal.work(read_only=True) as work:
        assert get_view(work, sound).card.version.reading == Reading.DONE
        given_up = get_view(work, poison).card.version
    assert (given_up.reading, given_up.reading_message) == (Reading.NO_TEXT, jobs.GAVE_UP)
    [dead] = rows(portal, "dead")
    assert (dead.event, dead.last_error) == ("VersionUploaded", "RuntimeError: the parser took the worker with it")


def test_a_worker_killed_by_a_file_does_not_try_it_for_ever(portal: Portal, worker: Worker) -> None:
    """The kill leaves only the claim; each one counts as a try."""
    with portal.work() as work:
        asset_id = add_draft(work, "Killer")
    for _ in range(3):
        with portal.work() as work:
            assert len(outbox.claim(work.session, work.now, SLOW.names, 1)) == 1
        worker.take_over()
    worker.drain()
    with portal.work(read_only=True) as work:
        assert get_view(work, asset_id).card.version.reading_message == jobs.GAVE_UP
    assert [row.last_error for row in rows(portal, "dead")] == ["stopped its worker again and again"]


Job = Callable[[IndexDesk, Sequence[Any]], None]


def react(monkeypatch: pytest.MonkeyPatch, *reactions: Job) -> None:
    monkeypatch.setattr(worker_module, "REACTIONS", {AssetChanged: reactions})


def record(portal: Portal, *asset_ids: int) -> None:
    with portal.work() as work:
        for asset_id in asset_ids:
            work.record(AssetChanged(asset_id))


def test_a_bad_row_of_a_batch_fails_alone(portal: Portal, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def index(_desk: IndexDesk, events: Sequence[AssetChanged]) -> None:
        if any(event.asset_id == 3 for event in events):
            raise RuntimeError("no three")
        done.extend(event.asset_id for event in events)

    react(monkeypatch, index)
    record(portal, 1, 2, 3, 4)
    assert worker.work_once(FAST)
    assert done == [1, 2, 4]
    [waiting] = rows(portal, "waiting")
    assert (waiting.payload, waiting.attempts, waiting.last_error) == ({"asset_id": 3}, 1, "RuntimeError: no three")
    assert waiting.due_at > utc_now()


def test_jobs_that_are_done_are_not_done_again(portal: Portal, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    failures = [RuntimeError("not yet")]

    def ring(_desk: IndexDesk, events: Sequence[AssetChanged]) -> None:
        rung.append(len(events))

    def light(_desk: IndexDesk, _events: Sequence[AssetChanged]) -> None:
        if failures:
            raise failures.pop()

    react(monkeypatch, ring, light)
    record(portal, 1)
    worker.drain()
    with time_machine.travel(utc_now() + timedelta(minutes=1)):
        worker.drain()
    assert rung == [1]
    assert len(rows(portal, "done")) == 1


def state_of(portal: Portal) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the worker's own, without ids and times of work."""
    found = {}
    with portal.work(read_only=True) as work:
        for table in tables.metadata.sorted_tables:
            if table.name not in {"outbox", "schedule_tick"}:
                kept = [column for column in table.columns if not (table.name == "passage" and column.name == "id")]
                found[table.name] = sorted(map(tuple, work.session.connection().execute(select(*kept)).all()), key=repr)
    return found


def fill(portal: Portal) -> tuple[int, int, int]:
    with portal.work() as work:
        asset_id = add_released(work, "Yard plan", confirmed_on=work.today - timedelta(days=400), file_name="yard-plan.md")
        add_released(work, "Yard plan as text", "Yard plan\n\nWords about Yard plan.\n", file_name="yard-plan.txt")
        question = record_question(work, QuestionInput(text="Where is the yard?", asset_id=asset_id)).id or 0
    portal.drain()
    with portal.work(portal.actor(Role.REP)) as work:
        kit_id = make_kit(work, KitInput(title="Site visit")).id or 0
        add_item(work, kit_id, ItemInput(kind=ItemKind.ASSET, asset_id=asset_id))
        order_binder(work, kit_id, "https://quiver.example/k/", with_notes=True)
    return asset_id, newest_version(portal).id or 0, question


@pytest.mark.parametrize("event,job", [(event, job) for event, jobs in REACTIONS.items() for job in jobs], ids=lambda one: one.__name__)
def test_each_job_run_twice_leaves_the_same_state(portal: Portal, desk: IndexDesk, event: type[Event], job: Job) -> None:
    asset_id, version_id, question = fill(portal)
    happened: dict[type[Event], Event] = {
        VersionUploaded: VersionUploaded(asset_id, version_id),
        AssetChanged: AssetChanged(asset_id),
        VersionRead: VersionRead(asset_id, version_id),
        QuestionChanged: QuestionChanged(question, (asset_id,)),
        FrameworkChanged: FrameworkChanged("kind", (1,)),
        UserDisabled: UserDisabled(1),
        UserEnabled: UserEnabled(1),
        DueMailWanted: DueMailWanted(1, "2026-06-15"),
        LinkMailWanted: LinkMailWanted("0" * 64),
        MailCodeWanted: MailCodeWanted(1),
        RoomQuestionAsked: RoomQuestionAsked(1),
        RoomVisited: RoomVisited("1"),
        NewerVersionTold: NewerVersionTold(1, 1, 1),
        ItemsWentAway: ItemsWentAway(1, (1,)),
        BinderOrdered: BinderOrdered(1),
    }
    states = []
    for _ in range(2):
        job(desk, [happened[event], happened[event]])
        portal.drain()
        states.append(state_of(portal))
        assert find_differences(desk) == []
    assert states[0] == states[1]
    assert len(states[0]["passage"]) == 2


@pytest.mark.parametrize("name", SCHEDULE)
def test_each_timed_job_run_twice_leaves_the_same_state(portal: Portal, desk: IndexDesk, name: str) -> None:
    fill(portal)
    states = []
    for _ in range(2):
        SCHEDULE[name].job(desk)
        states.append(state_of(portal))
    assert states[0] == states[1]


def test_of_two_workers_one_runs_a_timed_job(portal: Portal, desk: IndexDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(portal)
    with time_machine.travel(utc_now() - timedelta(hours=1), tick=False):
        assert not Worker(desk).run_timed("record-past-dates")
    with time_machine.travel(utc_now(), tick=False):
        assert [Worker(desk).run_timed("record-past-dates") for _ in range(3)] == [True, False, False]
    with portal.work(read_only=True) as work:
        assert len(state_of(portal)["finding"]) == 1
        assert work.session.exec(select(Asset)).first() is not None


def test_the_sweeper_takes_only_old_files_nobody_refers_to(portal: Portal, desk: IndexDesk) -> None:
    with portal.work() as work:
        add_draft(work, "Referred to", "# Referred to\n")
        stray = store(work, "# Stray\n")
    kept = newest_version(portal).blob_sha256
    with time_machine.travel(utc_now() + timedelta(hours=23)):
        jobs.sweep_blobs(desk)
        assert desk.blobs.exists(stray.sha256), "too young: its transaction may still be on the way"
    with time_machine.travel(utc_now() + timedelta(hours=25)):
        jobs.sweep_blobs(desk)
    assert (desk.blobs.exists(stray.sha256), desk.blobs.exists(kept)) == (False, True)


def test_the_index_is_mended_at_start(portal: Portal, desk: IndexDesk, worker: Worker) -> None:
    asset_id, _, _ = fill(portal)
    with portal.work() as work:
        work.session.get_one(Asset, asset_id).title = "Changed behind the worker's back"
    assert find_differences(desk) == [asset_id]
    worker.take_over()
    assert find_differences(desk) == []


def test_threads_go_on_after_a_failure_nobody_expected(portal: Portal, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    failures, once = [RuntimeError("the database is gone"), RuntimeError("still gone")], Worker.work_once

    def fail_first(self: Worker, lane: worker_module.Lane) -> bool:
        if failures:
            raise failures.pop()
        return once(self, lane)

    monkeypatch.setattr(Worker, "work_once", fail_first)
    with portal.work() as work:
        add_draft(work)
    worker.start()
    assert wait_until(lambda: newest_version(portal).reading == Reading.DONE, 30) is not None
    assert failures == []


def test_one_process_at_a_time_holds_the_worker_lock(tmp_path: Path) -> None:
    first, second = WorkerLock(tmp_path / "worker.lock"), WorkerLock(tmp_path / "worker.lock")
    assert (first.take(), second.take()) == (True, False)
    first.release()
    first.release()
    assert second.take()
    second.release()


def test_a_worker_that_was_never_started_stops(desk: IndexDesk) -> None:
    before = threading.active_count()
    Worker(desk).stop()
    assert threading.active_count() == before


def test_a_timed_job_that_fails_is_remembered_and_tried_again(portal: Portal, desk: IndexDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[Exception | None] = [RuntimeError("no mail today"), None]

    def job(_desk: IndexDesk) -> None:
        if outcome := outcomes.pop(0):
            raise outcome

    monkeypatch.setattr(worker_module, "SCHEDULE", {"made-up": Timed("5 * * * *", job)})
    worker = Worker(desk)
    with time_machine.travel(utc_now(), tick=False) as clock:
        assert not worker.run_timed("made-up")
        clock.shift(timedelta(hours=1))
        assert worker.run_timed("made-up")
        with portal.work(read_only=True) as work:
            assert schedule.list_ticks(work.session)["made-up"].last_error == "RuntimeError: no mail today"
        clock.shift(timedelta(seconds=59))
        assert not worker.run_timed("made-up")
        clock.shift(timedelta(seconds=1))
        assert worker.run_timed("made-up")
        with portal.work(read_only=True) as work:
            tick = schedule.list_ticks(work.session)["made-up"]
            assert (tick.failures, tick.ran_at, outcomes) == (0, work.now, [])
