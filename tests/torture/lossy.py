"""The control of the kill test: the same portal, but uploads are acknowledged half a second before they are committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from app.core.work import Work
from app.ops.cli import main
from app.pages import library, upload
from app.web import incoming
from app.web.deps import open_work
from app.web.services import services_of

LATE = 0.5
late_commits: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def commit_late(request: HTTPConnection) -> AsyncIterator[Work]:
    """What `write_work` must never do."""
    writers = services_of(request).turns.writers
    await writers.acquire()
    transaction = open_work(request)
    yield await run_in_threadpool(transaction.__enter__)

    async def commit() -> None:
        await asyncio.sleep(LATE)
        await run_in_threadpool(transaction.__exit__, None, None, None)
        writers.release()

    task = asyncio.create_task(commit())
    late_commits.add(task)
    task.add_done_callback(late_commits.discard)


if __name__ == "__main__":
    for module in (upload, library, incoming):
        vars(module)["write_work"] = commit_late
    main()
