"""Makes the map out of counts: its columns, rows and squares with their words and addresses. Called by pages/map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from app.core.templating import plural
from app.framework.models import Facet, Place, ValueView
from app.library.queries.squares import Axes, Tally

MANY, SOME = 7, 3


@dataclass(frozen=True)
class Square:
    """One square: `name` is what a screen reader says; `state` is items, gap, unneeded or empty; `level` goes from 0 to 3."""

    href: str
    name: str
    state: str
    level: int
    items: int
    questions: int
    past: int
    is_here: bool
    tone: str


@dataclass(frozen=True)
class Column:
    """A stage with its buyer steps, or a buyer step with the stages under it, in `under`."""

    value: ValueView
    href: str
    under: tuple[ValueView, ...]
    tone: str
    is_here: bool


@dataclass(frozen=True)
class MapRow:
    """A stakeholder and their squares."""

    value: ValueView
    href: str
    is_here: bool
    squares: tuple[Square, ...]


@dataclass(frozen=True)
class MapTable:
    """The whole map; `by` is stage or step."""

    by: str
    columns: tuple[Column, ...]
    rows: tuple[MapRow, ...]


@dataclass(frozen=True)
class Counted:
    """What was counted for the map, and the squares that need no content yet."""

    items: Tally
    questions: Tally
    unneeded: frozenset[Place]


@dataclass(frozen=True)
class Frame:
    """Columns, rows and what lies under each column: for a stage itself, for a buyer step its stages."""

    columns: Sequence[ValueView]
    rows: Sequence[ValueView]
    stages: Mapping[int, tuple[ValueView, ...]]

    @property
    def axes(self) -> Axes:
        """The same by id, for counting."""
        stages = {column.id: frozenset(stage.id for stage in self.stages[column.id]) for column in self.columns}
        return Axes(stages, [row.id for row in self.rows])


def list_address(*values: ValueView) -> str:
    """Where everything with these tags is listed."""
    return "/ask?" + urlencode([("set", "1"), *((value.facet, value.key) for value in values)])


def build_map(frame: Frame, counted: Counted, call: Mapping[Facet, str], *, by_questions: bool) -> MapTable:
    """The map with the call's square marked; levels follow the items, or the buyer questions."""
    columns = tuple(_column(frame, value, call) for value in frame.columns)
    rows = []
    for value in frame.rows:
        is_here = value.key == call.get(Facet.STAKEHOLDER)
        squares = tuple(_square(frame, counted, column, value, by_questions=by_questions) for column in columns)
        marked = tuple(_marked(square) if is_here and column.is_here else square for square, column in zip(squares, columns, strict=True))
        rows.append(MapRow(value, list_address(value), is_here, marked))
    by = frame.columns[0].facet if frame.columns else Facet.STAGE
    return MapTable(by, columns, tuple(rows))


def _column(frame: Frame, value: ValueView, call: Mapping[Facet, str]) -> Column:
    stages = frame.stages[value.id]
    is_step = value.facet == Facet.STEP
    is_here = any(stage.key == call.get(Facet.STAGE) for stage in stages)
    return Column(value, list_address(value), stages if is_step else (), stages[0].tone if stages else "", is_here)


def _square(frame: Frame, counted: Counted, column: Column, row: ValueView, *, by_questions: bool) -> Square:
    place = (column.value.id, row.id)
    items, questions = counted.items.numbers.get(place, 0), counted.questions.numbers.get(place, 0)
    past = counted.items.past.get(place, 0)
    stages = frame.stages[column.value.id]
    unneeded = bool(stages) and all((stage.id, row.id) in counted.unneeded for stage in stages)
    state = state_of(items, questions, is_needed=not unneeded)
    return Square(
        href=list_address(column.value, row),
        name=f"{row.name}, {column.value.name}: {words_of(state, items, questions, past)}",
        state=state,
        level=level_of(questions if by_questions else items) if items else 0,
        items=items,
        questions=questions,
        past=past,
        is_here=False,
        tone=column.tone,
    )


def _marked(square: Square) -> Square:
    return replace(square, is_here=True)


def state_of(items: int, questions: int, *, is_needed: bool) -> str:
    """What a square is: it has items; asked and nothing current is a gap unless marketing says it needs nothing yet."""
    if items:
        return "items"
    if not is_needed:
        return "unneeded"
    return "gap" if questions else "empty"


def level_of(number: int) -> int:
    """How full a square is drawn: 7 or more, 3 to 6, fewer."""
    return 3 if number >= MANY else 2 if number >= SOME else 1


def words_of(state: str, items: int, questions: int, past: int) -> str:
    """A square in words: 6 items, 8 buyer questions, 1 past review."""
    asked = plural(questions, "buyer question")
    if state == "items":
        return f"{plural(items, 'item')}, {asked}" + (f", {past} past review" if past else "")
    if state == "gap":
        return f"gap, {asked}, nothing current"
    if state == "unneeded":
        return f"not needed yet, {asked}" if questions else "not needed yet"
    return "nothing yet"
