"""Pure decisions about buyer questions."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from app.activity.rules import WORD as WORD
from app.activity.rules import bare as bare
from app.core.errors import PreconditionMissing, Stale
from app.library.models import Passage

SAME_PASSAGE = 75.0  # of 100: a slide with a new figure or sentence stays itself, another slide of the same look does not pass
LONGEST_LOST = 200
MOST_PHRASINGS = 30
_COMPARED = 4000
CHANGED = "This question was changed by somebody else meanwhile. Your text is kept below; compare, then save again."
WAS_ASKED = "Buyers asked this, so it is not removed: that would lose how often. Merge it into the question it is the same as."
NO_REVISION = "This form does not say which state of the question it was made from. Nothing was changed; reload the page and try again."


def clean_phrasings(text: str, phrasings: Sequence[str], most: int | None = MOST_PHRASINGS) -> list[str]:
    """Other ways of asking, without blanks, repeats and the question itself; the first `most` of them."""
    words = [" ".join(phrasing.split())[:300] for phrasing in phrasings if phrasing.strip()]
    return [phrasing for phrasing in dict.fromkeys(words) if phrasing.casefold() != text.casefold()][:most]


def clean_line(text: str, longest: int = 300) -> str:
    """One line of text without surplus spaces and without what no database takes."""
    return " ".join(text.replace("\0", " ").split())[:longest]


def check_revision(revision: int, expected: int | None) -> None:
    """PreconditionMissing without the revision the change was made from, Stale when it is not the current one."""
    if expected is None:
        raise PreconditionMissing(NO_REVISION)
    if revision != expected:
        raise Stale(CHANGED)


def find_same_passage(former: Passage, before: Sequence[Passage], now: Sequence[Passage]) -> Passage | None:
    """The passage of a new version that says what `former` said in the one before; None when none clearly does.

    It has to be much alike, and no other passage of the version before may be more like it: that one is what became of it.
    """
    ranked = [
        (fuzz.ratio(_said(former), _said(one)), one.anchor == former.anchor, -one.position, one)
        for one in now
        if one.is_notes == former.is_notes
    ]
    score, _, _, best = max(ranked, key=lambda each: each[:3], default=(0.0, False, 0, former))
    if score < SAME_PASSAGE:
        return None
    others = (one for one in before if one.anchor != former.anchor and one.is_notes == former.is_notes)
    return best if all(fuzz.ratio(_said(one), _said(best)) <= score for one in others) else None


def _said(passage: Passage) -> str:
    return " ".join(f"{passage.heading} {passage.text[:_COMPARED]}".casefold().split())
