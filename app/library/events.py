"""What happens to assets; app/reactions.py says what follows."""

from dataclasses import dataclass

from app.core.outbox import Event


@dataclass(frozen=True)
class VersionUploaded(Event):
    """A new version waits for its text to be read."""

    asset_id: int
    version_id: int


@dataclass(frozen=True)
class VersionRead(Event):
    """The text of a version was read, or it turned out to have none."""

    asset_id: int
    version_id: int


@dataclass(frozen=True)
class AssetChanged(Event):
    """Something readers can see of an asset changed: words, facets, status, released version, dates."""

    asset_id: int
