"""A second manifest: earlier states that come late are history, a newer head is what readers get, a row that is missing is told."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.work import Work
from app.framework.actions import install_defaults
from app.identity.models import Role
from app.library import actions
from app.library.models import Status
from app.library.queries import get_view, list_asset_ids, list_versions
from app.ops.import_map import read_map
from app.ops.importer import Importer, Report
from app.ops.manifest import read_manifest
from tests.factories.desk import desk_of
from tests.factories.people import ensure_user
from tests.factories.portal import Portal
from tests.pages.reading import led_to, main_of, page_of, words

MAP = '[stage]\nd = "discover"\n[stakeholder]\nb = "economic"\n[defaults]\nowner = "marketer@example.com"\nkind = "one-pager"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five states of one guide."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(1, 6):
        (folder / f"guide-{number}.md").write_text(f"# Guide\n\nState number {number}.\n")
    return folder


def run(portal: Portal, folder: Path, *pairs: tuple[str, str], mapping: str = MAP, stage: str = "d") -> Report:
    """Import rows of (file, what it is an older version of)."""
    manifest, map_file = folder.parent / "manifest.csv", folder.parent / "map.toml"
    rows = [f"{name},Guide,{head},{stage},b" for name, head in pairs]
    manifest.write_text("\n".join(["file,title,version_of,stage,stakeholder", *rows]) + "\n")
    map_file.write_text(mapping)
    with portal.work() as work:
        install_defaults(work)
        ensure_user(work, Role.MARKETER)
    desk = desk_of(portal)
    report = Importer(desk.open_work, desk.blobs, folder, read_map(map_file), 1_000_000).run(read_manifest(manifest), lambda _: None)
    portal.drain()
    return report


def guide(work: Work) -> int:
    return list_asset_ids(work)[0]


def shown(work: Work) -> str:
    return get_view(work, guide(work)).card.version.file_name


def test_an_older_state_that_comes_late_is_history(portal: Portal, folder: Path, marketer: TestClient) -> None:
    run(portal, folder, ("guide-3.md", ""))
    report = run(portal, folder, ("guide-3.md", ""), ("guide-1.md", "guide-2.md"), ("guide-2.md", "guide-3.md"))
    assert (report.older_versions, report.newer_versions, report.unchanged) == (2, 0, 1)
    with portal.work(read_only=True) as work:
        asset_id = guide(work)
        assert shown(work) == "guide-3.md"
        assert not any(version.is_draft for version in get_view(work, asset_id).versions)
    page = page_of(marketer.get(f"/assets/{asset_id}"))
    told = words(page.xpath("//main")[0])
    assert "is a draft" not in told and "Draft" not in told
    back = next(form for form in page.xpath("//form") if form.get("action") == f"/assets/{asset_id}/versions/3/current")
    assert led_to(marketer.post(back.get("action"), data=dict(back.form_values()))) == f"/assets/{asset_id}"
    assert "State number 2." in main_of(marketer.get(f"/assets/{asset_id}"))


def test_a_draft_stays_the_newest_whatever_history_comes(portal: Portal, folder: Path) -> None:
    run(portal, folder, ("guide-3.md", ""), mapping=MAP + "release = false\n")
    run(portal, folder, ("guide-3.md", ""), ("guide-2.md", "guide-3.md"))
    with portal.work() as work:
        assert shown(work) == "guide-3.md"
        actions.release(work, guide(work))
        assert shown(work) == "guide-3.md"


def test_a_newer_head_is_counted_as_such_and_released(portal: Portal, folder: Path) -> None:
    run(portal, folder, ("guide-2.md", ""), ("guide-1.md", "guide-2.md"))
    chain = (("guide-4.md", ""), ("guide-3.md", "guide-4.md"), ("guide-2.md", "guide-3.md"), ("guide-1.md", "guide-2.md"))
    report = run(portal, folder, *chain)
    assert (report.created, report.newer_versions, report.older_versions, report.unchanged) == (0, 1, 1, 2)
    assert report.total == 4
    with portal.work(read_only=True) as work:
        assert shown(work) == "guide-4.md"
        assert [version.file_name for version in list_versions(work, guide(work))] == [f"guide-{n}.md" for n in (4, 3, 2, 1)]
    again = run(portal, folder, *chain)
    assert (again.newer_versions, again.older_versions, again.unchanged) == (0, 0, 4)


def test_a_newer_head_stays_a_draft_when_nothing_is_to_be_released_or_it_is_retired(portal: Portal, folder: Path) -> None:
    run(portal, folder, ("guide-1.md", ""))
    run(portal, folder, ("guide-2.md", ""), ("guide-1.md", "guide-2.md"), mapping=MAP + "release = false\n")
    with portal.work() as work:
        assert shown(work) == "guide-1.md"
        assert [version.is_draft for version in get_view(work, guide(work)).versions] == [True, False]
        actions.retire(work, guide(work))
    report = run(portal, folder, ("guide-3.md", ""), ("guide-2.md", "guide-3.md"))
    [(name, reason)] = report.drafts
    assert name == "guide-3.md" and "is retired" in reason


def test_a_version_of_a_row_that_is_not_there_is_told_and_not_released(portal: Portal, folder: Path) -> None:
    report = run(portal, folder, ("guide-1.md", "missing.md"))
    [(name, reason)] = report.drafts
    assert name == "guide-1.md" and "older version of “missing.md”, but the manifest has no such row" in reason
    with portal.work(read_only=True) as work:
        assert get_view(work, guide(work)).card.status == Status.DRAFT


def test_going_back_offers_no_draft(portal: Portal, folder: Path, marketer: TestClient) -> None:
    """What readers had before somebody went back is no draft either."""
    run(portal, folder, ("guide-2.md", ""), ("guide-1.md", "guide-2.md"))
    with portal.work() as work:
        asset_id = guide(work)
        actions.release(work, asset_id, 1)
    told = main_of(marketer.get(f"/assets/{asset_id}"))
    assert "is a draft" not in told and "Go back to v2" in told
