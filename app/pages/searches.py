"""Searches somebody keeps: their list, saving one, removing one."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.datastructures import QueryParams

from app.framework.queries import list_values
from app.identity.rules import Permission
from app.search.actions import remove_search, save_search
from app.search.models import SavedView
from app.search.queries.saved import list_saved
from app.web.deps import ReadDep, WorkDep, require
from app.web.question import address_of, read_question
from app.web.render import page, redirect, render

router = APIRouter()


@page("search/saved.html")
@dataclass(frozen=True)
class SavedPage:
    """The reader's own searches by name."""

    searches: tuple[SavedView, ...]


@router.get("/searches", dependencies=[require(Permission.ASK)])
def list_searches(request: Request, work: ReadDep) -> Response:
    """What the reader keeps."""
    return render(request, SavedPage(list_saved(work)))


@router.post("/searches", dependencies=[require(Permission.ASK)])
def save(request: Request, work: WorkDep, name: Annotated[str, Form()] = "", query: Annotated[str, Form()] = "") -> Response:
    """Keep the answers of an address; only what makes a question is kept of it."""
    values = list_values(work)
    address = address_of(read_question(QueryParams(query[:2000]), {}, values), values)
    save_search(work, name, address)
    return redirect(request, f"/ask?{address}", "Saved. Your saved searches are one click away beside every answer.")


@router.post("/searches/{search_id}/remove", dependencies=[require(Permission.ASK)])
def remove(request: Request, search_id: int, work: WorkDep) -> Response:
    """Take one off the list."""
    remove_search(work, search_id)
    return redirect(request, "/searches", "Removed.")
