"""A business case on a page, for reps and for champions alike: reads the form, works it out, draws the document, makes the files."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from app.core.errors import Refused
from app.core.office.logo import MOST_BYTES as MOST_LOGO_BYTES
from app.core.office.logo import small_logo
from app.core.office.writing.slides import write_pptx
from app.core.office.writing.word import write_docx
from app.core.office.writing.workbook import write_xlsx
from app.core.printing import print_pdf
from app.core.store import BlobStore
from app.core.templating import render_template
from app.messaging.models.value import CaseResult, CaseView, Figure, FreeField, Scenario, ValueModel
from app.messaging.rules.case import NAMES, Filled, case_view, unit_beside
from app.messaging.rules.casebook import workbook_of
from app.messaging.rules.casefile import deck_of, document_of
from app.messaging.rules.numbers import plain
from app.messaging.rules.value import MOST_BYTES, compute, has_scenarios, load_model, set_in_advance, switch_scenario
from app.web.assetform import Choice, text_fields
from app.web.cashchart import Drawing, draw_chart
from app.web.files import made_name
from app.web.render import page

LONGEST_FIGURE, LONGEST_WORDS, LONGEST_COMPANY = 40, 2000, 160
FORM_BYTES = 256 * 1024
LOGO_FORM_BYTES = MOST_LOGO_BYTES + FORM_BYTES
NO_FILE = "No picture was chosen. Nothing was changed. Choose a PNG or JPEG file, then press the button again."


@dataclass(frozen=True)
class CaseField:
    """A figure to put in: its text as typed, what stands beside it, what is wrong with it, or what is counted where it was left empty."""

    key: str
    label: str
    suffix: str
    text: str
    hint: str
    error: str
    told: str


@dataclass(frozen=True)
class CaseGroup:
    """Figures under one heading."""

    name: str
    fields: tuple[CaseField, ...]


@dataclass(frozen=True)
class WordField:
    """Words of the reader's own; a short one is a line."""

    key: str
    label: str
    text: str
    is_line: bool


@dataclass(frozen=True)
class CaseForm:
    """The fields of a business case; without scenarios there is nothing to switch."""

    groups: tuple[CaseGroup, ...]
    words: tuple[WordField, ...]
    scenarios: tuple[Choice, ...]
    scenario: str
    company: str
    has_errors: bool


@dataclass(frozen=True)
class CaseFile:
    """A file to take away, by the key that its address ends with."""

    key: str
    label: str
    icon: str


FILES = {
    one.key: one
    for one in (
        CaseFile("docx", "DOCX", "download"),
        CaseFile("xlsx", "XLSX", "sheet"),
        CaseFile("pptx", "PPTX", "presentation"),
        CaseFile("pdf", "PDF", "file-type"),
    )
}


