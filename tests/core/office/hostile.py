"""Readers which misbehave, run in the capped child by the tests of its limits."""

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from typing import BinaryIO


def eat_memory(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Takes the memory named by the argument, in MiB, and says how much it got."""
    held = [bytes(1024 * 1024) for _ in range(int(argument))]
    return {"mebibytes": len(held)}


def spin(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Burns CPU until stopped."""
    while True:
        pass


def sleep(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Waits as long as asked."""
    time.sleep(float(argument))
    return {"slept": argument}


def die(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Ends as native code does when it crashes."""
    os.abort() if argument == "abort" else signal.raise_signal(signal.SIGSEGV)
    return {}


def leave(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Exits without an answer."""
    os._exit(int(argument))


def fail(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Raises something no reader plans for."""
    raise {"base": KeyboardInterrupt, "plain": ZeroDivisionError}[argument]


def connect(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Reaches for the network."""
    socket.create_connection(("127.0.0.1", int(argument)), timeout=2)
    return {"connected": True}


def run_program(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Starts another program."""
    return {"answer": subprocess.check_output(["true"]).decode()}


def surroundings(stream: BinaryIO, argument: str) -> dict[str, object]:
    """What a reader can see of the machine."""
    with open("/proc/net/dev", encoding="ascii") as devices:
        interfaces = [line.split(":")[0].strip() for line in devices if ":" in line]
    return {
        "environment": dict(os.environ),
        "interfaces": interfaces,
        "content": stream.read().decode(),
        "pid": os.getpid(),
        "threads": threading.active_count(),
    }


def mapped(stream: BinaryIO, argument: str) -> dict[str, object]:
    """The address space which a child has before it reads anything, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as sizes:
        return {"bytes": int(sizes.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")}


def write_file(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Writes a temporary file of so many MiB."""
    with tempfile.TemporaryFile() as target:
        for _ in range(int(argument)):
            target.write(bytes(1024 * 1024))
        target.flush()
    return {"written": argument}


def answer_much(stream: BinaryIO, argument: str) -> dict[str, object]:
    """Answers with so many bytes."""
    return {"text": "x" * int(argument)}


def count_argument(_stream: BinaryIO, argument: str) -> dict[str, object]:
    return {"characters": len(argument)}
