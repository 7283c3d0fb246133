"""A portal that holds an asset in each state, and the question "what does this actor get here?" for the access tests."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
from starlette.testclient import TestClient

from app.core.work import Work
from app.deals.models import Account, Opportunity
from app.identity.actions import start_session
from app.identity.actions.organisations import create_organisation
from app.identity.actions.tokens import make_token
from app.identity.models import ApiToken, Role, User, UserActor
from app.identity.queries import find_by_email, get_organisation
from app.identity.queries.people import find_organisation
from app.library import actions, queries
from app.library.models import Asset, AssetInput, Audience, Status
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.plays.models import Kit
from app.plays.queries import get_own_kit, list_rows
from app.sharing.actions.links import make_link, revoke_links
from app.sharing.actions.plans import StepInput, add_step
from app.sharing.models import Guest, RoomQuestion, Side
from app.web.sessions import cookie_name
from tests.access import matrix
from tests.access.matrix import Row
from tests.factories.kits import add_deal, add_kit
from tests.factories.library import asset_input, store
from tests.factories.people import add_user
from tests.factories.portal import Portal
from tests.factories.rooms import MadeRoom, add_private, add_room, terms
from tests.factories.values import add_model

PICTURE = b"\x89PNG\r\n\x1a\n"
NEVER_EXISTED = 999_999_999
FIRST_ID = 700_000_000  # ids nothing else on a page looks like
AUDIENCES = {matrix.INTERNAL: Audience.INTERNAL, matrix.FOR_PARTNERS: Audience.PARTNER}


@dataclass(frozen=True)
class Target:
    """An asset in some state, as addresses and forms name it."""

    id: int
    revision: int
    number: int | None = None
    version: int = 0
    item: int = 0


@dataclass
class StatesPortal:
    """The portal with what the cells share; a cell that may change its asset gets one of its own."""

    portal: Portal
    question: int = 0
    kind: int = 0
    person: int = 0
    token: int = 0
    organisation: int = 0
    room: MadeRoom | None = None
    step: int = 0
    draft: str = ""
    talk: dict[str, int] = field(default_factory=dict)
    shared: dict[str, Target] = field(default_factory=dict)
    _clients: dict[str, TestClient] = field(default_factory=dict)

    def fill(self) -> None:
        """One asset in each state, a question, and somebody whose account is disabled."""
        with self.portal.work() as work:
            data = asset_input(work)
            self.kind = data.kind_id
            work.session.merge(asset_row(work, data))
            work.session.merge(Account(id=FIRST_ID, name="Nobody", created_at=work.now))
            work.session.flush()
            self.question = record_question(work, QuestionInput(text="Who waits at the dock?")).id or 0
            self._people(work)
            self._first_rows(work, data.facet_ids[0])
            self.shared = {state: make(work, state) for state in matrix.STATES}
            self.room = add_room(work, [self.shared[matrix.FOR_CUSTOMERS].id, add_model(work)])
            self.step = add_step(work, self.room.id, StepInput("Meet the board", None, Side.US)).id or 0
            self.draft = add_private(work, self.room, 1)
            self._talk(work, self.room)
        self.shared |= {state: self._make_owned(state) for state in (*matrix.KIT_STATES, *matrix.DEAL_STATES)}

    def client(self, actor: str) -> TestClient:
        """A browser of this actor."""
        if actor not in self._clients:
            self._clients[actor] = self._new_client(actor)
        return self._clients[actor]

    def ask(self, row: Row, actor: str, state: str) -> httpx2.Response:
        """What this actor gets."""
        return self.send(row, actor, self._target(row, actor, state))

    def send(self, row: Row, actor: str, target: Target) -> httpx2.Response:
        """The same about this asset."""
        client, values = self.client(actor), self._values(target)
        path = row.address.format(**values)
        if target.number is not None and row.method == "GET":
            path = f"{path}?v={target.number}"
        if row.method in ("GET", "MOUNT"):
            answer = client.get(path)
        elif row.body == matrix.FILE:
            headers = {"If-Match": f'"r{target.revision}"'} if path.startswith("/api/") else {}
            answer = client.post(path, files={"files": ("page.md", f"# Page {target.id}\n".encode())}, headers=headers)
        elif row.body == matrix.JSON:
            sent = {name: text.format(**values) for name, text in row.fields.items()}
            answer = client.request(row.method, path, json=sent, headers={"If-Match": f'"r{target.revision}"'})
        else:
            answer = client.post(path, data={name: text.format(**values) for name, text in row.fields.items()})
        if row.ends_session:
            self._clients.pop(actor, None)
        return answer

    def _talk(self, work: Work, room: MadeRoom) -> None:
        """Somebody known in the room, a question of theirs, and two links more, one of which is revoked."""
        guest = Guest(link_id=room.link, email="buyer@example.com", first_seen_at=work.now)
        asked = RoomQuestion(link_id=room.link, text="Who pays?", asked_at=work.now)
        work.session.add_all([guest, asked])
        work.session.flush()
        spare, spent = (make_link(work, room.id, name, terms(work), can_mail=False).link.id or 0 for name in ("Spare", "Spent"))
        revoke_links(work, [spent])
        self.talk = {"guest": guest.id or 0, "asked": asked.id or 0, "spare": spare, "spent": spent}

    def _people(self, work: Work) -> None:
        """Partners with their organisations, and somebody with a token whom only administrators manage."""
        for role, name in (("partner", "Partner North"), (matrix.OTHER_PARTNER, "Partner South"), (matrix.SHUT_OUT, "Partner Past")):
            self.organisation = organisation_of(work, role, name)
        person = find_by_email(work, "managed@example.com") or add_user(work, Role.MANAGER, "managed@example.com", "Managed One")
        self.person = person.id or 0
        token = ApiToken(
            token_hash=secrets.token_hex(32),
            user_id=self.person,
            name="Theirs",
            scopes=["assets:read"],
            created_at=work.now,
            expires_at=work.now + timedelta(days=30),
        )
        work.session.add(token)
        work.session.flush()
        self.token = token.id or 0

    def _new_client(self, actor: str) -> TestClient:
        if actor == matrix.ANONYMOUS:
            return self.portal.client()
        if actor in matrix.TOKENS:
            return self.portal.client(Authorization=f"Bearer {self._new_token(actor)}")
        if actor in set(Role):
            return self.portal.client(Role(actor))
        client = self.portal.client()
        with self.portal.work() as work:
            secret = disabled_session(work) if actor == matrix.DISABLED else partner_session(work, actor)
            client.cookies.set(cookie_name(self.portal.services.settings), secret)
        return client

    def _new_token(self, scope: str) -> str:
        """The secret of a marketer's token with this scope alone."""
        with self.portal.work(self.portal.actor(Role.MARKETER)) as work:
            return make_token(work, f"Program {scope}", [scope], 30).secret

    def _target(self, row: Row, actor: str, state: str) -> Target:
        if state == "":
            return Target(NEVER_EXISTED, 1)
        if row.method == "GET" or not row.lets_in(actor):
            return self.shared[state]
        if state in matrix.KIT_STATES or state in matrix.DEAL_STATES:
            return self._make_owned(state)
        with self.portal.work() as work:
            return make(work, state)

    def _make_owned(self, state: str) -> Target:
        """A kit with one entry, or an opportunity, of whoever owns those of this state."""
        deals = {matrix.DEAL: matrix.REP, matrix.FOREIGN_DEAL: matrix.PARTNER}
        with self.portal.work() as work:
            user = find_by_email(work, f"{matrix.KIT_OWNERS.get(state) or deals[state]}@example.com")
        user = user or self._owner(matrix.KIT_OWNERS.get(state) or deals[state])
        with self.portal.work(UserActor(user.id or 0, user.name, user.role, organisation_id=user.organisation_id)) as work:
            if state in deals:
                return Target(add_deal(work, f"Account {secrets.token_hex(4)}"), 1)
            kit_id = add_kit(work, f"Kit {secrets.token_hex(4)}", self.shared[matrix.FOR_CUSTOMERS].id)
            kit = get_own_kit(work, kit_id)
            kit.is_shared = state in (matrix.SHARED, matrix.FOREIGN)
            return Target(kit_id, kit.revision, item=list_rows(work, kit_id)[0][0].id or 0)

    def _first_rows(self, work: Work, stage_id: int) -> None:
        """An opportunity and a kit of somebody else, so that the ids of all others follow theirs."""
        deal = Opportunity(id=FIRST_ID, account_id=FIRST_ID, name="Nobody's", stage_id=stage_id, created_at=work.now, changed_at=work.now)
        work.session.merge(deal)
        work.session.merge(Kit(id=FIRST_ID, title="Nobody's", owner_id=self.person, created_at=work.now, changed_at=work.now))

    def _owner(self, role: str) -> User:
        with self.portal.work() as work:
            return add_user(work, Role(role))

    def _values(self, target: Target) -> Mapping[str, object]:
        return {
            "id": target.id,
            "number": target.number or 1,
            "once": secrets.token_hex(4),
            "revision": target.revision,
            "version": target.version,
            "question": self.question,
            "kind": self.kind,
            "person": self.person,
            "token": self.token,
            "organisation": self.organisation,
            "room": self.room.secret if self.room is not None else "",
            "item": self.room.items[0] if self.room is not None else 0,
            "model": self.room.items[1] if self.room is not None else 0,
            "draft": self.draft,
            "step": self.step,
            "own_room": self.room.id if self.room is not None else 0,
            "link": self.room.link if self.room is not None else 0,
            **self.talk,
            "entry": target.item,
        }


