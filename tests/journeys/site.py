"""The portal the journeys visit: a real server process on data of its own, with an account for each role and content on request."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import httpx

from app.core.paging import PageRequest
from app.core.work import Work
from app.framework.actions import add_value, install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import start_session
from app.identity.models import Role
from app.library import actions
from app.library.models import AssetInput
from app.library.queries import list_drafts
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.portal import open_desk
from app.settings import Settings
from tests.factories.library import asset_input, store
from tests.factories.people import PASSWORD, add_user, ensure_user
from tests.torture.server import Server

LONGEST = 20.0
PAUSE = 0.03
ROLES = (Role.REP, Role.PARTNER, Role.MARKETER)

T = TypeVar("T")


@dataclass(frozen=True)
class File:
    """A file a journey brings along."""

    name: str
    media_type: str
    content: bytes

    @property
    def payload(self) -> Any:
        """As the browser takes it."""
        return {"name": self.name, "mimeType": self.media_type, "buffer": self.content}


@dataclass
class Site:
    """A served portal. Content is prepared through the program's own actions, beside the running server."""

    server: Server
    settings: Settings
    _sessions: dict[Role, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where the portal answers."""
        return self.server.origin

    @contextmanager
    def work(self) -> Iterator[Work]:
        """A transaction beside the server's own."""
        with open_desk(self.settings) as desk, desk.open_work() as work:
            yield work

    def people(self) -> None:
        """An account for each role that signs in with the usual password, and some solutions and verticals."""
        with self.work() as work:
            install_defaults(work)
            for role in ROLES:
                add_user(work, role, password=PASSWORD)
            add_value(work, Facet.SOLUTION, "dock-scheduler", "Dock Scheduler")
            add_value(work, Facet.VERTICAL, "retail", "Retail")

    def session(self, role: Role) -> str:
        """The secret of a session of this role, made once."""
        if role not in self._sessions:
            with self.work() as work:
                self._sessions[role] = start_session(work, ensure_user(work, role), "Chrome/140.0 Linux")
        return self._sessions[role]

    def client(self, role: Role) -> httpx.Client:
        """A program that asks as this role."""
        return httpx.Client(base_url=self.origin, cookies={"quiver": self.session(role)}, headers={"Origin": self.origin}, timeout=LONGEST)

    def add(self, title: str, content: str | bytes, file_name: str = "page.md", *, release: bool = True, **more: Any) -> int:
        """An asset with this file; its id. Facets go by key: `stage="discover"`."""
        with self.work() as work:
            asset_id = actions.create_asset(work, _input(work, title, more), store(work, content, file_name)).id or 0
            if release:
                actions.release(work, asset_id)
        return asset_id

    def add_version(self, asset_id: int, content: str, *, release: bool = False, file_name: str = "page.md") -> None:
        """A newer version of an asset."""
        with self.work() as work:
            actions.upload_version(work, asset_id, store(work, content, file_name))
            if release:
                actions.release(work, asset_id)

    def add_question(self, text: str, asset_id: int, anchor: str, phrasings: Sequence[str] = ()) -> None:
        """A buyer question with its best answer."""
        with self.work() as work:
            record_question(work, QuestionInput(text=text, phrasings=list(phrasings), asset_id=asset_id, anchor=anchor))

    def clear_uploads(self) -> None:
        """Take everything off the upload page that other journeys left there."""
        with self.work() as work:
            for view in list_drafts(work, PageRequest(1, 100)).items:
                actions.trash(work, view.card.id)

    def find(self, question: str, role: Role = Role.REP) -> list[str]:
        """Titles of the answers to a question, for this role."""
        with self.client(role) as client:
            told = client.get("/api/v1/ask", params={"q": question}).json()
        return [answer["asset"]["title"] for answer in [*filter(None, [told["best"]]), *told["answers"]]]

    def wait_until_found(self, question: str, title: str) -> None:
        """Until what was just released or changed is found by these words."""
        eventually(lambda: title in self.find(question), f"“{title}” is found by “{question}”")

    def wait_until_read(self, *asset_ids: int) -> None:
        """Until the text of these assets' newest versions has been read."""
        with self.client(Role.MARKETER) as client:
            for asset_id in asset_ids:
                eventually(partial(_is_read, client, asset_id), f"asset {asset_id} is read")


def eventually(check: Callable[[], T], what: str, longest: float = LONGEST) -> T:
    """The first true value of `check`; fails when it stays false."""
    end = time.monotonic() + longest
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"it did not happen within {longest:.0f} s: {what}")
        time.sleep(PAUSE)


def _is_read(client: httpx.Client, asset_id: int) -> bool:
    versions = client.get(f"/api/v1/assets/{asset_id}").json()["versions"]
    return all(version["reading"] != "waiting" for version in versions)


def _input(work: Work, title: str, more: dict[str, Any]) -> AssetInput:
    values = list_values(work)
    tagged = [facet for facet in Facet if facet is not Facet.AUDIENCE]  # `audience` is the level itself
    keys = {facet: more.pop(facet.value) for facet in tagged if facet.value in more}
    if keys:
        found = [values.find(facet, key) for facet, key in keys.items()]
        more["facet_ids"] = [value.id for value in found if value is not None]
    return asset_input(work, title, **more)
