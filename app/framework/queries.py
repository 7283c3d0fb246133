"""Reads the framework; small enough to be read whole, in one statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy
from sqlmodel import col, func, select

from app.core.errors import NotFound, Refused
from app.core.work import Work
from app.framework import rules
from app.framework.models import Facet, FacetValue, MapSquare, Nearness, Place, StepStage, SynonymGroup, ValueView

# Plain columns: every page reads all values, and making rows into entities took longer than reading them.
COLUMNS = (
    col(FacetValue.id),
    col(FacetValue.facet),
    col(FacetValue.key),
    col(FacetValue.name),
    col(FacetValue.icon),
    col(FacetValue.position),
    col(FacetValue.buyer_words),
    col(FacetValue.milestone),
    col(FacetValue.judges_by),
    col(FacetValue.fears),
    col(FacetValue.level),
    col(FacetValue.revision),
    col(FacetValue.retired_at),
)
ALL_VALUES = sqlalchemy.select(*COLUMNS).order_by(col(FacetValue.position), col(FacetValue.id))
ALL_SYNONYMS = select(SynonymGroup).order_by(col(SynonymGroup.id))


@dataclass(frozen=True)
class Facets:
    """All facet values in order: those in use, and the retired ones, which are shown only where content still carries them."""

    values: tuple[ValueView, ...]
    retired: tuple[ValueView, ...] = ()

    @cached_property
    def _by_id(self) -> dict[int, ValueView]:
        return {value.id: value for value in self.values}

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], ValueView]:
        return {(value.facet, value.key): value for value in self.values}

    @cached_property
    def _by_facet(self) -> dict[str, tuple[ValueView, ...]]:
        return {facet: tuple(value for value in self.values if value.facet == facet) for facet in Facet}

    @cached_property
    def _retired_ids(self) -> frozenset[int]:
        return frozenset(value.id for value in self.retired)

    def by_facet(self, facet: Facet) -> tuple[ValueView, ...]:
        """The values in use of one facet."""
        return self._by_facet[facet]

    def retired_of(self, facet: Facet) -> tuple[ValueView, ...]:
        """The retired values of one facet."""
        return tuple(value for value in self.retired if value.facet == facet)

    def find(self, facet: Facet, key: str) -> ValueView | None:
        """The value in use that has this key."""
        return self._by_key.get((facet, key))

    def get(self, value_id: int) -> ValueView:
        """The value in use of this id; Refused when there is none."""
        if value_id not in self._by_id:
            raise Refused("One of the chosen tags does not exist any more. Reload the page and choose again.")
        return self._by_id[value_id]

    def pick(self, ids: Iterable[int]) -> tuple[ValueView, ...]:
        """The values of these ids, in framework order, retired ones last; unknown ids are left out."""
        wanted = set(ids)
        return tuple(value for value in (*self.values, *self.retired) if value.id in wanted)

    def only_retired(self, ids: Iterable[int]) -> frozenset[int]:
        """Those of these ids that are retired: content that carries them keeps them, although no form offers them."""
        return self._retired_ids.intersection(ids)

    def default_audience(self, level: str) -> ValueView | None:
        """What stands for an item that has a level and no audience value of its own: the first of that level."""
        return next((value for value in self.by_facet(Facet.AUDIENCE) if value.level == level), None)


def list_values(work: Work) -> Facets:
    """The framework as readers see it, by facet and position; read once in a unit of work."""
    known = work.session.info.get(Facets)
    if isinstance(known, Facets):
        return known
    work.session.info[Facets] = facets = _facets(tuple(work.session.execute(ALL_VALUES).all()))
    return facets


@lru_cache(maxsize=4)  # the same rows at nearly every request
def _facets(rows: tuple[sqlalchemy.Row[Any], ...]) -> Facets:
    views = [_view(row) for row in rows]
    ordered = [view for facet in Facet for view in views if view.facet == facet]
    in_use, retired = (tuple(view for view in ordered if view.is_retired is state) for state in (False, True))
    return Facets(in_use, retired)


def forget_values(work: Work) -> None:
    """Read the framework anew next time; called after changing it."""
    work.session.info.pop(Facets, None)


def list_steps_of_stages(work: Work) -> dict[int, tuple[int, ...]]:
    """The process map: the ids of the buyer steps over each stage, in their order, by stage id; retired ones are left out."""
    values = list_values(work)
    stages = {stage.id for stage in values.by_facet(Facet.STAGE)}
    pairs = list_step_pairs(work)
    found: dict[int, tuple[int, ...]] = {}
    for step in values.by_facet(Facet.STEP):
        for stage_id in sorted(stage_id for step_id, stage_id in pairs if step_id == step.id and stage_id in stages):
            found[stage_id] = (*found.get(stage_id, ()), step.id)
    return found


def list_step_pairs(work: Work) -> set[tuple[int, int]]:
    """The process map as stored: (step, stage) ids, retired ones included."""
    return set(work.session.exec(select(StepStage.step_id, StepStage.stage_id)).all())


def list_step_rows(work: Work) -> list[StepStage]:
    """The process map's rows, for replacing them."""
    return list(work.session.exec(select(StepStage)).all())


