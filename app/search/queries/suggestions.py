"""What is offered while somebody types or writes down a question: within what they may see, and never recorded."""

from app.core.work import Work
from app.library.queries.typed import list_titles_begun
from app.messaging.models import QuestionText
from app.messaging.queries import list_begun, list_sharing
from app.search import rules
from app.search._likeness import ALIKE, likeness, telling_words
from app.search.engine import SearchEngine
from app.search.models import Suggestion
from app.search.queries import audiences_of

LONGEST = 200  # characters; what is typed beyond says nothing more about what is meant
CANDIDATES = 40
ITEMS_WITH_QUESTIONS, ITEMS_WITH_TITLES = 500, 200  # at most so many are looked at, of what was begun
MOST_QUESTIONS, MOST_TITLES = 5, 5
MOST_ALIKE = 5
MOST_WORDS = 8


def suggest(work: Work, engine: SearchEngine, typed: str) -> tuple[Suggestion, ...]:
    """Questions and titles that go on from what is typed, those that begin with it first. The index names the few items that may have
    them; what is offered is read from the database, filtered for the asker."""
    words = rules.typed_words(typed[:LONGEST])
    if not words:
        return ()
    audiences = audiences_of(work)
    asked, titled = (engine.list_begun(words, audiences, in_titles=in_titles) for in_titles in (False, True))
    often = asked is None or len(asked) > ITEMS_WITH_QUESTIONS  # so many that the often asked ones are soon met in the database
    questions = [Suggestion(text, None) for text in list_begun(work, words, CANDIDATES, None if often else asked)]
    newest = None if titled is None else titled[-ITEMS_WITH_TITLES:]
    titles = [Suggestion(title, asset_id) for asset_id, title in list_titles_begun(work, words, CANDIDATES, newest)]
    return (*_first(questions, typed, MOST_QUESTIONS), *_first(titles, typed, MOST_TITLES))


def list_alike(work: Work, text: str) -> tuple[QuestionText, ...]:
    """Questions that may be the one in other words, most alike first."""
    shared = list_sharing(work, telling_words(text)[:MOST_WORDS])
    rated = [(likeness(text, (one.text, *one.phrasings)), one) for one in shared]
    alike = sorted((pair for pair in rated if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return tuple(one for _, one in alike[:MOST_ALIKE])


def _first(found: list[Suggestion], typed: str, most: int) -> list[Suggestion]:
    start = " ".join(typed.split()).casefold()
    return sorted(found, key=lambda one: not one.text.casefold().startswith(start))[:most]
