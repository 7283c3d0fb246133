"""Some slides of a deck as a deck of their own. Called by kits."""

import base64
import json
from collections.abc import Collection
from pathlib import Path

from app.core.office._capped import HostLost, Limits, run_capped
from app.core.office.parse import STOPPED, Unreadable, result_of

_PICKER = "app.core.office._slides:pick"
# Decks with recordings in them come back whole; JSON carries them a third larger.
_LIMITS = Limits(answer_bytes=256 * 1024 * 1024)


def pick_slides(path: Path, numbers: Collection[int]) -> bytes:
    """A PPTX with these slides (from 1) in the order of the deck, its masters, notes and pictures kept; raises Unreadable.

    Sections, custom shows and links to slides that are not taken go, since PowerPoint would ask to repair them.
    """
    try:
        outcome = run_capped(_PICKER, path, json.dumps(sorted(numbers)), _LIMITS)
    except HostLost as error:
        raise Unreadable(STOPPED) from error
    return base64.b64decode(result_of(outcome)["data"])
