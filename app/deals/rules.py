"""Pure decisions about opportunities: what a CRM's table means here, and whether a change was made from the present state."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from app.core.errors import PreconditionMissing, Stale
from app.core.typed import read_numbers
from app.deals.models import DealState

MOST_BYTES = 512 * 1024
MOST_ROWS = 5000
CHANGED = "Somebody changed this opportunity meanwhile. Nothing of yours was saved; look at it again, then repeat your change."
NO_REVISION = "This form does not say which state of the opportunity it was made from. Nothing was changed; reload the page and try again."

# A column's name in letters and digits only -> what it holds; as the usual CRMs and spreadsheets write it.
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        heading: field
        for field, headings in {
            "external_id": ("id", "externalid", "opportunityid", "dealid", "crmid", "recordid", "opportunitynumber"),
            "account": ("account", "accountname", "customer", "customername", "company", "companyname", "client", "organisation"),
            "name": ("name", "opportunity", "opportunityname", "deal", "dealname", "title", "subject"),
            "stage": ("stage", "stagename", "salesstage", "dealstage", "phase", "step"),
            "solution": ("solution", "product", "productname", "offering"),
            "vertical": ("vertical", "industry", "sector"),
            "segment": ("segment", "tier", "accountsegment"),
            "amount": ("amount", "value", "dealvalue", "dealsize", "revenue", "volume", "total"),
            "currency": ("currency", "currencycode", "currencyisocode"),
            "state": ("state", "status", "outcome", "dealstatus"),
            "owner": ("owner", "owneremail", "opportunityowner", "dealowner", "rep", "salesrep", "accountexecutive"),
            "closes_on": ("closeson", "closedate", "closingdate", "expectedclose", "expectedclosedate", "closes"),
        }.items()
        for heading in headings
    }
)
STATES: Mapping[str, DealState] = MappingProxyType(
    {
        "open": DealState.OPEN,
        "active": DealState.OPEN,
        "inprogress": DealState.OPEN,
        "won": DealState.WON,
        "closedwon": DealState.WON,
        "lost": DealState.LOST,
        "closedlost": DealState.LOST,
    }
)
_CODE = re.compile(r"\b[A-Z]{3}\b")
_CENT = Decimal("0.01")
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d")


def fold(word: str) -> str:
    """A word as it is compared with others: letters and digits only, in lower case."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def read_headings(cells: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Which column holds which field, and the names of columns that mean nothing here; of two for one field the first counts."""
    columns: dict[str, int] = {}
    unknown = []
    for place, cell in enumerate(cells):
        field = HEADINGS.get(fold(cell))
        if field is None or field in columns:
            unknown.append(cell or f"column {place + 1}")
        else:
            columns[field] = place
    return columns, tuple(unknown)


AMOUNT_BELOW = 10**12  # what a column of 14 digits, two of them cents, holds


def read_amount(text: str) -> Decimal | None:
    """12,500.00, 12.500,00, € 12 500, 12500.000, in cents; None for what has words of another kind beside it, such as 12k."""
    bare = _CODE.sub("", text)
    found = [] if "%" in bare or any(letter.isalpha() for letter in bare) else read_numbers(bare)
    return found[0].quantize(_CENT, ROUND_HALF_UP) if found else None


def read_day(text: str) -> date | None:
    """2026-11-30, 2026/11/30 or 30.11.2026, with or without a time behind; others could be read in two ways."""
    for pattern in _DAYS:
        try:
            return datetime.strptime(text.split("T", maxsplit=1)[0].split(maxsplit=1)[0], pattern).date()  # noqa: DTZ007 - a day has no zone
        except (ValueError, IndexError):
            continue
    return None


def read_state(text: str) -> DealState | None:
    """Open, won or lost, in the words of the usual CRMs."""
    return STATES.get(fold(text))


def check_revision(revision: int, expected: int | None) -> None:
    """PreconditionMissing without the revision the change was made from, Stale when it is not the current one."""
    if expected is None:
        raise PreconditionMissing(NO_REVISION)
    if revision != expected:
        raise Stale(CHANGED)


def clean_line(text: str, longest: int) -> str:
    """One line of text without surplus spaces and without what no database takes."""
    return " ".join(text.replace("\0", " ").split())[:longest]
