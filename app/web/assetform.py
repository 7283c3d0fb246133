"""The form that says what an asset is: its values, its choices, and how posted fields become an AssetInput."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.requests import Request

from app.core.work import Work
from app.framework.models import CALL_FACETS, Facet, ValueView
from app.framework.queries import Facets, list_values
from app.framework.rules import FACET_PLURALS, LEVELS
from app.identity.queries import list_curators, list_names
from app.library.models import AssetInput, AssetView

INTERVALS = {30: "1 month", 90: "3 months", 180: "6 months", 365: "12 months"}
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "ja": "Japanese"}
MORE_FACETS = (Facet.SEGMENT, Facet.OBJECTIVE, Facet.COMPETITOR)
SENTENCES = {
    "title": "Give it a title of at most 200 characters.",
    "summary": "Keep the summary under 2,000 characters.",
    "kind_id": "Choose what kind of content this is.",
    "audience": "Choose who may get it.",
    "expires_on": "Write the date as year-month-day, or leave it empty.",
    "review_interval_days": "Choose how often it is reviewed.",
    "source": "Keep the source under 200 characters.",
}
# Fields of the form that are said otherwise in an AssetInput.
CONVERTED = {"audience", "expires_on", "tags", "facet_ids", "review_interval_days"}


@dataclass(frozen=True)
class Choice:
    """One option of a list."""

    value: str
    label: str


@dataclass(frozen=True)
class ChoiceGroup:
    """The values of one facet to choose from."""

    facet: str
    name: str
    values: tuple[ValueView, ...]


@dataclass(frozen=True)
class AssetChoices:
    """Everything the form offers; `more_groups` are the facets that are no part of a call."""

    groups: tuple[ChoiceGroup, ...]
    more_groups: tuple[ChoiceGroup, ...]
    kinds: tuple[ValueView, ...]
    owners: tuple[Choice, ...]
    audiences: tuple[Choice, ...]
    intervals: tuple[Choice, ...]
    languages: tuple[Choice, ...]

    @property
    def more_ids(self) -> frozenset[int]:
        """The values of `more_groups`."""
        return frozenset(value.id for group in self.more_groups for value in group.values)


@dataclass(frozen=True)
class AssetForm:
    """The form's fields as text; `tags` is comma separated, `expires_on` an ISO date or empty.

    `audience` is the id of an audience value, or a level, which stands for the first value of that level;
    `review_interval_days` is 0 for the usual of the kind.
    """

    title: str
    summary: str
    kind_id: int | None
    audience: str
    language: str
    tags: str
    facet_ids: frozenset[int]
    owner_id: int | None
    review_interval_days: int
    expires_on: str
    pdf_only_reason: str
    source: str = ""


def list_choices(work: Work, owner_id: int | None = None) -> AssetChoices:
    """What the form offers in this portal; an owner who could not be chosen anew is offered to be kept."""
    values, owners = list_values(work), {user.id or 0: user.name for user in list_curators(work)}
    if owner_id is not None and owner_id not in owners:
        owners |= list_names(work, [owner_id])
    return AssetChoices(
        groups=_groups(values, CALL_FACETS),
        more_groups=_groups(values, MORE_FACETS),
        kinds=values.by_facet(Facet.KIND),
        owners=tuple(Choice(str(user_id), name) for user_id, name in owners.items()),
        audiences=tuple(Choice(_audience_word(value, values), _audience_label(value)) for value in values.by_facet(Facet.AUDIENCE)),
        intervals=tuple(Choice(str(days), label) for days, label in INTERVALS.items()),
        languages=tuple(Choice(key, label) for key, label in LANGUAGES.items()),
    )


def facet_choices(work: Work) -> tuple[ChoiceGroup, ...]:
    """The four call facets with their values."""
    return _groups(list_values(work), CALL_FACETS)


def form_of(view: AssetView, usual: Mapping[int, int]) -> AssetForm:
    """The form filled with what is stored; `usual` is the review interval of each kind."""
    card = view.card
    return AssetForm(
        title=card.title,
        summary=card.summary,
        kind_id=card.kind.id,
        audience=str(card.audience_value.id) if card.audience_value else card.audience,
        language=card.language,
        tags=", ".join(card.tags),
        facet_ids=frozenset(value.id for value in card.facets),
        owner_id=view.owner_id,
        review_interval_days=0 if view.review_interval_days == usual.get(card.kind.id) else view.review_interval_days,
        expires_on=view.expires_on.isoformat() if view.expires_on else "",
        pdf_only_reason=view.pdf_only_reason,
        source=view.source,
    )


def words_of(form: AssetForm, choices: AssetChoices) -> dict[str, str]:
    """The form in words, by label, as it is told of two that differ."""

    def chosen(options: Sequence[Choice], value: object) -> str:
        return next((one.label for one in options if one.value == str(value)), "")

    facets = {
        group.name: ", ".join(value.name for value in group.values if value.id in form.facet_ids)
        for group in (*choices.groups, *choices.more_groups)
    }
    return {
        "Title": form.title,
        "Summary": form.summary,
        "Kind": next((kind.name for kind in choices.kinds if kind.id == form.kind_id), ""),
        "Who may get it": chosen(choices.audiences, form.audience),
        "Language": chosen(choices.languages, form.language),
        "Tags": form.tags,
        **facets,
        "Owner": chosen(choices.owners, form.owner_id),
        "Review every": chosen(choices.intervals, form.review_interval_days) or "As usual for its kind",
        "Expires on": form.expires_on,
        "Why there is no editable original": form.pdf_only_reason,
        "Made from": form.source,
    }


def read_form(form: FormData) -> AssetForm:
    """The posted fields, whatever they hold, so that nothing typed is lost when something is wrong."""
    fields = text_fields(form)
    return AssetForm(
        title=" ".join(fields.get("title", "").split()),
        summary=fields.get("summary", "").strip(),
        kind_id=whole_number(fields.get("kind_id", "")),
        audience=fields.get("audience", ""),
        language=fields.get("language", "en"),
        tags=fields.get("tags", ""),
        facet_ids=facet_ids_of(form),
        owner_id=whole_number(fields.get("owner_id", "")),
        review_interval_days=_interval_of(fields.get("review_interval_days", "")),
        expires_on=fields.get("expires_on", "").strip(),
        pdf_only_reason=fields.get("pdf_only_reason", "").strip(),
        source=" ".join(fields.get("source", "").split()),
    )


def to_input(form: AssetForm) -> tuple[AssetInput | None, dict[str, str]]:
    """The checked input, or a sentence for each field that needs another look."""
    errors: dict[str, str] = {}
    expires: date | None = None
    try:
        expires = date.fromisoformat(form.expires_on) if form.expires_on else None
    except ValueError:
        errors["expires_on"] = SENTENCES["expires_on"]
    values = {name: getattr(form, name) for name in AssetForm.__dataclass_fields__ if name not in CONVERTED}
    values |= _audience_fields(form.audience)
    values |= {"review_interval_days": form.review_interval_days or None}
    values |= {"expires_on": expires, "tags": form.tags.split(","), "facet_ids": sorted(form.facet_ids)}
    try:
        data = AssetInput.model_validate(values)
    except ValidationError as problem:
        for error in problem.errors():
            name = str(error["loc"][0])
            errors.setdefault(name, SENTENCES.get(name, "Look at this again."))
        return None, errors
    return (None, errors) if errors else (data, {})


async def read_posted(request: Request, most: int = 1000) -> FormData:
    """What a form without a field for files sent, `most` fields in all; one with a file is refused: it would wait for nobody."""
    return await request.form(max_files=0, max_fields=most)


def text_fields(form: FormData) -> Mapping[str, str]:
    """The form's text fields."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


