"""`make bench-import SAMPLES=folder`: the sample library into an empty store, twice; how well formats agree, what is lost."""

import csv
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from app.core.office.fingerprint import word_overlap
from app.core.office.parse import Unreadable, parse_file
from app.identity.actions import create_user
from app.identity.models import NewUser, Role
from app.library.queries import list_asset_ids, list_unread
from app.ops.importer import Report
from app.ops.importing import import_folder
from app.ops.portal import open_desk, prepare_and_migrate

MAP = Path(__file__).with_name("samples_map.toml")
LOW = 0.80


def main(samples: Path) -> None:
    """Import, import again, compare formats; the last line is JSON."""
    library = samples / "library" if (samples / "library").is_dir() else samples
    manifest = library / "MANIFEST.csv"
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        os.environ["QUIVER_DATA_DIR"] = folder
        _add_owner()
        started = time.perf_counter()
        first = import_folder(library, manifest, MAP)
        seconds = time.perf_counter() - started
        searchable, lost = _searchable_and_lost()
        second = import_folder(library, manifest, MAP)
    for name, reason in first.refused:
        print(f"refused {name}: {reason}")
    overlaps = dict(_overlaps(library))
    for pair, overlap in sorted(overlaps.items(), key=lambda one: one[1]):
        if overlap < LOW:
            print(f"below {LOW:.2f}: {overlap:.3f} {pair}")
    print(json.dumps(_figures(first, second, searchable, lost, seconds, overlaps)))


def _add_owner() -> None:
    with open_desk(prepare_and_migrate()) as desk, desk.open_work() as work:
        create_user(work, NewUser(email="bench@quiver.example", name="Benchmark owner", role=Role.MARKETER))


def _searchable_and_lost() -> tuple[int, int]:
    """Assets in the index, and assets that ought to be there or whose text was never read."""
    with open_desk(prepare_and_migrate()) as desk:
        known = set(desk.index.known())
        with desk.open_work(read_only=True) as work:
            return len(known), len(set(list_asset_ids(work)) - known) + len(list_unread(work))


def _overlaps(library: Path) -> Iterator[tuple[str, float]]:
    with (library / "FORMAT_TWINS.csv").open(encoding="utf-8") as file:
        groups = [row["files"].split("|") for row in csv.DictReader(file)]
    for group in groups:
        texts = {name: text for name in group if (text := _text(library / name))}
        for one, other in combinations(texts, 2):
            yield f"{one} ~ {other}", word_overlap(texts[one], texts[other])


def _text(path: Path) -> str:
    try:
        return parse_file(path, path.suffix.removeprefix(".").lower()).full_text
    except Unreadable as problem:
        print(f"unreadable {path.name}: {problem}")
        return ""


def _figures(first: Report, second: Report, searchable: int, lost: int, seconds: float, overlaps: dict[str, float]) -> dict[str, object]:
    return {
        "searchable": searchable,
        "older_versions": first.older_versions,
        "same_content": first.same_content,
        "refused": len(first.refused),
        "rows": first.total,
        "lost": lost,
        "seconds": round(seconds, 1),
        "twin_pairs": len(overlaps),
        "twin_overlap_mean": round(statistics.mean(overlaps.values()), 4),
        "twins_below_080": sum(overlap < LOW for overlap in overlaps.values()),
        "changed_by_second_run": second.created + second.newer_versions + second.older_versions,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
