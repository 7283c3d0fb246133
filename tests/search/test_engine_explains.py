"""Why an answer stands where it does: every figure adds up to the score that the order goes by; lists go by kind."""

from pathlib import Path

import pytest

from app.framework.models import ValueView
from app.search._folding import CALL_BOOST, EXPIRED_FACTOR, SECOND_PASSAGE, STALE_FACTOR
from app.search._reasons import sentences
from app.search.engine import PARTNER, Explanation, SearchEngine, SearchRequest
from app.search.rules import Synonyms
from tests.search.search_documents import EVERYBODY, TODAY, ask, engine_with, found, passage

FILLER = tuple(passage(900 + number, f"nothing of interest number {number}") for number in range(20))
HOUSE = Synonyms((("wms", "warehouse system"),), related=(("berth", "slots"),))
SHELF = (
    passage(1, "The warehouse system reads slots.", title="Dock guide"),
    passage(2, "Slots are read each minute.", 1, title="Dock guide"),
    passage(3, "Hydraulic dock ramps.", 3, stale_now=True),
    passage(4, "Hydraulic ramps of old.", 4, expires_on=TODAY - 1),
    passage(5, "Hydraulic secrets.", 5, audience=1),
    *FILLER,
)


def request(text: str, **more: object) -> SearchRequest:
    return SearchRequest(text=text, audiences=EVERYBODY, today=TODAY, synonyms=HOUSE, hide_expired=False, **more)  # type: ignore[arg-type]


def explain(engine: SearchEngine, text: str, asset_id: int) -> Explanation:
    found = engine.explain(request(text), asset_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text", ["slots", "dock guide slots", "wms slots", '"warehouse system" reads', "hydraulik ramps", "hydrau* dock", "ramps zeppelin"]
)
def test_the_parts_add_up_to_the_score_of_the_search(tmp_path: Path, text: str) -> None:
    with engine_with(tmp_path / "index", *SHELF) as engine:
        hits = engine.search(request(text)).hits
        assert hits
        for hit in hits:
            told = explain(engine, text, hit.asset_id)
            assert told.passage_id == hit.passage_id
            assert told.score == pytest.approx(hit.score, rel=1e-4)
            assert sum(word.points for word in told.words) * told.factor * told.boost + told.second == pytest.approx(hit.score, rel=1e-4)


def test_each_way_a_word_counts_is_named_with_its_places(tmp_path: Path) -> None:
    with engine_with(tmp_path / "index", *SHELF) as engine:
        ways = {(word.asked, word.used, word.how): word.fields for word in explain(engine, "wms dock slotz", 1).words}
        assert ways["dock", "dock", "word"] == ("title",)
        assert ways["wms", "warehouse system", "synonym"] == ("text",)
        assert ways["slotz", "slots", "typo"] == ("text",)
        assert explain(engine, '"warehouse system"', 1).words[0].how == "phrase"
        related = explain(engine, "berth", 1)
        assert (related.words[0].used, related.words[0].how) == ("slots", "related")
        assert sentences(related, (), ())[0].startswith("“slots”, related in this house to “berth”, stands in")


def test_freshness_and_further_passages_are_told(tmp_path: Path) -> None:
    with engine_with(tmp_path / "index", *SHELF) as engine:
        stale, expired = explain(engine, "hydraulic ramps", 3), explain(engine, "hydraulic ramps", 4)
        assert stale.factor == pytest.approx(STALE_FACTOR) and not stale.is_expired
        assert expired.factor == pytest.approx(EXPIRED_FACTOR) and expired.is_expired
        assert "It is stale, so its points count for 60%." in sentences(stale, (), ())
        assert "It is expired, so its points count for 30%." in sentences(expired, (), ())
        both = explain(engine, "slots", 1)
        assert 0 < both.second <= SECOND_PASSAGE * (both.score - both.second) + 1e-6
        assert any(line.startswith("Another passage of it matches, too") for line in sentences(both, (), ()))


def test_what_the_call_adds_is_told(tmp_path: Path) -> None:
    prove = ValueView(id=7, facet="stage", key="prove", name="Prove value", icon="flask-conical", tone="s4")
    shelf = (passage(1, "The ramp rises.", facets=(7, 20)), passage(2, "The ramp rises.", facets=(6,)), *FILLER)
    with engine_with(tmp_path / "index", *shelf) as engine:
        asked = request("ramp", boosted={"stage": frozenset({7}), "stakeholder": frozenset({21})})
        assert [hit.asset_id for hit in engine.search(asked).hits] == [1, 2]
        fits, other = engine.explain(asked, 1), engine.explain(asked, 2)
        assert fits is not None and other is not None
        assert (fits.carried, other.carried, other.boost) == ((7,), (), 1.0)
        assert fits.boost == pytest.approx(1 + CALL_BOOST / 2), "one of two facets"
        assert fits.score == pytest.approx(engine.search(asked).hits[0].score, rel=1e-4)
        assert "It is for Prove value, as this call is, so its points count for 105%." in sentences(fits, (), (prove,))


def test_what_does_not_answer_or_is_not_for_the_asker_is_not_explained(tmp_path: Path) -> None:
    with engine_with(tmp_path / "index", *SHELF) as engine:
        assert engine.explain(request("hydraulic"), 1) is None
        assert engine.explain(request(""), 1) is None
        assert engine.explain(request("hydraulic"), 5) is not None, "the control"
        hidden = SearchRequest(text="hydraulic", audiences=frozenset({PARTNER}), today=TODAY)
        assert engine.explain(hidden, 5) is None
    assert engine.explain(request("hydraulic"), 3) is None, "closed: nothing to read"


def test_a_list_goes_by_kind_and_inside_a_kind_by_date(tmp_path: Path) -> None:
    kinds = {1: 12, 2: 11, 3: 12, 4: 10, 5: 99}
    shelf = [passage(number, "x", facets=(kind,), changed_on=number) for number, kind in kinds.items()]
    with engine_with(tmp_path / "index", *shelf) as engine:
        assert found(engine, "", group_by=(11, 12, 10)) == [2, 3, 1, 4, 5]
        assert found(engine, "") == [5, 4, 3, 2, 1], "the control"
        paged = [hit.asset_id for offset in (0, 2, 4) for hit in ask(engine, "", group_by=(11, 12, 10), limit=2, offset=offset).hits]
        assert paged == [2, 3, 1, 4, 5]
