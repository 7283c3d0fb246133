"""What the people of the demo did besides filing content, from content_store/seed/life.toml; called by app/ops/seed.py."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
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
ASKED_DAYS = 45
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
    items: dict[str, int]


@dataclass(frozen=True)
class Step:
    """Something somebody did so many days ago."""

    days_ago: int
    run: Callable[[Work], object]


def days_ago(work: Work, days: int) -> Work:
    """The same work as if it were done then."""
    return replace(work, now=work.now - timedelta(days=days))


def read_life(folder: Path) -> Life:
    """The file of this demo."""
    return Life.model_validate(tomllib.loads((folder / "life.toml").read_text(encoding="utf-8")))


def prepare(work: Work, life: Life, people: Mapping[str, int]) -> None:
    """Before the items: the partner's organisation, competitors, squares nobody needs yet, review policies."""
    get_user(work, people["partner"]).organisation_id = create_organisation(work, life.organisation).id
    for key, name in life.competitors.items():
        add_value(work, Facet.COMPETITOR, key, name)
    values = list_values(work)
    for stage, stakeholder in life.not_needed:
        place = [values.find(facet, key) for facet, key in ((Facet.STAGE, stage), (Facet.STAKEHOLDER, stakeholder))]
        ids = [value.id for value in place if value is not None]
        set_square(work, (ids[0], ids[1]), is_needed=False, was_needed=True)
    for key, days in life.policies.items():
        kind = values.find(Facet.KIND, key)
        if kind is None:
            raise ValueError(f"the demo has a review policy for a kind nobody knows: {key}")
        save_policy(work, kind.id, PolicyInput(interval_days=days, fallback_owner_id=people["manager"]), 0)


def ask_steps(life: Life, known_since: Mapping[str, int]) -> Iterator[Step]:
    """What buyers asked in the last weeks, never before the question was known (days ago by its text)."""
    for place, (text, times) in enumerate(life.asked.items()):
        since = min(ASKED_DAYS, known_since[text])
        for number in range(times):
            yield Step(_spread(place, number, since), partial(record_asked, data=AskedInput(text=text)))
    for place, question in enumerate(life.unanswered):
        for number in range(question.times):
            call: dict[str, str] = {"stage": question.stages[number % len(question.stages)], "stakeholder": question.stakeholders[0]}
            asked = AskedInput(text=question.text, context=call, note=question.note if number == 0 else "")
            yield Step(_spread(place, number, ASKED_DAYS), partial(record_asked, data=asked))


def _spread(place: int, number: int, since: int) -> int:
    """Days ago, scattered over the time since; the same on every machine."""
    return (place * 7 + number * 11) % since if since else 0


def log_uses(work: Work, items: Sequence[tuple[SeedItem, int]], user_id: int) -> None:
    """Each item was used a few times on calls of its stages in the last weeks; the same on every machine."""
    log_happenings(work, list(_uses(work, items, user_id)))


def _uses(work: Work, items: Sequence[tuple[SeedItem, int]], user_id: int) -> Iterator[Happening]:
    for number, (item, asset_id) in enumerate(items):
        span = max(1, min(USE_DAYS, item.confirmed_days_ago))
        for place, stage in enumerate(item.stages):
            for use in range((number * 5 + place * 3) % 7):
                at = work.now - timedelta(days=(number * 7 + use * 4) % span, minutes=number)
                context = (("stage", stage), ("stakeholder", item.stakeholders[use % len(item.stakeholders)]))
                yield Happening(at, user_id, USES[use % len(USES)], asset_id, context=context)
