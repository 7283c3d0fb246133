"""What every part of the API shares: problems, cursors, entity tags. Used by the other files of this folder."""

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Depends, Header, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from app.core.errors import PreconditionMissing, Refused, Stale

PROBLEM = "application/problem+json"
NO_CURSOR = "This cursor is none of ours. Begin without one, then send back `next_cursor` of the answer before."
NO_TAG = "Say in If-Match which state you changed: the ETag of the answer you read. Nothing was changed."
OTHER_TAG = "It was changed in the meantime, so nothing of yours was saved. Read it again, then send your change with its new ETag."


class Problem(BaseModel):
    """A failure as RFC 9457 has it; `detail` is a sentence for people, `code` a word for programs."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str


BEARER = Depends(HTTPBearer(auto_error=False, description="A token made on the account page; a browser's session does as well."))
_PROBLEM: dict[str, Any] = {
    "description": "What went wrong, as a problem (RFC 9457)",
    "content": {PROBLEM: {"schema": Problem.model_json_schema()}},
}
# `default` says it for every status; without the 422 of our own the framework would describe one that never comes.
PROBLEMS: dict[int | str, dict[str, Any]] = {"default": _PROBLEM, 422: _PROBLEM}
IfMatch = Annotated[str | None, Header(alias="If-Match", description="The ETag of the state that is changed")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="An ETag; the same state is answered by 304")]
TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "Names this state; send it in If-Match to change it", "schema": {"type": "string"}}}},
}
UNCHANGED: dict[int | str, dict[str, Any]] = {**TAGGED, 304: {"description": "You have this state already"}}


def tag_of(revision: int) -> str:
    """The entity tag of something's revision."""
    return f'"r{revision}"'


def read_tag(header: str | None) -> int:
    """The revision an If-Match names. PreconditionMissing without one, Stale when it is none of ours."""
    if header is None or not header.strip():
        raise PreconditionMissing(NO_TAG)
    inner = header.strip().removeprefix('"r').removesuffix('"')
    if tag_of(int(inner) if inner.isascii() and inner.isdecimal() and len(inner) < 10 else 0) != header.strip():
        raise Stale(OTHER_TAG)
    return int(inner)


def tagged(response: Response, revision: int, if_none_match: str | None = None) -> bool:
    """Put the entity tag on the answer; whether the caller has this state already, so that a 304 will do."""
    response.headers["ETag"] = tag_of(revision)
    wanted = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    return bool(wanted & {tag_of(revision), "*"})


def write_cursor(place: list[Any]) -> str:
    """An opaque word for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> list[Any] | None:
    """The place of a cursor; None for none. Refused for what is no cursor of ours."""
    if not cursor:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Refused(NO_CURSOR) from error
    if not isinstance(place, list):
        raise Refused(NO_CURSOR)
    return place


def read_page(cursor: str | None) -> int:
    """The page a cursor stands for, in lists that go by pages; 1 without a cursor."""
    place = read_cursor(cursor)
    if place is None:
        return 1
    if len(place) != 1 or not isinstance(place[0], int) or not 1 <= place[0] <= 10_000:
        raise Refused(NO_CURSOR)
    return place[0]


def next_page(number: int, pages: int) -> str | None:
    """The cursor of the page after this one, if there is one."""
    return write_cursor([number + 1]) if number < pages else None
