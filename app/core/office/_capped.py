"""Runs one reader on one file in a disposable child of a preloaded host process; called by parse, from any thread.

The host is our own fork server: children of multiprocessing's import the running program's main module again and see its environment."""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from app.core.office import _host; _host.serve(int(sys.argv[1]))"
_GRACE_SECONDS = 15.0
_JOB = b"job"  # what it is stands in a file of memory, whose descriptor goes with it


@dataclass(frozen=True)
class Limits:
    """What one child may use; memory is address space, `answer_bytes` is the longest result taken back."""

    memory_bytes: int = 1024 * MEBIBYTE
    cpu_seconds: int = 20
    wall_seconds: float = 30.0
    file_bytes: int = 64 * MEBIBYTE
    answer_bytes: int = 48 * MEBIBYTE


@dataclass(frozen=True)
class Outcome:
    """The child's JSON answer, or why there is none: its exit code (negative: the signal), None when it ran out of wall time."""

    answer: dict[str, object] | None
    exit_code: int | None


class HostLost(Exception):
    """The host itself went away, with the job or before it took it."""


class _Host:
    """The connection to the running host; the process ends by itself when this end of the socket closes."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps([entry or os.getcwd() for entry in sys.path])],
                pass_fds=(theirs.fileno(),),
                env={"OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.socket = ours

    def usable(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def send(self, descriptors: list[int]) -> None:
        try:
            socket.send_fds(self.socket, [_JOB], descriptors)
        except OSError as error:
            raise HostLost from error

    def close(self) -> None:
        self.socket.close()
        if self.owner == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=1)


_lock = threading.Lock()
_running: list[_Host] = []


def _submit(descriptors: list[int]) -> None:
    """Hands a job to the host, starting one when none lives (first use, after a crash, after a fork)."""
    with _lock:
        try:
            _usable_host().send(descriptors)
        except HostLost:
            stop_host()
            _usable_host().send(descriptors)


def _usable_host() -> _Host:
    if not _running or not _running[0].usable():
        stop_host()
        _running.append(_Host())
    return _running[0]


def stop_host() -> None:
    """Ends the host and, with it, children which still run."""
    while _running:
        _running.pop().close()


atexit.register(stop_host)


def run_capped(target: str, path: Path, argument: str, limits: Limits | None = None) -> Outcome:
    """Calls `target` ("module:function") as (open file, argument) -> dict in a child under limits.

    When the host is lost on the way the job is tried once more, as that says nothing about the file; then HostLost.
    """
    limits = limits or Limits()
    job = json.dumps({"target": target, "argument": argument, "limits": asdict(limits)}).encode()
    try:
        return _attempted(job, path, limits)
    except HostLost:
        return _attempted(job, path, limits)


def _attempted(job: bytes, path: Path, limits: Limits) -> Outcome:
    reading, writing = os.pipe()
    try:
        with path.open("rb") as source, os.fdopen(os.memfd_create("job"), "w+b") as written:  # an argument may be longer than a message
            try:
                written.write(job)
                written.flush()
                _submit([source.fileno(), writing, written.fileno()])
            finally:
                os.close(writing)
        received = _received(reading, limits)
        return _outcome(received) if len(received) <= limits.answer_bytes else Outcome(None, -signal.SIGKILL)
    finally:
        os.close(reading)


def _received(reading: int, limits: Limits) -> bytes:
    """Everything the child and its watcher wrote; stops at the size cap, and when even the watcher does not answer."""
    pieces: list[bytes] = []
    size = 0
    deadline = time.monotonic() + limits.wall_seconds + _GRACE_SECONDS
    ready = select.poll()  # select() refuses descriptors above 1,023, which a busy server has
    ready.register(reading, select.POLLIN)
    while size <= limits.answer_bytes and (left := deadline - time.monotonic()) > 0:
        if not ready.poll(left * 1000):
            break
        piece = os.read(reading, MEBIBYTE)
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _outcome(received: bytes) -> Outcome:
    """The answer is one line of JSON by the child, the exit code a last line by the watcher, without which the host is lost."""
    body, _, trailer = received.rpartition(b"\n")
    try:
        ended = json.loads(trailer)["exit"]
        answer = json.loads(body) if body and ended == 0 else None
    except (ValueError, KeyError, TypeError) as error:
        raise HostLost from error
    return Outcome(answer if isinstance(answer, dict) else None, ended)
