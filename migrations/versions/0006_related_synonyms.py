"""synonyms that are only related"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default stays: taking it away would make SQLite's table anew, which forgets the ids of removed rows.
    nearness = sa.Enum("same", "related", name="nearness", native_enum=False, length=24)
    op.add_column("synonym_group", sa.Column("nearness", nearness, nullable=False, server_default="same"))


def downgrade() -> None:
    op.drop_column("synonym_group", "nearness")
