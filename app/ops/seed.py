"""Fills an empty portal with the demo: people, framework values, items with their history, questions, synonyms."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.desk import OpenWork
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
from app.library.models import AssetInput, Audience
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.ops.files import store_file
from app.ops.portal import write_private
from app.ops.seed_files import SeedItem, SeedQuestion, build_seed
from app.ops.seed_life import Stored, add_competitors, live, read_life

SOURCE = Path(__file__).resolve().parents[2] / "content_store" / "seed"
SIGN_IN = "{:<25}  {:<16}  {:<13}  {}"
LIMIT = 64 * 1024**2
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
        seed, life = build_seed(SOURCE, Path(folder)), read_life(SOURCE)
        with open_work() as work:
            owners = _add_people(work, sign_ins)
            install_defaults(work)
            for key, name in SOLUTIONS.items():
                add_value(work, Facet.SOLUTION, key, name)
            for key, name in seed.verticals:
                add_value(work, Facet.VERTICAL, key, name)
            set_synonyms(work, seed.synonyms.groups)
            add_competitors(work, life)
            stored = {item: _add_item(work, blobs, item, owners, life.tagged.get(item.slug, {})) for item in seed.items}
            assets = {item.slug: asset_id for item, asset_id in stored.items()}
            for question in seed.questions:
                record_question(work, _question(work, question, assets))
            live(work, life, Stored(owners, stored))
    return True


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


def _add_item(work: Work, blobs: BlobStore, item: SeedItem, owners: dict[str, int], more: Mapping[Facet, Sequence[str]]) -> int:
    expires = work.today + timedelta(days=item.expires_in_days) if item.expires_in_days is not None else None
    data = AssetInput(
        title=item.title,
        summary=item.summary,
        kind_id=_ids(work, Facet.KIND, [item.kind])[0],
        audience=Audience(item.audience),
        tags=list(item.tags),
        facet_ids=[*_facet_ids(work, item), *(value_id for facet, keys in more.items() for value_id in _ids(work, facet, keys))],
        owner_id=owners[item.owner],
        review_interval_days=item.review_interval_days,
        expires_on=expires,
    )
    files = [store_file(blobs, version.path, version.file_name, LIMIT, version.note) for version in item.versions]
    asset = library.create_asset(work, data, files[0])
    for file in files[1:]:
        library.upload_version(work, asset.id or 0, file)
    confirmed = work.today - timedelta(days=item.confirmed_days_ago)
    released = next(number for number, version in enumerate(item.versions, start=1) if version.released)
    library.release(work, asset.id or 0, released, confirmed)
    return asset.id or 0


def _question(work: Work, question: SeedQuestion, assets: dict[str, int]) -> QuestionInput:
    return QuestionInput(
        text=question.text,
        phrasings=list(question.phrasings),
        facet_ids=_facet_ids(work, question),
        asset_id=assets[question.item],
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
