"""Rows of the upload page: one file not released yet, what it still needs, which tags are suggested. Used by pages/upload*.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.work import Work
from app.framework.models import Facet, ValueView
from app.framework.queries import Facets, list_values
from app.library import rules
from app.library.models import Asset, AssetView, PassageView, Reading, Status, TagSuggestion, TemplateScan, Version
from app.library.queries import uploads
from app.review.queries.policies import list_usual_intervals
from app.web.assetform import AssetForm, form_of, whole_number

HELD = "A PDF alone is a dead end for reps. Add the document it was made from, or say why there is none."
KEYS = 9
MOST_ASKED = 500  # keys in one question after states, pairs in one form


MEDIA = frozenset({"image", "video", "audio"})


@dataclass(frozen=True)
class DuplicateOf:
    """The item that already holds the same bytes."""

    asset_id: int
    title: str
    number: int
    is_current: bool


@dataclass(frozen=True)
class SuggestionView:
    """A tag that may fit: the key that keeps it ("" beyond nine), why, and whether the file carries it by now."""

    value: ValueView
    key: str
    reason: str
    is_kept: bool


@dataclass(frozen=True)
class UploadRow:
    """One file not released yet.

    `state` is reading, ready, missing, held (a PDF without its original), faulty (a template that cannot be filled in) or duplicate;
    `message` says more; `need` is what the list on top of the page asks for; `said` is a transcript that was refused. `field_count` fields
    were found in it, `field_faults` tells what is wrong with them and where.
    """

    key: str
    asset_id: int
    title: str
    number: int
    file_name: str
    folder: str
    format_label: str
    family: str
    size: int
    unit_count: int
    unit_word: str
    state: str
    message: str
    need: str
    facets: tuple[ValueView, ...]
    missing: tuple[str, ...]
    duplicate: DuplicateOf | None
    suggestions: tuple[SuggestionView, ...]
    preview: tuple[PassageView, ...]
    form: AssetForm
    errors: Mapping[str, str]
    revision: int
    is_unreadable: bool = False
    said: str = ""
    field_count: int = 0
    field_faults: tuple[str, ...] = ()

    @property
    def pair(self) -> str:
        """The file in the state this row shows."""
        return f"{self.key}:{self.revision}"

    @property
    def is_textless(self) -> bool:
        """No text was read of a file that should have some; a picture or recording has none."""
        return bool(self.message) and self.state in ("ready", "missing") and self.family not in MEDIA

    @property
    def to_confirm(self) -> int:
        """How many suggested tags nobody has decided on."""
        return sum(not suggestion.is_kept for suggestion in self.suggestions)


def rows_of(work: Work, views: Sequence[AssetView]) -> tuple[UploadRow, ...]:
    """The rows of these drafts; six statements however many."""
    same = uploads.list_same_bytes(work, {view.card.version.sha256 for view in views})
    copies, scans = [one[:2] for one in same], {version.id: scan for _, version, scan in same}
    suggested = uploads.list_suggestions(work, [view.card.id for view in views])
    values, usual = list_values(work), list_usual_intervals(work)
    return tuple(
        _with_fields(
            _row(view, _duplicate_of(view, copies), _suggestions(view, suggested[view.card.id], values), usual),
            scans.get(view.card.version.id),
        )
        for view in views
    )


def read_pairs(texts: Collection[str]) -> dict[int, int]:
    """Which files a form means and in which revision it showed each; what is no such pair is left out."""
    pairs = {}
    for text in list(texts)[:MOST_ASKED]:
        key, _, revision = text.partition(":")
        numbers = whole_number(key), whole_number(revision)
        if numbers[0] is not None and numbers[1] is not None:
            pairs[numbers[0]] = numbers[1]
    return pairs


def _row(view: AssetView, duplicate: DuplicateOf | None, suggestions: tuple[SuggestionView, ...], usual: Mapping[int, int]) -> UploadRow:
    card, version = view.card, view.card.version
    missing = rules.missing_for_release(card.facets, view.owner_id, version.format, view.pdf_only_reason)
    state = _state(view, duplicate, missing)
    return UploadRow(
        key=str(card.id),
        asset_id=card.id,
        title=card.title,
        number=version.number,
        file_name=version.file_name,
        folder=view.source_folder,
        format_label=version.format_label,
        family=version.family,
        size=version.size,
        unit_count=version.unit_count,
        unit_word=version.unit_word,
        state=state,
        message=HELD if state == "held" else version.reading_message if version.reading == Reading.NO_TEXT else "",
        need=_need(state, missing),
        facets=card.facets,
        missing=missing,
        duplicate=duplicate,
        suggestions=suggestions,
        preview=view.passages[:2],
        form=form_of(view, usual),
        errors={},
        revision=view.revision,
        is_unreadable=version.is_unreadable,
    )


def _with_fields(row: UploadRow, scan: TemplateScan | None) -> UploadRow:
    """The row with what was found of fields in it; faults in the fields of a template keep it from being released."""
    if scan is None:
        return row
    faults = (*scan.losses, *scan.faults)
    row = replace(row, field_count=sum("." not in field["name"] for field in scan.fields), field_faults=faults)
    if row.state not in ("ready", "missing") or not scan.fields or not faults:
        return row
    return replace(row, state="faulty", need=f"correct its fields. {faults[0]}")


def _state(view: AssetView, duplicate: DuplicateOf | None, missing: Sequence[str]) -> str:
    version = view.card.version
    if duplicate is not None:
        return "duplicate"
    if version.reading == Reading.WAITING:
        return "reading"
    if version.family == "pdf" and not view.pdf_only_reason:
        return "held"
    return "missing" if missing else "ready"


def _need(state: str, missing: Sequence[str]) -> str:
    if state == "held":
        return "add the editable original"
    if state == "duplicate":
        return "it is here already"
    return f"choose {', '.join(missing)}" if state == "missing" else ""


def _suggestions(view: AssetView, rows: Sequence[TagSuggestion], values: Facets) -> tuple[SuggestionView, ...]:
    carried = {value.id for value in view.card.facets} | {view.card.kind.id}
    order = {facet: place for place, facet in enumerate(Facet)}
    known = {value.id: value for value in values.pick([row.value_id for row in rows])}
    shown = sorted((row for row in rows if row.value_id in known), key=lambda row: (order[Facet(known[row.value_id].facet)], -row.score))
    return tuple(
        SuggestionView(known[row.value_id], str(number) if number <= KEYS else "", row.reason, row.value_id in carried)
        for number, row in enumerate(shown, start=1)
    )


def _duplicate_of(view: AssetView, copies: Sequence[tuple[Asset, Version]]) -> DuplicateOf | None:
    card = view.card
    for asset, version in copies:
        is_other = asset.id != card.id and (asset.status != Status.DRAFT or (asset.id or 0) < card.id)
        if is_other and version.blob_sha256 == card.version.sha256 and not view.is_separate:
            return DuplicateOf(asset.id or 0, asset.title, version.number, version.id == asset.released_version_id)
    return None
