"""What the demo's people typed into search and what marketing graded, from content_store/seed/searches.toml; called by app/ops/seed.py."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from app.activity.actions import log_happenings
from app.activity.models import Happening, Verb
from app.core.office.parse import parse_file
from app.core.store import BlobStore
from app.core.work import Work
from app.identity.models import UserActor
from app.identity.queries import get_user
from app.library import actions as library
from app.library.queries import list_versions
from app.ops.seed_files.sources import Source
from app.ops.seed_life import Step, Stored
from app.search.actions import grade_passages, state_of
from app.search.queries.judged import list_gradables

SEARCHED_DAYS = 26
GRADED_DAYS_AGO = 1
BETWEEN = timedelta(minutes=1)


class Searched(Source):
    """Words people typed, and what each of them did next."""

    text: str
    answers: int = Field(ge=0)
    by: list[Literal["rep", "partner", "manager"]]
    then: list[tuple[Verb, str]]


class Judged(Source):
    """A question with how well passages answer it: item, place, grade."""

    question: str
    grades: list[tuple[str, str, int]]


class Searches(Source):
    """The whole file; a mistyped key is an error."""

    searched: list[Searched]
    judged: list[Judged]


def read_searches(folder: Path) -> Searches:
    """The file of this demo."""
    return Searches.model_validate(tomllib.loads((folder / "searches.toml").read_text(encoding="utf-8")))


def log_searches(work: Work, searches: Searches, stored: Stored) -> None:
    """What was typed in the last weeks, in the order of time; the same on every machine."""
    found = [one for place, searched in enumerate(searches.searched) for one in _searches(work, place, searched, stored)]
    log_happenings(work, sorted(found, key=lambda one: one.at))


def judge_steps(blobs: BlobStore, searches: Searches, stored: Stored) -> Iterator[Step]:
    """Marketing graded yesterday, when everything had been released."""
    for judged in searches.judged:
        yield Step(GRADED_DAYS_AGO, partial(_grade, blobs=blobs, judged=judged, stored=stored))


def _searches(work: Work, place: int, searched: Searched, stored: Stored) -> Iterator[Happening]:
    for number, role in enumerate(searched.by):
        at = work.now - timedelta(days=1 + (place * 3 + number * 5) % SEARCHED_DAYS, hours=place)
        question = searched.text
        yield Happening(at, stored.people[role], Verb.ASKED, question=question, answers=searched.answers)
        for after, (verb, what) in enumerate(searched.then, start=1):
            question = what if verb == Verb.ASKED else question
            item = None if verb == Verb.ASKED else stored.items[what]
            yield Happening(at + after * BETWEEN, stored.people[role], verb, item, question=question)


def _grade(work: Work, blobs: BlobStore, judged: Judged, stored: Stored) -> None:
    marketer = get_user(work, stored.people["marketer"])
    own = replace(work, actor=UserActor(marketer.id or 0, marketer.name, marketer.role))
    ids = {stored.items[slug] for slug, _, _ in judged.grades}
    for asset_id in ids:
        _read(work, blobs, asset_id)
    digests = {(asset_id, one.anchor): one.digest for asset_id, parts in list_gradables(own, ids).items() for one in parts[1:]}
    places = {(stored.items[slug], anchor): grade for slug, anchor, grade in judged.grades}
    if missing := places.keys() - digests.keys():
        raise ValueError(f"the demo grades places that are not there: {missing}")
    grade_passages(own, judged.question, {(place[0], digests[place]): grade for place, grade in places.items()}, state_of([]))


def _read(work: Work, blobs: BlobStore, asset_id: int) -> None:
    """Only a text that is there can be graded; the worker, which reads all others, comes later. All versions are read, as questions follow
    their passage from one into the next."""
    for version in list_versions(work, asset_id):
        library.store_text(work, version.id or 0, parse_file(blobs.path(version.blob_sha256), version.format))
