"""Reads all sources, writes each version's file and describes the result; build_seed is the door for app/ops/seed.py and the tests."""

from pathlib import Path

from app.ops.seed_files.deck import build_deck
from app.ops.seed_files.description import Seed, SeedItem, SeedQuestion, SeedSynonyms, SeedVersion
from app.ops.seed_files.document import build_document
from app.ops.seed_files.plain import build_csv, build_html, build_markdown
from app.ops.seed_files.sheet import build_sheet
from app.ops.seed_files.sources import (
    ItemSource,
    QuestionsFile,
    QuestionSource,
    SeedSourceError,
    SheetSource,
    SlideSource,
    VersionSource,
    WordsFile,
    read_source,
)
from app.ops.seed_files.valuemodel import build_value


def build_seed(source: Path, target: Path) -> Seed:
    """Write every file of the demo library into `target` and describe it; the same source gives the same bytes.

    Raises SeedSourceError when a source has a slip.
    """
    target.mkdir(parents=True, exist_ok=True)
    items = tuple(_build_item(path, target) for path in sorted((source / "items").glob("*.toml")))
    words = read_source(source / "words.toml", WordsFile)
    return Seed(
        items=items,
        questions=tuple(_question(entry) for entry in read_source(source / "questions.toml", QuestionsFile).questions),
        synonyms=SeedSynonyms(groups=tuple(tuple(group) for group in words.groups)),
        verticals=tuple(words.verticals.items()),
    )


def _build_item(path: Path, target: Path) -> SeedItem:
    slug, item = path.stem, read_source(path, ItemSource)
    whole: list[VersionSource] = []
    for version in item.versions:
        whole.append(_on_base(version, whole, path))
    if sum(version.released for version in whole) != 1:
        raise SeedSourceError(f"{path.name} in the demo sources needs exactly one released version.")
    return SeedItem(
        slug=slug,
        title=item.title,
        summary=item.summary,
        kind=item.kind,
        audience=item.audience,
        stages=tuple(item.stages),
        stakeholders=tuple(item.stakeholders),
        solutions=tuple(item.solutions),
        verticals=tuple(item.verticals),
        tags=tuple(item.tags),
        owner=item.owner,
        review_interval_days=item.review_interval_days,
        confirmed_days_ago=item.confirmed_days_ago,
        expires_in_days=item.expires_in_days,
        fields=tuple((name, field.model_dump()) for name, field in item.fields.items()),
        versions=tuple(_write_version(target, slug, item, numbered) for numbered in enumerate(whole, 1)),
    )


def _write_version(target: Path, slug: str, item: ItemSource, numbered: tuple[int, VersionSource]) -> SeedVersion:
    number, version = numbered
    folder = target / slug / f"v{number}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{slug}.{item.format}"
    path.write_bytes(_bytes_of(item, version))
    return SeedVersion(file_name=path.name, path=path, note=version.note, released=version.released)


def _bytes_of(item: ItemSource, version: VersionSource) -> bytes:
    if item.format == "docx":
        return build_document(version, item.title, item.summary)
    if item.format == "pptx":
        return build_deck(version, item.title, item.summary)
    if item.format == "xlsx":
        return build_sheet(version, item.title, item.summary)
    if item.format == "qvalue":
        return build_value(version, item.title)
    if item.format == "html":
        return build_html(version, item.title, item.summary)
    return build_markdown(version, item.title) if item.format == "md" else build_csv(version)


def _on_base(version: VersionSource, earlier: list[VersionSource], path: Path) -> VersionSource:
    """The whole content of a version that only says what differs from an earlier one."""
    if version.based_on is None:
        return version
    base = earlier[version.based_on - 1]
    body = base.body
    for old, new in version.replace:
        if old not in body:
            raise SeedSourceError(f"{path.name} in the demo sources replaces a text that is not there: {old!r}.")
        body = body.replace(old, new)
    content = {"body": body, "slides": _merged_slides(base.slides, version.slides), "sheets": _merged_sheets(base.sheets, version.sheets)}
    return base.model_copy(update=content | {"note": version.note, "released": version.released})


def _merged_slides(base: list[SlideSource], changes: list[SlideSource]) -> list[SlideSource]:
    changed = {slide.number: slide for slide in changes}
    return [changed.get(number, slide) for number, slide in enumerate(base, 1)]


def _merged_sheets(base: list[SheetSource], changes: list[SheetSource]) -> list[SheetSource]:
    changed = {sheet.name: sheet for sheet in changes}
    return [changed.get(sheet.name, sheet) for sheet in base]


def _question(entry: QuestionSource) -> SeedQuestion:
    return SeedQuestion(
        text=entry.text,
        phrasings=tuple(entry.phrasings),
        stages=tuple(entry.stages),
        stakeholders=tuple(entry.stakeholders),
        solutions=tuple(entry.solutions),
        verticals=tuple(entry.verticals),
        item=entry.item,
        anchor=entry.anchor,
    )
