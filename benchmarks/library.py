"""How well search ranks an imported library, by questions of which the page that answers is known; the pages of `masked`, whose judged
headings are taken out, stand in for the library's own, as a heading is found too easily in its own page. The last line is JSON.
`python -m benchmarks.library LIBRARY --questions FILE --masked FOLDER [--model FILE]`"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from app.identity.actions import create_user
from app.identity.models import NewUser, Role
from app.library.queries import get_view, list_asset_ids
from app.ops.importing import import_folder
from app.ops.portal import open_desk, prepare_and_migrate
from app.search.documents import all_documents
from app.search.engine import SearchDocument, SearchEngine, SearchRequest
from app.search.jobs import IndexDesk
from benchmarks.passages import EVERYBODY
from benchmarks.relevance import CUT, Ranker, Set, compared, measure, whoosh_ranking

MAP = Path(__file__).with_name("samples_map.toml")


def main() -> None:
    """Import, ask, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("library", type=Path)
    options.add_argument("--questions", type=Path, required=True)
    options.add_argument("--masked", type=Path, required=True)
    options.add_argument("--model", type=Path, help="what `make model` built: rank by meaning, too")
    chosen = options.parse_args()
    with _imported(chosen.library, chosen.masked, chosen.model) as (desk, by_hash), desk.open_work(read_only=True) as work:
        paths = {asset_id: by_hash[get_view(work, asset_id).card.version.sha256] for asset_id in list_asset_ids(work)}
        documents = list(all_documents(work))
        desk.index.read_meaning(documents)
        assert chosen.model is None or not desk.index.list_unread(), "every passage has its vector"
        today = work.today.toordinal()
        data = _judged(chosen.questions, paths, documents)
        ours, plain = (
            measure(data, _ours(desk.index, paths, today)),
            measure(data, _by_page(whoosh_ranking(_passages(data, paths, documents)))),
        )
    pages = Counter(chain.from_iterable(data.judged.values()))
    faq = pages.most_common(1)[0][0]
    of_faq = [faq in data.judged[identity] for identity, _ in data.queries]
    print(f"{len(data.queries)} questions over {len(paths)} items; {sum(of_faq)} of them at {faq}")
    figures: dict[str, object] = {"mode": "hybrid" if chosen.model else "lexical", "items": len(paths), "queries": len(data.queries)}
    for part, which in (("all", [True] * len(of_faq)), ("faq", of_faq), ("others", [not one for one in of_faq])):
        some, theirs = ({name: values[which] for name, values in measured.items()} for measured in (ours, plain))
        figures |= {f"{part}_{name}": value for name, value in compared(part, some, theirs).items()}
    print(json.dumps(figures))


@contextmanager
def _imported(library: Path, masked: Path, model: Path | None) -> Iterator[tuple[IndexDesk, dict[str, str]]]:
    """The portal that took the library in, and which of its files has which hash."""
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder:
        copy = shutil.copytree(library, Path(folder) / "library")
        shutil.copytree(masked, copy, dirs_exist_ok=True)
        os.environ |= {"QUIVER_DATA_DIR": f"{folder}/data", "QUIVER_MODEL_PATH": str(model.resolve() if model else f"{folder}/none")}
        with open_desk(prepare_and_migrate()) as desk, desk.open_work() as work:
            create_user(work, NewUser(email="bench@quiver.example", name="Benchmark owner", role=Role.MARKETER))
        report = import_folder(copy, copy / "MANIFEST.csv", MAP)
        print(f"imported {report.created} of {report.total} rows, {len(report.refused)} refused")
        files = (file for file in sorted(copy.rglob("*")) if file.is_file())
        by_hash = {hashlib.sha256(file.read_bytes()).hexdigest(): file.relative_to(copy).as_posix() for file in files}
        with open_desk(prepare_and_migrate()) as desk:
            yield desk, by_hash


def _judged(file: Path, paths: dict[int, str], documents: Sequence[SearchDocument]) -> Set:
    """The questions that make sense without their page; each is answered by the pages it names."""
    there = {paths[each.asset_id] for each in documents}
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    judged = {row["id"]: {name: 1 for name in row["files"] if name in there} for row in rows if row["standalone"]}
    queries = [(row["id"], row["question"]) for row in rows if judged.get(row["id"])]
    return Set("library", (), queries, judged)


def _ours(engine: SearchEngine, paths: dict[int, str], today: int) -> Ranker:
    def ranked(question: str) -> list[str]:
        result = engine.search(SearchRequest(text=question, audiences=EVERYBODY, today=today, limit=CUT))
        assert result.ready and not result.timed_out
        # the same text in another format stands under one answer: judged is the page
        found = [[paths[asset_id] for asset_id in (hit.asset_id, *hit.twin_assets)] for hit in result.hits]
        return [next((name for name in names if name.endswith(".md")), names[0]) for names in found]

    return ranked


def _passages(data: Set, paths: dict[int, str], documents: Sequence[SearchDocument]) -> Set:
    return replace(data, corpus=[(paths[each.asset_id], f"{each.title} {each.heading}", each.text) for each in documents])


def _by_page(ranked: Ranker) -> Ranker:
    return lambda question: list(dict.fromkeys(ranked(question)))


if __name__ == "__main__":
    main()
