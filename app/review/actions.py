"""What reps ask marketing for becomes work."""

from collections.abc import Mapping

from app.core.errors import Refused
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.review.models import ContentRequest


def request_content(work: Work, question: str, context: Mapping[str, str]) -> ContentRequest:
    """Send a question nothing answered to marketing, with the call it came from."""
    require(work.actor, Permission.REQUEST_CONTENT)
    text = " ".join(question.split())
    if len(text) < 3:
        raise Refused("Write the buyer's question first, then ask marketing.")
    request = ContentRequest(question=text[:300], context=dict(context), asked_by=work.actor.id, asked_at=work.now)
    work.session.add(request)
    work.session.flush()
    audit(work, "request", "content_request", request.id)
    return request
