"""What is said in a video or recording: written down or corrected on a page of its own."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.core.errors import NotFound, Refused, Stale
from app.core.office.transcript import write_transcript as as_text
from app.core.work import Work
from app.identity.rules import Permission
from app.library import actions, queries, rules
from app.library.actions.transcripts import NO_SPEECH, write_transcript
from app.library.models import AssetView, VersionView
from app.pages.library import FormNumber
from app.web.deps import ReadDep, WorkDep, require
from app.web.render import page, redirect, render

router = APIRouter()
FormText = Annotated[str, Form()]


@page("library/transcript.html")
@dataclass(frozen=True)
class TranscriptPage:
    """Form: POST to /assets/{id}/versions/{number}/transcript with text and revision."""

    asset_id: int
    title: str
    version: VersionView
    text: str
    errors: dict[str, str]
    revision: int
    changed_by_other: bool


@router.get("/assets/{asset_id}/versions/{number}/transcript", dependencies=[require(Permission.EDIT)])
def show_transcript(request: Request, asset_id: int, number: int, work: ReadDep) -> Response:
    """The words there are, to change; NotFound for what nobody speaks in."""
    view = queries.get_view(work, asset_id, number)
    if not rules.FORMATS[view.card.version.format].playable:
        raise NotFound(NO_SPEECH)
    text = as_text((passage.label, passage.text) for passage in view.passages)
    return render(request, _page(view, text, {}, view.revision))


@router.post("/assets/{asset_id}/versions/{number}/transcript", dependencies=[require(Permission.EDIT)])
def save_transcript(
    request: Request, asset_id: int, number: int, work: WorkDep, text: FormText = "", revision: FormNumber = None
) -> Response:
    """Readers of this version find and read these words from now on; what was typed is shown again when it is refused."""
    try:
        actions.check_revision(queries.get_asset(work, asset_id), revision)
        version = write_transcript(work, asset_id, number, text)
    except (Refused, Stale) as problem:
        return _again(request, work, asset_id, number, text, problem)
    told = "Saved." if rules.is_draft(queries.get_asset(work, asset_id), version) else "Corrected. Readers get the new words now."
    return redirect(request, f"/assets/{asset_id}?v={number}", told)


def _again(request: Request, work: Work, asset_id: int, number: int, text: str, problem: Refused | Stale) -> Response:
    view = queries.get_view(work, asset_id, number)
    is_stale = isinstance(problem, Stale)
    shown = _page(view, text, {} if is_stale else {"text": problem.message}, view.revision, changed_by_other=is_stale)
    return render(request, shown, status=problem.status)


def _page(view: AssetView, text: str, errors: dict[str, str], revision: int, *, changed_by_other: bool = False) -> TranscriptPage:
    return TranscriptPage(view.card.id, view.card.title, view.card.version, text, errors, revision, changed_by_other)
