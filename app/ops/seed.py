"""Fills an empty portal with the demo: people, framework values, items with their history, questions, synonyms."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.desk import OpenWork
from app.core.office.merge import scan_template
from app.core.store import BlobStore
from app.core.work import Work
from app.framework.actions import add_value, install_defaults, set_synonyms
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import choose_password, create_user
from app.identity.models import NewUser, Role
from app.identity.queries import count_users
from app.identity.rules import ROLE_NAMES
from app.library import actions as library
from app.library.actions.templates import describe_fields, store_scan
from app.library.models import AssetInput, Audience, FieldInput
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.files import store_file
from app.ops.portal import write_private
from app.ops.seed_files import Seed, SeedItem, SeedQuestion, SeedVersion, build_seed
from app.ops.seed_kits import kit_steps
from app.ops.seed_life import Life, Step, Stored, ask_steps, days_ago, log_uses, prepare, read_life
from app.ops.seed_rooms import add_demo_room
from app.ops.seed_searches import judge_steps, log_searches, read_searches

SOURCE = Path(__file__).resolve().parents[2] / "content_store" / "seed"
SIGN_IN = "{:<25}  {:<16}  {:<13}  {}"
ROOM = "A champion's room, for anybody who has the address; put the portal's address before it: {}"
LIMIT = 64 * 1024**2
OPENED_DAYS_AGO = 400
DAYS_BETWEEN_VERSIONS = 40
PEOPLE = {
    Role.REP: "Account executive",
    Role.PARTNER: "Channel partner",
    Role.MARKETER: "Product marketing manager",
    Role.MANAGER: "Solution consulting lead",
    Role.ADMIN: "Portal administrator",
}
SOLUTIONS = {
    "dock-scheduler": "Dock Scheduler",
    "carrier-hub": "Carrier Hub",
    "yard-planner": "Yard Planner",
    "freight-audit": "Freight Audit",
}


def seed_demo(open_work: OpenWork, blobs: BlobStore, sign_ins: Path) -> bool:
    """Load the demo into a portal nobody uses yet, and write its sign-ins to a private file; says whether it did."""
    with open_work(read_only=True) as work:
        if count_users(work):
            return False
    with TemporaryDirectory(prefix="quiver-seed-") as folder:
        seed, life, searches = build_seed(SOURCE, Path(folder)), read_life(SOURCE), read_searches(SOURCE)
        with open_work() as work:
            stored = Stored(_found(days_ago(work, OPENED_DAYS_AGO), seed, life, sign_ins), {})
            steps = [step for item in seed.items for step in _item_steps(work, blobs, item, stored, life.tagged.get(item.slug, {}))]
            steps += [_question_step(question, seed, stored) for question in seed.questions]
            steps += ask_steps(life, {question.text: _first_day(_item_of(seed, question)) for question in seed.questions})
            steps += kit_steps(SOURCE, stored)
            steps += judge_steps(blobs, searches, stored)
            for step in sorted(steps, key=lambda step: -step.days_ago):  # in the order of time, as the audit log keeps it
                step.run(days_ago(work, step.days_ago))
            log_uses(work, [(item, stored.items[item.slug]) for item in seed.items], stored.people["rep"])
            log_searches(work, searches, stored)
            room = add_demo_room(work, SOURCE, stored)
        write_private(sign_ins, f"{sign_ins.read_text(encoding='utf-8').rstrip()}\n{ROOM.format(room)}")
    return True


def _found(work: Work, seed: Seed, life: Life, sign_ins: Path) -> dict[str, int]:
    """The portal before its first item: people by role, framework, the partner's organisation, synonyms, policies."""
    people = _add_people(work, sign_ins)
    install_defaults(work)
    for key, name in SOLUTIONS.items():
        add_value(work, Facet.SOLUTION, key, name)
    for key, name in seed.verticals:
        add_value(work, Facet.VERTICAL, key, name)
    set_synonyms(work, seed.synonyms.groups)
    prepare(work, life, people)
    return people


def _add_people(work: Work, sign_ins: Path) -> dict[str, int]:
    lines, owners = [SIGN_IN.format("address", "password", "role", "name")], {}
    for role, name in PEOPLE.items():
        password = secrets.token_urlsafe(12)
        invited = create_user(work, NewUser(email=f"{role.value}@quiver.example", name=name, role=role))
        user = choose_password(work, invited.token, password)
        owners[role.value] = user.id or 0
        lines.append(SIGN_IN.format(user.email, password, ROLE_NAMES[role], name))
    write_private(sign_ins, "\n".join(lines))
    return owners


