"""Changes to the framework: defaults of a new portal, values an import or the demo brings, what curators edit."""

from collections.abc import Collection, Sequence

from app.core.errors import Conflict, PreconditionMissing, Refused, Stale
from app.core.work import Work
from app.framework import queries, rules
from app.framework.events import FrameworkChanged
from app.framework.models import Facet, FacetValue, MapSquare, Nearness, Place, StepStage, SynonymGroup, ValueInput
from app.framework.rules import DefaultValue
from app.identity.actions import audit
from app.identity.rules import Permission, require


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
    """Add a value at the end of its facet, or give back the one that has this key; one that is retired comes back into use."""
    found = queries.find_value(work, facet, key)
    if found is not None and found.retired_at is None:
        return found
    _check_room(work, facet)
    if found is not None:
        return _bring_back(work, found)
    row = _add(work, facet, DefaultValue(key, name, rules.ICONS.get(facet, "")), _next_position(work, facet))
    work.session.flush()
    audit(work, "add", "facet_value", row.id, facet=facet, key=key)
    return row


def create_value(work: Work, facet: Facet, data: ValueInput) -> FacetValue:
    """Add what a curator wrote at the end of its facet; its key is made of its name."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    known = queries.list_rows(work, facet)
    _check_room(work, facet)
    fields = _checked_fields(facet, data, known)
    value = DefaultValue(rules.make_key(data.name, {row.key for row in known}), **fields)
    row = _add(work, facet, value, _next_position(work, facet))
    work.session.flush()
    audit(work, "add", "facet_value", row.id, facet=facet, key=row.key, name=row.name)
    work.record(FrameworkChanged(facet, ()))
    return row


def edit_value(work: Work, facet: Facet, key: str, data: ValueInput, revision: int | None) -> FacetValue:
    """Change what is said of a value, its key aside; Stale when somebody changed it since `revision` was read.

    A new level of an audience does not reach its items by itself: `library.actions.carriers.set_level` takes it there.
    """
    require(work.actor, Permission.EDIT_FRAMEWORK)
    row = queries.get_row(work, facet, key)
    _check_revision(row, revision)
    others = [other for other in queries.list_rows(work, facet) if other.id != row.id]
    fields = _checked_fields(facet, data, others)
    _check_levels(row, [fields.get("level", ""), *(other.level for other in others if other.retired_at is None)])
    before = {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(row, name, value)
    _touch(work, row)
    changed = {name: f"{before[name]} → {value}" for name, value in fields.items() if before[name] != value}
    audit(work, "edit", "facet_value", row.id, facet=facet, key=key, **changed)
    if facet == Facet.STEP:
        _name_steps_on_stages(work)
    work.record(FrameworkChanged(facet, _read_otherwise(work, row)))
    return row


def move_value(work: Work, facet: Facet, key: str, places: int, seen: str | None) -> FacetValue:
    """Move a value up (-1) or down (+1) among those in use; Stale when the order is not the one that was `seen`. Tones go by position."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    row = queries.get_row(work, facet, key)
    rows = [one for one in queries.list_rows(work, facet) if one.retired_at is None]
    _check_seen(seen, rules.state_mark(one.id for one in rows), "The order was changed by somebody else meanwhile. Look at it, then move.")
    if row not in rows:
        raise Conflict(f"“{row.name}” is retired, so it has no place among the others. Bring it back first.")
    place = rows.index(row)
    rows.insert(max(0, place + places), rows.pop(place))
    _number(work, rows)
    audit(work, "move", "facet_value", row.id, facet=facet, key=key, position=row.position)
    work.record(FrameworkChanged(facet, ()))
    return row


def retire_value(work: Work, facet: Facet, key: str, revision: int | None, target_key: str = "") -> FacetValue:
    """Take a value out of every choice; it can be brought back. What carries it is moved to the target before, or keeps it.

    Buyer steps over a retired stage are laid over the target, and a retired step's stages under the target step.
    """
    require(work.actor, Permission.EDIT_FRAMEWORK)
    row = queries.get_row(work, facet, key)
    _check_revision(row, revision)
    others = [one for one in queries.list_rows(work, facet) if one.id != row.id and one.retired_at is None]
    if row.retired_at is not None:
        raise Conflict(f"“{row.name}” is retired already.")
    if not others and facet in rules.NEVER_EMPTY:
        raise Refused(f"“{row.name}” is the last one, and content needs one. Add another first; nothing was changed.")
    _check_levels(row, [one.level for one in others])
    target = next((one for one in others if one.key == target_key), None)
    row.retired_at = work.now
    _number(work, others)
    _touch(work, row)
    touched = set(_read_otherwise(work, row))
    if target is not None:
        touched.update(_lay_over(work, facet, row.id or 0, target.id or 0), _read_otherwise(work, target))
    _name_steps_on_stages(work)
    audit(work, "retire", "facet_value", row.id, facet=facet, key=key, to=target_key)
    work.record(FrameworkChanged(facet, tuple(sorted(touched))))
    return row


