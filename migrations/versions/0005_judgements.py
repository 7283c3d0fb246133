"""how questions did, judgements"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ENTRY = sa.table("activity_entry", sa.column("id", sa.Integer), sa.column("question", sa.String), sa.column("question_words", sa.String))
WORD = re.compile(r"\w+")
AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("activity_entry", sa.Column("question_words", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("activity_entry", sa.Column("answers", sa.Integer(), nullable=True))
    _fold_questions(op.get_bind())
    with op.batch_alter_table("activity_entry") as batch_op:
        batch_op.alter_column("question_words", server_default=None)
    op.create_table(
        "judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("question_words", sa.String(length=300), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("graded_by", sa.Integer(), nullable=True),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_judgement_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["graded_by"], ["user_account.id"], name=op.f("fk_judgement_graded_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgement")),
        sa.UniqueConstraint("question_words", "asset_id", "digest", name=op.f("uq_judgement_question_words_asset_id_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_judgement_asset_id"), "judgement", ["asset_id"])


def _fold_questions(connection: sa.Connection) -> None:
    """What was asked before, without case and punctuation."""
    last = 0
    while rows := connection.execute(
        sa.select(ENTRY.c.id, ENTRY.c.question).where(ENTRY.c.id > last, ENTRY.c.question != "").order_by(ENTRY.c.id).limit(AT_ONCE)
    ).all():
        changes = [{"row": row.id, "words": " ".join(WORD.findall(row.question.casefold()))[:300]} for row in rows]
        connection.execute(sa.update(ENTRY).where(ENTRY.c.id == sa.bindparam("row")).values(question_words=sa.bindparam("words")), changes)
        last = rows[-1].id


def downgrade() -> None:
    op.drop_index(op.f("ix_judgement_asset_id"), table_name="judgement")
    op.drop_table("judgement")
    with op.batch_alter_table("activity_entry") as batch_op:
        batch_op.drop_column("answers")
        batch_op.drop_column("question_words")
