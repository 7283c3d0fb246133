"""`quiver import`: documents with their history by a manifest; resumes, repeats without change, says why each file was refused."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.core.clock import utc_now
from app.core.errors import Refused
from app.core.work import Work
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.library.models import Asset, Status
from app.library.queries import get_view, list_asset_ids, list_versions
from app.ops.import_map import key_of, read_map
from app.ops.importer import Importer, Report
from app.ops.manifest import read_manifest
from tests.factories.desk import desk_of
from tests.factories.people import ensure_user
from tests.factories.portal import Portal

HEADER = "path,title,summary,phase,kind,version_of,who"
MAP = """
create = ["vertical"]

[columns]
file = "path"
stage = "phase"
stakeholder = "who"

[stakeholder]
Buyer = "economic"

[stage]
Discovery = "discover"

[kind]
Deck = "presentation"

[defaults]
owner = "marketer@example.com"
kind = "one-pager"
audience = "partner"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The documents of a customer, with a manifest beside them."""
    folder = tmp_path / "documents"
    (folder / "old").mkdir(parents=True)
    (folder / "guide.md").write_text("# Guide\n\nThird state.\n")
    (folder / "old" / "guide-1.md").write_text("# Guide\n\nFirst state.\n")
    (folder / "old" / "guide-2.md").write_text("# Guide\n\nSecond state.\n")
    (folder / "prices.csv").write_text("what,price\ndock,100\n")
    (folder / "broken.docx").write_bytes(b"this is no document")
    return folder


ROWS = (
    "guide.md,Dock guide,How docks work,Discovery,Deck,,Buyer",
    "old/guide-2.md,Dock guide,,Discovery,Deck,guide.md,Buyer",
    "old/guide-1.md,Dock guide,,Discovery,Deck,guide.md,Buyer",
    "prices.csv,Prices,,Discovery,,,Buyer",
    "broken.docx,Broken,,Discovery,,,Buyer",
)


def run(portal: Portal, folder: Path, rows: Sequence[str] = ROWS, mapping: str = MAP, *, header: str = HEADER) -> Report:
    manifest, map_file = folder.parent / "manifest.csv", folder.parent / "map.toml"
    manifest.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
    map_file.write_text(mapping)
    with portal.work() as work:
        install_defaults(work)
        ensure_user(work, Role.MARKETER)
    desk = desk_of(portal)
    settled: list[int] = []
    importer = Importer(desk.open_work, desk.blobs, folder, read_map(map_file), 1_000_000)
    report = importer.run(read_manifest(manifest), settled.append)
    assert report.total == len(rows), "every row is counted once"
    assert sum(settled) == len({row.partition(",")[0] for row in rows})
    return report


def told(report: Report) -> dict[str, int]:
    return {
        "created": report.created,
        "older": report.older_versions,
        "same": report.same_content,
        "unchanged": report.unchanged,
        "refused": len(report.refused),
    }


def assets(work: Work) -> dict[str, Asset]:
    return {asset.title: asset for asset in (work.session.get_one(Asset, asset_id) for asset_id in list_asset_ids(work))}


def test_documents_come_with_their_history_in_order(portal: Portal, folder: Path) -> None:
    report = run(portal, folder)
    assert told(report) == {"created": 2, "older": 2, "same": 0, "unchanged": 0, "refused": 1}
    [(name, reason)] = report.refused
    assert (name, reason.startswith("The file is named .docx but")) == ("broken.docx", True)
    with portal.work(read_only=True) as work:
        guide = assets(work)["Dock guide"]
        view = get_view(work, guide.id or 0)
        history = [(version.number, version.file_name) for version in list_versions(work, guide.id or 0)]
    assert history == [(3, "guide.md"), (2, "guide-2.md"), (1, "guide-1.md")]
    assert (view.card.status, view.card.version.number, view.card.audience, view.card.owner) == (
        Status.RELEASED,
        3,
        "partner",
        "Marketer One",
    )
    assert (view.card.kind.key, view.card.summary, view.review_on is not None) == ("presentation", "How docks work", True)
    assert {value.key for value in view.card.facets} >= {"discover"}


def test_a_second_run_changes_nothing(portal: Portal, folder: Path) -> None:
    run(portal, folder)
    with portal.work(read_only=True) as work:
        before = {title: asset.revision for title, asset in assets(work).items()}
    assert told(run(portal, folder)) == {"created": 0, "older": 0, "same": 0, "unchanged": 4, "refused": 1}
    with portal.work(read_only=True) as work:
        assert {title: asset.revision for title, asset in assets(work).items()} == before


def test_a_run_that_was_stopped_goes_on_where_it_was(portal: Portal, folder: Path) -> None:
    assert told(run(portal, folder, ROWS[:1]))["created"] == 1
    (folder / "old" / "guide-3.md").write_text("# Guide\n\nFound later.\n")
    again = run(portal, folder, (*ROWS, "old/guide-3.md,Dock guide,,Discovery,Deck,guide.md,Buyer"))
    assert told(again) == {"created": 1, "older": 3, "same": 0, "unchanged": 1, "refused": 1}
    with portal.work(read_only=True) as work:
        guide = assets(work)["Dock guide"]
        assert get_view(work, guide.id or 0).card.version.file_name == "guide.md", "readers keep what they had"
        assert len(list_versions(work, guide.id or 0)) == 4


def test_the_same_content_under_another_name_is_recognised(portal: Portal, folder: Path) -> None:
    (folder / "copy of guide.md").write_bytes((folder / "guide.md").read_bytes())
    report = run(portal, folder, (*ROWS, "copy of guide.md,Copy,,Discovery,,,Buyer"))
    assert told(report) == {"created": 2, "older": 2, "same": 1, "unchanged": 0, "refused": 1}


@pytest.mark.parametrize("name", ["../secret.md", "/etc/hostname", "old/../../secret.md", "link.md", "missing.md", ""])
def test_nothing_outside_the_folder_is_taken(portal: Portal, folder: Path, name: str) -> None:
    (folder.parent / "secret.md").write_text("# Secret\n")
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    report = run(portal, folder, [f"{name},Secret,,Discovery,,,Buyer"])
    assert told(report)["created"] == 0
    assert report.refused == [(name, "There is no such file in the folder.")]


def test_a_file_with_a_bad_row_does_not_stop_the_others(portal: Portal, folder: Path) -> None:
    """An audience that is none belongs to one row, so it is told of that row."""
    header = f"{HEADER},audience"
    rows = ["guide.md,Guide,,Discovery,,,Buyer,everybody", "prices.csv,Prices,,Discovery,,,Buyer,internal"]
    report = run(portal, folder, rows, header=header)
    assert told(report) == {"created": 1, "older": 0, "same": 0, "unchanged": 0, "refused": 1}
    assert report.refused[0][0] == "guide.md"
    assert "everybody" in report.refused[0][1]


def test_what_cannot_be_released_is_kept_as_a_draft_with_the_reason(portal: Portal, folder: Path) -> None:
    report = run(portal, folder, ["guide.md,Guide,,,,,", "prices.csv,Prices,,Discovery,,,Buyer"])
    assert told(report) == {"created": 2, "older": 0, "same": 0, "unchanged": 0, "refused": 0}
    [(name, reason)] = report.drafts
    assert name == "guide.md"
    assert "needs a stage and a stakeholder" in reason
    with portal.work(read_only=True) as work:
        assert {title: asset.status for title, asset in assets(work).items()} == {"Guide": "draft", "Prices": "released"}


def test_our_own_keys_and_names_need_no_table(portal: Portal, folder: Path) -> None:
    rows = ["guide.md,Guide,,prove; TARGET,Case study,,economic", "prices.csv,Prices,,Prove value,price-list,,Economic  Buyer;buyer"]
    report = run(portal, folder, rows)
    assert (told(report)["created"], report.drafts, report.unknown) == (2, [], {})
    with portal.work(read_only=True) as work:
        cards = {title: get_view(work, asset.id or 0).card for title, asset in assets(work).items()}
    assert [cards["Guide"].kind.key, cards["Prices"].kind.key] == ["case-study", "price-list"]
    assert [{value.key for value in cards[title].facets} for title in ("Guide", "Prices")] == [
        {"prove", "target", "economic"},
        {"prove", "economic"},
    ]


def test_words_nobody_knows_are_named_once_with_their_files(portal: Portal, folder: Path) -> None:
    report = run(portal, folder, ["guide.md,Guide,,Discovry;Discovery,Slides,,Buyer", "prices.csv,Prices,,,Slides,,Boss;Boss"])
    assert report.tell_unknown() == [
        "The kind “Slides” is not known here and was left out of guide.md and prices.csv. `quiver framework` lists those that are.",
        "The stage “Discovry” is not known here and was left out of guide.md. `quiver framework` lists those that are.",
        "The stakeholder “Boss” is not known here and was left out of prices.csv. `quiver framework` lists those that are.",
    ]
    assert [name for name, _ in report.drafts] == ["prices.csv"]


def test_versions_of_versions_form_one_history(portal: Portal, folder: Path) -> None:
    rows = [
        "old/guide-1.md,Guide,,Discovery,,old/guide-2.md,Buyer",
        "guide.md,Guide,,Discovery,,,Buyer",
        "old/guide-2.md,Guide,,Discovery,,guide.md,Buyer",
    ]
    assert told(run(portal, folder, rows)) == {"created": 1, "older": 2, "same": 0, "unchanged": 0, "refused": 0}
    with portal.work(read_only=True) as work:
        history = [version.file_name for version in list_versions(work, list_asset_ids(work)[0])]
    assert history == ["guide.md", "guide-2.md", "guide-1.md"]


def test_rows_that_contradict_each_other_lose_no_file(portal: Portal, folder: Path) -> None:
    rows = [
        "guide.md,Guide,,Discovery,,old/guide-1.md,Buyer",
        "old/guide-1.md,Old,,Discovery,,guide.md,Buyer",
        "prices.csv,Prices,,Discovery,,nowhere.md,Buyer",
        "prices.csv,Prices again,,Discovery,,,Buyer",
    ]
    report = run(portal, folder, rows)
    assert told(report) == {"created": 3, "older": 0, "same": 0, "unchanged": 0, "refused": 1}
    assert report.refused == [("prices.csv", "The manifest names this file twice. The first row counts.")]


def test_words_of_a_facet_that_may_grow_become_values(portal: Portal, folder: Path) -> None:
    header = f"{HEADER},vertical"
    run(portal, folder, ["guide.md,Guide,,Discovery,,,Buyer,Cold storage; Dairy"], header=header)
    with portal.work(read_only=True) as work:
        assert [(value.key, value.name) for value in list_values(work).by_facet(Facet.VERTICAL)] == [
            ("cold-storage", "Cold storage"),
            ("dairy", "Dairy"),
        ]


@pytest.mark.parametrize(
    "mapping,sentence",
    [
        ("[columns\n", "cannot be read"),
        (MAP.replace('file = "path"', 'file = "where"'), "has no column “where”"),
    ],
)
def test_a_mapping_that_does_not_fit_stops_before_anything_is_taken(portal: Portal, folder: Path, mapping: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        run(portal, folder, mapping=mapping)
    with portal.work(read_only=True) as work:
        assert list_asset_ids(work) == []


@pytest.mark.parametrize(
    "mapping,sentence",
    [
        (MAP.replace("marketer@example.com", "nobody@example.com"), "no such account"),
        (MAP.replace('"discover"', '"dicsover"'), "names a stage that does not exist here: dicsover"),
    ],
)
def test_a_mapping_with_unknown_names_says_which(portal: Portal, folder: Path, mapping: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        run(portal, folder, mapping=mapping)
    with portal.work(read_only=True) as work:
        assert list_asset_ids(work) == []


def test_imported_items_are_found(portal: Portal, folder: Path) -> None:
    run(portal, folder)
    portal.drain()
    found = portal.client(Role.PARTNER).get("/api/v1/ask", params={"q": "third state"}).json()
    assert [answer["asset"]["title"] for answer in found["answers"]] == ["Dock guide"]
    assert found["answers"][0]["asset"]["version"]["created_at"][:10] == utc_now().date().isoformat()


@pytest.mark.parametrize(
    "word,key",
    [
        ("Cold storage", "cold-storage"),
        ("Größe", "grosse"),
        ("Café & Bar", "cafe-bar"),
        ("冷蔵", ""),
        ("!!!", ""),
        ("x" * 90, "x" * 50 + "-"),
    ],
)
def test_keys_are_plain_whatever_the_word(word: str, key: str) -> None:
    made = key_of(word)
    assert made.isascii() and 1 <= len(made) <= 60
    assert made == key or (made.startswith(key) and len(made) == len(key) + 8), made


def test_words_that_differ_get_keys_that_differ() -> None:
    words = ["冷蔵", "倉庫", "Große", "Groe", "!!!", "???", "x" * 80, "x" * 81]
    assert len({key_of(word) for word in words}) == len(words)


def test_new_values_may_be_called_anything(portal: Portal, folder: Path) -> None:
    rows = [f"{row},{vertical}" for row, vertical in zip(ROWS[:1] + ROWS[3:4], ("冷蔵倉庫", "Größe"), strict=True)]
    report = run(portal, folder, rows, header=f"{HEADER},vertical")
    assert told(report)["created"] == 2
    with portal.work(read_only=True) as work:
        assert [value.name for value in list_values(work).by_facet(Facet.VERTICAL)] == ["冷蔵倉庫", "Größe"]


def test_a_long_file_name_gives_a_shorter_title(portal: Portal, folder: Path) -> None:
    name = f"{'long ' * 48}.md"
    (folder / name).write_text("# Long\n")
    assert told(run(portal, folder, [f"{name},,,Discovery,,,Buyer", f"{'y' * 300}.md,,,,,,"])) == {
        "created": 1,
        "older": 0,
        "same": 0,
        "unchanged": 0,
        "refused": 1,
    }
    with portal.work(read_only=True) as work:
        assert [len(title) for title in assets(work)] == [200]


@pytest.mark.parametrize(
    "line,fault",
    [
        ("review_interval_days = 0", "defaults.review_interval_days"),
        ('review_interval_days = "often"', "defaults.review_interval_days"),
        ('audience = "everybody"', "defaults.audience"),
        ('langage = "de"', "defaults.langage"),
        ("owner = 7", "defaults.owner"),
    ],
)
def test_defaults_that_cannot_be_are_named_before_anything_is_imported(portal: Portal, folder: Path, line: str, fault: str) -> None:
    with pytest.raises(Refused, match=rf"map\.toml is not right: {fault}: .* Nothing was imported\."):
        run(portal, folder, mapping=f"[defaults]\n{line}\n")
