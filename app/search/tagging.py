"""Which tags a file may carry, and why: weighs words in its title and text, its folder, and items like it. Pure; called by evidence.py
and benchmarks/suggestions.py. The weights and thresholds were chosen with `make bench-suggestions`."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.framework.models import Facet, ValueView
from app.search._analysis import stems
from app.search._stopwords import is_stop_word

LONGEST_REASON = 200
# Points of each kind of sign. A whole name in the title is as good as certain; what similar items carry speaks most often.
TITLE, PART_OF_NAME, FOLDER, TEXT, CLUE, ALIKE, LOOKS = 3.0, 1.2, 2.4, 0.9, 0.5, 4.0, 1.2
WORTH_SAYING = 0.5
OFTEN = 12  # mentions after which more say nothing new
# What a suggestion must reach to be shown, and how many of a facet are shown at most.
LEAST: Mapping[str, float] = {Facet.STAGE: 1.1, Facet.STAKEHOLDER: 1.1, Facet.SOLUTION: 1.3, Facet.VERTICAL: 1.3, Facet.KIND: 1.0}
MOST: Mapping[str, int] = {Facet.STAGE: 2, Facet.STAKEHOLDER: 2, Facet.SOLUTION: 2, Facet.VERTICAL: 1, Facet.KIND: 1}
# Beside a first suggestion, another of its facet must reach this share of it.
BESIDE = 0.6


@dataclass(frozen=True)
class Part:
    """A piece of a file's text and where it stands ("slide 3")."""

    place: str
    text: str


