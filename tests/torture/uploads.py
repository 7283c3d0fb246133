"""What the kill test's marketers do, and the ledger of what the portal has acknowledged."""

import os
import random
import threading
from dataclasses import dataclass

from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import start_session
from app.identity.models import Role
from tests.factories.people import ensure_user
from tests.torture.client import Client, NoAnswer, sha256

SMALLEST, LARGEST = 10_000, 20_000_000
SHARED_WORD = "quayside"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Kept:
    """One version the portal said it has."""

    asset_id: int
    number: int
    sha256: str


@dataclass(frozen=True)
class Marketer:
    """Whoever uploads: a live session, and what the release form needs."""

    session: str
    user_id: int
    kind_id: int
    facet_ids: tuple[int, int]


class Ledger:
    """Everything acknowledged so far, over all threads and all kills."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Kept] = []
        self._released: list[int] = []

    def keep(self, kept: Kept) -> None:
        with self._lock:
            self._kept.append(kept)

    def release(self, asset_id: int) -> None:
        with self._lock:
            self._released.append(asset_id)

    def kept(self) -> list[Kept]:
        with self._lock:
            return list(self._kept)

    def released(self) -> list[int]:
        with self._lock:
            return list(self._released)


def hire_marketer(work: Work) -> Marketer:
    """An account of marketing with a session, made before the portal starts."""
    user, values = ensure_user(work, Role.MARKETER), list_values(work)
    facets = (values.by_facet(Facet.STAGE)[0].id, values.by_facet(Facet.STAKEHOLDER)[0].id)
    return Marketer(start_session(work, user, "kill test"), user.id or 0, values.by_facet(Facet.KIND)[0].id, facets)


def upload_until_gone(client: Client, marketer: Marketer, ledger: Ledger, seed: int) -> None:
    """Upload, release and replace without pause until the portal goes away."""
    chance = random.Random(seed)
    try:
        while True:
            chance.choice(DOINGS)(client, marketer, ledger, chance)
    except NoAnswer:
        return


def _send_page(client: Client, marketer: Marketer, ledger: Ledger, chance: random.Random) -> None:
    """A text that is read, released and found."""
    title = _word(chance)
    words = [_word(chance) for _ in range(chance.randint(SMALLEST, 4 * SMALLEST) // 10)]
    content = f"# {title} {SHARED_WORD}\n\n{' '.join(words)}\n".encode()
    asset_id = _send_new(client, ledger, f"{title}-{SHARED_WORD}.md", content)
    if asset_id is None:
        return
    form = [("title", f"{title} {SHARED_WORD}"), ("kind_id", str(marketer.kind_id)), ("audience", "internal"), ("language", "en")]
    form += [("facet_ids", str(value_id)) for value_id in marketer.facet_ids]
    form += [("owner_id", str(marketer.user_id)), ("review_interval_days", "180"), ("revision", "1")]
    if client.post(f"/upload/files/{asset_id}", form).status != 200:
        return
    if client.post(f"/assets/{asset_id}/release", [("revision", "2")]).status == 303:
        ledger.release(asset_id)


def _send_recording(client: Client, _marketer: Marketer, ledger: Ledger, chance: random.Random) -> None:
    """Bytes of any size; a reader finds no text in them."""
    _send_new(client, ledger, f"{_word(chance)}.wav", _recording(chance))


def _send_newer(client: Client, _marketer: Marketer, ledger: Ledger, chance: random.Random) -> None:
    """A newer version of something that was acknowledged earlier, perhaps before a kill."""
    known = ledger.kept()
    if not known:
        return
    asset_id, content = chance.choice(known).asset_id, _recording(chance)
    answer = client.upload(f"/assets/{asset_id}/versions", f"{_word(chance)}.wav", content)
    if answer.status == 303:
        ledger.keep(Kept(asset_id, int(answer.location.rpartition("=")[2]), sha256(content)))


def _send_new(client: Client, ledger: Ledger, file_name: str, content: bytes) -> int | None:
    answer = client.upload("/upload/files", file_name, content)
    if answer.status != 201:
        return None
    asset_id = int(answer.json()["files"][0]["key"])
    ledger.keep(Kept(asset_id, 1, sha256(content)))
    return asset_id


def _recording(chance: random.Random) -> bytes:
    size = int(SMALLEST * (LARGEST / SMALLEST) ** chance.random())
    return b"RIFF\x00\x00\x00\x00WAVE" + os.urandom(size)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=9))


DOINGS = (_send_page, _send_page, _send_recording, _send_newer)
