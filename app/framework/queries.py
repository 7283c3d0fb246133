"""Reads the framework; small enough to be read whole, in one statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy
from sqlmodel import col, select

from app.core.errors import Refused
from app.core.work import Work
from app.framework import rules
from app.framework.models import Facet, FacetValue, StepStage, SynonymGroup, ValueView

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
)


@dataclass(frozen=True)
class Facets:
    """All facet values in use, in order."""

    values: tuple[ValueView, ...]

    @cached_property
    def _by_id(self) -> dict[int, ValueView]:
        return {value.id: value for value in self.values}

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], ValueView]:
        return {(value.facet, value.key): value for value in self.values}

    def by_facet(self, facet: Facet) -> tuple[ValueView, ...]:
        return tuple(value for value in self.values if value.facet == facet)

    def find(self, facet: Facet, key: str) -> ValueView | None:
        return self._by_key.get((facet, key))

    def get(self, value_id: int) -> ValueView:
        """The value of this id; Refused when there is none."""
        if value_id not in self._by_id:
            raise Refused("One of the chosen tags does not exist any more. Reload the page and choose again.")
        return self._by_id[value_id]

    def pick(self, ids: Iterable[int]) -> tuple[ValueView, ...]:
        """The values of these ids, in framework order; unknown ids are left out."""
        wanted = set(ids)
        return tuple(value for value in self.values if value.id in wanted)


def list_values(work: Work) -> Facets:
    """The framework as readers see it: values not retired, by facet and position; read once in a unit of work."""
    known = work.session.info.get(Facets)
    if isinstance(known, Facets):
        return known
    rows = work.session.execute(sqlalchemy.select(*COLUMNS).where(col(FacetValue.retired_at).is_(None)).order_by(col(FacetValue.position)))
    views = [_view(row) for row in rows]
    work.session.info[Facets] = facets = Facets(tuple(view for facet in Facet for view in views if view.facet == facet))
    return facets


def forget_values(work: Work) -> None:
    """Read the framework anew next time; called after changing it."""
    work.session.info.pop(Facets, None)


def list_steps_of_stages(work: Work) -> dict[int, tuple[int, ...]]:
    """The process map: the ids of the buyer steps over each stage, by stage id."""
    found: dict[int, tuple[int, ...]] = {}
    for step_id, stage_id in work.session.exec(select(StepStage.step_id, StepStage.stage_id).order_by(col(StepStage.step_id))).all():
        found[stage_id] = (*found.get(stage_id, ()), step_id)
    return found


def find_value(work: Work, facet: Facet, key: str) -> FacetValue | None:
    """The row of one facet value by its key."""
    return work.session.exec(select(FacetValue).where(col(FacetValue.facet) == facet, col(FacetValue.key) == key)).first()


def list_used_facets(work: Work) -> set[Facet]:
    """The facets that have a value, retired ones included."""
    return {Facet(facet) for facet in work.session.exec(select(FacetValue.facet).distinct()).all()}


def list_synonyms(work: Work) -> tuple[tuple[str, ...], ...]:
    """Groups of words and phrases that mean the same."""
    return tuple(tuple(row.words) for row in list_synonym_rows(work))


def list_synonym_rows(work: Work) -> list[SynonymGroup]:
    """The stored synonym groups, oldest first."""
    return list(work.session.exec(select(SynonymGroup).order_by(col(SynonymGroup.id))).all())


def _view(row: sqlalchemy.Row[Any]) -> ValueView:
    icon = row.icon or rules.ICONS.get(row.facet, "")
    return ValueView(row.id, row.facet, row.key, row.name, icon, rules.tone(row.facet, row.position), row.buyer_words, row.milestone)
