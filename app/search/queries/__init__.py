"""From a question to answers: asks the index, reloads what it names filtered for the asker, and shapes the results page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from app.core.work import Work
from app.framework.models import CALL_FACETS, Facet, Nearness, ValueView
from app.framework.queries import Facets, list_steps_of_stages, list_synonym_rows, list_values
from app.framework.rules import FACET_NAMES
from app.identity.rules import visible_audiences
from app.library import queries as library
from app.library.models import AssetCard, Audience, PassageView
from app.library.rules import heading_path, locator, passage_title
from app.messaging.models import BuyerQuestion
from app.messaging.queries import list_answered_by, list_facet_ids, list_related
from app.search import rules
from app.search._copies import grouped
from app.search._likeness import BEST_LIKENESS, likeness
from app.search.documents import AUDIENCES
from app.search.engine import Hit, SearchEngine, SearchRequest, SearchResult
from app.search.models import Answer, BestAnswer, FacetGroup, FacetOption, OtherPassage, RelatedQuestion, Results, Twin
from app.search.rules import Synonyms

log = structlog.get_logger(__name__)
PAGE_SIZE = 10
RELATED = 5
MOST_SENTENCES = 8  # of a passage, looked at for the one that means what was asked
LIST_SIZE = 30  # a list without a question shows more than a page of answers does
OPEN_FACETS = (*CALL_FACETS, Facet.KIND)
# Their values may be words of the house: who sees only some audiences is shown those alone that an answer carries.
HOUSE_FACETS = (Facet.SEGMENT, Facet.OBJECTIVE, Facet.COMPETITOR, Facet.AUDIENCE)


@dataclass(frozen=True)
class Question:
    """What somebody asks: their words, the facet values chosen, the call they ask for, the page. What is chosen narrows the answers; the
    call brings those that fit it further up."""

    text: str
    chosen: Mapping[Facet, frozenset[int]] = field(default_factory=dict)
    call: Mapping[Facet, frozenset[int]] = field(default_factory=dict)
    page: int = 1
    show_expired: bool = False
    newest_first: bool = False

    @property
    def about(self) -> Mapping[Facet, frozenset[int]]:
        """What it is asked for, of the four facets of a call: the values chosen, and of other facets those of the call."""
        both = {**self.call, **self.chosen}
        return {facet: both[facet] for facet in CALL_FACETS if both.get(facet)}

    @property
    def facet_ids(self) -> frozenset[int]:
        """Every value it is asked for."""
        return frozenset(value_id for ids in self.about.values() for value_id in ids)


def find(work: Work, engine: SearchEngine, question: Question, size: int = PAGE_SIZE) -> Results:
    """The answers this actor may see; from the database, in plain order, while the index is being made."""
    values = list_values(work)
    result = engine.search(request_of(work, question, values, size))
    if not result.ready:
        result = _search_database(work, question, size)
    answers = _answers(work, engine, question.text, result, values)
    best = _best_answer(work, question, answers) if question.page == 1 else None
    if best is not None:
        answers = (best.answer, *(answer for answer in answers if answer is not best.answer))
    if question.text:
        answers = _folded(answers)
    return Results(
        question=question.text,
        best=replace(best, answer=answers[0]) if best is not None else None,
        answers=answers if best is None else answers[1:],
        total=result.total,
        total_without_context=result.total_without_facets,
        total_for_call=result.total_boosted,
        groups=_groups(values, question, result.counts, sees_all=_sees_all(work)),
        page=question.page,
        pages=max(1, -(-result.total // size)),
        expired_hidden=result.expired_hidden,
        corrected=result.corrected,
        widened=result.widened,
        related=_related(work, question, best),
        source="index" if result.ready else "database",
        timed_out=result.timed_out,
    )


def find_nearest(work: Work, engine: SearchEngine, question: Question) -> tuple[Answer, ...]:
    """Passages with any of the words, whatever the call and the quotes, for a question nothing answered."""
    values = list_values(work)
    relaxed = replace(question, text=rules.unquoted(question.text), chosen={}, page=1)
    result = engine.search(replace(request_of(work, relaxed, values, 5), any_word=True))
    return _folded(_answers(work, engine, relaxed.text, result, values))


def list_call_questions(work: Work, question: Question, limit: int = RELATED) -> tuple[RelatedQuestion, ...]:
    """What buyers ask on calls like this one."""
    return tuple(RelatedQuestion(number, text) for number, text in list_related(work, sorted(question.facet_ids), limit))


def house_synonyms(groups: Sequence[tuple[Nearness, Sequence[str]]]) -> Synonyms:
    """What the engine makes of synonym groups."""
    of = {nearness: tuple(tuple(words) for near, words in groups if near == nearness) for nearness in Nearness}
    return Synonyms(same=of[Nearness.SAME], related=of[Nearness.RELATED])


def audiences_of(work: Work) -> frozenset[int]:
    """The audiences whose documents this actor may see, as the index knows them."""
    return frozenset(AUDIENCES[Audience(name)] for name in visible_audiences(work.actor))


def request_of(work: Work, question: Question, values: Facets, size: int) -> SearchRequest:
    return SearchRequest(
        text=question.text,
        audiences=audiences_of(work),
        today=work.today.toordinal(),
        facets={facet.value: ids for facet, ids in question.chosen.items()},
        boosted={facet.value: ids for facet, ids in question.call.items()},
        facet_groups={facet.value: frozenset(value.id for value in values.by_facet(facet)) for facet in Facet},
        hide_expired=not question.show_expired,
        synonyms=house_synonyms([(row.nearness, row.words) for row in list_synonym_rows(work)]) if question.text else Synonyms(),
        offset=(question.page - 1) * size,
        limit=size,
        sort="newest" if question.newest_first else "fit",
        group_by=tuple(value.id for value in values.by_facet(Facet.KIND)) if not (question.text or question.newest_first) else (),
    )


def _answers(work: Work, engine: SearchEngine, text: str, result: SearchResult, values: Facets) -> tuple[Answer, ...]:
    twins = [asset_id for hit in result.hits for asset_id in hit.twin_assets]
    cards = library.list_cards(work, [*(hit.asset_id for hit in result.hits), *twins], values)
    wanted = {passage_id for hit in result.hits for passage_id in (hit.passage_id, *hit.other_passages) if passage_id}
    passages = library.list_passages_by_id(work, wanted)
    answers = []
    for hit in result.hits:
        card = cards.get(hit.asset_id)
        passage = passages.get((card.version.id, hit.passage_id)) if card is not None else None
        if card is None or (hit.passage_id and passage is None):
            # The index never grants: what the database does not confirm for this actor is dropped.
            log.warning("index_mismatch", asset_id=hit.asset_id, passage_id=hit.passage_id)
            continue
        found = (passages.get((card.version.id, passage_id)) for passage_id in hit.other_passages)
        others = [other for other in found if other is not None]
        if passage is None and others and not card.summary:  # title or tags answer, and say nothing more
            passage, *others = others
        found_twins = [cards[asset_id] for asset_id in hit.twin_assets if asset_id in cards]
        answer = _answer(result.terms or text, card, passage, others, found_twins)
        answers.append(_marked_by_meaning(engine, text, answer) if hit.by_meaning else answer)
    return tuple(answers)


def _answer(
    asked: str | tuple[rules.Stems, ...],
    card: AssetCard,
    passage: PassageView | None,
    others: Sequence[PassageView],
    twins: Sequence[AssetCard],
) -> Answer:
    return Answer(
        card=card,
        passage=passage,
        pieces=rules.snippet(_shown(card, passage), asked, language=card.language, heading=passage.heading if passage is not None else ""),
        locator=locator(passage.label, card.version.unit_word, card.version.unit_count) if passage is not None else "",
        path=heading_path(passage.heading, passage.label, card.title) if passage is not None else (),
        others=tuple(OtherPassage(other.anchor, other.label) for other in others),
        twins=tuple(Twin(twin.id, twin.version.format_label, twin.title) for twin in twins),
    )


def _folded(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """One answer for passages of several items that say nearly the same; what has no passage stays by itself."""
    shown = [answer.passage for answer in answers]
    texts = [f"{passage_title(passage.heading, '')} {passage.text}" if passage is not None else "" for passage in shown]
    return tuple(replace(answers[first], copies=tuple(answers[place] for place in others)) for first, *others in grouped(texts))


def _shown(card: AssetCard, passage: PassageView | None) -> str:
    return (passage.text if passage is not None else card.summary).replace("\t", " · ")  # cells of a table row


def _marked_by_meaning(engine: SearchEngine, asked: str, answer: Answer) -> Answer:
    """The answer with the sentence marked that means what was asked."""
    text = _shown(answer.card, answer.passage)
    spans = rules.sentences(text)[:MOST_SENTENCES]
    best = engine.best_sentence(asked, [text[start:end] for start, end in spans])
    pieces = answer.pieces if best is None else rules.snippet(text, (), meant=spans[best], language=answer.card.language)
    return replace(answer, pieces=pieces, same_meaning=True)


def _best_answer(work: Work, question: Question, answers: Sequence[Answer]) -> BestAnswer | None:
    by_asset = {answer.card.id: answer for answer in answers}
    answered = list_answered_by(work, by_asset)
    asked = [row for asset_id, rows in answered.items() for row in rows if row.anchor_version_id == by_asset[asset_id].card.version.id]
    row = _most_alike(work, question, asked)
    if row is None:
        return None
    answer = by_asset[row.asset_id or 0]
    if answer.passage is None or answer.passage.anchor != row.anchor:
        passage = library.find_passage(work, answer.card.version.id, row.anchor)
        if passage is None:
            return None
        chosen = _answer(question.text, answer.card, library.view_passage(passage), (), ())
        answer = replace(chosen, others=answer.others, twins=answer.twins)
    return BestAnswer(row.id or 0, row.text, answer)


def _most_alike(work: Work, question: Question, asked: Sequence[BuyerQuestion]) -> BuyerQuestion | None:
    """The curated question that was asked, whatever the call; only between questions equally alike does the call decide."""
    rated = [(likeness(question.text, (row.text, *row.phrasings)), row) for row in asked]
    top = max((score for score, _ in rated), default=0.0)
    best = [row for score, row in rated if score == top >= BEST_LIKENESS]
    if len(best) < 2 or not question.facet_ids:
        return best[0] if best else None
    facets = list_facet_ids(work, [row.id or 0 for row in best])
    return max(best, key=lambda row: len(question.facet_ids & facets[row.id or 0]))


def _groups(values: Facets, question: Question, counts: Mapping[int, int], *, sees_all: bool) -> tuple[FacetGroup, ...]:
    found = []
    for facet in (*OPEN_FACETS, *(facet for facet in Facet if facet not in OPEN_FACETS)):
        options = _options(values.by_facet(facet), question.chosen.get(facet, frozenset()), counts)
        if facet in HOUSE_FACETS and not sees_all:
            options = [option for option in options if option.count]
        found.append(FacetGroup(facet.value, FACET_NAMES[facet], tuple(options), folded=facet not in OPEN_FACETS))
    return tuple(found)


def _options(values: Sequence[ValueView], chosen: frozenset[int], counts: Mapping[int, int]) -> list[FacetOption]:
    return [FacetOption(value, counts.get(value.id, 0), value.id in chosen) for value in values]


def _sees_all(work: Work) -> bool:
    return Audience.INTERNAL in visible_audiences(work.actor)


def _related(work: Work, question: Question, best: BestAnswer | None) -> tuple[RelatedQuestion, ...]:
    asked = best.question_id if best else None
    return tuple(view for view in list_call_questions(work, question, RELATED + 1) if view.id != asked)[:RELATED]


def _search_database(work: Work, question: Question, size: int) -> SearchResult:
    """Plain matching of the words, last changed first, without counts: what is left while the index is rebuilt."""
    words = [*(word.word for word in rules.parse(question.text).words), *rules.quoted(question.text)]
    facets = _with_stages(work, [values for values in question.chosen.values() if values])
    found = library.find_by_words(work, words, facets, with_expired=question.show_expired)
    hidden = 0
    if not found and not question.show_expired:
        hidden = len(library.find_by_words(work, words, facets, with_expired=True))
    chosen = found[(question.page - 1) * size : question.page * size]
    hits = tuple(Hit(asset_id, passage_id, 0.0, False, (), ()) for asset_id, passage_id in chosen)
    return SearchResult(hits, total=len(found), total_without_facets=len(found), expired_hidden=hidden, ready=False)


def _with_stages(work: Work, facets: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """A buyer step stands for the stages it lies over, as in the index."""
    laid = list_steps_of_stages(work)
    return [values | {stage_id for stage_id, steps in laid.items() if values & set(steps)} for values in facets]
