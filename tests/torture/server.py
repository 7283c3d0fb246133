"""A real portal process that can be killed and started again on the same data; used by the kill test and the crash points."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
HONEST = "app.ops.cli"
LONGEST_START = 60.0


class NeverReady(RuntimeError):
    """The portal ended or stayed silent instead of getting ready."""


def free_port() -> int:
    """A port of this machine that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One data folder and the process that serves it; `program` is the module that is run."""

    def __init__(self, data_dir: Path, program: str = HONEST) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data_dir.parent / f"{data_dir.name}.log"

    @property
    def origin(self) -> str:
        """What browsers send as the origin of this portal's pages."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        """For whoever opens its data beside it."""
        return Settings(data_dir=self.data_dir, base_url=self.origin)

    def run(self, *arguments: str) -> None:
        """Run another command on the same data, to its end."""
        command = [sys.executable, "-m", HONEST, *arguments]
        subprocess.run(command, cwd=ROOT, env=self._environment({}), check=True, stdout=subprocess.DEVNULL)

    def start(self, **settings: str) -> float:
        """Start serving; gives the seconds until it was ready."""
        begun = time.monotonic()
        command = [sys.executable, "-m", self._program, "serve"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment(settings), stdout=log, stderr=log)
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() - begun > LONGEST_START:
                raise NeverReady(self._log.read_text(errors="replace")[-2000:])
            time.sleep(0.02)
        return time.monotonic() - begun

    def is_ready(self) -> bool:
        """Whether the portal says that it can serve."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """End the process as a power cut would, without a word."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def wait_for_death(self, seconds: float) -> int:
        """How the process ended by itself: its exit code, negative for a signal."""
        if self._process is None:
            raise NeverReady("the portal was never started")
        return self._process.wait(seconds)

    def stop(self) -> None:
        """Let the process end in good order; kill it when it does not."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        self.kill()

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("QUIVER_")}
        own = {"QUIVER_DATA_DIR": str(self.data_dir), "QUIVER_PORT": str(self.port), "QUIVER_BASE_URL": self.origin}
        return {**inherited, **own, **{f"QUIVER_{name.upper()}": value for name, value in settings.items()}}
