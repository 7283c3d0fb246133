"""The order is exactly a plain BM25F's, whatever was added, replaced, removed and merged, in several languages, with numpy and with
compiled loops."""

import math
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import Stemmer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.search import _kernels, _ranking
from app.search._folding import CALL_BOOST, SECOND_PASSAGE
from app.search._ranking import LEAST_COVER
from app.search._segment import FIELDS, K1, LENGTH_NORMS, USUAL_LENGTHS, WEIGHTS
from app.search._whoosh import open_engine
from app.search.engine import SearchDocument, SearchEngine, SearchRequest
from tests.search.search_documents import EVERYBODY, TODAY, ask, passage

# some have one stem in all of the languages, some a stem in each
WORDS = ("dock", "gate", "pallet", "slot", "lane", "policies", "policy", "kosten", "kost", "vertrage", "contrats")
SNOWBALL = {"en": Stemmer.Stemmer("english"), "de": Stemmer.Stemmer("german"), "fr": Stemmer.Stemmer("french")}

texts = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
languages = st.sampled_from(["en", "en", "de", "fr", "sv"])
documents_of_an_asset = st.builds(
    lambda language, some: [{"language": language, **each} for each in some],
    languages,
    st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, texts)), min_size=1, max_size=3),
)
saves = st.lists(st.tuples(st.integers(1, 9), st.one_of(st.just([]), documents_of_an_asset)), min_size=1, max_size=12)


@contextmanager
def engine_after(
    steps: Sequence[tuple[int, list[dict[str, str]]]], at_first: int
) -> Iterator[tuple[SearchEngine, dict[int, list[SearchDocument]]]]:
    """An engine built of the first saves and brought up to date by the others, and what should be in it."""
    state: dict[int, list[SearchDocument]] = {}
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(Path(folder))
        for number, (asset_id, some) in enumerate(steps):
            state[asset_id] = [passage(100 * asset_id + place, asset_id=asset_id, **each) for place, each in enumerate(some, start=1)]
            if number == at_first:
                engine.rebuild(document for each in state.values() for document in each)
            elif number > at_first:
                engine.update(asset_id, state[asset_id])
        if at_first >= len(steps):
            engine.rebuild(document for each in state.values() for document in each)
        yield engine, state
        engine.close()


@pytest.fixture(scope="module")
def kernels(request: pytest.FixtureRequest) -> _kernels.Kernels:
    """The loops by name."""
    return _kernels.NumpyKernels() if request.param == "numpy" else _kernels.compiled_kernels()


@pytest.mark.parametrize("kernels", ["numpy", "compiled"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=saves, at_first=st.integers(0, 12), asked=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True))
def test_the_order_is_that_of_a_plain_reckoning(
    kernels: _kernels.Kernels, steps: list[tuple[int, list[dict[str, str]]]], at_first: int, asked: list[str]
) -> None:
    with pytest.MonkeyPatch.context() as patched, engine_after(steps, at_first) as (engine, state):
        patched.setattr(engine, "_kernels", kernels)
        patched.setattr(_ranking, "TIME_LIMIT", 600.0)
        engine.update(99, [passage(9900, "zeppelin", asset_id=99)])
        state[99] = [passage(9900, "zeppelin", asset_id=99)]
        hits = {hit.asset_id: hit.score for hit in ask(engine, " ".join(asked), limit=50).hits}
        expected = reckoned([document for some in state.values() for document in some], asked)
    assert hits == pytest.approx(expected, rel=1e-4)
    assert list(hits.values()) == sorted(hits.values(), reverse=True)


STAGES, STAKEHOLDERS = (1, 2, 3), (11, 12)


@pytest.mark.parametrize("kernels", ["numpy", "compiled"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=saves,
    at_first=st.integers(0, 12),
    asked=st.sampled_from(WORDS),
    call=st.fixed_dictionaries({"stage": st.frozensets(st.sampled_from(STAGES))}, optional={"stakeholder": st.just(frozenset({11}))}),
    limit=st.integers(1, 4),
)
def test_a_call_multiplies_the_score_by_what_is_carried_of_it(
    kernels: _kernels.Kernels,
    steps: list[tuple[int, list[dict[str, str]]]],
    at_first: int,
    asked: str,
    call: dict[str, frozenset[int]],
    limit: int,
) -> None:
    """Nobody is left out, and the best of a page are the best of all."""
    facets = {asset_id: (STAGES[asset_id % 3], STAKEHOLDERS[asset_id % 2]) for asset_id in range(1, 10)}
    carried = [(asset_id, [{**each, "facets": facets[asset_id]} for each in some]) for asset_id, some in steps]
    facets_set = [values for values in call.values() if values]
    with pytest.MonkeyPatch.context() as patched, engine_after(carried, at_first) as (engine, _):  # type: ignore[arg-type]  # facets, too
        patched.setattr(engine, "_kernels", kernels)
        engine.update(99, [passage(9900, "zeppelin", asset_id=99)])
        plain = {hit.asset_id: hit.score for hit in ask(engine, asked, limit=50).hits}
        boosted = {hit.asset_id: hit.score for hit in ask(engine, asked, limit=50, boosted=call).hits}
        page = [hit.asset_id for hit in ask(engine, asked, limit=limit, boosted=call).hits]
    share = {asset_id: sum(bool(values & set(facets[asset_id])) for values in facets_set) / max(len(facets_set), 1) for asset_id in plain}
    assert boosted == pytest.approx({asset_id: score * (1 + CALL_BOOST * share[asset_id]) for asset_id, score in plain.items()}, rel=1e-4)
    assert list(boosted.values()) == sorted(boosted.values(), reverse=True)
    assert page == list(boosted)[:limit]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=saves, at_first=st.integers(0, 12), asked=st.lists(st.sampled_from(WORDS), min_size=2, max_size=3))