def restore_value(work: Work, facet: Facet, key: str, revision: int | None) -> FacetValue:
    """Bring a retired value back, at the end; what was moved away stays where it went."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    row = queries.get_row(work, facet, key)
    _check_revision(row, revision)
    if row.retired_at is None:
        raise Conflict(f"“{row.name}” is in use already.")
    _check_room(work, facet)
    return _bring_back(work, row)


def set_process_map(work: Work, pairs: Collection[tuple[int, int]], seen: str | None) -> None:
    """Lay buyer steps over stages anew, as (step, stage) ids; Stale when the map is not the one that was `seen`."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    values = queries.list_values(work)
    stages, steps = ({value.id for value in values.by_facet(facet)} for facet in (Facet.STAGE, Facet.STEP))
    shown = {(row.step_id, row.stage_id): row for row in queries.list_step_rows(work) if row.step_id in steps and row.stage_id in stages}
    _check_seen(seen, rules.state_mark(sorted(shown)), "The process map was changed by somebody else meanwhile. Compare, then save again.")
    wanted = {(step_id, stage_id) for step_id, stage_id in pairs if step_id in steps and stage_id in stages}
    for pair in shown.keys() - wanted:
        work.session.delete(shown[pair])
    work.session.add_all(StepStage(step_id=step_id, stage_id=stage_id) for step_id, stage_id in wanted - shown.keys())
    work.session.flush()
    _name_steps_on_stages(work)
    touched = tuple(sorted({stage_id for _, stage_id in shown.keys() ^ wanted}))
    audit(work, "edit", "process_map", None, added=len(wanted - shown.keys()), removed=len(shown.keys() - wanted))
    work.record(FrameworkChanged(Facet.STEP, touched))


def set_synonyms(work: Work, groups: Sequence[Sequence[str]]) -> None:
    """Replace the house synonyms; groups of fewer than two words say nothing and are left out."""
    for row in queries.list_synonym_rows(work):
        work.session.delete(row)
    for group in groups:
        words = rules.clean_synonyms(group)
        if len(words) > 1:
            work.session.add(SynonymGroup(words=words))
    work.session.flush()
    audit(work, "replace", "synonyms", None, groups=len(groups))


def add_synonyms(work: Work, words: Sequence[str], nearness: Nearness = Nearness.SAME) -> SynonymGroup:
    """A new group of words that mean the same, or nearly; searches follow it at once."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    group = SynonymGroup(words=_checked_words(words), nearness=nearness)
    work.session.add(group)
    work.session.flush()
    audit(work, "add", "synonyms", group.id, words=", ".join(group.words), nearness=group.nearness)
    return group


def change_synonyms(work: Work, group_id: int, words: Sequence[str], nearness: Nearness, revision: int | None) -> SynonymGroup:
    """Change a group; Stale when somebody changed it since `revision` was read."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    group = queries.get_synonyms(work, group_id)
    _check_revision(group, revision)
    before = {"before": ", ".join(group.words), "nearness_before": group.nearness}
    group.words, group.nearness = _checked_words(words), nearness
    group.revision += 1
    audit(work, "edit", "synonyms", group.id, words=", ".join(group.words), nearness=nearness, **before)
    return group


