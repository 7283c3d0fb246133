"""Documents, requests and engines for the tests of search."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.search._whoosh import open_engine
from app.search.engine import CUSTOMER, INTERNAL, PARTNER, RELEASED, SearchDocument, SearchEngine, SearchRequest, SearchResult

TODAY = 1000
EVERYBODY = frozenset({INTERNAL, PARTNER, CUSTOMER})
_BLANK = SearchDocument(
    asset_id=0,
    passage_id=0,
    title="",
    heading="",
    text="",
    questions="",
    tags="",
    language="en",
    facets=(),
    audience=CUSTOMER,
    status=RELEASED,
    review_on=0,
    expires_on=0,
    stale_now=False,
    twin="",
    changed_on=1,
)


def passage(number: int, text: str, asset_id: int = 0, **changes: object) -> SearchDocument:
    """A passage; without an asset id it is the only one of an asset of the same number."""
    document = replace(_BLANK, passage_id=number, asset_id=asset_id or number, text=text)
    return replace(document, **changes)  # type: ignore[arg-type]  # any field


def ask(engine: SearchEngine, text: str, **changes: object) -> SearchResult:
    """Search as somebody who may see everything, unless told otherwise."""
    request = SearchRequest(text=text, audiences=EVERYBODY, today=TODAY)
    return engine.search(replace(request, **changes))  # type: ignore[arg-type]  # any field


def found(engine: SearchEngine, text: str, **changes: object) -> list[int]:
    """The assets that answer, best first."""
    return [hit.asset_id for hit in ask(engine, text, **changes).hits]


@contextmanager
def engine_with(folder: Path, *documents: SearchDocument) -> Iterator[SearchEngine]:
    """An engine that has these documents."""
    engine = open_engine(folder)
    engine.rebuild(documents)
    yield engine
    engine.close()
