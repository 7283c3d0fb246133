"""The search engine of today: Whoosh keeps the index, our arrays answer. The only module that imports whoosh.
Opened once per process at start (`open_engine`); everybody else knows it as engine.SearchEngine."""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from whoosh import columns, fields, formats
from whoosh.analysis import IDAnalyzer
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, LockError
from whoosh.reading import SegmentReader, TermNotFound

from app.search import _analysis, _kernels, _segment
from app.search._answering import answered
from app.search._explaining import explained
from app.search._meaning import Meaning
from app.search._segment import FIELDS, BrokenSegment, Docs, Held, Segment, build_segment, packed
from app.search._snapshot import Snapshot
from app.search._store import LOCK_PATIENCE, BrokenIndex, IndexStore
from app.search.engine import Explanation, IndexBusy, IndexNotReady, MeaningState, SearchDocument, SearchEngine, SearchRequest, SearchResult

VERSION = f"3/{_analysis.VERSION}"  # raise the first number with the schema, the record or the weights: an older index then rebuilds itself
INDEX_NAME = "MAIN"
ARRAYS = ".arrays"  # named like the files of its segment, so that Whoosh removes it with them
# (documents over, up to, segments): so many of that size become one; larger ones stay. The next save waits a second for it.
MERGES = ((0, 40, 32), (40, 320, 12))
LOOK_EVERY = 0.25  # seconds between looks for commits of another process
WRITE_MEMORY_MB = 64

T = TypeVar("T")
MergePolicy = Callable[[Any, list[Any]], list[Any]]  # what Whoosh asks: the writer and the segments in, the segments to keep out
_log = logging.getLogger(__name__)


class _Retired(Exception):
    """A commit closed this segment while a search was reading it: search again in the new snapshot."""


def open_engine(path: Path, model_file: Path | None = None) -> SearchEngine:
    """The engine on this folder. Never raises: whatever is wrong gives an engine that is not ready, or that goes by words alone."""
    return WhooshEngine(path, model_file)


class _Files:
    """A Whoosh storage that closes all it opened, also after a fault half-way. Read by calls, not mapped: a file cut short
    under a running server must be an error, not the end of the process."""

    def __init__(self, folder: Path) -> None:
        self.storage = FileStorage(str(folder), supports_mmap=False)
        self._open_file = self.storage.open_file
        self._opened: list[Any] = []
        self.storage.open_file = self._remembering

    def close(self) -> None:
        for file in self._opened:
            with suppress(Exception):  # Whoosh closed most itself and refuses a second time
                file.close()
        self._opened.clear()

    def _remembering(self, *names: Any, **options: Any) -> Any:
        file = self._open_file(*names, **options)
        self._opened.append(file)
        return file


class WhooshSegment:
    """One index segment: the arrays a search reads, and the index's own reader for where words stand, opened when first asked."""

    def __init__(self, folder: Path, schema: Any, segment: Any) -> None:
        self._lock = threading.Lock()  # a reader's files have one position each
        self._closed = False
        self._folder, self._schema, self._segment = folder, schema, segment
        self._files: _Files | None = None
        self._reader: Any = None
        if not (folder / segment.make_filename(".seg")).exists():
            raise BrokenIndex("a segment is missing")
        self._kept = folder / f"{INDEX_NAME}_{segment.segment_id()}{ARRAYS}"
        self.arrays = self._arrays()

    def keep(self) -> None:
        """Write the arrays beside the index, so that the next start need not decode them."""
        if not self._kept.exists():
            _segment.save(self.arrays, self._kept)

    def positions(self, term: str, field: int, docs: Docs) -> Sequence[Sequence[int]]:
        """Where the term stands in that field of each of these documents."""
        with self._reading() as reader:
            return list(_positions(reader, FIELDS[field], term, docs.tolist()))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._files is not None:
                self._files.close()

    def _arrays(self) -> Segment:
        try:
            return _segment.load(self._kept)
        except FileNotFoundError:
            with self._reading() as reader:
                records = [bytes(each) for each in reader.column_reader("record")]
                return build_segment(records, lambda field: _held(reader, FIELDS[field]), _held(reader, "words"))
        except BrokenSegment as error:
            raise BrokenIndex("the arrays beside a segment are damaged") from error

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._lock:
            if self._closed:
                raise _Retired
            try:
                yield self._reader or self._open()
            except Exception as error:  # a torn file shows as almost any type
                raise BrokenIndex("a segment cannot be read") from error

    def _open(self) -> Any:
        self._files = _Files(self._folder)
        self._reader = SegmentReader(self._files.storage, self._schema, self._segment)
        return self._reader


