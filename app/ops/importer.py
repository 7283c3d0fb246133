"""Brings a folder of documents in by a manifest: resumes after a stop, changes nothing when repeated."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from app.core.desk import OpenWork
from app.core.errors import AppError, Conflict, Refused
from app.core.store import BlobStore, hash_file
from app.core.work import Work
from app.framework.actions import add_value
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.queries import find_by_email
from app.library import actions, queries
from app.library.models import AssetInput, Audience, FileInput
from app.ops.files import store_file
from app.ops.import_map import FACETS, ImportMap, fold, key_of
from app.ops.manifest import Row

LONGEST_FILE_NAME = 255
LONGEST_TITLE = 200


@dataclass
class Report:
    """What an import did, file by file; every row of the manifest is counted in exactly one of the first six.

    `drafts` names what could not be released, and why; `unknown` the words (facet, word) that mean nothing here and were left
    out, with the files they stand at.
    """

    created: int = 0
    newer_versions: int = 0
    older_versions: int = 0
    same_content: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    drafts: list[tuple[str, str]] = field(default_factory=list)
    unknown: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def tell_unknown(self) -> list[str]:
        """A sentence for each word that was left out, however many files it stands at."""
        return [
            f"The {facet} “{word}” is not known here and was left out of {_few(files)}. `quiver framework` lists those that are."
            for (facet, word), files in self.unknown.items()
        ]

    @property
    def total(self) -> int:
        return self.created + self.newer_versions + self.older_versions + self.same_content + self.unchanged + len(self.refused)


@dataclass(frozen=True)
class _Chain:
    """A file with the older states of the same document, oldest first; `unknown` is what it says it is an older version of, if no
    row, or more than one, is that."""

    head: Row
    older: tuple[Row, ...]
    unknown: str = ""


_Taken = tuple[Row, FileInput]
NO_SUCH_ROW = (
    "It is said to be an older version of “{named}”, but the manifest has no such row, or more than one. Name the row, then import again."
)


class BadRow(Refused):
    """What a row says is not acceptable; other than with a fault of the mapping, the other rows go on."""


class Importer:
    """One run over a manifest. Each document with its older versions is one transaction."""

    def __init__(self, open_work: OpenWork, blobs: BlobStore, folder: Path, mapping: ImportMap, limit: int) -> None:
        self._open_work = open_work
        self._blobs = blobs
        self._folder = folder.resolve()
        self._map = mapping
        self._limit = limit
        self.report = Report()

    def run(self, rows: Sequence[Row], done: Callable[[int], None]) -> Report:
        """Import every row of a manifest; `done` is told how many rows each step settled."""
        if rows and self._column("file") not in rows[0]:
            raise Refused(
                f"The manifest has no column “{self._column('file')}”, only {', '.join(f'“{name}”' for name in rows[0])}. "
                'Name the one with the files in the mapping: file = "..." under [columns]. Nothing was imported.'
            )
        for chain in self._chains(rows):
            self._take(chain)
            done(1 + len(chain.older))
        return self.report

    def _column(self, name: str) -> str:
        return self._map.columns.get(name, name)

    def _value(self, row: Row, name: str) -> str:
        return (row.get(self._column(name)) or "").strip()

    def _chains(self, rows: Sequence[Row]) -> Iterator[_Chain]:
        files: dict[str, Row] = {}
        for row in rows:
            if files.setdefault(self._value(row, "file"), row) is not row:
                self.report.refused.append((self._value(row, "file"), "The manifest names this file twice. The first row counts."))
        heads = {name: self._heads_of(name, files) for name in files}
        older: dict[str, list[str]] = defaultdict(list)
        for name, chain in heads.items():
            if chain:
                older[chain[-1]].append(name)
        for name, row in files.items():
            if not heads[name]:
                oldest_first = sorted(older[name], key=lambda one: (-len(heads[one]), one))
                yield _Chain(row, tuple(files[one] for one in oldest_first), self._unknown(row, files))

    def _heads_of(self, name: str, files: dict[str, Row]) -> list[str]:
        """What a file is an older version of, and that of what, up to the current one; empty when they name each other in a circle."""
        heads: list[str] = []
        while head := self._head_of(files[heads[-1] if heads else name], files):
            if head in heads or head == name:
                return []
            heads.append(head)
        return heads

    def _head_of(self, row: Row, files: dict[str, Row]) -> str:
        """The file a row is an older version of; manifests may leave out leading folders."""
        named = self._value(row, "version_of")
        if not named:
            return ""
        matches = _rows_of(named, files)
        return matches[0] if len(matches) == 1 and files[matches[0]] is not row else ""

    def _unknown(self, row: Row, files: dict[str, Row]) -> str:
        named = self._value(row, "version_of")
        return named if named and len(_rows_of(named, files)) != 1 else ""

    def _take(self, chain: _Chain) -> None:
        files = [(row, file) for row in (*chain.older, chain.head) if (file := self._store(row)) is not None]
        if not files:
            return
        try:
            with self._open_work() as work:
                known = queries.find_duplicates(work, {file.sha256 for _, file in files})
                if known:
                    names = {version.blob_sha256: version.file_name for _, version in known}
                    self._add_missing(work, known[0][0].id or 0, chain, files, names)
                else:
                    self._create(work, chain, files)
        except BadRow as problem:
            self.report.refused.extend((self._value(row, "file"), problem.message) for row, _ in files)

    def _store(self, row: Row) -> FileInput | None:
        name = self._value(row, "file")
        path = (self._folder / name).resolve()
        try:
            if not path.is_relative_to(self._folder) or not path.is_file():
                raise Refused("There is no such file in the folder.")
            if len(path.name) > LONGEST_FILE_NAME:
                raise Refused(f"The file name is longer than {LONGEST_FILE_NAME} characters. Rename it, then import again.")
            return self._known_or_stored(path)
        except (AppError, OSError) as problem:  # the system knows no name that long, or the file cannot be read
            told = problem.message if isinstance(problem, AppError) else f"It cannot be read: {problem.strerror}."
            self.report.refused.append((name, told))
            return None

    def _known_or_stored(self, path: Path) -> FileInput:
        sha256 = hash_file(path)
        with self._open_work(read_only=True) as work:
            known = queries.find_duplicates(work, {sha256})
        if known:
            version = known[0][1]
            return FileInput(sha256=sha256, file_name=path.name, **version.model_dump(include={"size", "format", "media_type"}))
        return store_file(self._blobs, path, path.name, self._limit)

    def _add_missing(self, work: Work, asset_id: int, chain: _Chain, files: Sequence[_Taken], known: dict[str, str]) -> None:
        """A document that is here already: the same bytes under another name are told apart; a head it lacks is what readers get next,
        an older state it lacks is history, whatever is newer here."""
        for row, file in files:
            if file.sha256 in known:
                is_same_file = known[file.sha256] == file.file_name
                self.report.unchanged += is_same_file
                self.report.same_content += not is_same_file
                continue
            known[file.sha256] = file.file_name
            if row is not chain.head:
                actions.add_past_version(work, asset_id, file)
                self.report.older_versions += 1
                continue
            actions.upload_version(work, asset_id, file)
            self.report.newer_versions += 1
            self._release(work, asset_id, chain)

    def _create(self, work: Work, chain: _Chain, files: Sequence[_Taken]) -> None:
        """A new document: older states first, so that numbers follow history, then the current one, released."""
        head_row, head = files[-1]
        older = {file.sha256: file for _, file in files[:-1] if file.sha256 != head.sha256}
        history = [*older.values(), head]
        asset = actions.create_asset(work, self._input(work, head_row), history[0])
        for file in history[1:]:
            actions.upload_version(work, asset.id or 0, file)
        self._release(work, asset.id or 0, chain)
        self.report.created += 1
        self.report.older_versions += len(older)
        self.report.same_content += len(files) - 1 - len(older)

    def _release(self, work: Work, asset_id: int, chain: _Chain) -> None:
        name = self._value(chain.head, "file")
        if chain.unknown:
            self.report.drafts.append((name, NO_SUCH_ROW.format(named=chain.unknown)))
            return
        if not self._map.defaults.release:
            return
        try:
            actions.release(work, asset_id)
        except (Conflict, Refused) as problem:
            self.report.drafts.append((name, problem.message))

    def _audience(self, row: Row) -> Audience:
        word = self._value(row, "audience") or self._map.defaults.audience
        if word not in set(Audience):
            raise BadRow(f"There is no audience “{word}”. Write {', '.join(Audience)}, or leave it empty.")
        return Audience(word)

    def _input(self, work: Work, row: Row) -> AssetInput:
        defaults = self._map.defaults
        kind = self._facet_ids(work, row, Facet.KIND) or self._keys_to_ids(work, Facet.KIND, [defaults.kind])
        given = {
            "title": (self._value(row, "title") or Path(self._value(row, "file")).stem)[:LONGEST_TITLE],
            "summary": self._value(row, "summary")[:2000],
            "kind_id": kind[0],
            "audience": self._audience(row),
            "language": self._value(row, "language")[:12] or defaults.language,
            "tags": [tag for tag in self._value(row, "tags").split(";") if tag],
            "facet_ids": [value_id for facet in FACETS for value_id in self._facet_ids(work, row, facet)],
            "owner_id": self._owner(work),
            "review_interval_days": defaults.review_interval_days,
            "pdf_only_reason": defaults.pdf_only_reason,
        }
        try:
            return AssetInput.model_validate(given)
        except ValidationError as problem:
            raise BadRow("; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in problem.errors())) from problem

    def _owner(self, work: Work) -> int | None:
        email = self._map.defaults.owner
        owner = find_by_email(work, email) if email else None
        if email and owner is None:
            raise Refused(f"The mapping names {email} as owner, but there is no such account. Create it, then import again.")
        return owner.id if owner else None

    def _facet_ids(self, work: Work, row: Row, facet: Facet) -> list[int]:
        words = [word.strip() for word in self._value(row, facet.value).split(";") if word.strip()]
        keys = [self._key(work, row, facet, word) for word in words]
        return self._keys_to_ids(work, facet, [key for key in keys if key])

    def _key(self, work: Work, row: Row, facet: Facet, word: str) -> str:
        """What a word of the manifest means: by the mapping, else as a key or name of ours, else as a new value where that is allowed."""
        key = self._map.find(facet, word)
        if key is not None:
            return key
        values = list_values(work).by_facet(facet)
        own = next((value.key for value in values if fold(word) in (value.key, fold(value.name))), "")
        if own:
            return own
        if facet.value in self._map.create:
            return add_value(work, facet, key_of(word), word[:80]).key
        files = self.report.unknown.setdefault((facet.value, word), [])
        if self._value(row, "file") not in files:
            files.append(self._value(row, "file"))
        return ""

    def _keys_to_ids(self, work: Work, facet: Facet, keys: Sequence[str]) -> list[int]:
        values = list_values(work)
        found = [values.find(facet, key) for key in keys]
        unknown = [key for key, value in zip(keys, found, strict=True) if value is None]
        if unknown:
            raise Refused(f"The mapping names a {facet.value} that does not exist here: {unknown[0]}. Correct it, then import again.")
        return [value.id for value in found if value is not None]


def _few(files: Sequence[str]) -> str:
    """One or two files by name, more by their number and the first two."""
    return " and ".join(files) if len(files) < 3 else f"{len(files)} files ({files[0]}, {files[1]} and {len(files) - 2} more)"


def _rows_of(named: str, files: dict[str, Row]) -> list[str]:
    return [name for name in files if name == named or name.endswith(f"/{named}")]
