"""What happens to kits; app/reactions.py says what follows."""

from dataclasses import dataclass

from app.core.outbox import Event


@dataclass(frozen=True)
class BinderOrdered(Event):
    """Somebody wants a kit as a binder."""

    binder_id: int
