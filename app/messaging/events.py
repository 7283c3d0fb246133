"""What happens to buyer questions; app/reactions.py says what follows."""

from dataclasses import dataclass

from app.core.outbox import Event


@dataclass(frozen=True)
class QuestionChanged(Event):
    """A question was recorded or changed; the assets named are those that answer it now or did before."""

    question_id: int
    asset_ids: tuple[int, ...]