def facet_ids_of(form: FormData) -> frozenset[int]:
    """The ticked facet values."""
    texts: Sequence[str] = [value for value in form.getlist("facet_ids") if isinstance(value, str)]
    return frozenset(number for text in texts if (number := whole_number(text)) is not None)


def whole_number(text: str) -> int | None:
    """The number a field holds; None when it holds none that can be an id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _interval_of(text: str) -> int:
    """Nothing chosen is 0, the usual of the kind; what is no number of days is refused as -1."""
    return (whole_number(text) or -1) if text else 0


def _groups(values: Facets, facets: Sequence[Facet]) -> tuple[ChoiceGroup, ...]:
    return tuple(ChoiceGroup(facet.value, FACET_PLURALS[facet], values.by_facet(facet)) for facet in facets)


def _audience_word(value: ValueView, values: Facets) -> str:
    """What the form posts for an audience value: the first of a level goes by the level's own name."""
    return value.level if values.default_audience(value.level) == value else str(value.id)


def _audience_label(value: ValueView) -> str:
    return f"{value.name} ({LEVELS[value.level].lower()})"


def _audience_fields(word: str) -> dict[str, object]:
    """An audience value by id decides alone; a level stands for its first value, whatever the item had before."""
    value_id = whole_number(word)
    return {"audience": word, "audience_id": 0} if value_id is None else {"audience_id": value_id}
