"""Counts the squares of the map: current items by stage (or buyer step) and stakeholder. Called by the map page and, for the
counting of questions in the same way, by messaging/queries."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, case, false, true
from sqlmodel import col, func, select

from app.core.work import Work
from app.framework.models import Place
from app.library.models import Asset, AssetFacet, Status
from app.library.queries import may_see
from app.library.queries.findings import is_stale_at_once


@dataclass(frozen=True)
class Axes:
    """The map's columns and rows by id of their facet value; a column stands for stages: itself, or those under a buyer step."""

    columns: Mapping[int, frozenset[int]]
    rows: Sequence[int]

    @property
    def value_ids(self) -> list[int]:
        """Every stage and stakeholder on the map, in a fixed order."""
        return sorted({*self.rows, *(stage for stages in self.columns.values() for stage in stages)})

    def places(self, value_ids: Set[int]) -> list[Place]:
        """The squares (column, row) of something tagged with these values, each once."""
        rows = [row for row in self.rows if row in value_ids]
        return [(column, row) for column, stages in self.columns.items() if stages & value_ids for row in rows]


@dataclass(frozen=True)
class Tagged:
    """So many rows with exactly these of the map's values; rows with the same `twin` (not "") are one item."""

    value_ids: frozenset[int]
    number: int
    is_past: bool = False
    twin: str = ""


@dataclass(frozen=True)
class Tally:
    """What the squares hold: numbers by place, those past review, and how many there are on the map in all."""

    numbers: Mapping[Place, int]
    past: Mapping[Place, int]
    total: int


def tally(axes: Axes, tagged: Iterable[Tagged]) -> Tally:
    """Count rows into squares; format twins count once in a square."""
    numbers, past, total = _Counter(), _Counter(), _Counter()
    for some in tagged:
        places = axes.places(some.value_ids)
        for place in places:
            numbers.add(place, some)
            if some.is_past:
                past.add(place, some)
        if places:
            total.add((0, 0), some)
    return Tally(numbers.found, past.found, total.found.get((0, 0), 0))


def count_items(work: Work, axes: Axes) -> Tally:
    """Current items for each square, as this actor may see them, and how many of them are past their review date.

    One statement, which gives a row for each combination of tags and not for each item: with 10,000 items a fifth of the time of
    joining the tags with themselves.
    """
    if not axes.value_ids:
        return Tally({}, {}, 0)
    owner = col(AssetFacet.asset_id)
    tags = select(owner.label("id"), sum_bits(col(AssetFacet.value_id), axes.value_ids).label("bits")).group_by(owner).subquery()
    past = func.coalesce(is_past_review(work), false()).label("is_past")
    query = select(tags.c.bits, past, col(Asset.twin_key), func.count()).join(Asset, col(Asset.id) == tags.c.id)
    rows = work.session.execute(query.where(is_current(work), tags.c.bits > 0).group_by(tags.c.bits, "is_past", col(Asset.twin_key)))
    return tally(axes, (Tagged(read_bits(bits, axes.value_ids), number, bool(is_past), twin) for bits, is_past, twin, number in rows))


def is_current(work: Work) -> ColumnElement[bool]:
    """What counts as an item of the map for this actor: released, not expired, and theirs to see."""
    return may_see(work) & (col(Asset.status) == Status.RELEASED) & func.coalesce(col(Asset.expires_on) >= work.today, true())


def is_past_review(work: Work) -> ColumnElement[bool]:
    """Stale: past its review date, whose day itself is the last good one, or by a finding that makes stale at once."""
    return (col(Asset.review_on) < work.today) | is_stale_at_once()


def sum_bits(column: SQLColumnExpression[int], value_ids: Sequence[int]) -> ColumnElement[int]:
    """The tags of one owner as one number: the n-th of `value_ids` is bit n. At most 62 values; a map has 17."""
    return func.sum(case({value_id: 1 << place for place, value_id in enumerate(value_ids)}, value=column, else_=0))


def read_bits(bits: int, value_ids: Sequence[int]) -> frozenset[int]:
    """The values that `sum_bits` put into one number."""
    return frozenset(value_id for place, value_id in enumerate(value_ids) if int(bits) >> place & 1)


class _Counter:
    """Numbers by place in which a twin is counted the first time only."""

    def __init__(self) -> None:
        self.found: dict[Place, int] = {}
        self._twins: set[tuple[Place, str]] = set()

    def add(self, place: Place, some: Tagged) -> None:
        number = some.number
        if some.twin:
            number = 0 if (place, some.twin) in self._twins else 1
            self._twins.add((place, some.twin))
        self.found[place] = self.found.get(place, 0) + number
