"""`make bench-binder [PAGES=100]`: from ordering a binder of so many pages to its PDF, by the real job. Prints one JSON line last."""

import argparse
import json
import os
import tempfile
import time

from app.core.desk import work_opener
from app.identity.models import Role, UserActor
from app.identity.queries import find_by_email
from app.ops.portal import open_desk, prepare_and_migrate
from app.ops.worker import Worker
from app.plays.actions import make_kit
from app.plays.actions.binders import order_binder
from app.plays.actions.items import add_item
from app.plays.models import ItemInput, ItemKind, KitInput
from app.plays.queries.binders import get_binder
from app.search.jobs import IndexDesk
from benchmarks.portal import fill

PAGES_AN_ITEM = 3  # an item of ten passages takes about as many


def measure(desk: IndexDesk, pages: int) -> dict[str, float]:
    """Seconds from order to PDF, the pages it has, and its size in MB."""
    fill(desk, pages // PAGES_AN_ITEM + 5)
    with desk.open_work() as work:
        user = find_by_email(work, f"{Role.MARKETER.value}@quiver.example")
        assert user is not None and user.id is not None
        marketer = UserActor(user.id, user.name, user.role)
    as_marketer = work_opener(work.session.get_bind().engine, desk.blobs, marketer)
    with as_marketer() as own:
        kit_id = make_kit(own, KitInput(title="Everything")).id or 0
        for asset_id in range(1, pages // PAGES_AN_ITEM + 1):
            add_item(own, kit_id, ItemInput(kind=ItemKind.ASSET, asset_id=asset_id))
    begun = time.perf_counter()
    with as_marketer() as own:
        binder_id = order_binder(own, kit_id, "https://quiver.example/k/", with_notes=True).id or 0
    Worker(desk).drain()
    seconds = time.perf_counter() - begun
    with as_marketer(read_only=True) as own:
        binder = get_binder(own, kit_id, binder_id)
        assert binder.pdf is not None, binder.message
        return {"pages": binder.pages, "seconds": round(seconds, 2), "pdf_mb": round(len(binder.pdf) / 1e6, 2)}


def main() -> None:
    """Measure in a folder that goes afterwards."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=100)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"QUIVER_DATA_DIR": folder}
        with open_desk(prepare_and_migrate()) as desk:
            print(json.dumps(measure(desk, parser.parse_args().pages)))


if __name__ == "__main__":
    main()
