"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(length=24), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("passage_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_entry")),
    )
    with op.batch_alter_table("activity_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_entry_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_entry_user_id"), ["user_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_target"), ["target"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_verb"), ["verb"], unique=False)

    op.create_table(
        "facet_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facet", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("buyer_words", sa.String(), nullable=False),
        sa.Column("milestone", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facet_value")),
        sa.UniqueConstraint("facet", "key", name=op.f("uq_facet_value_facet_key")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("jobs_done", sa.String(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_event"), ["event"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_state"), ["state"], unique=False)

    op.create_table(
        "schedule_tick",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule_tick")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_at"), ["at"], unique=False)

    op.create_table(
        "synonym_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_group")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "asset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=24), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("review_interval_days", sa.Integer(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("pdf_only_reason", sa.String(), nullable=False),
        sa.Column("twin_key", sa.String(length=20), nullable=False),
        sa.Column("is_separate", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("released_version_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kind_id"], ["facet_value.id"], name=op.f("fk_asset_kind_id_facet_value")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_asset_owner_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
    )
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asset_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_expires_on"), ["expires_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_kind_id"), ["kind_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_released_version_id"), ["released_version_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_review_on"), ["review_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_asset_status"), ["status"], unique=False)

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

    op.create_table(
        "login_session",
        sa.Column("id_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_login_session_user_id_user_account")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_login_session")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "setup_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_setup_link_user_id_user_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_setup_link")),
    )
    with op.batch_alter_table("setup_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_setup_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "asset_facet",
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("value_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_facet_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["value_id"], ["facet_value.id"], name=op.f("fk_asset_facet_value_id_facet_value")),
        sa.PrimaryKeyConstraint("asset_id", "value_id", name=op.f("pk_asset_facet")),
    )
    with op.batch_alter_table("asset_facet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asset_facet_value_id"), ["value_id"], unique=False)

    op.create_table(
        "buyer_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("phrasings", sa.JSON(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("anchor", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_buyer_question_asset_id_asset"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_question")),
    )
    with op.batch_alter_table("buyer_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_buyer_question_asset_id"), ["asset_id"], unique=False)

    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_finding_asset_id_asset"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_asset_id"), ["asset_id"], unique=False)

    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("format", sa.String(length=12), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reading", sa.String(length=24), nullable=False),
        sa.Column("reading_message", sa.String(), nullable=False),
        sa.Column("unit_count", sa.Integer(), nullable=False),
        sa.Column("unit_word", sa.String(), nullable=False),
        sa.Column("stem", sa.String(length=255), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_version_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name=op.f("fk_version_created_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("asset_id", "number", name=op.f("uq_version_asset_id_number")),
    )
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_version_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_version_blob_sha256"), ["blob_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_version_stem"), ["stem"], unique=False)
        batch_op.create_index(batch_op.f("ix_version_text_hash"), ["text_hash"], unique=False)

    op.create_table(
        "passage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("is_notes", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_passage_version_id_version"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
        sa.UniqueConstraint("version_id", "anchor", name=op.f("uq_passage_version_id_anchor")),
    )
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passage_version_id"), ["version_id"], unique=False)

    op.create_table(
        "question_facet",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("value_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["buyer_question.id"], name=op.f("fk_question_facet_question_id_buyer_question")),
        sa.ForeignKeyConstraint(["value_id"], ["facet_value.id"], name=op.f("fk_question_facet_value_id_facet_value")),
        sa.PrimaryKeyConstraint("question_id", "value_id", name=op.f("pk_question_facet")),
    )
    with op.batch_alter_table("question_facet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_facet_value_id"), ["value_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("question_facet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_facet_value_id"))

    op.drop_table("question_facet")
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passage_version_id"))

    op.drop_table("passage")
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_version_text_hash"))
        batch_op.drop_index(batch_op.f("ix_version_stem"))
        batch_op.drop_index(batch_op.f("ix_version_blob_sha256"))
        batch_op.drop_index(batch_op.f("ix_version_asset_id"))

    op.drop_table("version")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_asset_id"))

    op.drop_table("finding")
    with op.batch_alter_table("buyer_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_buyer_question_asset_id"))

    op.drop_table("buyer_question")
    with op.batch_alter_table("asset_facet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_facet_value_id"))

    op.drop_table("asset_facet")
    with op.batch_alter_table("setup_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_setup_link_user_id"))

    op.drop_table("setup_link")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_user_id"))

    op.drop_table("login_session")
    with op.batch_alter_table("content_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_content_request_asked_at"))

    op.drop_table("content_request")
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_status"))
        batch_op.drop_index(batch_op.f("ix_asset_review_on"))
        batch_op.drop_index(batch_op.f("ix_asset_released_version_id"))
        batch_op.drop_index(batch_op.f("ix_asset_owner_id"))
        batch_op.drop_index(batch_op.f("ix_asset_kind_id"))
        batch_op.drop_index(batch_op.f("ix_asset_expires_on"))
        batch_op.drop_index(batch_op.f("ix_asset_changed_at"))

    op.drop_table("asset")
    op.drop_table("user_account")
    op.drop_table("synonym_group")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_at"))

    op.drop_table("sign_in_attempt")
    op.drop_table("schedule_tick")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_state"))
        batch_op.drop_index(batch_op.f("ix_outbox_event"))
        batch_op.drop_index(batch_op.f("ix_outbox_due_at"))

    op.drop_table("outbox")
    op.drop_table("facet_value")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_verb"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_target"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    with op.batch_alter_table("activity_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_entry_user_id"))
        batch_op.drop_index(batch_op.f("ix_activity_entry_at"))
        batch_op.drop_index(batch_op.f("ix_activity_entry_asset_id"))

    op.drop_table("activity_entry")