class WhooshEngine:
    """SearchEngine over one index folder."""

    def __init__(self, path: Path, model_file: Path | None) -> None:
        self._store = IndexStore(path)
        self._meaning = Meaning(model_file, path)
        self._kernels = _kernels.fastest(path / "compiled")
        self._lock = threading.RLock()  # around every change of the attributes below
        self._segments: dict[Any, WhooshSegment] = {}
        self._snapshot: Snapshot | None = None
        self._folder: Path | None = None
        self._generation = -1
        self._crowded = False
        self._signature: tuple[int, ...] = ()
        self._looked = 0.0
        self._load()

    @property
    def ready(self) -> bool:
        return self._snapshot is not None

    def search(self, request: SearchRequest) -> SearchResult:
        found = self._read_with(lambda snapshot: answered(snapshot, self._meaning, request))
        return found if found is not None else SearchResult(ready=False)

    def explain(self, request: SearchRequest, asset_id: int) -> Explanation | None:
        return self._read_with(lambda snapshot: explained(snapshot, self._meaning, request, asset_id))

    def best_sentence(self, question: str, sentences: Sequence[str]) -> int | None:
        return self._meaning.best_sentence(question, sentences)

    def list_unread(self) -> Sequence[int]:
        return self._read_with(self._meaning.list_unread) or []

    def read_meaning(self, documents: Sequence[SearchDocument]) -> None:
        self._meaning.read(documents)

    def meaning_state(self, *, wait: bool = False) -> MeaningState | None:
        return self._read_with(lambda snapshot: self._meaning.state(snapshot, wait=wait))

    def forget_meaning(self) -> int:
        return self._read_with(self._meaning.forget) or 0

    def update(self, asset_id: int, documents: Sequence[SearchDocument]) -> None:
        self.update_many({asset_id: documents})

    def update_many(self, assets: Mapping[int, Sequence[SearchDocument]]) -> None:
        added = [_fields(document) for documents in assets.values() for document in documents]
        with self._store.writing():
            self._look(at_once=True)
            snapshot, folder = self._snapshot, self._folder
            if snapshot is None or folder is None:
                raise IndexNotReady("the search index has to be rebuilt first")
            gone = np.flatnonzero(np.isin(snapshot.asset, list(assets)) & snapshot.live).tolist()
            if not (added or gone):
                return
            self._commit(folder, gone, added, _only_alive)
            if self._crowded:  # merged after the change can be found, and not at the price of having failed to save it
                with suppress(OSError, IndexBusy, IndexNotReady):
                    self._commit(folder, [], [], _merged)

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        with self._store.writing():
            folder = self._store.fresh_folder()
            try:
                FileStorage(str(folder)).create_index(_schema(), indexname=INDEX_NAME)
                _write(folder, [], (_fields(document) for document in documents), _only_alive)
                _decode(folder)
                self._store.seal(folder, VERSION)
                self._store.publish(folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._load()

    def known(self) -> Mapping[int, str]:
        self._look()
        snapshot = self._snapshot
        return snapshot.fingerprints() if snapshot is not None else {}

    def close(self) -> None:
        self._discard()

    def _read_with(self, read: Callable[[Snapshot], T]) -> T | None:
        """What is read from the snapshot of now; None without an index."""
        self._look()
        while (snapshot := self._snapshot) is not None:
            try:
                return read(snapshot)
            except _Retired:
                continue
            except BrokenIndex as error:
                self._give_up(error)
        return None

    def _commit(self, folder: Path, gone: Iterable[int], added: Iterable[dict[str, Any]], policy: MergePolicy) -> None:
        try:
            _write(folder, gone, added, policy)
        except (OSError, IndexBusy):
            raise
        except Exception as error:  # a damaged segment met while writing
            self._give_up(error)
            raise IndexNotReady("the search index is damaged and has to be rebuilt") from error
        self._load()
        for segment in self._segments.values():
            segment.keep()
        self._store.seal(folder, VERSION)

    def _look(self, at_once: bool = False) -> None:
        """Take up what another process committed or swapped."""
        now = time.monotonic()
        if not at_once and now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        if self._folder is not None and self._store.signature() != self._signature:
            self._load()

    def _load(self) -> None:
        with self._lock:
            signature = self._store.signature()
            if not signature:
                _log.info("no search index yet")
                return self._discard()
            try:
                self._read(self._store.current())
            except Exception as error:  # noqa: BLE001  a damaged folder and the pickles in it raise almost anything
                self._give_up(error)
            else:
                self._signature = signature

    def _read(self, folder: Path) -> None:
        if folder != self._folder:
            self._store.verify(folder, VERSION)
        with closing(_Files(folder)) as files:
            toc = TOC.read(files.storage, INDEX_NAME)
        if folder == self._folder and toc.generation == self._generation:
            return
        opened: dict[Any, WhooshSegment] = {}
        try:
            for segment in toc.segments:
                name = (folder, segment.segment_id())
                opened[name] = self._segments.get(name) or WhooshSegment(folder, toc.schema, segment)
        except BaseException:
            for half in opened.values():
                half.close()
            raise
        deleted = [list(segment.deleted_docs()) for segment in toc.segments]
        arrays = [segment.arrays for segment in opened.values()]
        self._snapshot = Snapshot(arrays, deleted, list(opened.values()), self._kernels)
        self._folder, self._generation = folder, toc.generation
        self._crowded = bool(_alike(toc.segments))
        self._keep(opened)

    def _keep(self, opened: dict[Any, WhooshSegment]) -> None:
        before, self._segments = self._segments, opened
        for name, segment in before.items():
            if name not in opened:
                segment.close()

    def _give_up(self, error: Exception) -> None:
        with self._lock:
            _log.warning("search index not usable, rebuild needed: %s", error)
            self._discard()

    def _discard(self) -> None:
        with self._lock:
            self._snapshot, self._folder, self._generation = None, None, -1
            self._keep({})


def _schema() -> Any:
    named: dict[str, Any] = {name: fields.TEXT(analyzer=IDAnalyzer()) for name in FIELDS}
    named["words"] = fields.TEXT(analyzer=IDAnalyzer(), phrase=False)
    named["words"].format = formats.Existence()
    return fields.Schema(record=fields.COLUMN(columns.VarBytesColumn()), **named)


def _codec() -> Any:
    """Whoosh's own, without what we keep better in the record: looking up rounded lengths takes half the time of a commit."""
    codec = W3Codec(compression=1)
    codec.length_stats = False
    return codec


def _fields(document: SearchDocument) -> dict[str, Any]:
    """What Whoosh is given: our words, not its analysis."""
    language = _analysis.language_of(document.language)
    found = {name: _analysis.tokens(getattr(document, name), language) for name in FIELDS}
    stems = {name: [token.term for token in tokens] for name, tokens in found.items() if tokens}
    words = {token.word for tokens in found.values() for token in tokens}
    lengths = [len(found[name]) for name in FIELDS]
    return {"record": packed(document, lengths), "words": sorted(words) or None, **stems}


def _decode(folder: Path) -> None:
    """Write the arrays of every segment of a folder that nobody reads yet."""
    with closing(_Files(folder)) as files:
        toc = TOC.read(files.storage, INDEX_NAME)
    for each in toc.segments:
        with closing(WhooshSegment(folder, toc.schema, each)) as segment:
            segment.keep()


def _held(reader: Any, field: str) -> Iterator[Held]:
    """Every word of a field in order, with its documents."""
    if reader.doc_count_all() == 0:
        return
    for word in reader.lexicon(field):
        matcher = reader.postings(field, word)
        docs, counts = [], []
        while matcher.is_active():
            docs.append(matcher.id())
            counts.append(matcher.weight())
            matcher.next()
        yield word.decode("utf-8", "surrogatepass"), np.array(docs, dtype=np.int32), np.array(counts, dtype=np.float32)


def _positions(reader: Any, field: str, term: str, docs: Iterable[int]) -> Iterator[Sequence[int]]:
    try:
        matcher = reader.postings(field, term)
    except TermNotFound:
        yield from (() for _ in docs)
        return
    for doc in docs:
        if matcher.is_active():
            matcher.skip_to(doc)
        yield matcher.value_as("positions") if matcher.is_active() and matcher.id() == doc else ()


def _write(folder: Path, gone: Iterable[int], added: Iterable[dict[str, Any]], policy: MergePolicy) -> None:
    """One commit: documents out by number, documents in."""
    with closing(_Files(folder)) as files:
        index = files.storage.open_index(indexname=INDEX_NAME)
        try:
            writer = index.writer(timeout=LOCK_PATIENCE, limitmb=WRITE_MEMORY_MB, codec=_codec())
        except LockError as error:
            raise IndexBusy("another process is writing the index") from error
        try:
            for number in gone:
                writer.delete_document(number)
            for each in added:
                writer.add_document(**each)
            writer.commit(mergetype=policy)
        except BaseException:
            with suppress(Exception):  # the first fault is the one to tell
                writer.cancel()
            raise


def _only_alive(_: Any, segments: list[Any]) -> list[Any]:
    """A save merges nothing; emptied segments go."""
    return [segment for segment in segments if segment.doc_count() > 0]


def _alike(segments: list[Any]) -> list[Any]:
    """Segments of one size of which there are enough to become one."""
    for low, high, enough in MERGES:
        alike = [segment for segment in segments if low < segment.doc_count() <= high]
        if len(alike) >= enough:
            return alike
    return []


def _merged(writer: Any, segments: list[Any]) -> list[Any]:
    """Take the segments that are alike into the one being written."""
    alike = _alike(segments)
    for segment in alike:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return [segment for segment in segments if segment not in alike]
