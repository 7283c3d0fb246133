"""The demo's opportunities and the kits of its rep, from content_store/seed; called by app/ops/seed.py."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from pydantic import Field as InputField

from app.core.work import Work
from app.deals.actions.importing import import_opportunities
from app.deals.queries.holdings import list_by_external_ids
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role, UserActor
from app.identity.queries import get_user
from app.messaging.queries import find_same
from app.ops.seed_files.sources import Source, Stage, Stakeholder
from app.ops.seed_life import Step, Stored
from app.plays.actions import make_kit, share_kit
from app.plays.actions.items import add_item, add_note
from app.plays.models import ItemInput, ItemKind, Kit, KitInput

IMPORTED_DAYS_AGO = 30


class SeedEntry(Source):
    """An item by its slug, a passage of it, a question by its words, or a note."""

    item: str = ""
    anchor: str = ""
    question: str = ""
    note: str = ""


class SeedKit(Source):
    """What one meeting of the rep's needs."""

    title: str
    opportunity: str
    meeting_in_days: int
    stages: list[Stage]
    stakeholders: list[Stakeholder]
    shared: bool
    entries: list[SeedEntry]


class SeedKits(Source):
    """The whole file; a mistyped key is an error."""

    kit: list[SeedKit] = InputField(min_length=1)


def kit_steps(folder: Path, stored: Stored) -> Iterator[Step]:
    """The CRM's table a month ago, then the kits today, when everything they hold has been released."""
    table = (folder / "opportunities.csv").read_bytes()
    yield Step(IMPORTED_DAYS_AGO, partial(_import, table=table))
    for kit in SeedKits.model_validate(tomllib.loads((folder / "kits.toml").read_text(encoding="utf-8"))).kit:
        yield Step(0, partial(_make, kit=kit, stored=stored))


def _import(work: Work, table: bytes) -> None:
    plan = import_opportunities(work, table)
    if plan.faults:
        raise ValueError(f"the demo's opportunities are not right: {plan.faults}")


def _make(work: Work, kit: SeedKit, stored: Stored) -> None:
    rep = get_user(work, stored.people[Role.REP])
    own = replace(work, actor=UserActor(rep.id or 0, rep.name, rep.role))
    values = list_values(work)
    named = [(Facet.STAGE, key) for key in kit.stages] + [(Facet.STAKEHOLDER, key) for key in kit.stakeholders]
    deal = list_by_external_ids(work, [kit.opportunity])[kit.opportunity]
    data = KitInput(
        title=kit.title,
        opportunity_id=deal.id,
        meeting_on=work.today + timedelta(days=kit.meeting_in_days),
        facet_ids=[
            *(value.id for facet, key in named if (value := values.find(facet, key)) is not None),
            *(value_id for value_id in (deal.solution_id, deal.vertical_id) if value_id is not None),
        ],
    )
    made = make_kit(own, data)
    for entry in kit.entries:
        _add(own, made, entry, stored)
    if kit.shared:
        share_kit(own, made.id or 0, made.revision, is_shared=True)


def _add(own: Work, kit: Kit, entry: SeedEntry, stored: Stored) -> None:
    if entry.note:
        add_note(own, kit.id or 0, entry.note)
        return
    if entry.question:
        question = find_same(own, entry.question)
        if question is None:
            raise ValueError(f"a kit of the demo names a question nobody knows: {entry.question}")
        add_item(own, kit.id or 0, ItemInput(kind=ItemKind.ANSWER, question_id=question.id))
        return
    kind = ItemKind.PASSAGE if entry.anchor else ItemKind.ASSET
    add_item(own, kit.id or 0, ItemInput(kind=kind, asset_id=stored.items[entry.item], anchor=entry.anchor))