def asset_row(work: Work, data: AssetInput) -> Asset:
    """A row nobody sees; the ids of all others follow its own."""
    return Asset(
        id=FIRST_ID,
        title=data.title,
        kind_id=data.kind_id,
        audience=data.audience,
        tags=[],
        status=Status.TRASHED,
        created_at=work.now,
        changed_at=work.now,
    )


def partner_email(actor: str) -> str:
    """The address of the account that stands for this actor."""
    return f"{actor.replace(' ', '-')}@example.com"


def organisation_of(work: Work, actor: str, name: str) -> int:
    """The organisation of this actor, with the actor in it."""
    organisation = find_organisation(work, name) or create_organisation(work, name)
    user = find_by_email(work, partner_email(actor)) or add_user(work, Role.PARTNER, partner_email(actor), f"Somebody of {name}")
    user.organisation_id = organisation.id
    return organisation.id or 0


def partner_session(work: Work, actor: str) -> str:
    """A session of this partner; of the one that is shut out it began before their organisation was deactivated."""
    user = find_by_email(work, partner_email(actor))
    assert user is not None
    secret = start_session(work, user, "Firefox")
    if actor == matrix.SHUT_OUT:
        organisation = get_organisation(work, user.organisation_id or 0)
        organisation.is_active = False
    return secret


