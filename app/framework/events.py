"""What happens to the framework; app/reactions.py says what follows."""

from dataclasses import dataclass

from app.core.outbox import Event


@dataclass(frozen=True)
class FrameworkChanged(Event):
    """A facet changed. `value_ids` are those whose carriers read differently now; empty when only order or choices changed."""

    facet: str
    value_ids: tuple[int, ...]
