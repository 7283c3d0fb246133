"""Pure decisions about the activity log: when two wordings are one question, and what counts as badly answered."""

import re
from datetime import timedelta

WORD = re.compile(r"\w+")
# Who asks the same again so soon looks at the same answers once more; who asks something else without having used one is still looking.
SOON = timedelta(minutes=10)
# What an asking adds to how badly a question does; every person who said No counts as one without any answer.
POINTS_NOTHING_FOUND = 2
POINTS_SAID_NO = 2
POINTS_NOT_USED = 1
POINTS_ASKED_AGAIN = 1


def bare(text: str) -> str:
    """The words alone, whatever their case and punctuation: two wordings with the same are one question."""
    return " ".join(WORD.findall(text.casefold()))
