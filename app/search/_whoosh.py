"""The search engine of today: Whoosh keeps the index, our arrays answer. The only module that imports whoosh.
Opened once per process at start (`open_engine`); everybody else knows it as engine.SearchEngine."""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from whoosh import columns, fields, formats
from whoosh.analysis import IDAnalyzer
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, LockError
from whoosh.reading import SegmentReader

from app.search import _analysis, _kernels, _segment
from app.search._answering import answered
from app.search._arrays import Ints
from app.search._building import Added, Arrays, arrays_of
from app.search._explaining import explained
from app.search._meaning import Meaning
from app.search._places import HeldPlaces, StoredPlaces, occurrences_of, save_places
from app.search._segment import FIELDS, BrokenSegment, Held, Segment, build_segment, fields_of
from app.search._snapshot import Snapshot
from app.search._store import LOCK_PATIENCE, BrokenIndex, IndexStore
from app.search._words import list_begun
from app.search.engine import Explanation, IndexBusy, IndexNotReady, MeaningState, SearchDocument, SearchEngine, SearchRequest, SearchResult

VERSION = f"6/{_analysis.VERSION}"  # raise the first number with the schema, the record or the weights: an older index then rebuilds itself
INDEX_NAME = "MAIN"
ARRAYS, PLACES = ".arrays", ".places"  # named like the files of their segment, so that Whoosh removes them with it
# (documents over, up to, segments): so many of that size become one; larger ones stay. The next save waits a second for it.
MERGES = ((0, 40, 32), (40, 320, 12))
LOOK_EVERY = 0.25  # seconds between looks for commits of another process
LOOKS = 20  # at once, when somebody commits during each and takes away what was about to be read
WRITE_MEMORY_MB = 64

T = TypeVar("T")
MergePolicy = Callable[[Any, list[Any]], list[Any]]  # what Whoosh asks: the writer and the segments in, the segments to keep out
_log = logging.getLogger(__name__)


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


class _Beside:
    """The files beside an index segment that a search reads instead of it."""

    def __init__(self, folder: Path, segment: Any) -> None:
        self._arrays, self._places = (folder / f"{INDEX_NAME}_{segment.segment_id()}{kind}" for kind in (ARRAYS, PLACES))

    def load(self) -> tuple[Segment, StoredPlaces]:
        return _segment.load(self._arrays), StoredPlaces(self._places)

    def save(self, arrays: Segment, places: HeldPlaces) -> StoredPlaces:
        save_places(places, self._places)
        _segment.save(arrays, self._arrays)
        return StoredPlaces(self._places)


class WhooshSegment:
    """One index segment: the arrays a search reads, and where words stand."""

    def __init__(self, folder: Path, schema: Any, segment: Any) -> None:
        if not (folder / segment.make_filename(".seg")).exists():
            raise BrokenIndex("a segment is missing")
        self._beside = _Beside(folder, segment)
        self._places: HeldPlaces | StoredPlaces
        try:
            self.arrays, self._places = self._beside.load()
        except FileNotFoundError:
            self.arrays, self._places = _decoded(folder, schema, segment)
        except BrokenSegment as error:
            raise BrokenIndex("the arrays beside a segment are damaged") from error

    def keep(self) -> None:
        """Write what was decoded beside the index, so that the next start need not."""
        if isinstance(self._places, HeldPlaces):
            self._places = self._beside.save(self.arrays, self._places)

    def read(self, span: slice) -> Ints:
        """Places.read"""
        return self._places.read(span)


