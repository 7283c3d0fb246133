"""Changes to the framework: defaults of a new portal, values an import or the demo brings, synonyms."""

from collections.abc import Sequence

from app.core.work import Work
from app.framework import queries, rules
from app.framework.models import Facet, FacetValue, StepStage, SynonymGroup
from app.framework.rules import DefaultValue
from app.identity.actions import audit


def install_defaults(work: Work) -> None:
    """Give every facet that has no value yet, retired ones included, those of a new portal; lay the buyer steps over the stages."""
    used = queries.list_used_facets(work)
    for facet, values in rules.DEFAULTS.items():
        if facet not in used:
            for position, value in enumerate(values, start=1):
                _add(work, facet, value, position)
    work.session.flush()
    if Facet.STEP not in used:
        _install_process_map(work)


def add_value(work: Work, facet: Facet, key: str, name: str) -> FacetValue:
    """Add a value at the end of its facet, or give back the one that has this key."""
    found = queries.find_value(work, facet, key)
    if found is not None:
        return found
    position = len(queries.list_values(work).by_facet(facet)) + 1
    row = _add(work, facet, DefaultValue(key, name, rules.ICONS.get(facet, "")), position)
    work.session.flush()
    audit(work, "add", "facet_value", row.id, facet=facet, key=key)
    return row


def set_synonyms(work: Work, groups: Sequence[Sequence[str]]) -> None:
    """Replace the house synonyms; groups of fewer than two words say nothing and are left out."""
    for row in queries.list_synonym_rows(work):
        work.session.delete(row)
    for group in groups:
        words = list(dict.fromkeys(word.strip().lower() for word in group if word.strip()))
        if len(words) > 1:
            work.session.add(SynonymGroup(words=words))
    work.session.flush()
    audit(work, "replace", "synonyms", None, groups=len(groups))


def _install_process_map(work: Work) -> None:
    values = queries.list_values(work)
    for step_key, stage_keys in rules.STEP_STAGES.items():
        step = values.find(Facet.STEP, step_key)
        stages = [stage for key in stage_keys if (stage := values.find(Facet.STAGE, key)) is not None]
        work.session.add_all(StepStage(step_id=step.id, stage_id=stage.id) for stage in stages if step is not None)
    work.session.flush()


def _add(work: Work, facet: Facet, value: DefaultValue, position: int) -> FacetValue:
    row = FacetValue(
        facet=facet,
        key=value.key,
        name=value.name,
        icon=value.icon,
        position=position,
        buyer_words=value.buyer_words,
        milestone=value.milestone,
        level=value.level,
        judges_by=value.judges_by,
        fears=value.fears,
    )
    work.session.add(row)
    queries.forget_values(work)
    return row
