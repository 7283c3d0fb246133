"""Changes to what is being worked on in the builder of value models, and keeping it as a version."""

import json
from typing import Any

from app.core.errors import PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.library.actions import upload_version
from app.library.models import FileInput, Version
from app.library.queries import get_asset
from app.messaging.models import ValueDraft
from app.messaging.queries.value import find_draft
from app.messaging.rules.value import MOST_BYTES

NO_REVISION = "This form does not say which state of the model it was made from. Nothing was changed; reload the page and try again."
CHANGED = "This model was changed by somebody else meanwhile. What you typed is kept below; compare with theirs in another tab, then save."


def save_draft(work: Work, asset_id: int, definition: dict[str, Any], revision: int | None) -> ValueDraft:
    """Keep what is being worked on, right or wrong; `revision` is that of the draft it was made from, 0 when there was none."""
    require(work.actor, Permission.EDIT)
    draft = _checked(work, asset_id, revision)
    if len(json.dumps(definition)) > MOST_BYTES:
        raise Refused("The model has become too large to keep. Nothing was changed; shorten its texts.")
    if draft is None:
        draft = ValueDraft(asset_id=get_asset(work, asset_id).id or 0, definition={}, changed_at=work.now, revision=0)
    draft.definition, draft.changed_by, draft.changed_at, draft.revision = definition, work.actor.id, work.now, draft.revision + 1
    work.session.add(draft)
    work.session.flush()
    audit(work, "draft_model", "asset", asset_id)
    return draft


def discard_draft(work: Work, asset_id: int, revision: int | None) -> None:
    """Forget what was being worked on; the versions stay."""
    require(work.actor, Permission.EDIT)
    draft = _checked(work, asset_id, revision)
    if draft is not None:
        work.session.delete(draft)
        audit(work, "discard_model", "asset", asset_id)


def keep_version(work: Work, asset_id: int, file: FileInput, revision: int | None) -> Version:
    """What was being worked on becomes a version, which waits for its release like any other; SameBytes when it is one already."""
    require(work.actor, Permission.UPLOAD)
    draft = _checked(work, asset_id, revision)
    version = upload_version(work, asset_id, file)
    if draft is not None:
        work.session.delete(draft)
    return version


def _checked(work: Work, asset_id: int, revision: int | None) -> ValueDraft | None:
    draft = find_draft(work, asset_id)
    if revision is None:
        raise PreconditionMissing(NO_REVISION)
    if revision != (draft.revision if draft is not None else 0):
        raise Stale(CHANGED)
    return draft
