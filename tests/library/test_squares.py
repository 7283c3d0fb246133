"""What the map and the facets count equals a count by hand over five hundred items of chance, for each role; dates to the second."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import ColumnElement
from sqlmodel import col

from app.core.clock import utc_now
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_stages_of_steps, list_values
from app.identity.models import Role
from app.library.models import Asset, Status
from app.library.queries import may_see, squares
from app.library.queries.squares import Axes, Tagged, count_items, read_bits, tally
from app.messaging import queries as questions
from app.search.jobs import rebuild
from app.settings import Settings
from tests.factories.desk import desk_of
from tests.factories.library import add_released, asset_input
from tests.factories.portal import BASE_URL, Portal, started
from tests.factories.shelves import fill_by_chance
from tests.pages.reading import page_of, words

# Written by hand, so that it differs when the program is wrong.
SEES = {
    Role.REP: ("internal", "partner", "customer"),
    Role.PARTNER: ("partner", "customer"),
    Role.MARKETER: ("internal", "partner", "customer"),
    Role.MANAGER: ("internal", "partner", "customer"),
    Role.ADMIN: ("internal", "partner", "customer"),
}
CURATORS = (Role.MARKETER, Role.MANAGER, Role.ADMIN)
ITEMS = 500
Counts = Mapping[tuple[str, str], tuple[int, int, int]]


@dataclass(frozen=True)
class Item:
    """A row of the database and its tags, read without the program's queries."""

    id: int
    status: str
    audience: str
    twin: str
    kind: int
    review_on: date | None
    expires_on: date | None
    tags: frozenset[int]

    def is_current_for(self, role: Role, today: date) -> bool:
        """Released, not past its last day, and for this role."""
        return self.status == "released" and self.audience in SEES[role] and not (self.expires_on and self.expires_on < today)

    @property
    def one(self) -> str:
        """The same for all formats of a text."""
        return self.twin or f"item {self.id}"


@dataclass(frozen=True)
class Asked:
    """A buyer question, its tags, and the item that answers it."""

    asset_id: int | None
    tags: frozenset[int]


@dataclass(frozen=True)
class Shelf:
    """All there is, and the names and columns of the map."""

    portal: Portal
    items: tuple[Item, ...]
    questions: tuple[Asked, ...]
    names: Mapping[int, str]
    people: tuple[int, ...]
    stages: Mapping[int, frozenset[int]]
    steps: Mapping[int, frozenset[int]]


def rows_of(portal: Portal) -> tuple[tuple[Item, ...], tuple[Asked, ...]]:
    """Everything, by plain SQL."""
    with portal.services.engine.connect() as connection:

        def fetch(statement: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

        tags: dict[object, set[int]] = defaultdict(set)
        for owner, value in fetch("SELECT asset_id, value_id FROM asset_facet"):
            tags[owner].add(int(str(value)))
        of_questions: dict[object, set[int]] = defaultdict(set)
        for owner, value in fetch("SELECT question_id, value_id FROM question_facet"):
            of_questions[owner].add(int(str(value)))
        columns = "id, status, audience, twin_key, kind_id, review_on, expires_on"
        items = tuple(
            Item(
                int(str(row[0])), str(row[1]), str(row[2]), str(row[3]), int(str(row[4])), day(row[5]), day(row[6]), frozenset(tags[row[0]])
            )
            for row in fetch(f"SELECT {columns} FROM asset")
        )
        questions = tuple(
            Asked(int(str(asset_id)) if asset_id else None, frozenset(of_questions[question_id]))
            for question_id, asset_id in fetch("SELECT id, asset_id FROM buyer_question")
        )
    return items, questions


def day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Shelf]:
    """A portal with five hundred items of chance and an index of them."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "quiver.db").write_bytes(empty_database.read_bytes())
    settings = Settings(data_dir=folder, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False)
    with started(settings) as portal:
        with portal.work() as work:
            fill_by_chance(work, ITEMS)
        rebuild(desk_of(portal))
        with portal.work(read_only=True) as work:
            values, steps = list_values(work), list_stages_of_steps(work)
        items, questions = rows_of(portal)
        yield Shelf(
            portal,
            items,
            questions,
            {value.id: value.name for value in values.values},
            tuple(value.id for value in values.by_facet(Facet.STAKEHOLDER)),
            {value.id: frozenset({value.id}) for value in values.by_facet(Facet.STAGE)},
            steps,
        )


def known(shelf: Shelf, role: Role) -> list[Asked]:
    """The questions a role may know of: marketing all, others those that an item for them answers, the house's own the open ones."""
    if role in CURATORS:
        return list(shelf.questions)
    theirs = {item.id for item in shelf.items if item.status == "released" and item.audience in SEES[role]}
    return [one for one in shelf.questions if one.asset_id in theirs or (one.asset_id is None and role is Role.REP)]


