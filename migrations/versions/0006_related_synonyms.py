"""synonyms that are only related"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    nearness = sa.Enum("same", "related", name="nearness", native_enum=False, length=24)
    op.add_column("synonym_group", sa.Column("nearness", nearness, nullable=False, server_default="same"))
    with op.batch_alter_table("synonym_group", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.alter_column("nearness", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("synonym_group", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("nearness")