def remove_synonyms(work: Work, group_id: int, revision: int | None) -> None:
    """Take a group away; its words mean different things again."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    group = queries.get_synonyms(work, group_id)
    _check_revision(group, revision)
    audit(work, "remove", "synonyms", group.id, words=", ".join(group.words))
    work.session.delete(group)


def _checked_words(words: Sequence[str]) -> list[str]:
    clean = rules.clean_synonyms(words)
    fault = rules.synonyms_fault(clean)
    if fault:
        raise Refused(fault)
    return clean


def _checked_fields(facet: Facet, data: ValueInput, others: Sequence[FacetValue]) -> dict[str, str]:
    """The fields this facet has; raises Refused for a name that is taken, a picture or level there is not."""
    fields = {"name": data.name, **{name: getattr(data, name) for name in rules.FIELDS.get(facet, ())}}
    for other in others:
        if other.name.casefold() == data.name.casefold():
            retired = " among the retired ones; bring it back instead" if other.retired_at else ""
            raise Refused(f"There is already “{other.name}”{retired}. Nothing was changed.")
    if "icon" in fields and fields["icon"] not in rules.PICTURES:
        raise Refused("Choose one of the pictures.")
    if "level" in fields and fields["level"] not in rules.LEVELS:
        raise Refused("Choose how far it goes: our own people, partners or customers.")
    return fields


def _check_levels(row: FacetValue, remaining: Sequence[str]) -> None:
    """New content starts inside the house, so one audience must stay there."""
    if row.facet == Facet.AUDIENCE and "internal" not in remaining:
        raise Refused(f"“{row.name}” is the last audience for our own people, where new content starts. Nothing was changed.")


def _check_room(work: Work, facet: Facet) -> None:
    most = rules.most(facet)
    if len(queries.list_values(work).by_facet(facet)) >= most:
        plural = rules.FACET_PLURALS[facet].lower()
        raise Refused(f"There are {most} {plural}, and there is no room for more. Retire one first; nothing was changed.")


def _check_revision(row: FacetValue | SynonymGroup, revision: int | None) -> None:
    if revision is None:
        raise PreconditionMissing("The form does not say which state it was made for. Reload the page, then try again.")
    if row.revision != revision:
        raise Stale("This was changed by somebody else meanwhile. Look at it again, then repeat what you did.")


def _check_seen(seen: str | None, now: str, sentence: str) -> None:
    if seen is None:
        raise PreconditionMissing("The form does not say which state it was made for. Reload the page, then try again.")
    if seen != now:
        raise Stale(sentence)


def _bring_back(work: Work, row: FacetValue) -> FacetValue:
    row.retired_at = None
    row.position = _next_position(work, row.facet)
    _touch(work, row)
    audit(work, "restore", "facet_value", row.id, facet=row.facet, key=row.key)
    work.record(FrameworkChanged(row.facet, _read_otherwise(work, row)))
    _name_steps_on_stages(work)
    return row


def _next_position(work: Work, facet: Facet) -> int:
    return len(queries.list_values(work).by_facet(facet)) + 1


def _number(work: Work, rows: Sequence[FacetValue]) -> None:
    """Positions without gaps, since tones go by them."""
    for position, row in enumerate(rows, start=1):
        row.position = position
    work.session.flush()
    queries.forget_values(work)


def _touch(work: Work, row: FacetValue) -> None:
    row.revision += 1
    work.session.add(row)
    work.session.flush()
    queries.forget_values(work)


def _read_otherwise(work: Work, row: FacetValue) -> tuple[int, ...]:
    """The values whose carriers read differently when this one does: nothing carries a buyer step but through its stages."""
    if row.facet != Facet.STEP:
        return (row.id or 0,)
    return tuple(sorted(stage_id for step_id, stage_id in queries.list_step_pairs(work) if step_id == row.id))


def _lay_over(work: Work, facet: Facet, value_id: int, target_id: int) -> tuple[int, ...]:
    """Let the target take the retired value's place in the process map; gives the stages concerned."""
    pairs = queries.list_step_pairs(work)
    if facet == Facet.STAGE:
        wanted = {(step_id, target_id) for step_id, stage_id in pairs if stage_id == value_id}
    elif facet == Facet.STEP:
        wanted = {(target_id, stage_id) for step_id, stage_id in pairs if step_id == value_id}
    else:
        return ()
    work.session.add_all(StepStage(step_id=step_id, stage_id=stage_id) for step_id, stage_id in wanted - pairs)
    work.session.flush()
    return tuple(sorted({stage_id for _, stage_id in wanted}))


def _name_steps_on_stages(work: Work) -> None:
    """Write the names of the buyer steps on the stages they lie over: whatever shows a stage shows them with it."""
    steps = {step.id: step.name for step in queries.list_values(work).by_facet(Facet.STEP)}
    over = queries.list_steps_of_stages(work)
    for row in queries.list_rows(work, Facet.STAGE):
        row.buyer_words = ", ".join(steps[step_id] for step_id in over.get(row.id or 0, ()))
    work.session.flush()
    queries.forget_values(work)


def set_square(work: Work, place: Place, *, is_needed: bool, was_needed: bool | None) -> MapSquare:
    """Say whether content is needed in a square of the map; `was_needed` is what the page showed, Stale when it is so no longer."""
    require(work.actor, Permission.EDIT_FRAMEWORK)
    row = queries.find_square(work, place)
    if was_needed is None:
        raise PreconditionMissing("The form does not say what the square was when it was shown. Nothing was changed; reload the page.")
    if was_needed is not (row is None or row.is_needed):
        raise Stale("Somebody else changed this square meanwhile. Look at it again, then repeat what you did.")
    if row is None:
        row = MapSquare(stage_id=place[0], stakeholder_id=place[1], changed_at=work.now)
    row.is_needed, row.changed_by, row.changed_at = is_needed, work.actor.id, work.now
    work.session.add(row)
    audit(work, "set_square", "map_square", None, stage=place[0], stakeholder=place[1], needed=is_needed)
    return row


def _install_process_map(work: Work) -> None:
    values = queries.list_values(work)
    for step_key, stage_keys in rules.STEP_STAGES.items():
        step = values.find(Facet.STEP, step_key)
        stages = [stage for key in stage_keys if (stage := values.find(Facet.STAGE, key)) is not None]
        work.session.add_all(StepStage(step_id=step.id, stage_id=stage.id) for stage in stages if step is not None)
    work.session.flush()


def _add(work: Work, facet: Facet, value: DefaultValue, position: int) -> FacetValue:
    row = FacetValue(facet=facet, position=position, **value._asdict())
    work.session.add(row)
    queries.forget_values(work)
    return row