@dataclass(frozen=True)
class MadeFile:
    """A file that was made: its name, its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class CasePlaces:
    """Where the form is sent, nowhere in a preview: `here` for working it out again, `files` followed by "/docx" and `query` for a file of
    those offered, `logo` for keeping it with another logo."""

    here: str
    files: str
    query: str = ""
    offered: tuple[CaseFile, ...] = ()
    logo: str = ""


@dataclass(frozen=True)
class Case:
    """Everything a page with a business case shows; `revision` is that of what was kept, 0 when nothing was."""

    form: CaseForm
    view: CaseView
    drawing: Drawing | None
    places: CasePlaces
    revision: int


@page("values/_live.html")
@dataclass(frozen=True)
class LiveCase:
    """What changes while somebody types: the document, a sentence for each field, and the fields when another outlook was chosen."""

    case: Case
    with_fields: bool


def read_model(blobs: BlobStore, sha256: str) -> ValueModel | None:
    """The model in a stored file; None when it holds none."""
    with blobs.open(sha256) as file:
        return load_model(file.read(MOST_BYTES + 1))


def read_filled(model: ValueModel, posted: FormData, logo: str = "") -> Filled:
    """What was posted, beside the logo kept earlier. When another scenario was chosen, the figures it speaks of are its own again."""
    fields = text_fields(posted)
    scenario, before = _scenario(fields.get("scenario", "")), _scenario(fields.get("was", ""))
    figures = {one.key: fields.get(f"f-{one.key}", "").strip()[:LONGEST_FIGURE] for one in model.inputs}
    return Filled(
        figures=figures if scenario == before else switch_scenario(model, figures),
        words={one.key: fields[f"w-{one.key}"][:LONGEST_WORDS] for one in model.words if f"w-{one.key}" in fields},
        scenario=scenario,
        company=" ".join(fields.get("company", "").split())[:LONGEST_COMPANY],
        logo=logo,
    )


@dataclass(frozen=True)
class PostedLogo:
    """A form and the picture that came with it; without one the logo is to be taken off."""

    form: FormData
    picture: bytes

    def shrink(self) -> str:
        """The picture as it is kept, redrawn by us; raises Refused. Takes a moment, so never call it while a transaction is open."""
        if self.form.get("step") == "bare":
            return ""
        if not self.picture:
            raise Refused(NO_FILE)
        return small_logo(self.picture)


async def read_logo(request: Request) -> PostedLogo:
    """What was posted to `CasePlaces.logo`: the whole form, with a file."""
    async with request.form() as posted:
        sent = posted.get("logo")
        return PostedLogo(posted, await sent.read() if isinstance(sent, UploadFile) else b"")


def filled_of(model: ValueModel, kept: Mapping[str, object], company: str = "", logo: str = "") -> Filled:
    """What was kept earlier, as far as the model still asks for it."""
    texts = {key: text for key, text in kept.items() if isinstance(text, str)}
    return Filled(
        figures={one.key: texts[one.key] for one in model.inputs if one.key in texts},
        words={one.key: texts[one.key] for one in model.words if one.key in texts},
        scenario=_scenario(texts.get("scenario", "")),
        company=company,
        logo=logo,
    )


def kept_of(filled: Filled) -> dict[str, str]:
    """What to keep: figures and words by key, as typed, and the scenario."""
    return {**filled.figures, **filled.words, "scenario": filled.scenario.value}


def words_of(model: ValueModel, filled: Filled) -> dict[str, str]:
    """What was filled in, by label, as it is told of two that differ."""
    figures = {one.label: filled.figures.get(one.key, "") for one in model.inputs}
    own = {one.label: filled.words.get(one.key, one.default) for one in model.words}
    return {"Company": filled.company, **({"Outlook": filled.scenario.value} if has_scenarios(model) else {}), **figures, **own}


def changes_scenario(posted: FormData) -> bool:
    """Whether the form was sent to get another outlook, so that its fields have to be shown anew."""
    fields = text_fields(posted)
    return _scenario(fields.get("scenario", "")) != _scenario(fields.get("was", ""))


def build_case(model: ValueModel, filled: Filled, places: CasePlaces, revision: int = 0) -> Case:
    """Form and document."""
    result = compute(model, filled.figures, filled.scenario)
    view = case_view(model, filled, result)
    return Case(_form(model, filled, result), view, draw_chart(view.chart) if view.chart else None, places, revision)


def make_file(model: ValueModel, case: Case, filled: Filled, key: str) -> MadeFile:
    """The case as one of FILES. A PDF takes a second, so never call it while a transaction is open; raises NotPrinted."""
    view = case.view
    if key == "docx":
        content = write_docx(document_of(view))
    elif key == "pptx":
        content = write_pptx(deck_of(view))
    elif key == "xlsx":
        content = write_xlsx(workbook_of(model, filled, view))
    else:
        content = print_pdf(render_template("values/print.html", {"case": case}))
    return MadeFile(made_name(view.title, view.company, key), content)


def _form(model: ValueModel, filled: Filled, result: CaseResult) -> CaseForm:
    groups: dict[str, list[CaseField]] = {}
    for one in model.inputs:
        groups.setdefault(one.group, []).append(_field(model, one, filled, result))
    return CaseForm(
        groups=tuple(CaseGroup(name, tuple(fields)) for name, fields in groups.items()),
        words=tuple(_words(one, filled) for one in model.words),
        scenarios=tuple(Choice(scenario.value, name) for scenario, name in NAMES.items()) if has_scenarios(model) else (),
        scenario=filled.scenario.value,
        company=filled.company,
        has_errors=bool(result.errors),
    )


def _field(model: ValueModel, figure: Figure, filled: Filled, result: CaseResult) -> CaseField:
    """A figure that was understood is written out again; one that was not stays as it was typed."""
    error = result.errors.get(figure.key, "")
    if error:
        error += f" Until then the document counts with {plain(set_in_advance(figure, filled.scenario))}."
    text = filled.figures.get(figure.key, "") if error else plain(result.figures[figure.key])
    is_empty = not filled.figures.get(figure.key, "-").strip()
    told = f"Nothing was typed here, so the document counts with {text}." if is_empty else ""
    return CaseField(figure.key, figure.label, unit_beside(figure, model.currency), text, figure.help, error, told)


def _words(one: FreeField, filled: Filled) -> WordField:
    return WordField(one.key, one.label, filled.words.get(one.key, one.default), not one.is_section)


def _scenario(word: str) -> Scenario:
    return Scenario(word) if word in set(Scenario) else Scenario.EXPECTED
