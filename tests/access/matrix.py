"""The matrix route x actor x object state: who gets which answer. Written by hand, so that it differs when the program is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from app.core.clock import utc_now
from app.core.paging import PageRequest
from app.core.work import Work
from app.identity import actions, queries
from app.identity.models import NewUser, Role
from app.identity.queries.audit import list_audit

# SHUT_OUT is a partner whose organisation is not active any more; its session's row is still there, as is that of DISABLED.
ANONYMOUS, DISABLED, SHUT_OUT = "anonymous", "disabled", "partner of an inactive organisation"
REP, PARTNER, MARKETER, MANAGER, ADMIN = "rep", "partner", "marketer", "manager", "admin"
OTHER_PARTNER = "partner of another organisation"
# A program with a token of a marketer that has this one scope; only the API knows it, on a page it is nobody.
READ_ASSETS, WRITE_ASSETS, SEARCH = "assets:read", "assets:write", "search:read"
READ_QUESTIONS, WRITE_QUESTIONS = "questions:read", "questions:write"
TOKENS = (READ_ASSETS, WRITE_ASSETS, SEARCH, READ_QUESTIONS, WRITE_QUESTIONS)
PEOPLE = (ANONYMOUS, DISABLED, SHUT_OUT, REP, PARTNER, OTHER_PARTNER, MARKETER, MANAGER, ADMIN)
ACTORS = (*PEOPLE, *TOKENS)
SIGNED_OUT = frozenset({ANONYMOUS, DISABLED, SHUT_OUT})
PARTNERS = frozenset({PARTNER, OTHER_PARTNER})
CURATORS = frozenset({MARKETER, MANAGER, ADMIN})
STAFF = CURATORS | {REP}
MEMBERS = STAFF | PARTNERS
ADMINS = frozenset({ADMIN})
EVERYBODY = frozenset(ACTORS)
NOBODY: frozenset[str] = frozenset()

# State of an asset -> who may know of it; a program may what its marketer may.
# OLDER and NEWER name a version of a released asset that readers do not get.
DRAFT, INTERNAL, FOR_PARTNERS, FOR_CUSTOMERS = "draft", "internal", "partner", "customer"
EXPIRED, RETIRED, TRASHED, OLDER, NEWER = "expired", "retired", "trashed", "older version", "newer version"
SEEN_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        DRAFT: CURATORS,
        INTERNAL: STAFF,
        FOR_PARTNERS: MEMBERS,
        FOR_CUSTOMERS: MEMBERS,
        EXPIRED: MEMBERS,
        RETIRED: CURATORS,
        TRASHED: NOBODY,
        OLDER: CURATORS,
        NEWER: CURATORS,
    }
)
STATES = tuple(SEEN_BY)
# State of a kit or an opportunity -> who may know of it: the house's rep owns most, a partner the last.
OWN, SHARED, PRIVATE, FOREIGN = "kit of a rep", "kit a rep shares", "kit of a manager", "kit a partner shares"
KITS_SEEN_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {OWN: frozenset({REP}), SHARED: STAFF, PRIVATE: frozenset({MANAGER}), FOREIGN: frozenset({PARTNER})}
)
KIT_OWNERS: Mapping[str, str] = MappingProxyType({OWN: REP, SHARED: REP, PRIVATE: MANAGER, FOREIGN: PARTNER})
DEAL, FOREIGN_DEAL = "deal of a rep", "deal of a partner"
DEALS_SEEN_BY: Mapping[str, frozenset[str]] = MappingProxyType({DEAL: STAFF, FOREIGN_DEAL: CURATORS | {PARTNER}})
KIT_STATES, DEAL_STATES = tuple(KITS_SEEN_BY), tuple(DEALS_SEEN_BY)
WHOLE = tuple(state for state in STATES if state not in (OLDER, NEWER))
PUBLISHED = (INTERNAL, FOR_PARTNERS, FOR_CUSTOMERS, EXPIRED)
NO_OBJECT = ("",)

FORM = "form"
FILE = "file"
JSON = "json"
Fields = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """One route: who may use it, what it is sent, and the answer for each state when it is not `ok`.

    `changes_own`: who may see the kit or opportunity may change it only when it is theirs, or, of opportunities, as a curator.
    `scope` is the one a program needs; a route without one lets no program in, as it lets in nobody who is not signed in.
    In `path` and `fields` {id}, {revision}, {number} and {version} stand for the asset of the state ({id} and {entry} for a kit and its
    entry), {once} for what is never the same.
    """

    route: str
    who: frozenset[str]
    ok: int = 200
    states: tuple[str, ...] = NO_OBJECT
    path: str = ""
    fields: Fields = field(default_factory=dict)
    body: str = FORM
    answers: Mapping[str, int] = field(default_factory=dict)
    by_actor: Mapping[str, int] = field(default_factory=dict)
    sees_trash: bool = False
    ends_session: bool = False
    scope: str = ""
    changes_own: bool = False

    @property
    def is_api(self) -> bool:
        """Whether a token counts here."""
        return self.address.startswith("/api/")

    @property
    def method(self) -> str:
        return self.route.split()[0]

    @property
    def address(self) -> str:
        """What is asked for, with its placeholders."""
        return self.path or self.route.split()[1].replace("{asset_id}", "{id}").replace("{key}", "{id}")

    def lets_in(self, actor: str) -> bool:
        """Whether this actor may use the route at all."""
        if actor in TOKENS:
            return self.who == EVERYBODY or (MARKETER in self.who and actor == self.scope)
        return actor in self.who

    def expected(self, actor: str, state: str) -> int:
        """The status this actor must get."""
        if self._is_nobody(actor):
            actor = ANONYMOUS
        if actor in self.by_actor:
            return self.by_actor[actor]
        if not self.lets_in(actor):
            return self._refusal(actor)
        if self.is_hidden(actor, state):
            return 404
        if self.changes_own and not self._is_theirs(actor, state):
            return 403
        return self.answers.get(state, self.ok)

    def is_hidden(self, actor: str, state: str) -> bool:
        """Whether this actor must not learn that the object exists."""
        if not self.lets_in(actor):
            return False
        person = MARKETER if actor in TOKENS else actor
        if self.sees_trash and state == TRASHED:
            return person not in CURATORS
        seen_by = {**SEEN_BY, **KITS_SEEN_BY, **DEALS_SEEN_BY}
        return state in seen_by and person not in seen_by[state]

    def _is_theirs(self, actor: str, state: str) -> bool:
        if state in KIT_OWNERS:
            return actor == KIT_OWNERS[state]
        return actor in CURATORS or actor == {DEAL: REP, FOREIGN_DEAL: PARTNER}[state]

    def _is_nobody(self, actor: str) -> bool:
        return actor in SIGNED_OUT or (actor in TOKENS and not self.is_api)

    def _refusal(self, actor: str) -> int:
        if not self._is_nobody(actor):
            return 403
        return 303 if self.method == "GET" and not self.is_api else 401


REVISION = {"revision": "{revision}"}
EDIT = {"revision": "{revision}", "title": "New title", "kind_id": "{kind}", "audience": "internal", "review_interval_days": "90"}
RESTORE_FIRST = {RETIRED: 409}
NOT_PUBLISHED = {DRAFT: 409, RETIRED: 409}
NOT_CONFIRMED = {**NOT_PUBLISHED, EXPIRED: 409}
PICKED = {"items": "{id}:{revision}"}
SHOWN = (*PUBLISHED, DRAFT, RETIRED)
NEXT_MONTH = (utc_now() + timedelta(days=30)).date().isoformat()
LISTED_ONLY_AS_DRAFT = dict.fromkeys((*PUBLISHED, RETIRED), 404)

# 428: the form does not say which state of the kit it was made from
KIT_ITEM_VERBS = {**dict.fromkeys(("note", "move", "remove", "looked-at", "pin", "follow"), 428), "take-out": 303, "put-back": 404}
ENDLESS = {"expires": "none"}
NOT_THEIR_ROOM = dict.fromkeys((*PARTNERS, MARKETER), 404)

ROWS: tuple[Row, ...] = (
    # for everybody
    Row("MOUNT /static", EVERYBODY, path="/static/quiver.css"),
    Row("GET /api/openapi.json", EVERYBODY),
    Row("GET /favicon.ico", EVERYBODY, 307),
    Row("GET /healthz", EVERYBODY),
    Row("GET /readyz", EVERYBODY),
    Row("GET /sign-in", EVERYBODY, ok=303, by_actor=dict.fromkeys(SIGNED_OUT, 200)),
    Row("POST /sign-in", EVERYBODY, ok=401, fields={"email": "nobody-{once}@example.com", "password": "wrong"}),
    Row("GET /setup/{token}", EVERYBODY, ok=404, path="/setup/no-such-token"),
    Row("POST /setup/{token}", EVERYBODY, ok=404, path="/setup/no-such-token"),
    Row("POST /theme", EVERYBODY, ok=303, fields={"theme": "dark"}),
    # behind a link: who has it is let in, whoever else they are; links that are shut stand in test_link_matrix.py
    Row("GET /r/{secret}", EVERYBODY, path="/r/{room}"),
    Row("GET /r/{secret}/i/{item_id}", EVERYBODY, path="/r/{room}/i/{item}"),
    Row("GET /r/{secret}/i/{item_id}/file", EVERYBODY, path="/r/{room}/i/{item}/file"),
    Row("GET /r/{secret}/i/{item_id}/media", EVERYBODY, path="/r/{room}/i/{item}/media"),
    Row("GET /r/{secret}/i/{item_id}/pdf", EVERYBODY, ok=404, path="/r/{room}/i/{item}/pdf"),
    Row("GET /r/{secret}/i/{item_id}/case", EVERYBODY, path="/r/{room}/i/{model}/case"),
    Row("POST /r/{secret}/i/{item_id}/case", EVERYBODY, path="/r/{room}/i/{model}/case"),
    Row("POST /r/{secret}/i/{item_id}/case/logo", EVERYBODY, ok=422, path="/r/{room}/i/{model}/case/logo"),
    Row("POST /r/{secret}/i/{item_id}/case/{format_key}", EVERYBODY, path="/r/{room}/i/{model}/case/docx"),
    Row("GET /r/{secret}/i/{item_id}/fill", EVERYBODY, ok=404, path="/r/{room}/i/{item}/fill"),
    Row("POST /r/{secret}/i/{item_id}/fill", EVERYBODY, ok=404, path="/r/{room}/i/{item}/fill"),
    Row("GET /r/{secret}/d/{draft}", EVERYBODY, path="/r/{room}/d/{draft}"),
    Row("GET /r/{secret}/d/{draft}/words", EVERYBODY, path="/r/{room}/d/{draft}/words"),
    Row("POST /r/{secret}/d/{draft}", EVERYBODY, path="/r/{room}/d/{draft}"),
    Row("POST /r/{secret}/d/{draft}/logo", EVERYBODY, ok=422, path="/r/{room}/d/{draft}/logo"),
    Row("POST /r/{secret}/d/{draft}/{format_key}", EVERYBODY, path="/r/{room}/d/{draft}/docx"),
    Row("POST /r/{secret}/d/{draft}/share", EVERYBODY, ok=303, path="/r/{room}/d/{draft}/share", fields={"shared": "0"}),
    Row("POST /r/{secret}/d/{draft}/delete", EVERYBODY, ok=404, path="/r/{room}/d/unknown/delete"),
    Row("POST /r/{secret}/code", EVERYBODY, ok=303, path="/r/{room}/code"),
    Row("POST /r/{secret}/code/check", EVERYBODY, ok=303, path="/r/{room}/code/check"),
    Row("POST /r/{secret}/open", EVERYBODY, ok=303, path="/r/{room}/open"),
    Row("POST /r/{secret}/password", EVERYBODY, ok=303, path="/r/{room}/password"),
    Row("POST /r/{secret}/plan", EVERYBODY, ok=422, path="/r/{room}/plan"),
    Row("POST /r/{secret}/plan/{step_id}", EVERYBODY, ok=428, path="/r/{room}/plan/{step}", fields={"text": "Meet"}),
    Row("POST /r/{secret}/plan/{step_id}/tick", EVERYBODY, ok=303, path="/r/{room}/plan/{step}/tick", fields={"done": "1"}),
    Row("POST /r/{secret}/questions", EVERYBODY, ok=422, path="/r/{room}/questions"),
    Row("POST /r/{secret}/seen", EVERYBODY, ok=204, path="/r/{room}/seen"),
    # the own account
    Row("GET /account", MEMBERS),
    Row("POST /account/password", MEMBERS, ok=422, fields={"current": "x", "password": "short"}),
    Row("POST /account/sign-out-everywhere", MEMBERS, ok=303, ends_session=True),
    Row("POST /account/sessions/end", MEMBERS, ok=303, fields={"session": "0123456789abcdef"}),
    Row("POST /account/sessions/end-others", MEMBERS, ok=303),
    Row("POST /account/choices", MEMBERS, ok=303, fields={"single_keys": "on"}),
    Row("POST /account/tokens", MEMBERS, ok=422, fields={"name": "", "days": "30"}),
    Row("POST /account/tokens/{token_id}/revoke", MEMBERS, ok=404, path="/account/tokens/{token}/revoke", by_actor={ADMIN: 303}),
    Row("POST /sign-out", MEMBERS, ok=303, ends_session=True),
    # asking
    Row("GET /", MEMBERS),
    Row("POST /map/{stage}/{stakeholder}", CURATORS, ok=428, path="/map/discover/enduser", fields={"needed": "no"}),
    Row("GET /ask", MEMBERS, path="/ask?q=dock"),
    Row("GET /ask/suggest", MEMBERS, path="/ask/suggest?q=dock"),
    Row("GET /ask/why/{asset_id}", CURATORS, states=WHOLE, path="/ask/why/{id}?q=item"),
    Row("POST /ask/answered", MEMBERS, 303, WHOLE, fields={"question": "How high is the dock?", "asset_id": "{id}", "said": "no"}),
    Row("POST /ask/request", MEMBERS, ok=303, fields={"question": "Who pays for the ramp?"}),
    Row("POST /context", MEMBERS, ok=303, fields={"stage": "discover"}),
    Row("GET /api/v1/ask", MEMBERS, path="/api/v1/ask?q=dock", scope=SEARCH),
    Row("GET /api/v1/assets", MEMBERS, scope=READ_ASSETS),
    Row("GET /api/v1/facets", MEMBERS, scope=READ_ASSETS),
    Row("GET /api/v1/questions", MEMBERS, scope=READ_QUESTIONS),
    Row("POST /api/v1/questions", CURATORS, ok=201, fields={"text": "Who pays for the ramp?"}, body=JSON, scope=WRITE_QUESTIONS),
    Row(
        "GET /api/v1/questions/{question_id}",
        MEMBERS,
        path="/api/v1/questions/{question}",
        by_actor=dict.fromkeys(PARTNERS, 404),
        scope=READ_QUESTIONS,
    ),
    Row(
        "PUT /api/v1/questions/{question_id}",
        CURATORS,
        ok=422,
        path="/api/v1/questions/{question}",
        fields={"text": "x"},
        body=JSON,
        scope=WRITE_QUESTIONS,
    ),
    Row(
        "POST /api/v1/questions/{question_id}/asked",
        MEMBERS,
        scope=WRITE_QUESTIONS,
        ok=201,
        path="/api/v1/questions/{question}/asked",
        body=JSON,
        by_actor=dict.fromkeys(PARTNERS, 404),
    ),
    # one asset, as readers see it
    Row("GET /assets/{asset_id}", MEMBERS, states=STATES, sees_trash=True),
    Row("GET /assets/{asset_id}/current", MEMBERS, states=WHOLE),
    Row("GET /assets/{asset_id}/file", MEMBERS, states=STATES),
    Row("GET /assets/{asset_id}/media", MEMBERS, states=STATES),
    # 409: the item is there, and is no value model; see tests/pages/test_values.py for those that are
    Row("GET /assets/{asset_id}/case", MEMBERS, 409, STATES),
    Row("POST /assets/{asset_id}/case", MEMBERS, 409, WHOLE),
    Row("POST /assets/{asset_id}/case/logo", MEMBERS, 409, WHOLE, fields={"revision": "0"}),
    Row("POST /assets/{asset_id}/case/{format_key}", MEMBERS, 409, WHOLE, path="/assets/{id}/case/docx"),
    Row("GET /api/v1/assets/{asset_id}", MEMBERS, states=STATES, scope=READ_ASSETS),
    Row("GET /api/v1/assets/{asset_id}/file", MEMBERS, states=STATES, scope=READ_ASSETS),
    Row("GET /api/v1/assets/{asset_id}/versions", MEMBERS, states=WHOLE, scope=READ_ASSETS),
    Row("POST /activity/copied", MEMBERS, ok=204, states=WHOLE, fields={"asset_id": "{id}", "version_id": "{version}"}),
    # one asset, as programs change it
    Row("POST /api/v1/assets", CURATORS, ok=201, body=FILE, scope=WRITE_ASSETS),
    Row(
        "DELETE /api/v1/assets/{asset_id}/versions/{number}",
        CURATORS,
        409,
        STATES,
        "/api/v1/assets/{id}/versions/{number}",
        body=JSON,
        answers={NEWER: 200},
        scope=WRITE_ASSETS,
    ),
    Row(
        "PUT /api/v1/assets/{asset_id}/versions/{number}/transcript",
        CURATORS,
        422,
        STATES,
        "/api/v1/assets/{id}/versions/{number}/transcript",
        {"text": "What is said"},
        body=JSON,
        scope=WRITE_ASSETS,
    ),
    Row("PATCH /api/v1/assets/{asset_id}", CURATORS, states=WHOLE, fields={"title": "New title"}, body=JSON, scope=WRITE_ASSETS),
    Row("POST /api/v1/assets/{asset_id}/versions", CURATORS, 201, WHOLE, body=FILE, scope=WRITE_ASSETS),
    Row("POST /api/v1/assets/{asset_id}/release", CURATORS, states=WHOLE, body=JSON, answers=RESTORE_FIRST, scope=WRITE_ASSETS),
    Row("POST /api/v1/assets/{asset_id}/retire", CURATORS, states=WHOLE, body=JSON, scope=WRITE_ASSETS),
    Row("POST /api/v1/assets/{asset_id}/restore", CURATORS, 409, WHOLE, body=JSON, answers={RETIRED: 200}, scope=WRITE_ASSETS),
    Row("POST /api/v1/assets/{asset_id}/confirm", CURATORS, states=WHOLE, body=JSON, answers=NOT_CONFIRMED, scope=WRITE_ASSETS),
    # one asset, as marketing changes it
    Row("GET /assets/{asset_id}/edit", CURATORS, states=WHOLE),
    Row("POST /assets/{asset_id}/edit", CURATORS, 303, WHOLE, fields=EDIT, answers=dict.fromkeys(PUBLISHED, 422)),
    Row("POST /assets/{asset_id}/versions", CURATORS, 303, WHOLE, body=FILE),
    # templates: these items have no fields
    Row("GET /assets/{asset_id}/fill", MEMBERS, 409, WHOLE),
    Row("POST /assets/{asset_id}/fill", MEMBERS, 409, WHOLE),
    Row("GET /assets/{asset_id}/filled/{tailored_id}", MEMBERS, 404, WHOLE, path="/assets/{id}/filled/999"),
    Row("GET /assets/{asset_id}/fields", CURATORS, 409, WHOLE),
    Row("POST /assets/{asset_id}/fields", CURATORS, 409, WHOLE, fields=REVISION),
    Row("POST /assets/{asset_id}/release", CURATORS, 303, WHOLE, fields=REVISION, answers=RESTORE_FIRST),
    Row(
        "POST /assets/{asset_id}/versions/{number}/current",
        CURATORS,
        303,
        WHOLE,
        "/assets/{id}/versions/1/current",
        REVISION,
        answers=RESTORE_FIRST,
    ),
    # the items of the matrix are documents, in which nobody speaks; tests/pages/test_transcripts.py has recordings
    Row("GET /assets/{asset_id}/versions/{number}/transcript", CURATORS, 404, STATES, "/assets/{id}/versions/{number}/transcript"),
    Row(
        "POST /assets/{asset_id}/versions/{number}/transcript",
        CURATORS,
        422,
        STATES,
        "/assets/{id}/versions/{number}/transcript",
        {**REVISION, "text": "What is said"},
    ),
    Row(
        "GET /assets/{asset_id}/versions/{number}/discard",
        CURATORS,
        409,
        STATES,
        "/assets/{id}/versions/{number}/discard",
        answers={NEWER: 200},
    ),
    Row(
        "POST /assets/{asset_id}/versions/{number}/discard",
        CURATORS,
        409,
        STATES,
        "/assets/{id}/versions/{number}/discard",
        REVISION,
        answers={NEWER: 303},
    ),
    Row("POST /assets/{asset_id}/retire", CURATORS, 303, WHOLE, fields=REVISION),
    Row("POST /assets/{asset_id}/restore", CURATORS, 409, WHOLE, answers={RETIRED: 303, TRASHED: 303}, sees_trash=True),
    Row("POST /assets/{asset_id}/trash", CURATORS, 303, WHOLE, fields=REVISION),
    Row("POST /assets/{asset_id}/confirm", CURATORS, 303, WHOLE, fields=REVISION, answers=NOT_CONFIRMED),
    Row("GET /assets/{asset_id}/model", CURATORS, 409, WHOLE),
    Row("POST /assets/{asset_id}/model", CURATORS, 409, WHOLE, fields={"step": "save", "revision": "0"}),
    Row("POST /assets/{asset_id}/model/preview", CURATORS, 409, WHOLE),
    Row("GET /values/new", CURATORS),
    Row("POST /values/new", CURATORS, ok=422, fields={"title": ""}),
    # the upload page
    Row("GET /library/away", CURATORS),
    Row("GET /upload", CURATORS),
    Row("POST /upload/files", CURATORS, ok=303, body=FILE),
    Row("GET /upload/status", CURATORS, path="/upload/status?ids=1,2"),
    Row("GET /upload/files/{key}", CURATORS, states=WHOLE, answers=LISTED_ONLY_AS_DRAFT),
    Row("POST /upload/files/{key}", CURATORS, 303, WHOLE, fields=EDIT, answers=LISTED_ONLY_AS_DRAFT),
    Row("POST /upload/files/{key}/tags", CURATORS, 422, WHOLE, fields=REVISION, answers=LISTED_ONLY_AS_DRAFT),
    Row(
        "POST /upload/files/{key}/transcript",
        CURATORS,
        422,
        WHOLE,
        fields={**REVISION, "transcript": "What is said"},
        answers=LISTED_ONLY_AS_DRAFT,
    ),
    Row("POST /upload/files/{key}/version", CURATORS, 422, WHOLE, fields=REVISION, answers=LISTED_ONLY_AS_DRAFT),
    Row("POST /upload/files/{key}/separate", CURATORS, 303, WHOLE, fields=REVISION, answers=LISTED_ONLY_AS_DRAFT),
    Row("POST /upload/files/{key}/skip", CURATORS, 303, WHOLE, fields=REVISION, answers=LISTED_ONLY_AS_DRAFT),
    Row("POST /upload/files/{key}/discard", CURATORS, 303, WHOLE, fields=REVISION, answers=LISTED_ONLY_AS_DRAFT),
    Row("POST /upload/files/{key}/original", CURATORS, 428, WHOLE, body=FILE, answers=LISTED_ONLY_AS_DRAFT),
    Row("POST /upload/tags", CURATORS, ok=422, fields={"audience": "internal", "scope": "all"}),
    Row("POST /upload/release", CURATORS, ok=303),
    # files that come in parts; a key is known to whoever began only, for all others there is no such upload
    Row("POST /upload/incoming", CURATORS, ok=201, fields={"name": "page.md", "size": "10"}),
    Row("GET /upload/incoming/{upload_key}", CURATORS, ok=404, path="/upload/incoming/unknown"),
    Row("POST /upload/incoming/{upload_key}/parts", CURATORS, ok=404, path="/upload/incoming/unknown/parts?offset=0"),
    Row("POST /upload/incoming/{upload_key}/finish", CURATORS, ok=404, path="/upload/incoming/unknown/finish"),
    Row("POST /upload/incoming/{upload_key}/cancel", CURATORS, ok=404, path="/upload/incoming/unknown/cancel"),
    # buyer questions and review
    Row("GET /operations", frozenset({ADMIN})),
    Row("POST /operations/jobs/resend", frozenset({ADMIN}), ok=303),
    Row("POST /operations/jobs/{job_id}/resend", frozenset({ADMIN}), ok=404, path="/operations/jobs/999999999/resend"),
    Row("POST /operations/timed/{name}/run", frozenset({ADMIN}), ok=303, path="/operations/timed/forget-done/run"),
    Row("GET /metrics", frozenset({ADMIN})),
    Row("GET /questions", MEMBERS),
    Row("GET /questions/{question_id}", MEMBERS, path="/questions/{question}", by_actor=dict.fromkeys(PARTNERS, 404)),
    Row("GET /questions/asked", MEMBERS),
    Row("POST /questions/asked", MEMBERS, ok=303, fields={"text": "Can we drive through the gate?"}),
    Row("GET /questions/figures", CURATORS),
    Row("GET /questions/figures.csv", CURATORS),
    Row("GET /questions/answer", CURATORS, 404, WHOLE, path="/questions/answer?asset_id={id}&anchor=gone"),
    Row("POST /questions/{question_id}/answer", CURATORS, 404, path="/questions/0/answer", fields={"asset_id": "1", "revision": "1"}),
    Row("GET /searches", MEMBERS),
    Row("GET /judged", CURATORS),
    Row("GET /judged/grade", CURATORS, path="/judged/grade?q=dock"),
    Row("POST /judged/grade", CURATORS, ok=428, fields={"question": "How high is the dock?"}),
    Row("POST /judged/remove", CURATORS, ok=428, fields={"question": "How high is the dock?"}),
    Row("POST /searches", MEMBERS, ok=303, fields={"name": "Ramps", "query": "q=ramp"}),
    Row("POST /searches/{search_id}/remove", MEMBERS, ok=404, path="/searches/0/remove"),
    Row("GET /questions/new", CURATORS),
    Row("POST /questions/new", CURATORS, ok=303, fields={"text": "Does it fit our dock?"}),
    Row("GET /questions/{question_id}/edit", CURATORS, path="/questions/{question}/edit"),
    Row("POST /questions/{question_id}/edit", CURATORS, ok=422, path="/questions/{question}/edit", fields={"text": "?"}),
    Row("GET /questions/{question_id}/merge", CURATORS, path="/questions/{question}/merge"),
    Row("POST /questions/{question_id}/merge", CURATORS, ok=422, path="/questions/{question}/merge", fields={"revision": "1"}),
    Row("POST /questions/{question_id}/remove", CURATORS, ok=412, path="/questions/{question}/remove", fields={"revision": "99"}),
    # opportunities
    Row("GET /opportunities", MEMBERS),
    Row("GET /opportunities/new", MEMBERS),
    Row("POST /opportunities/new", MEMBERS, ok=422, fields={"account": ""}),
    Row("GET /opportunities/{opportunity_id}", MEMBERS, states=DEAL_STATES, path="/opportunities/{id}"),
    Row("GET /opportunities/{opportunity_id}/edit", MEMBERS, states=DEAL_STATES, path="/opportunities/{id}/edit", changes_own=True),
    Row("POST /opportunities/{opportunity_id}/edit", MEMBERS, 422, DEAL_STATES, path="/opportunities/{id}/edit", changes_own=True),
    Row("GET /opportunities/import", CURATORS),
    Row("POST /opportunities/import", CURATORS, ok=422, fields={"text": ""}),
    # kits
    Row("GET /k/{code}", EVERYBODY, ok=404, path="/k/aaaaaaaaaa"),
    Row("POST /kits/{kit_id}/binders", MEMBERS, ok=404, path="/kits/999999999/binders"),
    Row("GET /kits/{kit_id}/binders/{binder_id}", MEMBERS, ok=404, path="/kits/999999999/binders/1"),
    Row("GET /kits/{kit_id}/binders/{binder_id}/file", MEMBERS, ok=404, path="/kits/999999999/binders/1/file"),
    Row("GET /kits/{kit_id}/room", MEMBERS, ok=404, path="/kits/999999999/room"),
    Row("POST /kits/{kit_id}/room", MEMBERS, ok=404, path="/kits/999999999/room"),
    Row("POST /rooms/{room_id}/items/{item_id}/tell", MEMBERS, ok=422, path="/rooms/{own_room}/items/{item}/tell", by_actor=NOT_THEIR_ROOM),
    Row("GET /kits/{kit_id}/slides", MEMBERS, ok=404, path="/kits/999999999/slides"),
    Row("GET /kits", MEMBERS),
    Row("GET /kits/new", MEMBERS),
    Row("POST /kits/new", MEMBERS, ok=303, fields={"title": "Site visit {once}"}),
    Row("GET /kits/choose", MEMBERS, states=WHOLE, path="/kits/choose?kind=asset&asset_id={id}"),
    Row("POST /kits/items", MEMBERS, 303, WHOLE, fields={"kind": "asset", "asset_id": "{id}", "title": "Kit {once}"}),
    Row("GET /kits/{kit_id}", MEMBERS, states=KIT_STATES, path="/kits/{id}"),
    Row("GET /kits/{kit_id}/files.zip", MEMBERS, states=KIT_STATES, path="/kits/{id}/files.zip"),
    Row("GET /kits/{kit_id}/letter", MEMBERS, states=KIT_STATES, path="/kits/{id}/letter"),
    Row("POST /kits/{kit_id}/letter", MEMBERS, 422, KIT_STATES, path="/kits/{id}/letter"),
    Row("POST /kits/{kit_id}/copy", MEMBERS, 303, KIT_STATES, path="/kits/{id}/copy"),
    Row("GET /kits/{kit_id}/edit", MEMBERS, states=KIT_STATES, path="/kits/{id}/edit", changes_own=True),
    Row("POST /kits/{kit_id}/edit", MEMBERS, 422, KIT_STATES, path="/kits/{id}/edit", changes_own=True),
    Row("POST /kits/{kit_id}/share", MEMBERS, 428, KIT_STATES, path="/kits/{id}/share", changes_own=True),
    Row("POST /kits/{kit_id}/archive", MEMBERS, 428, KIT_STATES, path="/kits/{id}/archive", changes_own=True),
    Row("POST /kits/{kit_id}/bring-back", MEMBERS, 303, KIT_STATES, path="/kits/{id}/bring-back", changes_own=True),
    Row("POST /kits/{kit_id}/notes", MEMBERS, 303, KIT_STATES, path="/kits/{id}/notes", fields={"text": "Words"}, changes_own=True),
    *(
        Row(
            f"POST /kits/{{kit_id}}/items/{{item_id}}/{verb}",
            MEMBERS,
            ok,
            KIT_STATES,
            f"/kits/{{id}}/items/{{entry}}/{verb}",
            changes_own=True,
        )
        for verb, ok in KIT_ITEM_VERBS.items()
    ),
    # the framework
    Row("GET /framework", CURATORS),
    Row("GET /framework/{facet}", CURATORS, path="/framework/stage"),
    Row("POST /framework/{facet}", CURATORS, ok=422, path="/framework/vertical", fields={"name": ""}),
    Row("POST /framework/process-map", CURATORS, ok=412, fields={"seen": "another state"}),
    Row("GET /framework/{facet}/{key}", CURATORS, path="/framework/stage/target"),
    Row("POST /framework/{facet}/{key}", CURATORS, ok=422, path="/framework/stage/target", fields={"name": ""}),
    Row("POST /framework/{facet}/{key}/move", CURATORS, ok=412, path="/framework/stage/target/move", fields={"places": "1", "seen": "x"}),
    Row("GET /framework/{facet}/{key}/retire", CURATORS, path="/framework/stage/target/retire"),
    Row("POST /framework/{facet}/{key}/retire", CURATORS, ok=422, path="/framework/stage/target/retire", fields={"revision": "1"}),
    Row("POST /framework/{facet}/{key}/restore", CURATORS, ok=409, path="/framework/stage/target/restore", fields={"revision": "1"}),
    Row("GET /framework/synonyms", CURATORS),
    Row("GET /framework/synonyms/new", CURATORS),
    Row("POST /framework/synonyms/new", CURATORS, ok=422, fields={"words": "one word"}),
    Row("GET /framework/synonyms/{group_id}", CURATORS, ok=404, path="/framework/synonyms/999"),
    Row("POST /framework/synonyms/{group_id}", CURATORS, ok=404, path="/framework/synonyms/999", fields={"words": "a"}),
    Row("GET /framework/synonyms/{group_id}/remove", CURATORS, ok=404, path="/framework/synonyms/999/remove"),
    Row("POST /framework/synonyms/{group_id}/remove", CURATORS, ok=404, path="/framework/synonyms/999/remove", fields={"revision": "1"}),
    Row("GET /review", CURATORS),
    Row("GET /review/change", CURATORS, ok=412, path="/review/change?verb=assign&items=999999999:1"),
    Row("POST /review/confirm", CURATORS, 303, SHOWN, fields=PICKED, answers=NOT_CONFIRMED),
    Row("POST /review/assign", CURATORS, 303, SHOWN, fields={**PICKED, "owner_id": "1"}, answers=NOT_PUBLISHED),
    Row("POST /review/date", CURATORS, 303, SHOWN, fields={**PICKED, "day": NEXT_MONTH, "which": "expiry"}, answers=NOT_PUBLISHED),
    Row("POST /review/retire", CURATORS, 303, SHOWN, fields=PICKED, answers=NOT_PUBLISHED),
    Row("GET /review/log", CURATORS),
    Row("GET /review/policies", CURATORS),
    Row("POST /review/policies/{key}", CURATORS, ok=428, path="/review/policies/snippet", fields={"interval_days": "90"}),
    Row("POST /review/policies/{key}/apply", CURATORS, ok=428, path="/review/policies/snippet/apply"),
    # rooms and links: one's own, which the room of the rep is to the rep alone and to those who see all
    Row("GET /rooms", MEMBERS),
    Row("GET /rooms/new", MEMBERS),
    Row("POST /rooms", MEMBERS, ok=422, fields={"title": ""}),
    *(
        Row(route, MEMBERS, ok, path=path, fields=fields, by_actor=NOT_THEIR_ROOM)
        for route, ok, path, fields in (
            ("GET /rooms/{room_id}", 200, "/rooms/{own_room}", {}),
            ("POST /rooms/{room_id}", 422, "/rooms/{own_room}", {"title": ""}),
            ("POST /rooms/{room_id}/archive", 303, "/rooms/{own_room}/archive", {"archived": "0"}),
            ("POST /rooms/{room_id}/items", 422, "/rooms/{own_room}/items", {"asset_id": "1"}),
            ("POST /rooms/{room_id}/items/order", 428, "/rooms/{own_room}/items/order", {"order": "0"}),
            ("POST /rooms/{room_id}/items/{item_id}", 428, "/rooms/{own_room}/items/{item}", {"section": "First"}),
            ("POST /rooms/{room_id}/items/{item_id}/move", 428, "/rooms/{own_room}/items/{item}/move", {"places": "1"}),
            ("POST /rooms/{room_id}/items/{item_id}/update", 428, "/rooms/{own_room}/items/{item}/update", {}),
            ("POST /rooms/{room_id}/items/{item_id}/remove", 428, "/rooms/{own_room}/items/0/remove", {}),
            ("GET /rooms/{room_id}/preview", 200, "/rooms/{own_room}/preview", {}),
            ("GET /rooms/{room_id}/preview/i/{item_id}", 200, "/rooms/{own_room}/preview/i/{item}", {}),
            ("GET /rooms/{room_id}/preview/i/{item_id}/case", 404, "/rooms/{own_room}/preview/i/{item}/case", {}),
            ("GET /rooms/{room_id}/preview/i/{item_id}/fill", 404, "/rooms/{own_room}/preview/i/{item}/fill", {}),
            ("POST /rooms/{room_id}/plan", 422, "/rooms/{own_room}/plan", {"text": ""}),
            ("POST /rooms/{room_id}/plan/{step_id}", 428, "/rooms/{own_room}/plan/{step}", {"text": "Meet"}),
            ("POST /rooms/{room_id}/plan/{step_id}/tick", 303, "/rooms/{own_room}/plan/{step}/tick", {"done": "1"}),
            ("POST /rooms/{room_id}/plan/{step_id}/remove", 428, "/rooms/{own_room}/plan/{step}/remove", {}),
            ("POST /rooms/{room_id}/questions/{question_id}", 303, "/rooms/{own_room}/questions/{asked}", {"answered": "1"}),
            ("POST /rooms/{room_id}/guests/{guest_id}", 428, "/rooms/{own_room}/guests/{guest}", {"name": "Somebody"}),
            ("GET /rooms/{room_id}/shared/{tailored_id}", 404, "/rooms/{own_room}/shared/0", {}),
            ("GET /rooms/{room_id}/links/new", 200, "/rooms/{own_room}/links/new", {}),
            ("GET /links/{link_id}", 200, "/links/{link}", {}),
            ("POST /links/{link_id}", 428, "/links/{link}", {"expires": "none"}),
            ("POST /links/{link_id}/address", 200, "/links/{spare}/address", {}),
            ("POST /links/{link_id}/revoke", 303, "/links/{spent}/revoke", {}),
        )
    ),
    # a link without an end is made only by right
    Row("POST /rooms/{room_id}/links", MEMBERS, 200, path="/rooms/{own_room}/links", fields=ENDLESS, by_actor={**NOT_THEIR_ROOM, REP: 422}),
    Row("GET /links", MEMBERS),
    Row("POST /links/revoke", MEMBERS, ok=303, fields={"link": "{link}0000"}),
    Row("GET /share", MEMBERS, states=WHOLE, path="/share?asset={id}"),
    Row("POST /share", MEMBERS, 422, WHOLE, fields={"asset_id": "{id}"}, answers={FOR_CUSTOMERS: 200}),
    # people and organisations, for administrators; 428: the form does not say which state of the account it was made for
    Row("GET /people", ADMINS),
    Row("GET /people/new", ADMINS),
    Row("POST /people/new", ADMINS, ok=422, fields={"name": "", "email": "nobody", "role": "rep"}),
    Row("GET /people/{user_id}", ADMINS, path="/people/{person}"),
    Row("POST /people/{user_id}", ADMINS, ok=422, path="/people/{person}", fields={"name": "", "role": "admin"}),
    Row("POST /people/{user_id}/link", ADMINS, ok=428, path="/people/{person}/link"),
    Row("POST /people/{user_id}/sign-out", ADMINS, ok=303, path="/people/{person}/sign-out"),
    Row("POST /people/{user_id}/disable", ADMINS, ok=428, path="/people/{person}/disable"),
    Row("POST /people/{user_id}/enable", ADMINS, ok=428, path="/people/{person}/enable"),
    Row("POST /people/{user_id}/tokens/{token_id}/revoke", ADMINS, ok=303, path="/people/{person}/tokens/{token}/revoke"),
    Row("GET /people/{user_id}/hand-over", ADMINS, path="/people/{person}/hand-over"),
    Row("POST /people/{user_id}/hand-over", ADMINS, ok=428, path="/people/{person}/hand-over", fields={"owner": "1"}),
    Row("GET /organisations", ADMINS),
    Row("POST /organisations", ADMINS, ok=422, fields={"name": ""}),
    Row("GET /organisations/{organisation_id}", ADMINS, path="/organisations/{organisation}"),
    Row("POST /organisations/{organisation_id}", ADMINS, ok=428, path="/organisations/{organisation}", fields={"name": "Theirs"}),
    Row("POST /organisations/{organisation_id}/deactivate", ADMINS, ok=428, path="/organisations/{organisation}/deactivate"),
    Row("POST /organisations/{organisation_id}/activate", ADMINS, ok=428, path="/organisations/{organisation}/activate"),
    Row("GET /audit", ADMINS),
    Row("GET /audit.csv", ADMINS),
)

# What commands do without a page; guarded all the same.
VERBS: Mapping[str, tuple[frozenset[str], Callable[[Work], object]]] = MappingProxyType(
    {
        "manage_users": (ADMINS, queries.list_users),
        "create_user": (
            ADMINS,
            lambda work: actions.create_user(work, NewUser(email="new@example.com", name="Somebody New", role=Role.REP)),
        ),
        "see_audit": (ADMINS, lambda work: list_audit(work, PageRequest())),
    }
)
