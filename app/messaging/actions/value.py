"""Changes to what is being worked on in the builder of value models, and keeping it as a version."""

import json
from typing import Any

from app.core.errors import PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library.actions import upload_version
from app.library.models import FileInput, Version
from app.messaging.models import ValueDraft
from app.messaging.queries.value import read_working
from app.messaging.rules.value import MOST_BYTES

NO_STATE = "This form does not say which state of the model it was made from. Nothing was changed; reload the page and try again."
CHANGED = "This model was changed by somebody else meanwhile. What you typed is kept below; compare with theirs in another tab, then save."


def save_draft(work: Work, asset_id: int, definition: dict[str, Any], state: str) -> ValueDraft:
    """Keep what is being worked on, right or wrong; `state` is that of the model it was made from (queries.value.read_working)."""
    require(work.actor, Permission.EDIT)
    draft = _checked(work, asset_id, state)
    if len(json.dumps(definition)) > MOST_BYTES:
        raise Refused("The model has become too large to keep. Nothing was changed; shorten its texts.")
    _change(work, draft, definition)
    audit(work, "draft_model", "asset", asset_id)
    return draft


def discard_draft(work: Work, asset_id: int, state: str) -> None:
    """Forget what was being worked on; the versions stay."""
    require(work.actor, Permission.EDIT)
    draft = _checked(work, asset_id, state)
    if draft.definition:
        _change(work, draft, {})
        audit(work, "discard_model", "asset", asset_id)


def keep_version(work: Work, asset_id: int, file: FileInput, state: str) -> Version:
    """What was being worked on becomes a version, which waits for its release like any other; SameBytes when it is one already."""
    require(work.actor, Permission.UPLOAD)
    draft = _checked(work, asset_id, state)
    version = upload_version(work, asset_id, file)
    _change(work, draft, {})
    return version


def _checked(work: Work, asset_id: int, state: str) -> ValueDraft:
    """The row of the draft, a new one when there was none yet."""
    working = read_working(work, asset_id)
    if not state:
        raise PreconditionMissing(NO_STATE)
    if state != working.state:
        raise Stale(CHANGED)
    return working.row or ValueDraft(asset_id=asset_id, definition={}, changed_at=work.now, revision=0)


def _change(work: Work, draft: ValueDraft, definition: dict[str, Any]) -> None:
    """The row outlives its draft, so that its revision never comes again."""
    draft.definition, draft.changed_by, draft.changed_at, draft.revision = definition, work.actor.id, work.now, draft.revision + 1
    work.session.add(draft)
    work.session.flush()
