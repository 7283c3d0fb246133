"""what was asked of marketing is an unanswered buyer question"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REQUEST = sa.table(
    "content_request",
    sa.column("question", sa.String),
    sa.column("context", sa.JSON),
    sa.column("asked_by", sa.Integer),
    sa.column("asked_at", sa.DateTime(timezone=True)),
    sa.column("answered_at", sa.DateTime(timezone=True)),
)
QUESTION = sa.table(
    "buyer_question",
    sa.column("id", sa.Integer),
    sa.column("text", sa.String),
    sa.column("phrasings", sa.JSON),
    sa.column("anchor", sa.String),
    sa.column("times_asked", sa.Integer),
    sa.column("last_asked_at", sa.DateTime(timezone=True)),
    sa.column("created_by", sa.Integer),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("revision", sa.Integer),
)
ASKED = sa.table(
    "question_asked",
    sa.column("question_id", sa.Integer),
    sa.column("user_id", sa.Integer),
    sa.column("asked_at", sa.DateTime(timezone=True)),
    sa.column("note", sa.String),
    sa.column("context", sa.JSON),
)
VALUE = sa.table("facet_value", sa.column("id", sa.Integer), sa.column("facet", sa.String), sa.column("key", sa.String))
FACET = sa.table("question_facet", sa.column("question_id", sa.Integer), sa.column("value_id", sa.Integer))


def upgrade() -> None:
    connection = op.get_bind()
    known = {row.text.casefold(): row.id for row in connection.execute(sa.select(QUESTION.c.id, QUESTION.c.text))}
    for request in connection.execute(sa.select(REQUEST).where(REQUEST.c.answered_at.is_(None)).order_by(REQUEST.c.asked_at)).all():
        question_id = known.get(request.question.casefold()) or _add(connection, request)
        known[request.question.casefold()] = question_id
        counted = {"times_asked": QUESTION.c.times_asked + 1, "last_asked_at": request.asked_at}
        connection.execute(sa.update(QUESTION).where(QUESTION.c.id == question_id).values(counted))
        row = {
            "question_id": question_id,
            "user_id": request.asked_by,
            "asked_at": request.asked_at,
            "note": "",
            "context": request.context,
        }
        connection.execute(sa.insert(ASKED).values(row))
    with op.batch_alter_table("content_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_content_request_asked_at"))
    op.drop_table("content_request")


def _add(connection: sa.Connection, request: sa.Row[Any]) -> int:
    row = {"text": request.question, "phrasings": [], "anchor": "", "times_asked": 0, "last_asked_at": request.asked_at}
    row |= {"created_by": request.asked_by, "created_at": request.asked_at, "revision": 1}
    question_id = int(connection.execute(sa.insert(QUESTION).values(row).returning(QUESTION.c.id)).scalar_one())
    for facet, key in request.context.items():
        value_id = connection.execute(sa.select(VALUE.c.id).where(VALUE.c.facet == facet, VALUE.c.key == str(key))).scalar()
        if value_id is not None:
            connection.execute(sa.insert(FACET).values(question_id=question_id, value_id=value_id))
    return question_id


def downgrade() -> None:
    op.create_table(
        "content_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name=op.f("fk_content_request_asked_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_request")),
    )
    with op.batch_alter_table("content_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_content_request_asked_at"), ["asked_at"], unique=False)
