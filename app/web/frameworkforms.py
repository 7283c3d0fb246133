"""What the pages of the framework share: the way between them, the form of a value, whom a change reaches, and saving."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from fastapi import Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.core.errors import AppError, Conflict, Refused, Stale
from app.core.work import Work
from app.framework import rules
from app.framework.models import Facet, ValueInput, ValueView
from app.framework.queries import count_synonyms, list_values
from app.library.models import Status
from app.library.queries.carriers import count_carriers
from app.web.assetform import Choice, text_fields
from app.web.deps import write_work

ICONS = {Facet.STAGE: "map", Facet.STAKEHOLDER: "users", Facet.KIND: "layout-template", **rules.ICONS}
SYNONYMS = "synonyms"
LABELS = {
    "name": "Name",
    "icon": "Picture",
    "buyer_words": "Standing question",
    "milestone": "Exit milestone",
    "judges_by": "Judges by",
    "fears": "Fears",
    "level": "Who gets it",
}
LENGTHS = {"name": 80, "buyer_words": 200, "milestone": 200, "judges_by": 500, "fears": 500}
LEVEL_CHOICES = tuple(Choice(level, words) for level, words in rules.LEVELS.items())
# Who is reached, by the level an item had and the one it gets.
NEWLY_REACHED = {
    ("internal", "partner"): "partners",
    ("internal", "customer"): "partners and customers",
    ("partner", "customer"): "customers",
}


@dataclass(frozen=True)
class FrameworkLink:
    """One page of the framework in its own navigation."""

    path: str
    name: str
    icon: str
    count: int
    current: bool


@dataclass(frozen=True)
class ValueForm:
    """The fields of a value as text."""

    name: str = ""
    icon: str = ""
    buyer_words: str = ""
    milestone: str = ""
    judges_by: str = ""
    fears: str = ""
    level: str = ""


@dataclass(frozen=True)
class Wider:
    """A change after which more people get items: how many items, and a sentence to be agreed to."""

    number: int
    sentence: str


class FieldRefused(Refused):
    """Refused because of one field of a form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def list_links(work: Work, current: str) -> tuple[FrameworkLink, ...]:
    """The pages of the framework; `current` is a facet, "synonyms" or empty."""
    values = list_values(work)
    order = (Facet.STAGE, Facet.STEP, *(facet for facet in Facet if facet not in (Facet.STAGE, Facet.STEP)))
    links = [
        FrameworkLink(f"/framework/{facet}", rules.FACET_PLURALS[facet], ICONS[facet], len(values.by_facet(facet)), facet == current)
        for facet in order
    ]
    return (*links, FrameworkLink("/framework/synonyms", "Synonyms", "replace", count_synonyms(work), current == SYNONYMS))


def form_of_value(value: ValueView) -> ValueForm:
    """The form filled with what is stored."""
    return ValueForm(value.name, value.icon, value.buyer_words, value.milestone, value.judges_by, value.fears, value.level)


def blank_form(work: Work, facet: Facet) -> ValueForm:
    """The form of a new value, with a picture no other has."""
    used = {value.icon for value in list_values(work).by_facet(facet)}
    icon = next((picture for picture in rules.PICTURES if picture not in used), rules.PICTURES[0])
    return ValueForm(icon=icon, level="internal")


def read_value_form(posted: FormData) -> ValueForm:
    """The posted fields, whatever they hold."""
    fields = text_fields(posted)
    return ValueForm(**{name: " ".join(fields.get(name, "").split()) for name in ValueForm.__dataclass_fields__})


def to_value_input(form: ValueForm) -> tuple[ValueInput | None, dict[str, str]]:
    """The checked input, or a sentence for each field that needs another look."""
    try:
        return ValueInput.model_validate(asdict(form)), {}
    except ValidationError as problem:
        names = [str(error["loc"][0]) for error in problem.errors()]
        return None, {
            name: f"Write at most {LENGTHS.get(name, 80)} characters." if getattr(form, name) else "Give it a name." for name in names
        }


def wider_of(work: Work, value: ValueView, level: str) -> Wider | None:
    """Whom the items of an audience value would reach with this level; None when that is nobody new."""
    if not value.level or level not in rules.LEVELS or not rules.reaches_more(value.level, level):
        return None
    counts = count_carriers(work, value)
    number, released = sum(counts.values()), counts.get(Status.RELEASED, 0)
    if not number:
        return None
    reached = NEWLY_REACHED[(value.level, level)]
    items = "1 item is" if number == 1 else f"{number:,} items are"
    return Wider(number, f"{items} then meant for {reached}, too: {released:,} released, at once; the others when they are released.")


def check_agreed(wider: Wider | None, agreed: str) -> None:
    """Refuse a change that reaches more people until somebody has agreed to just that many items."""
    if wider is not None and agreed != str(wider.number):
        raise FieldRefused("wider", f"{wider.sentence} Tick the box to agree. Nothing was changed yet.")


async def attempt(request: Request, verb: Callable[[Work], None]) -> AppError | None:
    """Run a change in a transaction of its own; a refusal takes everything back and is given to be told."""
    try:
        async with write_work(request) as work:
            await run_in_threadpool(verb, work)
    except (Conflict, Refused, Stale) as problem:
        return problem
    return None


def errors_of(problem: AppError) -> dict[str, str]:
    """A refusal as the errors of a form."""
    return {problem.field if isinstance(problem, FieldRefused) else "": problem.message}
