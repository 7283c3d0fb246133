"""What review decides that others have to know of."""

from dataclasses import dataclass

from app.core.outbox import Event


@dataclass(frozen=True)
class DueMailWanted(Event):
    """Somebody looks after items that are due on this day (ISO date) and gets the one mail of the day."""

    user_id: int
    day: str