@dataclass(frozen=True)
class Item:
    """What is known of a file that nobody has tagged; `family` is what it looks like (deck, sheet ...)."""

    title: str
    file_name: str
    folder: str
    family: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A facet value, the words that stand for it (its name first, then house synonyms), and what is asked in its place."""

    value: ValueView
    names: tuple[str, ...]
    clues: str = ""


@dataclass(frozen=True)
class Alike:
    """A released item like the file, how much like it (0 to 1), and the values it carries."""

    title: str
    likeness: float
    value_ids: frozenset[int]


@dataclass(frozen=True)
class Suggested:
    """A value worth confirming, and the reason in words."""

    value_id: int
    facet: str
    score: float
    reason: str


@dataclass(frozen=True)
class _Sign:
    points: float
    reason: str
    is_alike: bool = False


def suggest(item: Item, candidates: Sequence[Candidate], alike: Sequence[Alike]) -> tuple[Suggested, ...]:
    """The values worth confirming, best first; few of each facet."""
    words = _Words(item)
    found: dict[str, list[Suggested]] = defaultdict(list)
    for candidate in candidates:
        signs = [*words.signs(candidate), *_signs_of_alike(candidate.value, alike)]
        score = sum(sign.points for sign in signs)
        facet = candidate.value.facet
        if signs and score >= LEAST.get(facet, math.inf):
            reason = _reason(signs)
            found[facet].append(Suggested(candidate.value.id, facet, round(score, 3), reason[:LONGEST_REASON]))
    return tuple(one for facet in LEAST for one in _best(found[facet], MOST[facet]))


def candidates_of(values: Sequence[ValueView], synonyms: Sequence[Sequence[str]], clues: Mapping[int, str]) -> tuple[Candidate, ...]:
    """The values that may be suggested, each with its names; `clues` are the standing question, profile or milestone by value."""
    groups = [[_phrase(word) for word in group] for group in synonyms]
    found = []
    for value in values:
        if value.facet in LEAST and value.key != "other":
            own = _phrase(value.name)
            others = [word for group, stemmed in zip(synonyms, groups, strict=True) if own in stemmed for word in group]
            found.append(Candidate(value, tuple(dict.fromkeys((value.name, *others))), clues.get(value.id, "")))
    return tuple(found)


def telling_words(item: Item, most: int) -> list[str]:
    """The words an item like this one shares with it: those of the title, then the frequent ones of the text."""
    title = [word for word in item.title.casefold().split() if not is_stop_word(word)]
    counts: Counter[str] = Counter()
    for part in item.parts:
        counts.update(word for word in part.text.casefold().split() if word.isalpha() and len(word) > 3 and not is_stop_word(word))
    return list(dict.fromkeys([*title, *(word for word, _ in counts.most_common(most))]))[:most]


class _Words:
    """A file's words, stemmed once for all candidates."""

    def __init__(self, item: Item) -> None:
        self._family = item.family
        self._title = _phrase(f"{item.title} {item.file_name.rpartition('.')[0].replace('_', ' ')}")
        self._folders = [(folder, _phrase(folder.replace("_", " "))) for folder in item.folder.split("/") if folder]
        self._parts = [(part.place, _phrase(part.text)) for part in item.parts]
        self._known = set(self._title).union(*(words for _, words in self._parts))

    def signs(self, candidate: Candidate) -> Iterator[_Sign]:
        """Everything in the words that speaks for a value."""
        found = [sign for name in candidate.names for sign in self._signs_of_name(name)]
        if found:
            yield max(found, key=lambda sign: sign.points)
        in_text = max((self._in_text(name) for name in candidate.names), key=lambda sign: sign.points, default=None)
        if in_text is not None and in_text.points:
            yield in_text
        yield from self._signs_of_clues(candidate.clues)
        if candidate.value.facet == Facet.KIND and candidate.value.key == "presentation" and self._family == "deck":
            yield _Sign(LOOKS, "it is a deck")

    def _signs_of_name(self, name: str) -> Iterator[_Sign]:
        phrase = _phrase(name)
        if not phrase:
            return
        if _count(self._title, phrase):
            yield _Sign(TITLE, f"“{name.lower() if name.istitle() else name}” in the title")
        else:
            shared = [word for word in phrase if len(word) > 3 and not is_stop_word(word) and word in self._title]
            if shared:
                yield _Sign(PART_OF_NAME * len(shared) / len(phrase), f"“{name}” is close to the title")
        for folder, words in self._folders:
            if _count(words, phrase) or (len(words) == 1 and len(words[0]) > 3 and words[0] in phrase):
                yield _Sign(FOLDER, f"folder {folder}")

    def _in_text(self, name: str) -> _Sign:
        phrase = _phrase(name)
        counts = [(place, _count(words, phrase)) for place, words in self._parts] if set(phrase) <= self._known else []
        total = sum(count for _, count in counts)
        if not phrase or not total:
            return _Sign(0.0, "")
        points = TEXT * math.log(1 + min(total, OFTEN)) / math.log(3)
        first = next(place for place, count in counts if count)
        return _Sign(points, f"“{name}”, {first}" if total == 1 else f"{total} mentions of “{name}”")

    def _signs_of_clues(self, clues: str) -> Iterator[_Sign]:
        asked = dict.fromkeys(word for word in _phrase(clues) if len(word) > 3 and not is_stop_word(word))
        shared = [word for word in asked if word in self._title]
        if shared:
            yield _Sign(CLUE * len(shared), f"answers “{clues.partition(chr(10))[0]}”")


def _signs_of_alike(value: ValueView, alike: Sequence[Alike]) -> Iterator[_Sign]:
    """The share of the likeness that speaks for the value; the most alike of them is named."""
    carriers = [one for one in alike if value.id in one.value_ids]
    speaking = [one for one in alike if one.value_ids]
    if carriers:
        share = sum(one.likeness for one in carriers) / sum(one.likeness for one in speaking)
        yield _Sign(ALIKE * share, f"like “{max(carriers, key=lambda one: one.likeness).title}”", is_alike=True)


def _reason(signs: Sequence[_Sign]) -> str:
    """Words of the file itself convince people; items like it are named when its words say little."""
    own = [sign for sign in signs if not sign.is_alike and sign.points >= WORTH_SAYING]
    return max(own or signs, key=lambda sign: sign.points).reason


def _best(found: Sequence[Suggested], most: int) -> list[Suggested]:
    ordered = sorted(found, key=lambda one: (-one.score, one.value_id))[:most]
    return [one for one in ordered if one.score >= BESIDE * ordered[0].score]


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(stems(text))


def _count(words: Sequence[str], phrase: Sequence[str]) -> int:
    """How often a run of words stands in others."""
    if not phrase:
        return 0
    first, length, found = phrase[0], len(phrase), 0
    for place, word in enumerate(words):
        found += word == first and tuple(words[place : place + length]) == tuple(phrase)
    return found