def _item_steps(work: Work, blobs: BlobStore, item: SeedItem, stored: Stored, more: Mapping[Facet, Sequence[str]]) -> Iterator[Step]:
    """Each version on its day, and the release; `work` is today's, which the expiry date is counted from."""
    expires = work.today + timedelta(days=item.expires_in_days) if item.expires_in_days is not None else None

    def add(then: Work) -> None:
        version = item.versions[0]
        file = store_file(blobs, version.path, version.file_name, LIMIT, version.note)
        stored.items[item.slug] = library.create_asset(then, _asset(then, item, expires, stored.people, more), file).id or 0

    def add_version(then: Work, version: SeedVersion) -> None:
        file = store_file(blobs, version.path, version.file_name, LIMIT, version.note)
        library.upload_version(then, stored.items[item.slug], file)

    yield Step(_first_day(item), add)
    for number, version in enumerate(item.versions[1:], start=2):
        yield Step(_day_of(item, number), partial(add_version, version=version))

    def release(then: Work) -> None:
        asset = library.release(then, stored.items[item.slug], _released(item))
        if item.fields:
            version = item.versions[_released(item) - 1]
            store_scan(then, asset.released_version_id or 0, scan_template(version.path, version.path.suffix[1:]))
            fields = [FieldInput(name=name, **parts) for name, parts in item.fields]
            describe_fields(then, asset.id or 0, fields, asset.revision)

    yield Step(item.confirmed_days_ago, release)


def _released(item: SeedItem) -> int:
    return next(number for number, version in enumerate(item.versions, start=1) if version.released)


def _day_of(item: SeedItem, number: int) -> int:
    """How many days ago a version was filed: the released one on the day it was confirmed, a draft after it more recently."""
    behind = _released(item) - number
    return item.confirmed_days_ago + DAYS_BETWEEN_VERSIONS * behind if behind >= 0 else item.confirmed_days_ago // 2


def _first_day(item: SeedItem) -> int:
    return _day_of(item, 1)


def _asset(work: Work, item: SeedItem, expires: date | None, people: Mapping[str, int], more: Mapping[Facet, Sequence[str]]) -> AssetInput:
    return AssetInput(
        title=item.title,
        summary=item.summary,
        kind_id=_ids(work, Facet.KIND, [item.kind])[0],
        audience=Audience(item.audience),
        tags=list(item.tags),
        facet_ids=[*_facet_ids(work, item), *(value_id for facet, keys in more.items() for value_id in _ids(work, facet, keys))],
        owner_id=people[item.owner],
        review_interval_days=item.review_interval_days,
        expires_on=expires,
    )


def _item_of(seed: Seed, question: SeedQuestion) -> SeedItem:
    return next(item for item in seed.items if item.slug == question.item)


def _question_step(question: SeedQuestion, seed: Seed, stored: Stored) -> Step:
    """A question is written down on the day its item first came."""
    return Step(
        _first_day(_item_of(seed, question)), lambda then: record_question(then, _question(then, question, stored.items[question.item]))
    )


def _question(work: Work, question: SeedQuestion, asset_id: int) -> QuestionInput:
    return QuestionInput(
        text=question.text,
        phrasings=list(question.phrasings),
        facet_ids=_facet_ids(work, question),
        asset_id=asset_id,
        anchor=question.anchor,
    )


def _facet_ids(work: Work, tagged: SeedItem | SeedQuestion) -> list[int]:
    chosen = (
        (Facet.STAGE, tagged.stages),
        (Facet.STAKEHOLDER, tagged.stakeholders),
        (Facet.SOLUTION, tagged.solutions),
        (Facet.VERTICAL, tagged.verticals),
    )
    return [value_id for facet, keys in chosen for value_id in _ids(work, facet, keys)]


def _ids(work: Work, facet: Facet, keys: Iterable[str]) -> list[int]:
    values = list_values(work)
    found = {key: values.find(facet, key) for key in keys}
    unknown = [key for key, value in found.items() if value is None]
    if unknown:
        raise ValueError(f"the demo names a {facet} nobody knows: {', '.join(unknown)}")
    return [value.id for value in found.values() if value is not None]
