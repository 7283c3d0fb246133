"""What marketing says of a template's fields: what each takes, how it is asked for, what it is when nobody says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.errors import Conflict, Stale
from app.core.work import Work
from app.identity.rules import Permission
from app.library import queries
from app.library.actions.templates import NO_FIELDS, FieldsRefused, describe_fields
from app.library.models import FieldInput, FieldView
from app.library.queries.templates import find_scan, list_fields
from app.library.rules.templates import release_fault, suspicions
from app.web.assetform import Choice, text_fields, whole_number
from app.web.deps import ReadDep, read_work, require, write_work
from app.web.render import page, redirect, render

router = APIRouter()
FORM_BYTES = 4 * 1024 * 1024
MOST_INPUTS = 20_000
KINDS = {
    "text": "Text",
    "number": "Number",
    "money": "Money",
    "percent": "Percent",
    "date": "Date",
    "choice": "One of a list",
    "list": "Rows of a table",
    "image": "Picture",
    "section": "Section that may be left out",
}
_LENGTHS = {"label": 120, "help": 300, "default": 5000, "unit": 40, "minimum": 40, "maximum": 40}


@page("library/fields.html")
@dataclass(frozen=True)
class FieldsPage:
    """The fields in the order they are asked for; `errors` by "name.part", `fault` what keeps the template from being released."""

    asset_id: int
    title: str
    fields: tuple[FieldView, ...]
    kinds: tuple[Choice, ...]
    fault: str
    suspicions: tuple[str, ...]
    revision: int
    errors: Mapping[str, str]
    wrong: frozenset[str]
    changed_by_other: bool


@router.get("/assets/{asset_id}/fields", dependencies=[require(Permission.EDIT_TEMPLATES)])
def show_fields(request: Request, asset_id: int, work: ReadDep) -> Response:
    """The fields of the newest version, to describe."""
    return render(request, _fields_page(work, asset_id, None, {}))


@router.post("/assets/{asset_id}/fields", dependencies=[require(Permission.EDIT_TEMPLATES)], max_body_size=FORM_BYTES)
async def save_fields(request: Request, asset_id: int) -> Response:
    """Save the descriptions; what was typed is shown again when something is wrong or somebody else was faster."""
    form = await request.form(max_fields=MOST_INPUTS)
    fields, revision = _read(form), whole_number(text_fields(form).get("revision", ""))
    try:
        async with write_work(request) as work:
            await run_in_threadpool(describe_fields, work, asset_id, fields, revision)
    except (FieldsRefused, Stale) as problem:
        errors = problem.errors if isinstance(problem, FieldsRefused) else {}
        async with read_work(request) as work:
            again = await run_in_threadpool(_fields_page, work, asset_id, fields, errors, isinstance(problem, Stale))
            return await run_in_threadpool(render, request, again, problem.status)
    return redirect(request, f"/assets/{asset_id}", "Saved. Readers are asked this way from now on.")


def _read(form: FormData) -> list[FieldInput]:
    """The posted fields in the order of their numbers, longer texts cut."""
    posted = text_fields(form)
    names = [text for text in form.getlist("name") if isinstance(text, str) and 0 < len(text) <= 80]
    found = []
    for at, name in enumerate(dict.fromkeys(names)):
        cut = {part: posted.get(f"{part}.{name}", "").strip()[:most] for part, most in _LENGTHS.items()}
        place = whole_number(posted.get(f"position.{name}", "")) or 0
        given = FieldInput(
            name=name,
            kind=posted.get(f"kind.{name}", "")[:12],
            choices=posted.get(f"choices.{name}", "").splitlines()[:200],
            is_locked=f"locked.{name}" in posted,
            is_required=f"required.{name}" in posted,
            **cut,
        )
        found.append((place, at, given))
    return [field for _, _, field in sorted(found, key=lambda one: one[:2])]


def _fields_page(
    work: Work, asset_id: int, typed: Sequence[FieldInput] | None, errors: Mapping[str, str], changed_by_other: bool = False
) -> FieldsPage:
    asset = queries.get_asset(work, asset_id)
    version = queries.get_newest(work, asset)
    scan = find_scan(work, version.id or 0)
    if scan is None or not scan.fields:
        raise Conflict(NO_FIELDS.format(asset.title))
    fields = list_fields(work, asset_id, version.id or 0)
    if typed is not None:
        places = {field.name: field.places for field in fields}
        fields = tuple(
            FieldView(**one.model_dump(exclude={"choices"}), choices=tuple(one.choices), places=places.get(one.name, ())) for one in typed
        )
    return FieldsPage(
        asset_id=asset_id,
        title=asset.title,
        fields=fields,
        kinds=tuple(Choice(key, label) for key, label in KINDS.items()),
        fault=release_fault(asset.title, scan),
        suspicions=suspicions(fields),
        revision=asset.revision,
        errors=errors,
        wrong=frozenset(key.rpartition(".")[0] for key in errors),
        changed_by_other=changed_by_other,
    )