def test_a_phrase_is_found_where_its_words_follow_one_another(
    steps: list[tuple[int, list[dict[str, str]]]], at_first: int, asked: list[str]
) -> None:
    with engine_after(steps, at_first) as (engine, state):
        hits = ask(engine, f'"{" ".join(asked)}"', limit=50).hits
        documents = [document for some in state.values() for document in some]
        spoken = {spoken_in(document) for document in documents}
        run = [{SNOWBALL[language].stemWord(word) for language in spoken} for word in asked]
        told = [engine.explain(SearchRequest(text=f'"{" ".join(asked)}"', audiences=EVERYBODY, today=TODAY), hit.asset_id) for hit in hits]
    fields = {document.passage_id: {name for name in FIELDS if follow_in(words_of(document, name), run)} for document in documents}
    assert {hit.asset_id for hit in hits} == {document.asset_id for document in documents if fields[document.passage_id]}
    for each in told:
        assert each is not None and set(each.words[0].fields) == fields[each.passage_id]


def follow_in(words: Sequence[str], run: Sequence[Collection[str]]) -> bool:
    """Whether words of these stems stand one after the other."""
    starts = range(len(words) - len(run) + 1)
    return any(all(word in stems for word, stems in zip(words[start:], run, strict=False)) for start in starts)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=saves, asked=st.sampled_from(WORDS), size=st.integers(1, 4))
def test_pages_follow_one_another_without_a_gap(steps: list[tuple[int, list[dict[str, str]]]], asked: str, size: int) -> None:
    with engine_after(steps, 5) as (engine, _):
        whole = [hit.asset_id for hit in ask(engine, asked, limit=50).hits]
        paged = [hit.asset_id for start in range(0, len(whole) + size, size) for hit in ask(engine, asked, limit=size, offset=start).hits]
    assert paged == whole


def reckoned(documents: Sequence[SearchDocument], asked: Sequence[str]) -> dict[int, float]:
    """Asset -> score, by the formulas as they stand in the papers; a word stands for its stem in each language there is."""
    spoken = {spoken_in(document) for document in documents}
    words = {frozenset(SNOWBALL[language].stemWord(word) for language in spoken) for word in asked}
    frequency = {word: sum(any(word & set(words_of(document, name)) for name in FIELDS) for document in documents) for word in words}
    rarity = {word: math.log(1 + (len(documents) - df + 0.5) / (df + 0.5)) for word, df in frequency.items() if df}
    points = {document.passage_id: {word: rarity[word] * given_by(document, word) for word in rarity} for document in documents}
    cover = {number: sum(rarity[word] for word, some in each.items() if some) for number, each in points.items()}
    enough = LEAST_COVER * max(cover.values(), default=0.0) - 1e-5
    scores: dict[int, list[float]] = {}
    for document in documents:
        if cover[document.passage_id] > 0 and cover[document.passage_id] >= enough:
            scores.setdefault(document.asset_id, []).append(sum(points[document.passage_id].values()))
    return {asset: best + SECOND_PASSAGE * (rest[0] if rest else 0.0) for asset, (best, *rest) in _sorted(scores).items()}


def given_by(document: SearchDocument, word: Collection[str]) -> float:
    """BM25F of one word: weighted, length-adjusted counts of all fields, then saturated; by the stem that gives most."""
    totals = dict.fromkeys(word, 0.0)
    for name in FIELDS:
        words = words_of(document, name)
        norm = 1 - LENGTH_NORMS[name] + LENGTH_NORMS[name] * len(words) / USUAL_LENGTHS[name]
        for stem in word:
            totals[stem] += WEIGHTS[name] * words.count(stem) / norm
    return max(total * (K1 + 1) / (total + K1) for total in totals.values())


def words_of(document: SearchDocument, name: str) -> list[str]:
    """The stems of one field."""
    return [SNOWBALL[spoken_in(document)].stemWord(word) for word in str(getattr(document, name)).split()]


def spoken_in(document: SearchDocument) -> str:
    """What is in no language with stems of its own is taken for English."""
    return document.language if document.language in SNOWBALL else "en"


def _sorted(scores: Mapping[int, list[float]]) -> dict[int, list[float]]:
    return {asset: sorted(some, reverse=True) for asset, some in scores.items()}