def counted_by_hand(shelf: Shelf, role: Role, columns: Mapping[int, frozenset[int]]) -> Counts:
    """Items, questions and items past review of each square, by name; squares with none of them are left out."""
    today = utc_now().date()
    current = [item for item in shelf.items if item.is_current_for(role, today)]
    questions = known(shelf, role)
    found = {}
    for (column, stages), person in product(columns.items(), shelf.people):
        here = [item for item in current if stages & item.tags and person in item.tags]
        past = {item.one for item in here if item.review_on and item.review_on < today}
        asked = sum(1 for one in questions if stages & one.tags and person in one.tags)
        if here or asked:
            found[shelf.names[person], shelf.names[column]] = (len({item.one for item in here}), asked, len(past))
    return found


def counted_on_page(shelf: Shelf, role: Role, address: str) -> Counts:
    """The same as the page says it to a screen reader."""
    page = page_of(shelf.portal.client(role).get(address))
    found = {}
    for square in page.xpath("//table//a[contains(@class,'cell')]/span[@class='vh']"):
        place, _, told = words(square).partition(": ")
        person, column = place.split(", ", 1)
        numbers = [re.search(rf"([\d,]+) {word}", told) for word in ("items?", "buyer questions?", "past review")]
        items, asked, past = (int(match[1].replace(",", "")) if match else 0 for match in numbers)
        if items or asked:
            found[person, column] = (items, asked, past)
    return found


@pytest.mark.parametrize("role", SEES)
def test_the_map_by_stage_is_true_for_each_role(shelf: Shelf, role: Role) -> None:
    by_hand = counted_by_hand(shelf, role, shelf.stages)
    assert counted_on_page(shelf, role, "/") == by_hand
    assert len(by_hand) == 42 and any(past for _, _, past in by_hand.values())


# What `is_current` asks for, with one thing left out each.
MUTANTS: Mapping[str, Callable[[Work], ColumnElement[bool]]] = {
    "theirs to see": lambda work: (col(Asset.status) == Status.RELEASED) & not_expired(work),
    "released": lambda work: may_see(work) & not_expired(work),
    "not expired": lambda work: may_see(work) & (col(Asset.status) == Status.RELEASED),
}


def not_expired(work: Work) -> ColumnElement[bool]:
    return col(Asset.expires_on).is_(None) | (col(Asset.expires_on) >= work.today)


