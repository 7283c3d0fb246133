"""The demo's room with its link, from content_store/seed/room.toml; called by app/ops/seed.py when everything else is there."""

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.core.work import Work
from app.identity.models import UserActor
from app.identity.queries import get_user
from app.ops.seed_files.sources import Source
from app.ops.seed_life import Stored
from app.sharing.actions import RoomInput, add_item, make_room
from app.sharing.actions.links import make_link
from app.sharing.actions.plans import StepInput, add_step, tick_step
from app.sharing.models import LinkTerms, Side
from app.sharing.rules import PRESETS, USUAL_DAYS


class DemoItem(Source):
    """An item by its slug, where it stands and what the sender says of it."""

    section: str
    item: str
    note: str


class DemoStep(Source):
    """A step of the plan, so many days from now."""

    text: str
    side: Side
    in_days: int
    done: bool = False


class DemoRoom(Source):
    """The whole file; a mistyped key is an error."""

    title: str
    company: str
    welcome: str
    items: list[DemoItem]
    steps: list[DemoStep]


def add_demo_room(work: Work, folder: Path, stored: Stored) -> str:
    """The room of the demo's rep; the path of its link."""
    data = DemoRoom.model_validate(tomllib.loads((folder / "room.toml").read_text(encoding="utf-8")))
    rep = get_user(work, stored.people["rep"])
    own = replace(work, actor=UserActor(rep.id or 0, rep.name, rep.role))
    room_id = make_room(own, RoomInput(title=data.title, company=data.company, welcome=data.welcome.strip())).id or 0
    for one in data.items:
        add_item(own, room_id, stored.items[one.item], one.section, one.note)
    for one_step in data.steps:
        due_on = work.today + timedelta(days=one_step.in_days)
        step = add_step(own, room_id, StepInput(one_step.text, due_on, one_step.side))
        tick_step(own, room_id, step.id or 0, done=one_step.done)
    preset = PRESETS["open"]
    terms = LinkTerms(
        expires_at=work.now + timedelta(days=USUAL_DAYS),
        password=None,
        mail_rule=(),
        handout=preset.handout,
        follows=True,
        notifies=True,
        view_limit=None,
        watermarks=preset.watermarks,
    )
    return f"/r/{make_link(own, room_id, data.company, terms, can_mail=False).secret}"
