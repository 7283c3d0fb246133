"""`make bench-suggestions [SAMPLES=folder]`: how right the suggested tags are, each item judged by all the others (leave one out), over
the demo and over a folder with manifest. Prints a table per set and one JSON line last."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.core.office.fingerprint import similarity
from app.core.work import Work
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.actions import create_user
from app.identity.models import NewUser, Role
from app.library import queries as library
from app.library.rules import TWIN_SIMILARITY
from app.ops.importing import import_folder
from app.ops.portal import open_desk, prepare_and_migrate
from app.ops.seed import seed_demo
from app.ops.worker import Worker
from app.search.evidence import item_of, list_alike, list_candidates
from app.search.jobs import IndexDesk, rebuild
from app.search.tagging import LEAST, Suggested, suggest

MAP = Path(__file__).with_name("samples_map.toml")


@dataclass
class Tally:
    """Of one facet: suggestions made and right, tags there were and were found, items with a tag and with the right first suggestion."""

    made: int = 0
    right: int = 0
    there: int = 0
    found: int = 0
    tagged: int = 0
    first_right: int = 0
    silent: int = 0

    def add(self, suggested: Sequence[int], true: frozenset[int]) -> None:
        self.made += len(suggested)
        self.right += len(true.intersection(suggested))
        self.there += len(true)
        self.found += len(true.intersection(suggested))
        self.tagged += bool(true)
        self.first_right += bool(suggested) and suggested[0] in true
        self.silent += bool(true) and not suggested

    def figures(self) -> dict[str, float]:
        return {
            "precision": round(self.right / self.made, 3) if self.made else 0.0,
            "recall": round(self.found / self.there, 3) if self.there else 0.0,
            "first_right": round(self.first_right / self.tagged, 3) if self.tagged else 0.0,
            "silent": round(self.silent / self.tagged, 3) if self.tagged else 0.0,
            "items": self.tagged,
        }


@dataclass
class Judged:
    """What was suggested for one item, and what it truly carries."""

    suggested: tuple[Suggested, ...]
    true: frozenset[int] = field(default_factory=frozenset)


def main(samples: Path | None) -> None:
    """The demo, then the samples if a folder is given."""
    report = {"demo": _measure("demo", _with_demo)}
    if samples is not None:
        report["samples"] = _measure("samples", lambda: _with_samples(samples))
    print(json.dumps(report))


def _measure(name: str, prepared: object) -> dict[str, dict[str, float]]:
    assert callable(prepared)
    with prepared() as desk, desk.open_work(read_only=True) as work:
        judged = list(_judge(work, desk))
        facets = {value.id: value.facet for value in list_values(work).values}
    assert judged, "nothing was judged"
    tallies = {facet: Tally() for facet in LEAST}
    for one in judged:
        for facet, tally in tallies.items():
            made = [suggested.value_id for suggested in one.suggested if suggested.facet == facet]
            tally.add(made, frozenset(value_id for value_id in one.true if facets.get(value_id) == facet))
    figures = {Facet(facet).value: tally.figures() for facet, tally in tallies.items()}
    print(f"{name}: {len(judged)} items")
    for facet_name, row in figures.items():
        print(f"  {facet_name:12} " + "  ".join(f"{key} {value:g}" for key, value in row.items()))
    return figures


def _judge(work: Work, desk: IndexDesk) -> Iterator[Judged]:
    """Each item as if it had just arrived: neither itself nor the same text in another format speaks for it."""
    candidates = list_candidates(work)
    other = list_values(work).find(Facet.KIND, "other")
    ids = library.list_asset_ids(work)
    views = [library.get_view(work, asset_id) for asset_id in ids]
    prints = {view.card.id: library.get_version(work, view.card.version.id).fingerprint for view in views}
    for view in views:
        own = prints[view.card.id]
        same = {asset_id for asset_id, other_print in prints.items() if similarity(own, other_print) >= TWIN_SIMILARITY} | {view.card.id}
        item = item_of(view)
        true = frozenset(value.id for value in (*view.card.facets, view.card.kind) if other is None or value.id != other.id)
        yield Judged(suggest(item, candidates, list_alike(work, desk.index, item, same)), true)


@contextmanager
def _with_demo() -> Iterator[IndexDesk]:
    with _empty() as folder, open_desk(prepare_and_migrate()) as desk:
        seed_demo(desk.open_work, desk.blobs, Path(folder) / "sign-ins.txt")
        Worker(desk).drain()
        rebuild(desk)
        yield desk


@contextmanager
def _with_samples(samples: Path) -> Iterator[IndexDesk]:
    library_folder = samples / "library" if (samples / "library").is_dir() else samples
    with _empty():
        with open_desk(prepare_and_migrate()) as desk, desk.open_work() as work:
            create_user(work, NewUser(email="bench@quiver.example", name="Benchmark owner", role=Role.MARKETER))
        import_folder(library_folder, library_folder / "MANIFEST.csv", MAP)
        with open_desk(prepare_and_migrate()) as desk:
            yield desk


@contextmanager
def _empty() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        os.environ["QUIVER_DATA_DIR"] = folder
        yield folder


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else None)
