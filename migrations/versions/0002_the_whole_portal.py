"""the whole portal"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_table(
        "step_stage",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["facet_value.id"], name=op.f("fk_step_stage_stage_id_facet_value")),
        sa.ForeignKeyConstraint(["step_id"], ["facet_value.id"], name=op.f("fk_step_stage_step_id_facet_value")),
        sa.PrimaryKeyConstraint("step_id", "stage_id", name=op.f("pk_step_stage")),
    )
    with op.batch_alter_table("step_stage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_stage_stage_id"), ["stage_id"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "due_mail",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_due_mail_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "sent_on", name=op.f("pk_due_mail")),
    )
    op.create_table(
        "incoming_upload",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("folder", sa.String(length=300), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_incoming_upload_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_upload")),
    )
    with op.batch_alter_table("incoming_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incoming_upload_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_incoming_upload_user_id"), ["user_id"], unique=False)

    op.create_table(
        "map_square",
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("stakeholder_id", sa.Integer(), nullable=False),
        sa.Column("is_needed", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"], name=op.f("fk_map_square_changed_by_user_account")),
        sa.ForeignKeyConstraint(["stage_id"], ["facet_value.id"], name=op.f("fk_map_square_stage_id_facet_value")),
        sa.ForeignKeyConstraint(["stakeholder_id"], ["facet_value.id"], name=op.f("fk_map_square_stakeholder_id_facet_value")),
        sa.PrimaryKeyConstraint("stage_id", "stakeholder_id", name=op.f("pk_map_square")),
    )
    with op.batch_alter_table("map_square", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_map_square_stakeholder_id"), ["stakeholder_id"], unique=False)

    op.create_table(
        "review_policy",
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("fallback_owner_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["fallback_owner_id"], ["user_account.id"], name=op.f("fk_review_policy_fallback_owner_id_user_account")),
        sa.ForeignKeyConstraint(["kind_id"], ["facet_value.id"], name=op.f("fk_review_policy_kind_id_facet_value")),
        sa.PrimaryKeyConstraint("kind_id", name=op.f("pk_review_policy")),
    )
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_search_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
    )
    with op.batch_alter_table("saved_search", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_search_user_id"), ["user_id"], unique=False)

    op.create_table(
        "tag_suggestion",
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("value_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_tag_suggestion_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["value_id"], ["facet_value.id"], name=op.f("fk_tag_suggestion_value_id_facet_value")),
        sa.PrimaryKeyConstraint("asset_id", "value_id", name=op.f("pk_tag_suggestion")),
    )
    with op.batch_alter_table("tag_suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tag_suggestion_value_id"), ["value_id"], unique=False)

    op.create_table(
        "question_asked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["buyer_question.id"], name=op.f("fk_question_asked_question_id_buyer_question"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_question_asked_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_asked")),
    )
    with op.batch_alter_table("question_asked", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_asked_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_asked_question_id"), ["question_id"], unique=False)

    op.create_table(
        "hold",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_what"), ["what"], unique=False)

    with op.batch_alter_table("activity_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stage", sa.String(length=60), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_activity_entry_stage_id"), ["stage", "id"], unique=False)

    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("status_before", sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column("source_folder", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("source", sa.String(length=200), nullable=False, server_default=""))
        batch_op.create_foreign_key(batch_op.f("fk_asset_confirmed_by_user_account"), "user_account", ["confirmed_by"], ["id"])
        batch_op.create_index(batch_op.f("ix_asset_twin_key"), ["twin_key"], unique=False)

    with op.batch_alter_table("buyer_question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("times_asked", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("last_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("created_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("anchor_version_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("lost_passage", sa.String(length=200), nullable=True))
        batch_op.create_index(batch_op.f("ix_buyer_question_times_asked"), ["times_asked"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_buyer_question_created_by_user_account"), "user_account", ["created_by"], ["id"])
    # until now an anchor was taken for one of the version that is released
    released = "SELECT released_version_id FROM asset WHERE asset.id = buyer_question.asset_id"
    op.execute(f"UPDATE buyer_question SET anchor_version_id = ({released}) WHERE anchor <> ''")  # noqa: S608  # a constant

    with op.batch_alter_table("facet_value", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judges_by", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("fears", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("level", sa.String(length=12), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("synonym_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(length=64), nullable=False, server_default=""))

    with op.batch_alter_table("schedule_tick", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("again_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("last_error", sa.Text(), nullable=False, server_default=""))

    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_version_released_at"), ["released_at"], unique=False)

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("single_keys", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("due_mails", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch_op.create_index(batch_op.f("ix_user_account_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_user_account_organisation_id_organisation"), "organisation", ["organisation_id"], ["id"])

    # the defaults were for rows that were there before
    with op.batch_alter_table("activity_entry", schema=None) as batch_op:
        batch_op.alter_column("stage", server_default=None)
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.alter_column("source_folder", server_default=None)
        batch_op.alter_column("source", server_default=None)
    with op.batch_alter_table("buyer_question", schema=None) as batch_op:
        batch_op.alter_column("times_asked", server_default=None)
    with op.batch_alter_table("facet_value", schema=None) as batch_op:
        batch_op.alter_column("judges_by", server_default=None)
        batch_op.alter_column("fears", server_default=None)
        batch_op.alter_column("level", server_default=None)
        batch_op.alter_column("revision", server_default=None)
    with op.batch_alter_table("synonym_group", schema=None) as batch_op:
        batch_op.alter_column("revision", server_default=None)
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.alter_column("address", server_default=None)
    with op.batch_alter_table("schedule_tick", schema=None) as batch_op:
        batch_op.alter_column("failures", server_default=None)
        batch_op.alter_column("last_error", server_default=None)
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.alter_column("single_keys", server_default=None)
        batch_op.alter_column("due_mails", server_default=None)
        batch_op.alter_column("revision", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_version_released_at"))

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_user_account_organisation_id_organisation"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_user_account_organisation_id"))
        batch_op.drop_column("due_mails")
        batch_op.drop_column("revision")
        batch_op.drop_column("last_seen_at")
        batch_op.drop_column("single_keys")
        batch_op.drop_column("organisation_id")

    with op.batch_alter_table("schedule_tick", schema=None) as batch_op:
        batch_op.drop_column("last_error")
        batch_op.drop_column("failures")
        batch_op.drop_column("again_at")
        batch_op.drop_column("ran_at")

    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_column("address")

    with op.batch_alter_table("synonym_group", schema=None) as batch_op:
        batch_op.drop_column("revision")

    with op.batch_alter_table("facet_value", schema=None) as batch_op:
        batch_op.drop_column("revision")
        batch_op.drop_column("level")
        batch_op.drop_column("fears")
        batch_op.drop_column("judges_by")

    with op.batch_alter_table("buyer_question", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_buyer_question_created_by_user_account"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_buyer_question_times_asked"))
        batch_op.drop_column("lost_passage")
        batch_op.drop_column("anchor_version_id")
        batch_op.drop_column("created_by")
        batch_op.drop_column("last_asked_at")
        batch_op.drop_column("times_asked")

    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_asset_confirmed_by_user_account"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_asset_twin_key"))
        batch_op.drop_column("source")
        batch_op.drop_column("source_folder")
        batch_op.drop_column("status_before")
        batch_op.drop_column("confirmed_by")

    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hold_what"))

    op.drop_table("hold")
    with op.batch_alter_table("activity_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_entry_stage_id"))
        batch_op.drop_column("stage")

    with op.batch_alter_table("question_asked", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_asked_question_id"))
        batch_op.drop_index(batch_op.f("ix_question_asked_asked_at"))

    op.drop_table("question_asked")
    with op.batch_alter_table("tag_suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tag_suggestion_value_id"))

    op.drop_table("tag_suggestion")
    with op.batch_alter_table("saved_search", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_search_user_id"))

    op.drop_table("saved_search")
    op.drop_table("review_policy")
    with op.batch_alter_table("map_square", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_map_square_stakeholder_id"))

    op.drop_table("map_square")
    with op.batch_alter_table("incoming_upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incoming_upload_user_id"))
        batch_op.drop_index(batch_op.f("ix_incoming_upload_created_at"))

    op.drop_table("incoming_upload")
    op.drop_table("due_mail")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_user_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("step_stage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_step_stage_stage_id"))

    op.drop_table("step_stage")
    op.drop_table("organisation")
