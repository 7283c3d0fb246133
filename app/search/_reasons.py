"""Why an answer stands where it does, in sentences; the figures are the engine's own. Called by queries."""

from collections.abc import Sequence

from app.framework.models import ValueView
from app.search.engine import Explanation, MatchedWord

FIELD_NAMES = {
    "title": "the title",
    "heading": "the heading",
    "text": "the text",
    "questions": "the buyer questions it answers",
    "tags": "tags, facets or file name",
}


def sentences(found: Explanation, asked_for: Sequence[ValueView], carried: Sequence[ValueView]) -> tuple[str, ...]:
    """One sentence for each thing that counted, in the order of the reckoning. `carried`: values of the call that the item carries."""
    counted = (word for word in found.words if word.asked or word.fields)
    told = [_word(word) for word in sorted(counted, key=lambda word: -word.points)]
    if found.meaning:
        told.append(f"It means nearly what was asked: {found.meaning:.1f} points.")
    if found.factor < 1:
        why = "It is expired" if found.is_expired else "It is stale"
        told.append(f"{why}, so its points count for {found.factor:.0%}.")
    if carried:
        told.append(f"It is for {_names(carried)}, as this call is, so its points count for {found.boost:.0%}.")
    if found.second:
        told.append(f"Another passage of it matches, too: {found.second:.1f} points more.")
    if asked_for:
        told.append(f"It carries what was asked for ({_names(asked_for)}). That lets it in and adds no points.")
    return tuple(told)


def _names(values: Sequence[ValueView]) -> str:
    return ", ".join(value.name for value in values)


def _word(word: MatchedWord) -> str:
    asked = f"“{word.asked}”"
    if not word.fields:
        return f"{asked} stands nowhere in this passage: no points."
    places = [FIELD_NAMES[name] for name in word.fields]
    where = " and ".join([", ".join(places[:-1]), places[-1]] if len(places) > 1 else places)
    points = f"{word.points:.1f} points"
    if word.how == "typo":
        return f"{asked} was read as “{word.used}”, which stands in {where}: {points}."
    if word.how in ("synonym", "related"):
        is_what = "a house synonym of" if word.how == "synonym" else "related in this house to"
        means = f", {is_what} {asked if word.asked else 'words that were asked'},"
        return f"“{word.used}”{means} stands in {where}: {points}."
    if word.how == "prefix":
        return f"A word that begins with {asked} stands in {where}: {points}."
    return f"{asked} stands{' word for word' if word.how == 'phrase' else ''} in {where}: {points}."
