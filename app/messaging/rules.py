"""Pure decisions about buyer questions."""

from collections.abc import Sequence


def clean_phrasings(text: str, phrasings: Sequence[str]) -> list[str]:
    """Other ways of asking, without blanks, repeats and the question itself."""
    words = [" ".join(phrasing.split())[:300] for phrasing in phrasings if phrasing.strip()]
    return [phrasing for phrasing in dict.fromkeys(words) if phrasing.casefold() != text.casefold()][:30]
