"""What the people of the demo did besides filing content, from content_store/seed/life.toml; called by app/ops/seed.py."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from app.activity.actions import log_happenings
from app.activity.models import Happening, Verb
from app.core.work import Work
from app.framework.actions import add_value, set_square
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions.organisations import create_organisation
from app.identity.queries import get_user
from app.messaging.actions import record_asked
from app.messaging.models import AskedInput
from app.ops.seed_files import SeedItem
from app.ops.seed_files.sources import Source, Stage, Stakeholder
from app.review.actions import save_policy
from app.review.models import PolicyInput

USE_DAYS = 27
# Opened more often than copied, copied more often than downloaded.
USES = (Verb.VIEWED, Verb.COPIED, Verb.VIEWED, Verb.DOWNLOADED, Verb.VIEWED)


class Unanswered(Source):
    """A question buyers asked so often and nothing answers."""

    text: str
    stages: list[Stage]
    stakeholders: list[Stakeholder]
    times: int = Field(ge=1)
    note: str


class Life(Source):
    """The whole file; a mistyped key is an error."""

    organisation: str
    not_needed: list[tuple[Stage, Stakeholder]]
    competitors: dict[str, str]
    policies: dict[str, int]
    tagged: dict[str, dict[Facet, list[str]]]
    asked: dict[str, int]
    unanswered: list[Unanswered]


@dataclass(frozen=True)
class Stored:
    """What the loader has stored already: ids of people by role, of items by slug."""

    people: Mapping[str, int]
    items: Mapping[SeedItem, int]


def read_life(folder: Path) -> Life:
    """The file of this demo."""
    return Life.model_validate(tomllib.loads((folder / "life.toml").read_text(encoding="utf-8")))


def add_competitors(work: Work, life: Life) -> None:
    """Before the items, which are tagged with them."""
    for key, name in life.competitors.items():
        add_value(work, Facet.COMPETITOR, key, name)


def live(work: Work, life: Life, stored: Stored) -> None:
    """After the items and questions: the partner's organisation, squares, policies, what was asked and used."""
    get_user(work, stored.people["partner"]).organisation_id = create_organisation(work, life.organisation).id
    values = list_values(work)
    for stage, stakeholder in life.not_needed:
        place = [values.find(facet, key) for facet, key in ((Facet.STAGE, stage), (Facet.STAKEHOLDER, stakeholder))]
        ids = [value.id for value in place if value is not None]
        set_square(work, (ids[0], ids[1]), is_needed=False, was_needed=True)
    for key, days in life.policies.items():
        kind = values.find(Facet.KIND, key)
        if kind is None:
            raise ValueError(f"the demo has a review policy for a kind nobody knows: {key}")
        save_policy(work, kind.id, PolicyInput(interval_days=days, fallback_owner_id=stored.people["manager"]), 0)
    _ask(work, life)
    log_happenings(work, list(_uses(work, stored)))


def _ask(work: Work, life: Life) -> None:
    for text, times in life.asked.items():
        for _ in range(times):
            record_asked(work, AskedInput(text=text))
    for question in life.unanswered:
        for number in range(question.times):
            call: dict[str, str] = {"stage": question.stages[number % len(question.stages)], "stakeholder": question.stakeholders[0]}
            record_asked(work, AskedInput(text=question.text, context=call, note=question.note if number == 0 else ""))


def _uses(work: Work, stored: Stored) -> Iterator[Happening]:
    """Each item was used a few times on calls of its stages in the last weeks; the same on every machine."""
    for number, (item, asset_id) in enumerate(stored.items.items()):
        for place, stage in enumerate(item.stages):
            for use in range((number * 5 + place * 3) % 7):
                at = work.now - timedelta(days=(number * 7 + use * 4) % USE_DAYS, minutes=number)
                context = (("stage", stage), ("stakeholder", item.stakeholders[use % len(item.stakeholders)]))
                yield Happening(at, stored.people["rep"], USES[use % len(USES)], asset_id, context=context)
