"""Passages by the ten thousand for the benchmarks of search: sentences of a sample library put together anew, an asset every ten passages,
with facets, audiences and dates as unevenly spread as in a real one. The same folder and number always give the same passages."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from app.search.engine import CUSTOMER, INTERNAL, PARTNER, RELEASED, SearchDocument
from app.search.rules import is_stop_word

BUILT = Path("build/bench")  # where what takes long to make is kept
TODAY = date(2026, 11, 27).toordinal()
PASSAGES = 10  # of an asset
WORDS = 60  # of a passage, about
SENTENCE = re.compile(r"[A-Z][^.!?\n|\[\]{}<>#]{25,240}[.!?]")
GROUPS = {  # facet and its values; an asset carries one of each, low numbers more often
    "stage": range(1, 8),
    "stakeholder": range(11, 18),
    "solution": range(21, 29),
    "vertical": range(31, 41),
}
EVERYBODY = frozenset({INTERNAL, PARTNER, CUSTOMER})


def read_sentences(samples: Path) -> list[str]:
    """Sentences of the library's Markdown pages and of the answers to its questions."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in sorted((samples / "library").rglob("*.md"))]
    texts += [row["text"] for row in _rows(samples / "questions" / "stackfaq" / "corpus.jsonl")]
    return sorted({sentence for text in texts for sentence in SENTENCE.findall(text)})


def read_questions(samples: Path) -> list[str]:
    """Real questions of eight words and more, of those that settings may be chosen on."""
    rows = _rows(samples / "questions" / "stackfaq" / "queries.jsonl")
    return [row["text"] for row in rows if row.get("split") == "dev" and len(row["text"].split()) >= 8]


def telling(question: str) -> list[str]:
    """What every engine is asked for: the question without what stands in every text."""
    words = re.findall(r"[^\W_]+", question.lower())
    return [word for word in words if not is_stop_word(word)] or words


def make_documents(samples: Path, number: int) -> Iterator[SearchDocument]:
    """So many passages, asset by asset."""
    dice, pool = random.Random(20261127), read_sentences(samples)
    for asset_id in range(1, number // PASSAGES + 1):
        facets = tuple(values[min(int(dice.expovariate(0.45)), len(values) - 1)] for values in GROUPS.values())
        title, changed = _some(dice, pool, 6), TODAY - dice.randrange(700)
        review, audience = TODAY + dice.randint(-60, 300), dice.choice((INTERNAL, PARTNER, CUSTOMER, CUSTOMER, CUSTOMER))
        for place in range(PASSAGES):
            yield SearchDocument(
                asset_id=asset_id,
                passage_id=asset_id * PASSAGES + place,
                language="en",
                title=title,
                heading=_some(dice, pool, 4),
                text=_text(dice, pool),
                questions=_some(dice, pool, 9) if place == 0 and asset_id % 10 == 0 else "",
                tags="",
                facets=facets,
                audience=audience,
                status=RELEASED,
                review_on=review,
                expires_on=0,
                stale_now=False,
                twin="",
                changed_on=changed,
            )


def _text(dice: random.Random, pool: Sequence[str]) -> str:
    found: list[str] = []
    while sum(sentence.count(" ") + 1 for sentence in found) < WORDS - 8:
        found.append(dice.choice(pool))
    return " ".join(found)


def _some(dice: random.Random, pool: Sequence[str], words: int) -> str:
    return " ".join(dice.choice(pool).split()[:words])


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
