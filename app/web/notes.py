"""What people asked and used goes to the activity log from here, whether by page or by program."""

from dataclasses import replace

from starlette.requests import HTTPConnection

from app.activity.models import Happening, Verb
from app.core.work import Work
from app.framework.queries import list_values
from app.search.queries import Question
from app.web.context import read_context
from app.web.services import services_of


def note_asked(request: HTTPConnection, work: Work, question: Question) -> None:
    """Somebody asked this, with the call they asked for; further pages of the same answers and lists without a question do not count."""
    if not question.text or question.page > 1 or _is_only_a_look(request):
        return
    values = list_values(work)
    context = tuple((facet.value, value.key) for facet, ids in question.about.items() for value in values.pick(ids))
    services_of(request).activity.note(Happening(work.now, work.actor.id, Verb.ASKED, question=question.text, context=context))


def note_viewed(request: HTTPConnection, work: Work, asset_id: int, version_id: int) -> None:
    """Somebody opened an item, on the call that is set."""
    note_used(request, Happening(work.now, work.actor.id, Verb.VIEWED, asset_id, version_id))


def note_used(request: HTTPConnection, happening: Happening) -> None:
    """Somebody used an item, on the call that is set."""
    if _is_only_a_look(request):
        return
    context = tuple((facet.value, key) for facet, key in read_context(request).items())
    services_of(request).activity.note(replace(happening, context=context))


def _is_only_a_look(request: HTTPConnection) -> bool:
    """HEAD takes nothing away: a watcher or link checker is no reader."""
    return request.scope.get("method") == "HEAD"
