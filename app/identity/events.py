"""What happened to accounts that others have to know of."""

from dataclasses import dataclass

from app.core.outbox import Event


@dataclass(frozen=True)
class UserDisabled(Event):
    """Somebody can no longer sign in; what they own has nobody who looks after it."""

    user_id: int


@dataclass(frozen=True)
class UserEnabled(Event):
    """Somebody may sign in again."""

    user_id: int


@dataclass(frozen=True)
class LinkMailWanted(Event):
    """Somebody is to be mailed a link beside the one their administrator got, which is named by what is stored of it and opens nothing."""

    token_hash: str
