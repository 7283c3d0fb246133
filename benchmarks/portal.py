"""A real portal for benchmarks: a filled data folder, a server process, a signed-in client. Loopback only; ends by itself."""

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from app.core import outbox
from app.core.office.fingerprint import minhash
from app.core.office.parse import ParsedFile, ParsedPassage
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import create_user, start_session
from app.identity.models import NewUser, Role
from app.library import actions
from app.library.models import AssetInput, Audience, FileInput
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.portal import open_desk, prepare_and_migrate
from app.ops.worker import EVENT_TYPES
from app.search.jobs import IndexDesk, rebuild
from app.settings import get_settings
from app.sharing.actions.links import make_link
from app.sharing.models import Handout, LinkTerms

SEED = Path(__file__).resolve().parents[1] / "content_store" / "seed" / "items"
PASSAGES = 10
SENTENCES = 4
BATCH = 100
ASSETS_A_QUESTION = 10
READY_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """A server process, the sessions of a rep and a marketer, and the seconds it took until it was ready."""

    url: str
    pid: int
    rep: str
    marketer: str
    ready_after: float

    def client(self, session: str) -> httpx.Client:
        """A browser-like client; loopback, no proxies."""
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        return httpx.Client(base_url=self.url, cookies={"quiver": session}, headers=headers, timeout=120, trust_env=False)

    def rss_mb(self) -> float:
        """Memory of the serving process now, in MB (10^6 bytes)."""
        return _status_kb(self.pid, "VmRSS") * 1024 / 1e6

    def peak_mb(self) -> float:
        """Highest memory since `forget_peak`, in MB."""
        return _status_kb(self.pid, "VmHWM") * 1024 / 1e6

    def forget_peak(self) -> None:
        """Start measuring the peak anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


def read_sentences() -> list[str]:
    """Sentences of the demo's sources, as raw material for passages and questions."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SEED.glob("*.toml")))
    found = re.findall(r"[A-Z][^.!?\n\"=|\[\]{}]{40,200}[.!?]", text)
    return sorted(set(found))


def fill(desk: IndexDesk, assets: int) -> tuple[str, str]:
    """So many released assets with ten passages each; gives the sessions of a rep and a marketer."""
    dice, sentences = random.Random(7), read_sentences()
    with desk.open_work() as work:
        sessions = [_session(work, role) for role in (Role.REP, Role.MARKETER)]
    for start in range(0, assets, BATCH):
        with desk.open_work() as work:
            for number in range(start, min(start + BATCH, assets)):
                _add_asset(work, desk, number, dice, sentences)
    with desk.open_work() as work:
        for number in range(assets // ASSETS_A_QUESTION):
            _add_question(work, number * ASSETS_A_QUESTION + 1, dice, sentences)
    with desk.open_work() as work:  # the text is given and the index is made at once, so working these off would only take time
        for row in outbox.claim(work.session, work.now, sorted(EVENT_TYPES), 100 * assets):
            outbox.finish(work.session, row.id or 0)
    rebuild(desk)  # as an import leaves it
    return sessions[0], sessions[1]


@contextmanager
def running(assets: int, folder: str) -> Iterator[Running]:
    """A filled portal, served by one process until the block ends."""
    rep, marketer = fill_folder(folder, assets)
    with serving(folder, rep, marketer) as portal:
        yield portal


@contextmanager
def serving(folder: str, rep: str, marketer: str, **settings: str) -> Iterator[Running]:
    """One serving process on a filled data folder, until the block ends."""
    url = at_home(folder)
    started = time.perf_counter()
    command = [sys.executable, "-m", "app.ops.cli", "serve"]
    process = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_ready(url)
        yield Running(url, process.pid, rep, marketer, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(timeout=30)


def fill_folder(folder: str, assets: int) -> tuple[str, str]:
    """A new portal in the folder, filled; gives the sessions of a rep and a marketer."""
    at_home(folder)
    with open_desk(prepare_and_migrate()) as desk:
        return fill(desk, assets)


def at_home(folder: str) -> str:
    """Make this process and its children work on a portal in the folder; gives its address."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    os.environ |= {"QUIVER_DATA_DIR": folder, "QUIVER_PORT": str(port), "QUIVER_BASE_URL": url}
    get_settings.cache_clear()
    return url


def link_into(work: Work, room_id: int) -> str:
    """The path of a new link into a room of the acting person, open for thirty days to everybody who has it."""
    terms = LinkTerms(
        expires_at=work.now + timedelta(days=30),
        password=None,
        mail_rule=(),
        handout=Handout.ORIGINAL,
        follows=True,
        notifies=False,
        view_limit=None,
        watermarks=False,
    )
    return f"/r/{make_link(work, room_id, '', terms, can_mail=False).secret}"


def _session(work: Work, role: Role) -> str:
    user = create_user(work, NewUser(email=f"{role.value}@quiver.example", name=f"Benchmark {role.value}", role=role)).user
    return start_session(work, user, "benchmark")


def _add_asset(work: Work, desk: IndexDesk, number: int, dice: random.Random, sentences: Sequence[str]) -> None:
    values = list_values(work)
    writer = desk.blobs.writer(1_000_000)
    writer.write(f"# Item {number}\n".encode())
    blob = writer.keep()
    file = FileInput(sha256=blob.sha256, size=blob.size, file_name=f"item-{number}.md", format="md", media_type="text/markdown")
    data = AssetInput(
        title=" ".join(dice.choice(sentences).split()[:6]).rstrip(".!?,;") + f" {number}",
        kind_id=dice.choice(values.by_facet(Facet.KIND)).id,
        audience=dice.choice(list(Audience)),
        facet_ids=[dice.choice(values.by_facet(facet)).id for facet in (Facet.STAGE, Facet.STAKEHOLDER) for _ in range(2)],
        owner_id=1,
    )
    asset = actions.create_asset(work, data, file)
    version = actions.release(work, asset.id or 0).released_version_id
    passages = tuple(_passage(place, dice, sentences) for place in range(PASSAGES))
    text = " ".join(passage.text for passage in passages)
    actions.store_text(work, version or 0, ParsedFile(data.title, passages, PASSAGES, "section", "", str(number), minhash(text)))


def _add_question(work: Work, asset_id: int, dice: random.Random, sentences: Sequence[str]) -> None:
    values = list_values(work)
    facet_ids = [dice.choice(values.by_facet(facet)).id for facet in (Facet.STAGE, Facet.STAKEHOLDER)]
    text = " ".join(dice.choice(sentences).split()[:9]).rstrip(".!?,;") + f" {asset_id}?"
    record_question(work, QuestionInput(text=text, facet_ids=facet_ids, asset_id=asset_id, anchor="h-1"))


def _passage(place: int, dice: random.Random, sentences: Sequence[str]) -> ParsedPassage:
    text = " ".join(dice.choice(sentences) for _ in range(SENTENCES))
    heading = " ".join(dice.choice(sentences).split()[:5])
    return ParsedPassage(f"h-{place}", heading, (heading,), text, f"<h3>{heading}</h3><p>{text}</p>")


def _wait_ready(url: str) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the server did not get ready")


def _status_kb(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise RuntimeError(f"no {name} for process {pid}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
