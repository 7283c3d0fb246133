"""What a table from the CRM would do, line by line, before anything is done; called by the import page and by the import itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from app.core.csvin import NoTable, read_numbered
from app.core.errors import Refused
from app.core.work import Work
from app.deals import rules
from app.deals.models import Change, ImportPlan, Opportunity, OpportunityInput, PlannedRow, RowFault
from app.deals.queries.holdings import list_account_names_of, list_by_external_ids, list_by_names
from app.framework.models import Facet
from app.framework.queries import Facets, list_values
from app.identity.queries import list_names
from app.identity.queries.teams import find_people
from app.identity.rules import Permission, require

HOW = "It needs a first line with the names of its columns, then one line for each opportunity. Nothing was imported."
NEEDED = ("account", "name", "stage")
FACETS = {"stage": Facet.STAGE, "solution": Facet.SOLUTION, "vertical": Facet.VERTICAL, "segment": Facet.SEGMENT}
LABELS = {
    "account": "Account",
    "name": "Name",
    "stage_id": "Stage",
    "solution_id": "Solution",
    "vertical_id": "Vertical",
    "segment_id": "Segment",
    "amount": "Amount",
    "currency": "Currency",
    "state": "State",
    "owner_id": "Owner",
    "closes_on": "Closes on",
    "external_id": "CRM id",
}
SENTENCES = {
    "account": "Its account’s name is longer than 160 characters.",
    "name": "Its name is longer than 200 characters.",
    "amount": "Its amount must be a number of at most 12 figures, not below zero.",
    "currency": "Its currency must be three letters, like EUR.",
    "external_id": "Its CRM id is longer than 80 characters.",
}


class _Faulty(Exception):
    """A line cannot be taken; the message says why."""


@dataclass
class _Known:
    """What is in the portal already, read once for the whole table."""

    values: Facets
    by_id: Mapping[str, Opportunity]
    by_name: Mapping[tuple[str, str], Sequence[Opportunity]]
    accounts: Mapping[int, str]
    people: Mapping[str, int]
    names: Mapping[int, str]
    taken: set[object] = field(default_factory=set)


def plan_import(work: Work, content: bytes) -> ImportPlan:
    """What this CSV would create and change. Refused when it is no table, is too long, or has no columns we know."""
    require(work.actor, Permission.IMPORT_DEALS)
    lines = _lines(content)
    columns, unknown = rules.read_headings(lines[0][1])
    missing = [LABELS.get(name, name.title()) for name in NEEDED if name not in columns]
    if len(missing) == len(NEEDED) or not {"account", "name"} & columns.keys():
        raise Refused(f"The first line names no column for {', '.join(missing).lower()}. {HOW}")
    cells = [(number, {name: line[place] for name, place in columns.items() if place < len(line)}) for number, line in lines[1:]]
    known = _read_known(work, [row for _, row in cells])
    rows, faults = [], []
    for number, row in cells:
        try:
            rows.append(_plan_row(number, {name: cell for name, cell in row.items() if cell}, known))
        except _Faulty as problem:
            faults.append(RowFault(number, str(problem)))
    return ImportPlan(tuple(rows), tuple(faults), unknown)


def _lines(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        lines = read_numbered(content)
    except NoTable as problem:
        raise Refused(f"The table {problem}. {HOW}") from problem
    if len(lines) < 2:
        raise Refused(f"The table names no opportunity. {HOW}")
    if len(lines) > rules.MOST_ROWS + 1:
        raise Refused(f"The table has more than {rules.MOST_ROWS:,} lines. Nothing was imported. Import it in parts.")
    return lines


def _read_known(work: Work, rows: Sequence[Mapping[str, str]]) -> _Known:
    by_id = list_by_external_ids(work, sorted({row["external_id"] for row in rows if row.get("external_id")}))
    by_name = list_by_names(work, sorted({rules.clean_line(row["name"], 200) for row in rows if row.get("name")}))
    found = [*by_id.values(), *(one for some in by_name.values() for one in some)]
    return _Known(
        values=list_values(work),
        by_id=by_id,
        by_name=by_name,
        accounts=list_account_names_of(work, {one.account_id for one in found}),
        people=find_people(work, sorted({row["owner"].lower() for row in rows if row.get("owner")})),
        names=list_names(work, {one.owner_id for one in found if one.owner_id is not None}),
    )


def _plan_row(number: int, row: Mapping[str, str], known: _Known) -> PlannedRow:
    said = _read_row(row, known)
    before = _find(row, known)
    given = {**_stored(before, known), **said} if before is not None else said
    for name in NEEDED:
        field_name = f"{name}_id" if name == "stage" else name
        if field_name not in given:
            raise _Faulty(f"It is new and names no {name}.")
    _take(before, given, known)
    try:
        data = OpportunityInput.model_validate(given)
    except ValidationError as problem:
        raise _Faulty(" ".join(SENTENCES.get(str(fault["loc"][0]), "Look at this line again.") for fault in problem.errors())) from problem
    if before is None:
        return PlannedRow(number, data, None, ())
    stored = _stored(before, known)
    if data.account.lower() == stored["account"].lower():  # an account is one whatever its capitals
        said.pop("account", None)
    changes = tuple(_change(name, before, data, known) for name in said if getattr(data, name) != stored.get(name))
    return PlannedRow(number, data, before.id, changes)


def _take(before: Opportunity | None, given: Mapping[str, Any], known: _Known) -> None:
    """Keep that a line speaks of this opportunity and has this id, which no other line may."""
    keys: set[object] = {given["external_id"]} if given.get("external_id") else set()
    if before is not None:
        keys.add(before.id)
    elif not keys:
        keys.add((given["account"].lower(), given["name"].lower()))
    if keys & known.taken:
        raise _Faulty("A line above is the same opportunity. The first one counts.")
    known.taken |= keys


def _find(row: Mapping[str, str], known: _Known) -> Opportunity | None:
    """The opportunity a line speaks of: by its id in the CRM, else by account and name, as long as that has no other id."""
    external_id = row.get("external_id", "")
    if external_id in known.by_id:
        return known.by_id[external_id]
    named = known.by_name.get(
        (rules.clean_line(row.get("account", ""), 160).lower(), rules.clean_line(row.get("name", ""), 200).lower()), ()
    )
    free = [one for one in named if not external_id or one.external_id is None]
    if len(free) > 1:
        raise _Faulty("There are several opportunities of this account and name. Give the line the id of the one it means.")
    return free[0] if free else None


def _stored(row: Opportunity, known: _Known) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in LABELS if name != "account"}, "account": known.accounts[row.account_id]}


def _read_row(row: Mapping[str, str], known: _Known) -> dict[str, Any]:
    """What the line says, as fields of an input; what it leaves empty is not among them."""
    said: dict[str, Any] = {name: row[name] for name in ("external_id",) if name in row}
    said |= {name: rules.clean_line(row[name], 400) for name in ("account", "name") if name in row}
    said |= {f"{name}_id": _value(facet, row[name], known) for name, facet in FACETS.items() if name in row}
    readers = {"amount": _amount, "closes_on": _day, "state": _state, "currency": str.upper}
    said |= {name: read(row[name]) for name, read in readers.items() if name in row}
    if "owner" in row:
        said["owner_id"] = _owner(row["owner"], known)
    return said


def _value(facet: Facet, word: str, known: _Known) -> int:
    values = known.values.by_facet(facet)
    found = next((value.id for value in values if rules.fold(word) in (rules.fold(value.key), rules.fold(value.name))), None)
    if found is None:
        names = ", ".join(value.name for value in values[:8]) or "none yet"
        raise _Faulty(f"There is no {facet.value} “{word[:60]}”. There are: {names}.")
    return found


def _amount(text: str) -> Decimal:
    amount = rules.read_amount(text)
    if amount is None:
        raise _Faulty(f"“{text[:40]}” is no amount. Write it like 12500.00.")
    return amount


def _day(text: str) -> Any:
    day = rules.read_day(text)
    if day is None:
        raise _Faulty(f"“{text[:40]}” is no date that can be read in one way only. Write it like 2026-11-30.")
    return day


def _state(text: str) -> Any:
    state = rules.read_state(text)
    if state is None:
        raise _Faulty(f"“{text[:40]}” is no state. Write open, won or lost.")
    return state


def _owner(text: str, known: _Known) -> int:
    owner = known.people.get(text.lower())
    if owner is None:
        raise _Faulty(f"Nobody active here has the address or name “{text[:60]}”, or several people have that name. Write their address.")
    return owner


def _change(name: str, before: Opportunity, data: OpportunityInput, known: _Known) -> Change:
    return Change(LABELS[name], _words(name, _stored(before, known).get(name), known), _words(name, getattr(data, name), known))


def _words(name: str, value: Any, known: _Known) -> str:
    if value is None:
        return ""
    if name == "owner_id":
        return known.names.get(value) or next((text for text, key in known.people.items() if key == value and "@" not in text), "")
    if name.endswith("_id") and name != "external_id":
        return ", ".join(one.name for one in known.values.pick([value]))
    return f"{value:%-d %B %Y}" if name == "closes_on" else str(value)
