"""Opportunities from a CRM's table: what it would do, line by line, and then doing it. For curators."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app.core.csvin import text_of
from app.core.errors import Refused
from app.core.work import Work
from app.deals import rules
from app.deals.actions.importing import import_opportunities
from app.deals.models import ImportPlan
from app.deals.queries.plans import plan_import
from app.framework.models import Facet, ValueView
from app.framework.queries import list_values
from app.identity.rules import Permission
from app.web.deps import ReadDep, read_work, require, write_work
from app.web.render import page, redirect, render

router = APIRouter()
SHOWN_ROWS = 100
TOO_LARGE = f"The table is larger than {rules.MOST_BYTES // 1024} KB, so it was not read. Nothing was imported. Import it in parts."
NO_FILE = "Choose a file first, or paste the table. Nothing was imported."
# the table comes once as a file or as text, and once more as text to be imported
BODY_BYTES = 3 * rules.MOST_BYTES


@page("deals/import.html")
@dataclass(frozen=True)
class ImportPage:
    """The form, and the plan of what was sent, if anything was; `text` is the table again, to be imported as it was looked at."""

    plan: ImportPlan | None
    text: str
    stages: tuple[ValueView, ...]
    shown: int
    error: str


@router.get("/opportunities/import", dependencies=[require(Permission.IMPORT_DEALS)])
def show_import(request: Request, work: ReadDep) -> Response:
    """What the table has to look like, and where to put it."""
    return render(request, _page(work, None, ""))


@router.post("/opportunities/import", dependencies=[require(Permission.IMPORT_DEALS)], max_body_size=BODY_BYTES)
async def take_table(request: Request) -> Response:
    """First show what the table would do; with `step=import` do it."""
    async with request.form(max_files=1, max_part_size=BODY_BYTES) as form:
        text, file, step = form.get("text"), form.get("file"), form.get("step")
        sent = await file.read(rules.MOST_BYTES + 1) if isinstance(file, UploadFile) else b""
    content = sent or (text.encode() if isinstance(text, str) else b"")
    if step != "import" or sent:
        async with read_work(request) as work:
            return await run_in_threadpool(_preview, request, work, content)
    async with write_work(request) as work:
        plan = await run_in_threadpool(import_opportunities, work, content)
    left = f" {len(plan.faults)} left out." if plan.faults else ""
    return redirect(request, "/opportunities", f"{len(plan.new)} added, {len(plan.changed)} changed, {plan.same} as they were.{left}")


def _preview(request: Request, work: Work, content: bytes) -> Response:
    try:
        if not content.strip():
            raise Refused(NO_FILE)
        if len(content) > rules.MOST_BYTES:
            raise Refused(TOO_LARGE)
        plan = plan_import(work, content)
    except Refused as problem:
        return render(request, _page(work, None, "", problem.message), problem.status)
    return render(request, _page(work, plan, text_of(content)))


def _page(work: Work, plan: ImportPlan | None, text: str, error: str = "") -> ImportPage:
    return ImportPage(plan, text, list_values(work).by_facet(Facet.STAGE), SHOWN_ROWS, error)
