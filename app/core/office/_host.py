"""The process that forks a capped child for each file; started by _capped with the readers preloaded, never imported by the portal."""

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import resource
import select
import signal
import socket
import sys
from typing import Any

import app.core.office._reading
import app.core.office.merge.child  # noqa: F401  (both loaded before forking, so that each child starts with them)

_CLONE_NEWUSER, _CLONE_NEWNET, _PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 0x10000000, 0x40000000, 1, 38
_OPEN_FILES = 64
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.kill", "pty.", "urllib.")
_NEARLY_ALL = 0.75
_libc = ctypes.CDLL(None, use_errno=True)


def serve(descriptor: int) -> None:
    """Takes jobs until the other end of the socket closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # watchers need no burial
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    host = os.getpid()
    with socket.socket(fileno=descriptor) as requests:
        while True:
            message, descriptors, _, _ = socket.recv_fds(requests, 64, 3)
            if not message:
                return
            if os.fork() == 0:
                requests.close()
                _end_with_parent(host)
                _watch(*descriptors)
            for one in descriptors:
                os.close(one)


def _watch(source: int, answer: int, described: int) -> None:
    """Forks the child, ends it and its group when the wall time is over, and writes how it ended. Never returns."""
    with open(described, "rb") as stream:
        stream.seek(0)
        job = json.loads(stream.read())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    watcher = os.getpid()
    child = os.fork()
    if child == 0:
        _end_with_parent(watcher)
        _be_child(job, source, answer)
    os.close(source)
    handle = os.pidfd_open(child)
    in_time = bool(select.select([handle], [], [], job["limits"]["wall_seconds"])[0])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not in_time:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        os.write(answer, b"\n" + json.dumps({"exit": code if in_time else None}).encode())
    os._exit(0)


def _be_child(job: dict[str, Any], source: int, answer: int) -> None:
    """Runs the reader and writes its answer. Any exception becomes an answer too. Never returns."""
    os.setpgid(0, 0)
    _silence()
    code = 1
    try:
        with open(source, "rb") as stream:
            target = _loaded(job["target"])
            _confine(job["limits"])
            result = _attempt(target, stream, job["argument"])
        _write_all(answer, json.dumps(result).encode())
        code = 0
    finally:
        os._exit(code)


def _loaded(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _attempt(target: Any, stream: io.BufferedReader, argument: str) -> dict[str, object]:
    """Hostile files raise dozens of exception types, so everything is caught; only the type's name and no content leaves."""
    try:
        return {"result": target(stream, argument)}
    except MemoryError:
        return {"error": "MemoryError"}
    except Exception as error:
        if _peak() > _NEARLY_ALL * resource.getrlimit(resource.RLIMIT_AS)[0]:
            return {"error": "MemoryError"}  # libxml2 and others report memory that ran out as a fault of the file
        return {"error": type(error).__name__, "told": getattr(error, "told", "")}


def _peak() -> int:
    """The most address space this process ever had, in bytes."""
    with open("/proc/self/status", encoding="ascii", errors="ignore") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmPeak:"))


def _end_with_parent(parent: int) -> None:
    """Asks the kernel for it, then looks whether the parent went before it could be asked."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)


def _confine(limits: dict[str, Any]) -> None:
    """No environment, no network, no other program, bounded memory, time and file size."""
    os.environ.clear()
    _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused inside some containers; the audit hook stands in any case
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"] + 2))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while a file is read")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
