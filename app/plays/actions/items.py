"""Changes to the entries of a kit: add, move, remove and put back, look at, keep at a version or follow."""

from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import col

from app.core.errors import Conflict, Refused
from app.core.work import Work
from app.identity.actions import audit
from app.library.models import Reading
from app.library.queries import find_passage, get_shown
from app.messaging.queries import get_question
from app.plays import queries, rules
from app.plays.actions import kit_at, touch
from app.plays.models import ItemInput, ItemKind, Kit, KitItem

FULL = f"A kit holds at most {rules.MOST_ITEMS} entries, and this one has as many. Nothing was added. Make another kit, or remove some."


@dataclass(frozen=True)
class Added:
    """What was added to which kit; `was_there` when it stood in it already and nothing changed."""

    kit: Kit
    item: KitItem
    was_there: bool


def add_item(work: Work, kit_id: int, data: ItemInput) -> Added:
    """Add an asset, a passage or an answer at the end of an own kit; the same thing twice stands in it once."""
    kit = queries.get_own_kit(work, kit_id)
    item = _new_item(work, kit, data)
    rows = [row for row, _ in queries.list_rows(work, kit_id)]
    same = next((row for row in rows if _thing(row) == _thing(item)), None)
    if same is not None:
        return Added(kit, same, was_there=True)
    _append(work, kit, item, rows)
    return Added(kit, item, was_there=False)


def add_note(work: Work, kit_id: int, text: str) -> KitItem:
    """Words of one's own at the end of the kit, whatever was changed in it meanwhile: what is added overwrites nothing."""
    kit, clean = queries.get_own_kit(work, kit_id), _note(text)
    item = KitItem(kit_id=kit_id, position=0, kind=ItemKind.NOTE, note=clean, added_by=work.actor.id, added_at=work.now)
    _append(work, kit, item, [row for row, _ in queries.list_rows(work, kit_id)])
    return item


def edit_note(work: Work, kit_id: int, item_id: int, text: str, revision: int | None) -> KitItem:
    """Other words in a note."""
    kit, item = _item_at(work, kit_id, item_id, revision)
    if item.kind != ItemKind.NOTE:
        raise Refused("Only notes have words to change. Nothing was changed.")
    item.note = _note(text)
    return _done(work, kit, item, "edit_note")


def move_item(work: Work, kit_id: int, item_id: int, place: int, revision: int | None) -> KitItem:
    """Put an entry at the place (from 0) among the others."""
    kit, item = _item_at(work, kit_id, item_id, revision)
    rows = [row for row, _ in queries.list_rows(work, kit_id)]
    for position, row in enumerate(rules.moved(rows, item, place)):
        row.position = position
        work.session.add(row)
    return _done(work, kit, item, "move_item")


def remove_item(work: Work, kit_id: int, item_id: int, revision: int | None) -> KitItem:
    """Take an entry out; it can be put back for an hour."""
    kit, item = _item_at(work, kit_id, item_id, revision)
    old = delete(KitItem).where(col(KitItem.kit_id) == kit_id, col(KitItem.removed_at) < work.now - rules.UNDO_FOR)
    work.session.exec(old)
    item.removed_at = work.now
    return _done(work, kit, item, "remove_item")


def put_back_item(work: Work, kit_id: int, item_id: int) -> KitItem:
    """Undo a removal, as long as it can be undone."""
    kit = queries.get_own_kit(work, kit_id)
    item = queries.get_item(work, kit, item_id, removed=True)
    item.removed_at = None
    return _done(work, kit, item, "put_back_item")


def look_at_item(work: Work, kit_id: int, item_id: int, revision: int | None) -> KitItem:
    """Somebody has seen what readers get now; the entry's passage is the one found there, or the whole item when there is none."""
    kit, item = _item_at(work, kit_id, item_id, revision)
    found = queries.find_given(work, item)
    if found is None or found.given.card is None:
        raise Conflict("There is nothing to look at for you now. Nothing was changed.")
    item.asset_id, item.seen_version_id = found.source.kept[0], found.given.card.version.id
    item.anchor = found.passage.anchor if found.passage is not None else ""
    if item.kind == ItemKind.PASSAGE and not item.anchor:
        item.kind = ItemKind.ASSET
    return _done(work, kit, item, "look_at_item")


def pin_item(work: Work, kit_id: int, item_id: int, revision: int | None) -> KitItem:
    """Keep an entry at the version somebody last looked at."""
    kit, item = _item_at(work, kit_id, item_id, revision)
    if item.seen_version_id is None:
        raise Conflict("There is no version to keep it at. Nothing was changed.")
    item.pinned_version_id = item.seen_version_id
    return _done(work, kit, item, "pin_item")


def follow_item(work: Work, kit_id: int, item_id: int, revision: int | None) -> KitItem:
    """Let an entry follow what readers get again."""
    kit, item = _item_at(work, kit_id, item_id, revision)
    item.pinned_version_id = None
    return _done(work, kit, item, "follow_item")


def _new_item(work: Work, kit: Kit, data: ItemInput) -> KitItem:
    item = KitItem(kit_id=kit.id or 0, position=0, kind=data.kind, added_by=work.actor.id, added_at=work.now)
    if data.kind == ItemKind.ANSWER:
        question = get_question(work, data.question_id or 0)
        item.question_id, item.asset_id = question.id, question.asset_id
        if question.asset_id is not None:
            item.seen_version_id = get_shown(work, question.asset_id).version.id
            # until a job has moved it to a version just released, its anchor means something in the one before only
            item.anchor = question.anchor if question.anchor_version_id in (item.seen_version_id, None) else ""
        return item
    if data.kind == ItemKind.NOTE or data.asset_id is None:
        raise Refused("Choose an item, a passage or an answer to add. Nothing was added.")
    version = get_shown(work, data.asset_id).version
    item.asset_id, item.seen_version_id = data.asset_id, version.id
    if data.kind == ItemKind.PASSAGE:
        if version.reading != Reading.WAITING and find_passage(work, version.id or 0, data.anchor) is None:
            raise Refused("The item has no such passage any more. Nothing was added. Open the item and choose one that is there.")
        item.anchor = data.anchor
    return item


def _append(work: Work, kit: Kit, item: KitItem, rows: list[KitItem]) -> None:
    if len(rows) >= rules.MOST_ITEMS:
        raise Refused(FULL)
    item.position = rows[-1].position + 1 if rows else 0
    work.session.add(item)
    work.session.flush()
    _done(work, kit, item, "add_item")


def _item_at(work: Work, kit_id: int, item_id: int, revision: int | None) -> tuple[Kit, KitItem]:
    """An own kit and an entry of it, which are about to be changed from the state of `revision`."""
    kit = kit_at(work, kit_id, revision)
    return kit, queries.get_item(work, kit, item_id)


def _done(work: Work, kit: Kit, item: KitItem, verb: str) -> KitItem:
    """Only what went through counts as a change."""
    touch(work, kit)
    work.session.add(item)
    audit(work, verb, "kit", kit.id, item=item.id, kind=item.kind)
    return item


def _thing(item: KitItem) -> tuple[object, ...]:
    """What an entry is about; two with the same are one."""
    if item.kind == ItemKind.NOTE:
        return (item.kind, id(item))
    return (item.kind, item.question_id) if item.kind == ItemKind.ANSWER else (item.kind, item.asset_id, item.anchor)


def _note(text: str) -> str:
    clean = rules.clean_note(text)
    if not clean:
        raise Refused("Write something first. Nothing was changed.")
    return clean
