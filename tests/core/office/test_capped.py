"""The capped child: each limit holds, each has a control below it, and every ending is an ordinary outcome."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.office import _capped, parse
from app.core.office._capped import Limits, Outcome, run_capped
from app.core.office.parse import Unreadable, parse_file


@pytest.fixture
def some_file(tmp_path: Path) -> Path:
    path = tmp_path / "some.txt"
    path.write_text("a line", encoding="utf-8")
    return path


def run(name: str, path: Path, argument: str = "", limits: Limits | None = None) -> Outcome:
    return run_capped(f"tests.core.office.hostile:{name}", path, argument, limits)


def result(outcome: Outcome) -> dict[str, object]:
    assert outcome.answer is not None, outcome
    found = outcome.answer["result"]
    assert isinstance(found, dict)
    return found


def test_memory_is_capped(some_file: Path) -> None:
    assert result(run("eat_memory", some_file, "300")) == {"mebibytes": 300}
    assert run("eat_memory", some_file, "1100").answer == {"error": "MemoryError"}


def test_cpu_is_capped(some_file: Path) -> None:
    started = time.monotonic()
    outcome = run("spin", some_file, limits=Limits(cpu_seconds=1))
    assert outcome == Outcome(None, -signal.SIGXCPU)
    assert time.monotonic() - started < 4


def test_wall_time_is_capped(some_file: Path) -> None:
    started = time.monotonic()
    assert run("sleep", some_file, "20", Limits(wall_seconds=0.7)) == Outcome(None, None)
    assert time.monotonic() - started < 3
    assert result(run("sleep", some_file, "0.1", Limits(wall_seconds=5))) == {"slept": "0.1"}


@pytest.mark.parametrize("name,argument,code", [("die", "abort", -signal.SIGABRT), ("die", "crash", -signal.SIGSEGV), ("leave", "7", 7)])
def test_a_dying_child_is_an_outcome(some_file: Path, name: str, argument: str, code: int) -> None:
    assert run(name, some_file, argument) == Outcome(None, code)


def test_any_exception_is_an_outcome(some_file: Path) -> None:
    assert run("fail", some_file, "plain").answer == {"error": "ZeroDivisionError", "told": ""}
    assert run("fail", some_file, "base") == Outcome(None, 1)


def test_there_is_no_network(some_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        socket.create_connection(("127.0.0.1", int(port)), timeout=2).close()
        assert run("connect", some_file, port).answer == {"error": "PermissionError", "told": ""}


def test_no_other_program_can_be_started(some_file: Path) -> None:
    assert run("run_program", some_file).answer == {"error": "PermissionError", "told": ""}


def test_the_child_sees_its_file_and_nothing_of_our_environment(some_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_SECRET_KEY", "hidden")
    seen = result(run("surroundings", some_file))
    assert seen["environment"] == {}
    assert seen["content"] == "a line"
    assert seen["pid"] != os.getpid()


def test_files_and_answers_are_capped(some_file: Path) -> None:
    assert result(run("write_file", some_file, "60")) == {"written": "60"}
    assert run("write_file", some_file, "70").answer != {"result": {"written": "70"}}
    assert result(run("answer_much", some_file, "1000"))["text"] == "x" * 1000
    assert run("answer_much", some_file, "5000", Limits(answer_bytes=4000)).answer is None


def test_many_threads_read_at_once(some_file: Path) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: run("sleep", some_file, "0.5"), range(8)))
    assert [result(outcome) for outcome in outcomes] == [{"slept": "0.5"}] * 8
    assert time.monotonic() - started < 3


def test_a_lost_host_is_started_again(some_file: Path) -> None:
    assert result(run("sleep", some_file, "0"))
    _capped._running[0].process.kill()
    _capped._running[0].process.wait()
    assert result(run("sleep", some_file, "0"))


def test_a_job_is_tried_again_when_the_host_is_lost_with_it(some_file: Path) -> None:
    outcomes: list[Outcome] = []
    waiting = threading.Thread(target=lambda: outcomes.append(run("sleep", some_file, "3")))
    waiting.start()
    _at_work()
    lost = _capped._running[0].process
    lost.kill()
    lost.wait()
    waiting.join(10)
    assert result(outcomes[0]) == {"slept": "3"}
    assert _capped._running[0].process.pid != lost.pid


def test_nothing_is_left_running_when_the_host_ends(some_file: Path) -> None:
    waiting = threading.Thread(target=lambda: run("sleep", some_file, "30", Limits(wall_seconds=4)))
    waiting.start()
    before = _at_work()
    _capped._running[0].process.kill()
    _capped._running[0].process.wait()
    assert all(_ends(pid, seconds=1) for pid in before)
    waiting.join(20)
    assert not waiting.is_alive()


@pytest.mark.parametrize(
    "name,argument,limits,message",
    [
        ("spin", "", Limits(cpu_seconds=1), parse.TOO_LONG),
        ("sleep", "20", Limits(wall_seconds=0.5), parse.TOO_LONG),
        ("eat_memory", "1100", Limits(), parse.TOO_BIG),
        ("die", "abort", Limits(), parse.TOO_BIG),
        ("die", "crash", Limits(), parse.STOPPED),
        ("fail", "plain", Limits(), parse.DAMAGED),
        ("leave", "0", Limits(), parse.STOPPED),
    ],
)
def test_each_ending_is_told_in_plain_words(
    some_file: Path, monkeypatch: pytest.MonkeyPatch, name: str, argument: str, limits: Limits, message: str
) -> None:
    monkeypatch.setattr(parse, "_READER", f"tests.core.office.hostile:{name}")
    with pytest.raises(Unreadable) as caught:
        parse_file(some_file, argument, limits)
    assert caught.value.message == message


def test_the_main_program_is_not_run_again(tmp_path: Path, some_file: Path) -> None:
    """A script without a main guard, as a server or command line may be, starts once and leaves nothing behind."""
    script = tmp_path / "program.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom app.core.office.parse import parse_file\nfrom app.core.office import _capped\n"
        "print('started')\nprint(parse_file(Path(sys.argv[1]), 'txt').passages[0].text)\nprint(_capped._running[0].process.pid)\n",
        encoding="utf-8",
    )
    root = str(Path(_capped.__file__).parents[3])
    answer = subprocess.run(
        [sys.executable, str(script), str(some_file)], env={"PYTHONPATH": root}, capture_output=True, text=True, timeout=30, check=True
    )
    started, text, pid = answer.stdout.split("\n")[:3]
    assert (started, text, answer.stderr) == ("started", "a line", "")
    assert _ends(int(pid))


def _at_work() -> list[int]:
    """The watcher and the child of the one job which runs, as soon as both do."""
    for _ in range(200):
        if _capped._running and len(found := _descendants(_capped._running[0].process.pid)) == 2:
            return found
        time.sleep(0.02)
    raise AssertionError("the job was never started")


def _descendants(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [found for child in map(int, listed) for found in (child, *_descendants(child))]


def _ends(pid: int, seconds: int = 5) -> bool:
    for _ in range(10 * seconds):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(autouse=True, scope="module")
def _host_stopped() -> Iterator[None]:
    yield
    _capped.stop_host()


def test_an_argument_may_be_longer_than_a_message(some_file: Path) -> None:
    assert result(run("count_argument", some_file, "é" * 3_000_000)) == {"characters": 3_000_000}