def disabled_session(work: Work) -> str:
    """A session that was live when its account, an administrator's, was disabled; its row is still there."""
    user = find_by_email(work, "disabled@example.com") or add_user(work, Role.ADMIN, "disabled@example.com", "Disabled One")
    secret = start_session(work, user, "Firefox")
    user.is_active = False
    return secret


def picture() -> bytes:
    """A picture like no other."""
    return PICTURE + secrets.token_bytes(8)


def make(work: Work, state: str) -> Target:
    """A new asset in this state."""
    audience = AUDIENCES.get(state, Audience.CUSTOMER)
    expires_on = work.today - timedelta(days=1) if state == matrix.EXPIRED else None
    data = asset_input(work, f"Item {state}", audience=audience, expires_on=expires_on)
    asset = actions.create_asset(work, data, store(work, picture(), "gate.png"))
    asset_id, number = asset.id or 0, None
    if state != matrix.DRAFT:
        actions.release(work, asset_id)
    if state in (matrix.OLDER, matrix.NEWER):
        number = actions.upload_version(work, asset_id, store(work, picture(), "gate.png")).number
    if state == matrix.OLDER:
        actions.release(work, asset_id)
        number = 1
    if state == matrix.RETIRED:
        actions.retire(work, asset_id)
    if state == matrix.TRASHED:
        actions.trash(work, asset_id)
    version = queries.list_versions(work, asset_id)[-1]
    return Target(asset_id, asset.revision, number, version.id or 0)
