"""What a search engine takes and gives: documents in, folded answers out. Called by search/documents, queries and jobs;
`_whoosh.py` is the engine behind it today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from hashlib import blake2b
from typing import Literal, Protocol

from app.search.rules import Stems, Synonyms

Sort = Literal["fit", "newest"]

INTERNAL, PARTNER, CUSTOMER = 1, 2, 3  # SearchDocument.audience
RELEASED = 1  # SearchDocument.status; a document of any other status is kept but never found


class IndexNotReady(RuntimeError):
    """The index is missing, damaged or of an older shape: rebuild it; until then answer from the database."""


class IndexBusy(RuntimeError):
    """Another process holds the index for writing: try again later."""


@dataclass(frozen=True)
class SearchDocument:
    """One findable piece of an asset: a passage, or the asset's card (title, summary, tags; passage_id 0). Language, facets, dates,
    staleness and twin are the asset's, the same in all its documents; audience and status are each document's own."""

    asset_id: int
    passage_id: int
    title: str
    heading: str
    text: str
    questions: str
    tags: str
    language: str  # of the asset, as "de" or "de-AT": decides the stems
    facets: tuple[int, ...]  # ids unique over all facets
    audience: int
    status: int
    review_on: int  # days as date.toordinal(), 0 = none; the day itself still counts as in time
    expires_on: int
    stale_now: bool
    twin: str  # assets with the same value (not "") are one answer
    changed_on: int


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """A question with everything that decides its answer; a blank one asks for all there is, newest first.
    `facets`: OR inside a facet, AND between facets, an empty set is no filter. `boosted`: by facet, too; who carries such values gets more
    points, nobody is left out."""

    text: str
    audiences: frozenset[int]
    today: int
    facets: Mapping[str, frozenset[int]] = field(default_factory=dict)
    boosted: Mapping[str, frozenset[int]] = field(default_factory=dict)
    facet_groups: Mapping[str, frozenset[int]] = field(default_factory=dict)
    hide_expired: bool = True
    synonyms: Synonyms = field(default_factory=Synonyms)
    offset: int = 0
    limit: int = 10
    sort: Sort = "fit"
    any_word: bool = False  # one common word of a long question will do
    group_by: tuple[int, ...] = ()  # a list: answers that carry the first of these facet values come first, and so on


@dataclass(frozen=True)
class Hit:
    """One answer: an asset with its best passage."""

    asset_id: int
    passage_id: int
    score: float
    by_meaning: bool  # the best passage holds too few of the words: it was found by what it means
    other_passages: tuple[int, ...]  # further matching passages of the asset, best first, at most 5
    twin_assets: tuple[int, ...]  # matching assets folded under this one, best first


@dataclass(frozen=True)
class SearchResult:
    """A page of answers and exact counts; `ready` False means nothing was searched."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    total_without_facets: int = 0
    total_boosted: int = 0  # answers that carry a boosted value of each boosted facet; 0 when nothing is boosted
    counts: Mapping[int, int] = field(default_factory=dict)  # facet value -> answers if that value alone were chosen in its facet
    expired_hidden: int = 0
    terms: tuple[Stems, ...] = ()  # what matched, the stems of one word together, for rules.snippet
    corrected: tuple[tuple[str, str], ...] = ()  # word typed that nothing holds, word used instead
    widened: tuple[tuple[str, str], ...] = ()  # word typed that next to nothing holds, commoner word used beside it
    timed_out: bool = False
    ready: bool = True


@dataclass(frozen=True)
class MatchedWord:
    """One thing asked for as it counted for an answer. `how`: word, phrase, prefix, typo, synonym or related; `used` is what stands in the
    text; `fields` are the fields it stands in, the one that gave most first; without any it stands nowhere in the answer."""

    asked: str
    used: str
    how: str
    fields: tuple[str, ...]
    points: float


@dataclass(frozen=True)
class Explanation:
    """Why an asset ranks where it does: `score` = (points of its best passage + `meaning`) * `factor` * `boost` + `second`, as in
    Hit.score."""

    words: tuple[MatchedWord, ...]
    passage_id: int
    factor: float  # below 1 for what is stale or expired
    is_expired: bool
    boost: float  # above 1 for what carries boosted values
    carried: tuple[int, ...]  # those it carries
    second: float  # added by the second best passage
    meaning: float  # points of the best passage for meaning nearly what was asked
    score: float


@dataclass(frozen=True)
class MeaningState:
    """How far search knows what is indexed by its meaning: `read` of `total` cards and passages. `fault` is a sentence: why the model that
    is there is not used, or what was last wrong with stored vectors."""

    model: Literal["opening", "ready", "none"]
    read: int
    total: int
    fault: str = ""


class SearchEngine(Protocol):
    """Safe to share between threads. `search` never raises; writes raise IndexNotReady, IndexBusy or OSError and then changed nothing."""

    @property
    def ready(self) -> bool:
        """False: search gives nothing and updates are refused until `rebuild`."""

    def search(self, request: SearchRequest) -> SearchResult:
        """The answers the asker may see; sees every update that returned before."""

    def explain(self, request: SearchRequest, asset_id: int) -> Explanation | None:
        """How an asset came to its score for this question, whatever the facets; None when it does not answer it or nothing was asked."""

    def list_begun(self, words: Sequence[str], audiences: frozenset[int], *, in_titles: bool) -> Sequence[int] | None:
        """Assets in whose title, else buyer questions, each of these words, as they are typed, begins a word; ascending. None while not
        ready."""

    def best_sentence(self, question: str, sentences: Sequence[str]) -> int | None:
        """Which of the sentences means most nearly what was asked; None where meaning is not known or none comes near."""

    def list_unread(self) -> Sequence[int]:
        """Assets with documents whose meaning is not known yet; none where there is no model."""

    def read_meaning(self, documents: Sequence[SearchDocument]) -> None:
        """Make vectors of these documents and keep them; nothing without a model."""

    def meaning_state(self, *, wait: bool = False) -> MeaningState | None:
        """How far that is, with `wait` once the model is open; None without an index."""

    def forget_meaning(self) -> int:
        """Drop the vectors that nothing indexed uses any more, and say how many that were. IndexBusy or OSError: none was dropped."""

    def update(self, asset_id: int, documents: Sequence[SearchDocument]) -> None:
        """Replace all documents of one asset; none removes it."""

    def update_many(self, assets: Mapping[int, Sequence[SearchDocument]]) -> None:
        """Replace the documents of several assets in one commit."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Build a new index beside the old one and change over at once. The documents of an asset follow one another."""

    def known(self) -> Mapping[int, str]:
        """asset_id -> `fingerprint` of what is indexed for it."""

    def close(self) -> None:
        """Give up files; the engine is not ready afterwards."""


def document_digest(document: SearchDocument) -> bytes:
    """Eight bytes that change when anything of the document changes."""
    return blake2b(repr(astuple(document)).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def fingerprint(documents: Iterable[SearchDocument]) -> str:
    """What `SearchEngine.known` gives for an asset indexed as these documents, in whatever order."""
    return combined_digest(document_digest(document) for document in documents)


def combined_digest(digests: Iterable[bytes]) -> str:
    """The fingerprint of an asset out of the digests of its documents."""
    return blake2b(b"".join(sorted(digests)), digest_size=8).hexdigest()