def list_stages_of_steps(work: Work) -> dict[int, frozenset[int]]:
    """The process map read the other way: the ids of the stages under each buyer step in use."""
    found: dict[int, set[int]] = {step.id: set() for step in list_values(work).by_facet(Facet.STEP)}
    for stage_id, step_ids in list_steps_of_stages(work).items():
        for step_id in step_ids:
            found[step_id].add(stage_id)
    return {step_id: frozenset(stage_ids) for step_id, stage_ids in found.items()}


def list_unneeded(work: Work) -> frozenset[Place]:
    """The squares marketing says need no content yet."""
    rows = work.session.execute(sqlalchemy.select(col(MapSquare.stage_id), col(MapSquare.stakeholder_id)).where(~col(MapSquare.is_needed)))
    return frozenset((stage_id, stakeholder_id) for stage_id, stakeholder_id in rows)


def find_square(work: Work, place: Place) -> MapSquare | None:
    """What marketing said of a square, if anything."""
    return work.session.get(MapSquare, place)


def find_value(work: Work, facet: Facet, key: str) -> FacetValue | None:
    """The row of one facet value by its key."""
    return work.session.exec(select(FacetValue).where(col(FacetValue.facet) == facet, col(FacetValue.key) == key)).first()


def get_row(work: Work, facet: Facet, key: str) -> FacetValue:
    """The same; NotFound when there is none."""
    row = find_value(work, facet, key)
    if row is None:
        raise NotFound(f"There is no {rules.FACET_NAMES[facet].lower()} at this address. Look at the list.")
    return row


def list_rows(work: Work, facet: Facet) -> list[FacetValue]:
    """The rows of one facet in order, retired ones included."""
    return list(
        work.session.exec(
            select(FacetValue).where(col(FacetValue.facet) == facet).order_by(col(FacetValue.position), col(FacetValue.id))
        ).all()
    )


def list_used_facets(work: Work) -> set[Facet]:
    """The facets that have a value, retired ones included."""
    return {Facet(facet) for facet in work.session.exec(select(FacetValue.facet).distinct()).all()}


def list_same_words(work: Work) -> tuple[tuple[str, ...], ...]:
    """Groups of words and phrases that mean the same; not those that are only related."""
    return tuple(tuple(row.words) for row in list_synonym_rows(work) if row.nearness == Nearness.SAME)


def list_synonym_rows(work: Work) -> list[SynonymGroup]:
    """The stored synonym groups, oldest first."""
    return list(work.session.exec(ALL_SYNONYMS).all())


def get_synonyms(work: Work, group_id: int) -> SynonymGroup:
    """One synonym group; NotFound when there is none."""
    group = work.session.get(SynonymGroup, group_id)
    if group is None:
        raise NotFound("There is no such group of words. Somebody may have removed it; look at the list.")
    return group


def count_synonyms(work: Work) -> int:
    """How many groups there are."""
    return work.session.exec(select(func.count()).select_from(SynonymGroup)).one()


def _view(row: sqlalchemy.Row[Any]) -> ValueView:
    return ValueView(
        row.id,
        row.facet,
        row.key,
        row.name,
        row.icon or rules.ICONS.get(row.facet, ""),
        rules.tone(row.facet, row.position),
        row.buyer_words,
        row.milestone,
        row.judges_by,
        row.fears,
        row.level,
        row.revision,
        row.retired_at is not None,
    )
