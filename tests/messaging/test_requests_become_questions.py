"""The step of the schema that turns what was asked of marketing into unanswered buyer questions."""

import json
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, text

from app.ops.migrate import alembic_config, migrate

ADD = text(
    "INSERT INTO content_request (question, context, asked_by, asked_at, answered_at)"
    " VALUES (:question, :context, NULL, '2026-03-0' || :day || ' 10:00:00', :answered)"
)


def test_open_requests_become_questions_once_each_and_answered_ones_go(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'quiver.db'}"
    command.upgrade(alembic_config(url), "0002")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO facet_value (id, facet, key, name, icon, position, buyer_words, milestone, judges_by, fears, level, revision)"
                " VALUES (7, 'stage', 'prove', 'Prove', '', 1, '', '', '', '', '', 1)"
            )
        )
        for day, question, answered in ((1, "Does it swim?", None), (2, "does it SWIM?", None), (3, "Old one?", "2026-03-04 10:00:00")):
            connection.execute(ADD, {"question": question, "context": json.dumps({"stage": "prove"}), "day": day, "answered": answered})
    migrate(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT text, times_asked, last_asked_at FROM buyer_question")).all() == [
            ("Does it swim?", 2, "2026-03-02 10:00:00.000000")
        ]
        assert connection.execute(text("SELECT question_id, context FROM question_asked")).all() == [(1, '{"stage": "prove"}')] * 2
        assert connection.execute(text("SELECT value_id FROM question_facet")).scalars().all() == [7]
    engine.dispose()