class WhooshEngine:
    """SearchEngine over one index folder."""

    def __init__(self, path: Path, model_file: Path | None) -> None:
        self._store = IndexStore(path)
        self._kernels = _kernels.fastest(path / "compiled")
        self._meaning = Meaning(model_file, path, self._kernels)
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

    def list_begun(self, words: Sequence[str], audiences: frozenset[int], *, in_titles: bool) -> Sequence[int] | None:
        return self._read_with(lambda snapshot: list_begun(snapshot.view(audiences), words, in_titles=in_titles))

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
        added = [fields_of(document) for documents in assets.values() for document in documents]
        arrays = arrays_of(added) if added else None
        with self._store.writing():
            self._look(at_once=True)
            snapshot, folder = self._snapshot, self._folder
            if snapshot is None or folder is None:
                raise IndexNotReady("the search index has to be rebuilt first")
            gone = np.flatnonzero(np.isin(snapshot.asset, list(assets)) & snapshot.live).tolist()
            if not (added or gone):
                return
            self._commit(folder, gone, added, _only_alive, arrays)
            if self._crowded:  # merged after the change can be found, and not at the price of having failed to save it
                with suppress(OSError, IndexBusy, IndexNotReady):
                    self._commit(folder, [], [], _merged)

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        with self._store.writing():
            folder = self._store.fresh_folder()
            try:
                FileStorage(str(folder)).create_index(_schema(), indexname=INDEX_NAME)
                _write(folder, [], (fields_of(document) for document in documents), _only_alive)
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
            except BrokenIndex as error:
                self._give_up(error)
        return None

    def _commit(self, folder: Path, gone: Iterable[int], added: Iterable[Added], policy: MergePolicy, arrays: Arrays | None = None) -> None:
        try:
            _write(folder, gone, added, policy, arrays)
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
            for _ in range(LOOKS):
                signature = self._store.signature()
                if not signature:
                    _log.info("no search index yet")
                    self._discard()
                    break
                try:
                    self._read(self._store.current())
                except Exception as error:  # noqa: BLE001  a damaged folder and the pickles in it raise almost anything
                    if self._store.signature() == signature:
                        self._give_up(error)
                        break
                else:
                    self._signature = signature
                    break

    def _read(self, folder: Path) -> None:
        if folder != self._folder:
            self._store.verify(folder, VERSION)
        with closing(_Files(folder)) as files:
            toc = TOC.read(files.storage, INDEX_NAME)
        if folder == self._folder and toc.generation == self._generation:
            return
        opened: dict[Any, WhooshSegment] = {}
        for segment in toc.segments:
            name = (folder, segment.segment_id())
            opened[name] = self._segments.get(name) or WhooshSegment(folder, toc.schema, segment)
        deleted = [list(segment.deleted_docs()) for segment in toc.segments]
        arrays = [segment.arrays for segment in opened.values()]
        self._snapshot = Snapshot(arrays, deleted, list(opened.values()), self._kernels)
        self._folder, self._generation = folder, toc.generation
        self._crowded = bool(_alike(toc.segments))
        self._segments = opened

    def _give_up(self, error: Exception) -> None:
        with self._lock:
            _log.warning("search index not usable, rebuild needed: %s", error)
            self._discard()

    def _discard(self) -> None:
        with self._lock:
            self._snapshot, self._folder, self._generation = None, None, -1
            self._segments = {}


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


def _decode(folder: Path) -> None:
    """Write the arrays of every segment of a folder that nobody reads yet."""
    with closing(_Files(folder)) as files:
        toc = TOC.read(files.storage, INDEX_NAME)
    for each in toc.segments:
        WhooshSegment(folder, toc.schema, each).keep()


def _decoded(folder: Path, schema: Any, segment: Any) -> Arrays:
    """What a segment holds, out of the index itself."""
    found: list[Ints] = [np.zeros(0, dtype=np.int64)]
    with closing(_Files(folder)) as files:
        try:
            reader = SegmentReader(files.storage, schema, segment)
            records = [bytes(each) for each in reader.column_reader("record")]
            arrays = build_segment(records, lambda field: _held(reader, FIELDS[field], found), _held(reader, "words"))
        except Exception as error:  # a torn file shows as almost any type
            raise BrokenIndex("a segment cannot be read") from error
    return arrays, HeldPlaces(np.concatenate(found))


def _held(reader: Any, field: str, occurrences: list[Ints] | None = None) -> Iterator[Held]:
    """Every word of a field in order, with its documents; where they stand in these is added to the occurrences."""
    if reader.doc_count_all() == 0:
        return
    for word in reader.lexicon(field):
        matcher = reader.postings(field, word)
        docs, counts, positions = [], [], list[int]()
        while matcher.is_active():
            docs.append(matcher.id())
            counts.append(matcher.weight())
            if occurrences is not None:
                positions.extend(matcher.value_as("positions"))
            matcher.next()
        held = word.decode("utf-8", "surrogatepass"), np.array(docs, dtype=np.int32), np.array(counts, dtype=np.float32)
        if occurrences is not None:
            occurrences.append(occurrences_of(held[1], held[2], positions))
        yield held


def _write(folder: Path, gone: Iterable[int], added: Iterable[Added], policy: MergePolicy, arrays: Arrays | None = None) -> None:
    """One commit: documents out by number, documents in; `arrays` of these, if known, are kept beside their segment."""
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
            if arrays is not None:
                _Beside(folder, writer.newsegment).save(*arrays)
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
