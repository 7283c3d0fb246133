"""The verbs of the library: each checks who may, changes what it says, and leaves a trace."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.core import outbox
from app.core.clock import utc_now
from app.core.errors import Conflict, NotFound, NotPermitted, Refused, Stale, TooLarge
from app.core.outbox import OutboxRow
from app.core.work import Quota, Work
from app.identity.models import AuditEntry, Role
from app.library import actions, queries
from app.library.actions.findings import record_past_dates
from app.library.models import Asset, Finding, FindingReason, Status
from app.library.queries.findings import list_open_findings
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.messaging.queries import get_question
from tests.factories.library import add_draft, add_released, add_version, asset_input, store
from tests.factories.portal import Portal


@pytest.fixture
def work(portal: Portal) -> Iterator[Work]:
    """A transaction of a marketer."""
    with portal.work() as first:
        asset_input(first)
    with portal.work(portal.actor(Role.MARKETER)) as work:
        yield work


def system_draft(portal: Portal, title: str = "Dock guide", **more: object) -> int:
    with portal.work() as work:
        return add_draft(work, title, **more)  # type: ignore[arg-type]  # fields of an asset


def trace(work: Work, asset_id: int) -> list[str]:
    work.session.flush()
    found = select(AuditEntry.verb).where(col(AuditEntry.target) == "asset", col(AuditEntry.target_id) == asset_id)
    return list(work.session.exec(found.order_by(col(AuditEntry.id))).all())


def events(work: Work) -> list[str]:
    work.session.flush()
    return list(work.session.exec(select(OutboxRow.event).order_by(col(OutboxRow.id))).all())


def draft(work: Work, title: str = "Dock guide", **more: object) -> Asset:
    file = store(work, f"# {title}\n", "dock-guide.md")
    return actions.create_asset(work, asset_input(work, title, **more), file)


def test_a_new_asset_is_a_draft_with_a_version_to_read(work: Work) -> None:
    asset = draft(work, tags=["  yard   plan ", "Yard", "", "Yard"])
    [version] = queries.list_versions(work, asset.id or 0)
    assert (asset.status, asset.revision, asset.tags, version.number, version.created_by) == (
        Status.DRAFT,
        1,
        ["yard plan", "Yard"],
        1,
        work.actor.id,
    )
    assert (trace(work, asset.id or 0), events(work)) == (["create"], ["VersionUploaded"])


def test_a_kind_that_is_none_and_tags_that_are_gone_are_refused(work: Work) -> None:
    data = asset_input(work)
    with pytest.raises(Refused, match="Choose what kind"):
        actions.create_asset(work, data.model_copy(update={"kind_id": data.facet_ids[0]}), store(work, "x"))
    with pytest.raises(Refused, match="does not exist any more"):
        actions.create_asset(work, data.model_copy(update={"facet_ids": [99999]}), store(work, "x"))


def test_an_edit_keeps_what_it_was_told_and_moves_the_revision(work: Work) -> None:
    asset = draft(work)
    data = asset_input(work, "New title", summary="Short", facet_ids=[], audience="customer")
    actions.edit_asset(work, asset.id or 0, data, revision=1)
    view = queries.get_view(work, asset.id or 0)
    assert (view.card.title, view.card.summary, view.card.facets, view.card.audience, view.revision) == (
        "New title",
        "Short",
        (),
        "customer",
        2,
    )
    with pytest.raises(Stale, match="changed by somebody else"):
        actions.edit_asset(work, asset.id or 0, asset_input(work, "Lost update"), revision=1)
    assert queries.get_view(work, asset.id or 0).card.title == "New title"


@pytest.mark.parametrize("wrong", [{"facet_ids": "99999"}, {"kind_id": "99999"}, {"owner_id": "99999"}])
def test_a_refused_edit_changes_nothing_at_all(portal: Portal, wrong: dict[str, str]) -> None:
    """The page is shown again with the reason, so its transaction ends in good order: nothing of the edit may be in it."""
    asset_id = system_draft(portal, "Before")
    with portal.work(read_only=True) as work:
        kind = queries.get_view(work, asset_id).card.kind.id
    form = {"title": "After", "kind_id": str(kind), "audience": "customer", "review_interval_days": "30", "revision": "1", **wrong}
    marketer = portal.client(Role.MARKETER)
    for address in (f"/assets/{asset_id}/edit", f"/upload/files/{asset_id}"):
        assert marketer.post(address, data=form).status_code == 422
    with portal.work(read_only=True) as work:
        view = queries.get_view(work, asset_id)
    assert (view.card.title, view.card.audience, view.revision, len(view.card.facets)) == ("Before", "internal", 1, 2)


def test_a_new_review_interval_moves_the_review_date(work: Work) -> None:
    asset = draft(work)
    actions.release(work, asset.id or 0)
    actions.edit_asset(work, asset.id or 0, asset_input(work, review_interval_days=30), asset.revision)
    assert asset.review_on == work.today + timedelta(days=30)


def test_a_release_needs_everything_and_says_what(work: Work) -> None:
    asset = draft(work, facet_ids=[], owner_id=None)
    with pytest.raises(Refused, match="needs a stage and a stakeholder and an owner"):
        actions.release(work, asset.id or 0)
    assert (asset.status, asset.released_version_id) == (Status.DRAFT, None)


def test_readers_get_the_released_version_until_another_is_released(work: Work) -> None:
    asset_id = draft(work).id or 0
    actions.release(work, asset_id)
    assert add_version(work, asset_id, "# Second\n") == 2
    assert queries.get_shown(work, asset_id).version.number == 1
    actions.release(work, asset_id)
    assert queries.get_shown(work, asset_id).version.number == 2
    actions.release(work, asset_id, 1)
    assert queries.get_shown(work, asset_id).version.number == 1
    assert trace(work, asset_id) == ["create", "release", "upload_version", "release", "release"]
    with pytest.raises(NotFound, match="no version 9"):
        actions.release(work, asset_id, 9)


def test_a_release_counts_as_confirmed(work: Work) -> None:
    asset = draft(work, review_interval_days=90)
    actions.release(work, asset.id or 0)
    assert (asset.confirmed_on, asset.review_on) == (work.today, work.today + timedelta(days=90))
    actions.release(work, asset.id or 0, confirmed_on=work.today - timedelta(days=100))
    assert queries.get_view(work, asset.id or 0).card.freshness.words == "Stale, 10 days over"
    actions.confirm(work, asset.id or 0)
    assert asset.review_on == work.today + timedelta(days=90)


def test_only_what_is_released_can_be_confirmed(work: Work) -> None:
    asset = draft(work)
    with pytest.raises(Conflict, match="nothing to confirm"):
        actions.confirm(work, asset.id or 0)


@pytest.mark.parametrize("verb,state", [(actions.retire, Status.RETIRED), (actions.trash, Status.TRASHED)])
def test_what_was_taken_away_can_be_brought_back(work: Work, verb: Callable[[Work, int], Asset], state: Status) -> None:
    released, never = draft(work), draft(work)
    actions.release(work, released.id or 0)
    for asset, before in ((released, Status.RELEASED), (never, Status.DRAFT)):
        assert verb(work, asset.id or 0).status == state
        assert actions.restore(work, asset.id or 0).status == before
        with pytest.raises(Conflict, match="nothing to restore"):
            actions.restore(work, asset.id or 0)


def test_readers_lose_what_is_retired_and_trashed(portal: Portal) -> None:
    reader = portal.actor(Role.REP)
    with portal.work() as work:
        asset_id = add_released(work)
    for verb in (actions.retire, actions.trash):
        with portal.work() as work:
            verb(work, asset_id)
        with portal.work(reader, read_only=True) as work, pytest.raises(NotFound):
            queries.get_view(work, asset_id)
        with portal.work() as work:
            actions.restore(work, asset_id)
        with portal.work(reader, read_only=True) as work:
            assert queries.get_view(work, asset_id).card.id == asset_id


@pytest.mark.parametrize("role", [Role.REP, Role.PARTNER])
def test_readers_change_nothing(portal: Portal, role: Role) -> None:
    with portal.work() as work:
        asset_id, data, file = add_released(work), asset_input(work), store(work, "x")
    with portal.work(portal.actor(role)) as work:
        refused: list[Callable[[], object]] = [
            lambda: actions.create_asset(work, data, file),
            lambda: actions.upload_version(work, asset_id, file),
            lambda: actions.edit_asset(work, asset_id, data, 1),
            lambda: actions.release(work, asset_id),
            lambda: actions.retire(work, asset_id),
            lambda: actions.trash(work, asset_id),
            lambda: actions.confirm(work, asset_id),
            lambda: actions.keep_separate(work, asset_id),
            lambda: actions.make_version_of(work, asset_id, asset_id),
        ]
        for verb in refused:
            with pytest.raises((NotPermitted, NotFound)):
                verb()
        assert not work.session.new and not work.session.dirty


def test_the_same_bytes_are_recognised(work: Work) -> None:
    file = store(work, "# Same bytes\n")
    first = actions.create_asset(work, asset_input(work, "First"), file)
    second = actions.create_asset(work, asset_input(work, "Second"), file)
    assert [asset.id for asset, _ in queries.find_duplicates(work, {file.sha256})] == [first.id, second.id]
    actions.keep_separate(work, second.id or 0)
    assert queries.get_view(work, second.id or 0).is_separate


def test_a_copy_becomes_a_version_of_what_it_copies(work: Work) -> None:
    original, copy = draft(work, "Original"), draft(work, "Copy")
    version = actions.make_version_of(work, copy.id or 0, original.id or 0)
    assert (version.asset_id, version.number, version.file_name) == (original.id, 2, "dock-guide.md")
    assert copy.status == Status.TRASHED
    assert [one.number for one in queries.list_versions(work, original.id or 0)] == [2, 1]


@pytest.mark.parametrize(
    "quota,told",
    [
        (Quota(user_bytes=100, total_bytes=10), "The portal's store is at its limit"),
        (Quota(user_bytes=10, total_bytes=100), "used up your share"),
    ],
)
def test_quotas_hold_to_the_byte(work: Work, quota: Quota, told: str) -> None:
    work = replace(work, quota=quota)
    assert actions.create_asset(work, asset_input(work), store(work, "0123456789")).id
    with pytest.raises(TooLarge, match=told):
        actions.create_asset(work, asset_input(work), store(work, "!"))


def test_dates_that_passed_are_recorded_once_and_closed_when_put_right(portal: Portal) -> None:
    with portal.work() as work:
        stale = add_released(work, "Stale", confirmed_on=work.today - timedelta(days=400))
        expired = add_released(work, "Expired", expires_on=work.today - timedelta(days=1))
        add_released(work, "Last good day", confirmed_on=work.today - timedelta(days=180), expires_on=work.today)
        assert record_past_dates(work) == 2
        assert record_past_dates(work) == 0
        found = {finding.asset_id: finding.reason for finding in list_open_findings(work)}
        assert found == {stale: FindingReason.PAST_REVIEW, expired: FindingReason.EXPIRED}
        actions.confirm(work, stale)
        assert [finding.asset_id for finding in list_open_findings(work)] == [expired]
        actions.edit_asset(work, expired, asset_input(work, expires_on=work.today), 2)
        assert list_open_findings(work) == []
        assert len(work.session.exec(select(Finding)).all()) == 2, "closed ones are kept"


def test_the_same_text_in_two_formats_is_one_answer(portal: Portal) -> None:
    text = " ".join(f"word{number} dock yard ramp" for number in range(60))
    with portal.work() as work:
        page = add_released(work, "Guide", f"# Guide\n\n{text}\n", file_name="guide.md")
        plain = add_released(work, "Guide as text", f"Guide\n\n{text}\n", file_name="guide.txt")
        other = add_released(
            work, "Other", f"<h1>Guide</h1><p>{' '.join(f'gate{number}' for number in range(99))}</p>", file_name="guide.html"
        )
        same_format = add_released(work, "Again", f"# Guide\n\n{text}\n", file_name="guide.md")
    portal.drain()
    with portal.work(read_only=True) as work:
        keys = {asset.id: asset.twin_key for asset in queries.list_assets_by_id(work, [page, plain, other, same_format])}
        assert keys[page] == keys[plain] != ""
        assert keys[other] != keys[page]
        assert plain in {card.id for card in queries.list_twins(work, page)}
        assert outbox.count_by_state(work.session).keys() == {"done"}
    assert portal.client(Role.REP).get("/api/v1/ask", params={"q": "word7 ramp"}).json()["total"] <= 3


def test_the_trash_empties_itself_after_thirty_days(portal: Portal) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Old ramp")
        question = record_question(work, QuestionInput(text="How old is the ramp?", asset_id=asset_id)).id
        actions.trash(work, asset_id)
    with portal.work(now=utc_now() + timedelta(days=29)) as work:
        assert actions.empty_trash(work) == 0
    with portal.work(now=utc_now() + timedelta(days=31)) as work:
        assert actions.empty_trash(work) == 1
    with portal.work(read_only=True) as work:
        assert asset_id not in queries.list_asset_ids(work) and queries.list_blob_hashes(work) == set()
        assert get_question(work, question or 0).asset_id is None