@pytest.mark.parametrize("left_out", MUTANTS)
def test_a_count_that_leaves_out_a_condition_is_noticed(shelf: Shelf, left_out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the tests of the map: some role's map is then wrong."""
    monkeypatch.setattr(squares, "is_current", MUTANTS[left_out])
    assert any(counted_on_page(shelf, role, "/") != counted_by_hand(shelf, role, shelf.stages) for role in SEES)


@pytest.mark.parametrize("role", [Role.REP, Role.PARTNER])
def test_a_count_of_questions_that_are_not_theirs_is_noticed(shelf: Shelf, role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control for the questions of a square."""
    monkeypatch.setattr(questions, "may", lambda actor, permission: True)
    assert counted_on_page(shelf, role, "/") != counted_by_hand(shelf, role, shelf.stages)


@pytest.mark.parametrize("role", SEES)
def test_the_map_by_buyer_step_counts_an_item_once_for_each_step(shelf: Shelf, role: Role) -> None:
    by_hand = counted_by_hand(shelf, role, shelf.steps)
    assert any(len(stages) > 1 for stages in shelf.steps.values())
    assert counted_on_page(shelf, role, "/?by=step&count=questions") == by_hand
    assert len(by_hand) >= 30


@pytest.mark.parametrize("role", SEES)
def test_the_totals_are_those_of_the_whole_map(shelf: Shelf, role: Role) -> None:
    today, stages, people = utc_now().date(), set(shelf.stages), set(shelf.people)
    on_map = [item for item in shelf.items if item.is_current_for(role, today) and stages & item.tags and people & item.tags]
    asked = sum(1 for one in known(shelf, role) if stages & one.tags and people & one.tags)
    said = words(page_of(shelf.portal.client(role).get("/")).xpath("//section[@aria-labelledby='map-h']//p")[0])
    assert said.startswith(f"{len({item.one for item in on_map})} current items, {asked} buyer questions.")


def facet_counts(shelf: Shelf, role: Role, address: str) -> dict[str, int]:
    """The counts of the results page by `facet=key`."""
    page = page_of(shelf.portal.client(role).get(address))
    boxes = page.xpath("//input[@type='checkbox' and (@name='stage' or @name='stakeholder' or @name='step' or @name='kind')]")
    return {f"{box.get('name')}={box.get('value')}": int(box.xpath("../b")[0].text) for box in boxes}


@pytest.mark.parametrize("role", SEES)
@pytest.mark.parametrize("chosen", ["", "stage=discover", "stage=discover&stakeholder=technical", "step=weighs&stakeholder=champion"])
def test_facet_counts_are_true_for_each_role(shelf: Shelf, role: Role, chosen: str) -> None:
    with shelf.portal.work(read_only=True) as work:
        values = list_values(work)
    carried = {value.id: frozenset({value.id}) for value in values.values} | dict(shelf.steps)
    picked = dict(pair.split("=") for pair in chosen.split("&") if pair)
    current = [item for item in shelf.items if item.is_current_for(role, utc_now().date())]
    by_hand = {}
    for facet in (Facet.STAGE, Facet.STAKEHOLDER, Facet.STEP, Facet.KIND):
        others = [values.find(Facet(name), key) for name, key in picked.items() if name != facet]
        left = [item for item in current if all(other and carried[other.id] & item.tags for other in others)]
        for value in values.by_facet(facet):
            here = (item for item in left if carried[value.id] & (item.tags | {item.kind}))
            by_hand[f"{facet}={value.key}"] = len({item.one for item in here})
    assert facet_counts(shelf, role, f"/ask?set=1&{chosen}") == by_hand


@pytest.mark.parametrize("role", [Role.REP, Role.PARTNER])
@pytest.mark.parametrize("by", ["stage", "step"])
def test_a_square_leads_to_as_many_items_as_it_says(shelf: Shelf, role: Role, by: str) -> None:
    client = shelf.portal.client(role)
    squares = page_of(client.get(f"/?by={by}")).xpath("//table//a[contains(@class,'cell--items')]")
    assert len(squares) > 20
    for square in squares[::7]:
        number = re.search(r": ([\d,]+) items?,", words(square))
        assert number is not None
        assert f"{number[1]} item" in words(page_of(client.get(square.get("href"))).xpath("//main//p")[0]), square.get("href")


MIDNIGHT = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "now,items,past", [(MIDNIGHT - timedelta(seconds=1), 1, 0), (MIDNIGHT, 1, 1), (MIDNIGHT + timedelta(seconds=1), 1, 1)]
)
def test_an_item_is_past_review_from_the_first_second_after_its_day(portal: Portal, now: datetime, items: int, past: int) -> None:
    assert counted_at(portal, now, review_on=date(2027, 2, 28)) == (items, past)


@pytest.mark.parametrize("now,items", [(MIDNIGHT - timedelta(seconds=1), 1), (MIDNIGHT, 0), (MIDNIGHT + timedelta(seconds=1), 0)])
def test_an_item_leaves_the_map_with_the_end_of_its_last_day(portal: Portal, now: datetime, items: int) -> None:
    assert counted_at(portal, now, expires_on=date(2027, 2, 28))[0] == items


def counted_at(portal: Portal, now: datetime, **dates: date) -> tuple[int, int]:
    """Items and items past review on the map at this moment, of one with these dates."""
    with portal.work() as work:
        asset = work.session.get_one(Asset, add_released(work, "Gate"))
        asset.review_on, asset.expires_on = dates.get("review_on"), dates.get("expires_on")
    with portal.work(read_only=True, now=now) as work:
        values = list_values(work)
        axes = Axes({value.id: frozenset({value.id}) for value in values.by_facet(Facet.STAGE)}, [values.by_facet(Facet.STAKEHOLDER)[0].id])
        found = count_items(work, axes)
    return sum(found.numbers.values()), sum(found.past.values())


def test_formats_of_one_text_count_once_in_a_square_and_in_all() -> None:
    axes = Axes({1: frozenset({1}), 9: frozenset({1, 2})}, [5])
    rows = [Tagged(frozenset({1, 5}), 1, False, "same"), Tagged(frozenset({2, 5}), 1, True, "same"), Tagged(frozenset({2, 5}), 3)]
    counted = tally(axes, rows)
    assert counted.numbers == {(1, 5): 1, (9, 5): 4}
    assert counted.past == {(9, 5): 1}
    assert counted.total == 4


def test_a_map_may_have_nine_columns_and_eight_rows() -> None:
    value_ids = list(range(100, 117))
    assert read_bits((1 << 17) - 1, value_ids) == frozenset(value_ids)
    assert read_bits(1 << 16, value_ids) == {116}


def test_a_map_without_stages_counts_nothing(portal: Portal) -> None:
    with portal.work() as work:
        asset_input(work)
        assert count_items(work, Axes({}, [])).total == 0
