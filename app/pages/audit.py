"""The audit log: who did what to which thing, when; with filters, and as CSV. For administrators."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from app.core.clock import utc_now
from app.core.csvout import csv_text
from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity.models import AuditEntry
from app.identity.queries import list_names
from app.identity.queries.audit import AuditFilter, list_audit, list_audit_before, list_audit_people, list_audit_targets, list_audit_verbs
from app.identity.rules import Permission
from app.web.assetform import Choice, whole_number
from app.web.deps import ReadDep, open_work, require
from app.web.files import made_headers
from app.web.render import page, render
from app.web.things import Key, address_of, kind_words, names_of

router = APIRouter()
PAGE_SIZE = 50
MOST_EXPORTED = 50_000
RUN = 500
HEADINGS = ("When (UTC)", "Who", "Through", "What", "Kind of thing", "Number", "Thing", "Details")
ACTORS: Mapping[str, str] = MappingProxyType({"system": "Quiver itself", "anonymous": "Somebody not signed in"})
VERBS: Mapping[str, str] = MappingProxyType(
    {
        "activated_organisation": "let an organisation in again",
        "add": "added to the framework",
        "apply_policy": "gave all items of the kind its interval",
        "assign": "gave another owner",
        "answer": "named the passage that answers",
        "archive": "put away",
        "changed_password": "changed the password",
        "changed_role": "changed the role",
        "chose_password": "chose a password with a link",
        "copy": "copied",
        "confirm": "said it is still right",
        "create": "added",
        "correct_transcript": "corrected a released transcript",
        "created_first_admin": "set up the portal",
        "created_organisation": "added an organisation",
        "created_user": "invited",
        "deactivated_organisation": "kept an organisation out",
        "describe_fields": "said how its fields are asked for",
        "take_back": "took its release back, since its fields have faults",
        "discard_draft": "discarded a draft version",
        "disabled_user": "disabled the account",
        "drop_tag": "refused a suggested tag",
        "edit": "changed",
        "enabled_user": "enabled the account",
        "ended_other_sessions": "signed other browsers out",
        "ended_session": "signed a browser out",
        "ended_sessions_of": "signed somebody out everywhere",
        "find": "noted as needing a look",
        "grade": "graded passages for",
        "handed_over": "handed over what they own",
        "import": "imported a table",
        "keep_separate": "kept apart from an equal file",
        "keep_tags": "kept suggested tags",
        "lose_passage": "lost the passage that answers",
        "made_token": "made a token",
        "merge": "merged another into it",
        "move": "moved",
        "move_carriers": "moved its content",
        "move_questions": "moved its questions",
        "purge": "removed for good",
        "record_asked": "recorded that a buyer asked",
        "refuse_file": "refused a file",
        "release": "released",
        "remove": "removed",
        "renamed_organisation": "renamed an organisation",
        "renamed_user": "renamed",
        "replace": "replaced",
        "reset_password": "took the password away and made a link",
        "resend": "sent again",
        "restore": "restored",
        "restored": "restored from a backup",
        "retire": "retired",
        "revoked_token": "revoked a token",
        "share": "shared with the team",
        "unshare": "stopped sharing",
        "run": "ran",
        "save": "saved",
        "set_interval": "set the review interval",
        "set_policy": "set the review policy",
        "set_level": "set the level",
        "set_square": "said whether it is needed",
        "signed_in": "signed in",
        "signed_out_everywhere": "signed out everywhere",
        "trash": "put into the trash",
        "draft_model": "saved a draft of the model",
        "discard_model": "discarded the draft of the model",
        "upload_version": "uploaded a version",
        "added_to_room": "put an item into a room",
        "answered_room_question": "dealt with a question out of a room",
        "archived_room": "archived a room",
        "changed_link": "changed the terms of a link",
        "changed_room": "changed a room",
        "made_link": "made a link",
        "made_room": "made a room",
        "removed_from_room": "took an item out of a room",
        "renewed_link": "gave a link a new address",
        "reopened_room": "opened a room again",
        "reopened_room_question": "took a question out of a room up again",
        "revoked_link": "revoked a link",
        "told_newer_version": "told guests of a newer version",
        "updated_in_room": "gave a room the newest version",
        "write_transcript": "wrote the transcript of a draft",
    }
)


class AuditQuery(BaseModel, frozen=True):
    """The filters as they come in the address; anything that means nothing counts as not set."""

    who: str = ""
    verb: str = ""
    thing: str = ""
    number: str = ""
    since: str = ""
    until: str = ""

    def filter(self) -> AuditFilter:
        """What they mean."""
        return AuditFilter(whole_number(self.who), self.verb, self.thing, whole_number(self.number), _day(self.since), _day(self.until))

    def address(self) -> str:
        """The same for another address."""
        return urlencode({name: text for name, text in self.model_dump().items() if text})


@dataclass(frozen=True)
class EntryView:
    """One entry in words; `href` is empty when the thing has no page, `name` when it is gone."""

    at: datetime
    who: str
    who_href: str
    through: str
    what: str
    kind: str
    name: str
    number: int | None
    href: str
    detail: str


@page("identity/audit.html")
@dataclass(frozen=True)
class AuditPage:
    """Form: GET /audit with who, verb, thing, number, since, until; GET /audit.csv takes the same. `query` repeats them."""

    entries: Page[EntryView]
    wanted: AuditQuery
    query: str
    people: tuple[Choice, ...]
    verbs: tuple[Choice, ...]
    things: tuple[Choice, ...]
    most_exported: int


@router.get("/audit", dependencies=[require(Permission.SEE_AUDIT)])
def show_audit(request: Request, work: ReadDep, wanted: Annotated[AuditQuery, Query()], page: int = 1) -> Response:
    """A page of the log, newest first."""
    people = list_names(work, list_audit_people(work))
    found = list_audit(work, PageRequest(max(1, page), PAGE_SIZE), wanted.filter())
    return render(
        request,
        AuditPage(
            entries=Page(tuple(_views(work, found.items, people)), found.total, found.number, found.size),
            wanted=wanted,
            query=wanted.address(),
            people=_sorted(Choice(str(key), name) for key, name in people.items()),
            verbs=_sorted(Choice(verb, verb_words(verb)) for verb in list_audit_verbs(work)),
            things=_sorted(Choice(target, kind_words(target)) for target in list_audit_targets(work)),
            most_exported=MOST_EXPORTED,
        ),
    )


@router.get("/audit.csv", dependencies=[require(Permission.SEE_AUDIT)])
def export_audit(request: Request, wanted: Annotated[AuditQuery, Query()]) -> Response:
    """The same as CSV, newest first, at most so many entries; made run by run while it is sent."""
    name = f"audit-{utc_now():%Y-%m-%d}.csv"
    return StreamingResponse(_lines(request, wanted.filter()), media_type="text/csv; charset=utf-8", headers=made_headers(name))


def verb_words(verb: str) -> str:
    """What was done, in words."""
    return VERBS.get(verb, verb.replace("_", " "))


def _lines(request: Request, wanted: AuditFilter) -> Iterator[str]:
    """Each run has a short transaction of its own, so that a slow reader holds up nobody."""
    yield csv_text([HEADINGS])
    before: int | None = None
    for _ in range(MOST_EXPORTED // RUN):
        with open_work(request, read_only=True) as work:
            entries = list_audit_before(work, wanted, before, RUN)
            people = list_names(work, {entry.actor_id for entry in entries if entry.actor_id is not None})
            views = _views(work, entries, people)
        if not entries:
            return
        before = entries[-1].id
        yield csv_text(
            (view.at.isoformat(timespec="seconds"), view.who, view.through, view.what, view.kind, view.number or "", view.name, view.detail)
            for view in views
        )


def _views(work: Work, entries: Sequence[AuditEntry], people: Mapping[int, str]) -> list[EntryView]:
    names = names_of(work, {(entry.target, entry.target_id) for entry in entries if entry.target_id is not None})
    return [_view(entry, people, names) for entry in entries]


def _view(entry: AuditEntry, people: Mapping[int, str], names: Mapping[Key, str]) -> EntryView:
    name = names.get((entry.target, entry.target_id or 0), "")
    who = people.get(entry.actor_id or 0, "")
    gone = not name and entry.target_id is not None
    return EntryView(
        at=entry.at,
        who=who or ACTORS.get(entry.actor_kind, "Somebody"),
        who_href=f"/people/{entry.actor_id}" if who else "",
        through=f"token {entry.detail.get('token', '')}" if entry.actor_kind == "token" else "",
        what=verb_words(entry.verb),
        kind=kind_words(entry.target),
        name=name or str(entry.detail.get("title", "")),
        number=entry.target_id,
        href="" if gone else address_of(entry.target, entry.target_id),
        detail=detail_words(entry.detail),
    )


def detail_words(detail: Mapping[str, Any]) -> str:
    """What else was written down: "role: rep, number: 3"."""
    shown = {key: value for key, value in detail.items() if key not in ("title", "token") and value not in (None, "", [])}
    return ", ".join(f"{key.replace('_', ' ')}: {_plain(value)}" for key, value in shown.items())


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _sorted(choices: Iterator[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: choice.label))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
