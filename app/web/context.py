"""The call context: the four facets a rep has set for the call at hand, kept in a cookie as keys of facet values."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.framework.models import CALL_FACETS, Facet
from app.framework.queries import Facets
from app.framework.rules import FACET_NAMES
from app.settings import Settings
from app.web.shell import ContextChip

COOKIE = "quiver_context"
LONGEST = 600
MAX_AGE = 7 * 24 * 3600
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
ICONS = {Facet.STAGE: "map", Facet.STAKEHOLDER: "users", Facet.SOLUTION: "puzzle", Facet.VERTICAL: "factory"}

CallContext = Mapping[Facet, str]


def read_context(request: HTTPConnection) -> CallContext:
    """The keys in the request's cookie; whatever is not a call facet with a plausible key is left out."""
    try:
        return choose(dict(parse_qsl(request.cookies.get(COOKIE, "")[:LONGEST], max_num_fields=8)))
    except ValueError:  # more fields than we ever write
        return {}


def choose(fields: Mapping[str, str]) -> CallContext:
    """The call facets among form or query fields, empty and implausible ones left out."""
    return {facet: fields[facet] for facet in CALL_FACETS if KEY.fullmatch(fields.get(facet, ""))}


def write_context(response: Response, context: CallContext, settings: Settings) -> None:
    """Keep the context for the next pages; an empty one removes the cookie."""
    if not context:
        response.delete_cookie(COOKIE, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")
        return
    value = urlencode({facet.value: key for facet, key in context.items()})
    response.set_cookie(COOKIE, value, max_age=MAX_AGE, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")


def call_name(facet: Facet) -> str:
    """The name of a value of the call in an address, where the plain name of the facet is one that was chosen to narrow by."""
    return f"call_{facet.value}"


def without_call(path: str) -> str:
    """The address of a question without the call it names, so that the call that is set counts again; any other address as it is."""
    address = urlsplit(path)
    if address.path != "/ask":
        return path
    gone = {*CALL_FACETS, *map(call_name, CALL_FACETS), "set", "page"}
    pairs = [pair for pair in parse_qsl(address.query, keep_blank_values=True, max_num_fields=200) if pair[0] not in gone]
    return f"/ask?{urlencode(pairs)}"


def context_chips(context: CallContext, facets: Facets) -> tuple[ContextChip, ...]:
    """One chip for each facet that has values; a key that is no value any more counts as not set."""
    return tuple(
        ContextChip(facet.value, FACET_NAMES[facet], ICONS[facet], facets.find(facet, context.get(facet, "")), options)
        for facet in CALL_FACETS
        if (options := facets.by_facet(facet))
    )
