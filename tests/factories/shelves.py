"""A library of chance for counting: items in every state and combination of tags, buyer questions, and a process map of many to many."""

import random
from datetime import timedelta

from app.core.work import Work
from app.framework.models import Facet, StepStage, ValueView
from app.framework.queries import list_step_rows, list_values
from app.library.models import Asset, Audience, Status
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from tests.factories.library import add_draft, asset_input

STATES = (*([Status.RELEASED] * 7), Status.DRAFT, Status.RETIRED, Status.TRASHED)
DAYS = (None, None, None, -400, -30, -1, 0, 1, 30)


def some(dice: random.Random, values: tuple[ValueView, ...], most: int = 3) -> list[int]:
    """None to a few of the values, by id."""
    return [value.id for value in dice.sample(values, dice.randint(0, most))]


def fill_by_chance(work: Work, number: int, seed: int = 11) -> None:
    """So many items, a tenth of them format twins of another, and a third as many questions."""
    dice = random.Random(seed)
    asset_input(work)
    mix_process_map(work, dice)
    values = list_values(work)
    stages, people = values.by_facet(Facet.STAGE), values.by_facet(Facet.STAKEHOLDER)
    ids: list[int] = []
    for place in range(number):
        tags = [*some(dice, stages), *some(dice, people)]
        kind = dice.choice(values.by_facet(Facet.KIND)).id
        ids.append(add_draft(work, f"Item {place}", facet_ids=tags, kind_id=kind, audience=dice.choice(list(Audience))))
    for asset_id in ids:
        scatter(work, work.session.get_one(Asset, asset_id), dice)
    for place in range(number // 3):
        answer = dice.choice([None, *ids]) if dice.random() < 0.7 else None
        known = answer is not None and work.session.get_one(Asset, answer).status != Status.TRASHED
        tags = [*some(dice, stages), *some(dice, people)]
        record_question(work, QuestionInput(text=f"What of matter {place}?", facet_ids=tags, asset_id=answer if known else None))


def scatter(work: Work, asset: Asset, dice: random.Random) -> None:
    """A state, dates around today, and sometimes a twin."""
    asset.status = dice.choice(STATES)
    version_id = work.session.connection().exec_driver_sql(f"SELECT id FROM version WHERE asset_id = {asset.id}").scalar_one()
    asset.released_version_id = None if asset.status == Status.DRAFT else version_id
    review, expiry = dice.choice(DAYS), dice.choice(DAYS)
    asset.review_on = work.today + timedelta(days=review) if review is not None else None
    asset.expires_on = work.today + timedelta(days=expiry) if expiry is not None else None
    asset.twin_key = f"twin-{dice.randrange(20)}" if dice.random() < 0.1 else ""
    work.session.add(asset)


def mix_process_map(work: Work, dice: random.Random) -> None:
    """Every buyer step but the last over one to three stages; the last lies over none."""
    for row in list_step_rows(work):
        work.session.delete(row)
    work.session.flush()
    stages = list_values(work).by_facet(Facet.STAGE)
    for step in list_values(work).by_facet(Facet.STEP)[:-1]:
        work.session.add_all(StepStage(step_id=step.id, stage_id=stage.id) for stage in dice.sample(stages, dice.randint(1, 3)))
    work.session.flush()
