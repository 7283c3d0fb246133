"""What people asked and used goes to the activity log from here, whether by page or by program."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from starlette.requests import HTTPConnection

from app.activity.models import Happening, Verb
from app.core.work import Work
from app.framework.queries import list_values
from app.search.models import Results
from app.search.queries import Question
from app.web.context import read_context
from app.web.services import services_of

MOST_FIELDS = 200


def note_asked(request: HTTPConnection, work: Work, question: Question, results: Results) -> None:
    """Somebody asked this, with the call they asked for; further pages of the same answers and lists without a question do not count."""
    if not question.text or question.page > 1 or _is_only_a_look(request):
        return
    values = list_values(work)
    context = tuple((facet.value, value.key) for facet, ids in question.about.items() for value in values.pick(ids))
    answers = results.total if results.source == "index" and not results.timed_out else None
    happening = Happening(work.now, work.actor.id, Verb.ASKED, question=question.text, answers=answers, context=context)
    services_of(request).activity.note(happening)


def note_viewed(request: HTTPConnection, work: Work, asset_id: int, version_id: int) -> None:
    """Somebody opened an item, on the call that is set."""
    note_used(request, Happening(work.now, work.actor.id, Verb.VIEWED, asset_id, version_id))


def note_used(request: HTTPConnection, happening: Happening) -> None:
    """Somebody used an item, on the call that is set, and after the question that led to it."""
    if _is_only_a_look(request):
        return
    context = tuple((facet.value, key) for facet, key in read_context(request).items())
    services_of(request).activity.note(replace(happening, question=happening.question or _led_by(request), context=context))


def _led_by(request: HTTPConnection) -> str:
    """The question in this address or in that of the page it was done on; pages of others do not count, nor do other pages of ours."""
    ours = {request.headers.get("host", ""), urlsplit(services_of(request).settings.base_url).netloc}
    return _asked_in(str(request.url), {request.url.netloc}) or _asked_in(request.headers.get("referer", ""), ours)


def _asked_in(address: str, ours: Collection[str]) -> str:
    with suppress(ValueError):  # a header may hold anything
        parts = urlsplit(address)
        if parts.netloc in ours and (parts.path == "/ask" or parts.path.startswith("/assets/")):
            return " ".join(parse_qs(parts.query, max_num_fields=MOST_FIELDS).get("q", [""])[0].split())
    return ""


def _is_only_a_look(request: HTTPConnection) -> bool:
    """HEAD takes nothing away: a watcher or link checker is no reader."""
    return request.scope.get("method") == "HEAD"
