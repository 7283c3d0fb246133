"""`make bench-room`: how fast a champion's room and an item in it answer, for one visitor and for four at once; the last line is JSON."""

import json
import statistics
import tempfile
import threading
import time
from dataclasses import replace

from sqlmodel import select

from app.core.work import Work
from app.identity.models import UserActor
from app.identity.queries import find_by_email
from app.library.models import Asset, Audience
from app.ops.portal import open_desk, prepare_and_migrate
from app.sharing.actions import RoomInput, make_room
from app.sharing.actions.plans import StepInput, add_step
from app.sharing.models import Side
from app.sharing.queries import list_items
from benchmarks.portal import Running, link_into, running

ASSETS, ITEMS, STEPS = 200, 30, 12
SECONDS, CLIENTS = 10.0, 4


def main() -> None:
    """Fill a portal, make a room, look at it again and again."""
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder, running(ASSETS, folder) as portal:
        with open_desk(prepare_and_migrate()) as desk, desk.open_work() as work:
            room, item = _make_room(work)
        for path in (room, item):
            _look(portal, path, 2.0)  # warm the caches a running portal has warm
        alone, page = _look(portal, room, SECONDS), _look(portal, item, SECONDS)
        together = _look(portal, room, SECONDS, CLIENTS)
    figures = {
        "items": ITEMS,
        "room_p50_ms": round(statistics.median(alone), 1),
        "room_p95_ms": _p95(alone),
        "room_item_p95_ms": _p95(page),
        f"room_p95_ms_{CLIENTS}_visitors": _p95(together),
        "looked": len(alone),
    }
    print(json.dumps(figures))


def _make_room(work: Work) -> tuple[str, str]:
    rep = find_by_email(work, "rep@quiver.example")
    assert rep is not None
    own = replace(work, actor=UserActor(rep.id or 0, rep.name, rep.role))
    assets = work.session.exec(select(Asset).limit(ITEMS)).all()
    for asset in assets:
        asset.audience = Audience.CUSTOMER
    work.session.flush()
    room_id = make_room(own, RoomInput(title="Bench", welcome="Words"), [asset.id or 0 for asset in assets]).id or 0
    for number in range(STEPS):
        add_step(own, room_id, StepInput(f"Step {number}", None, Side.CUSTOMER))
    root = link_into(own, room_id)
    return root, f"{root}/i/{list_items(work, room_id)[0].id}"


def _look(portal: Running, path: str, seconds: float, clients: int = 1) -> list[float]:
    """Milliseconds of each answer."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    def visit() -> None:
        with portal.client("") as client:
            client.cookies.clear()
            while time.perf_counter() < until:
                begun = time.perf_counter()
                answer = client.get(path)
                assert answer.status_code == 200, answer.status_code
                times.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=visit) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert times
    return times


def _p95(times: list[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.95)], 1)


if __name__ == "__main__":
    main()
