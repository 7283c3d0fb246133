"""The one clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present moment; called only where a unit of work begins."""
    return datetime.now(UTC)
