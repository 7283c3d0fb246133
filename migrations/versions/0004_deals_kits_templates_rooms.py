"""deals, kits, templates, rooms"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Tables there were before whose rows can be removed while somebody has them open in a tab.
REMOVABLE = ("asset", "version", "buyer_question", "synonym_group", "saved_search")
ASSET = sa.table("asset", sa.column("id", sa.Integer), sa.column("last_number", sa.Integer))
VERSION = sa.table("version", sa.column("asset_id", sa.Integer), sa.column("number", sa.Integer))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in REMOVABLE:
            with op.batch_alter_table(name, recreate="always", table_kwargs={"sqlite_autoincrement": True}):
                pass
    op.add_column("asset", sa.Column("last_number", sa.Integer(), nullable=False, server_default="0"))
    newest = sa.select(sa.func.coalesce(sa.func.max(VERSION.c.number), 0)).where(VERSION.c.asset_id == ASSET.c.id).scalar_subquery()
    op.execute(sa.update(ASSET).values(last_number=newest))
    with op.batch_alter_table("asset", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.alter_column("last_number", server_default=None)

    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "link_miss",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_miss")),
    )
    with op.batch_alter_table("link_miss", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_miss_at"), ["at"], unique=False)

    op.create_table(
        "opportunity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=80), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("solution_id", sa.Integer(), nullable=True),
        sa.Column("vertical_id", sa.Integer(), nullable=True),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_opportunity_account_id_account")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_opportunity_owner_id_user_account")),
        sa.ForeignKeyConstraint(["segment_id"], ["facet_value.id"], name=op.f("fk_opportunity_segment_id_facet_value")),
        sa.ForeignKeyConstraint(["solution_id"], ["facet_value.id"], name=op.f("fk_opportunity_solution_id_facet_value")),
        sa.ForeignKeyConstraint(["stage_id"], ["facet_value.id"], name=op.f("fk_opportunity_stage_id_facet_value")),
        sa.ForeignKeyConstraint(["vertical_id"], ["facet_value.id"], name=op.f("fk_opportunity_vertical_id_facet_value")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint("external_id", name=op.f("uq_opportunity_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opportunity_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunity_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunity_stage_id"), ["stage_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunity_state"), ["state"], unique=False)

    op.create_table(
        "kit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("opportunity_id", sa.Integer(), nullable=True),
        sa.Column("account_name", sa.String(length=160), nullable=False),
        sa.Column("meeting_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["opportunity_id"], ["opportunity.id"], name=op.f("fk_kit_opportunity_id_opportunity")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_kit_owner_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("kit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kit_opportunity_id"), ["opportunity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kit_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("welcome", sa.Text(), nullable=False),
        sa.Column("company", sa.String(length=160), nullable=False),
        sa.Column("opportunity_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["opportunity_id"], ["opportunity.id"], name=op.f("fk_room_opportunity_id_opportunity")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_room_owner_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_opportunity_id"), ["opportunity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_room_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "stage_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_stage_entry_opportunity_id_opportunity"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["facet_value.id"], name=op.f("fk_stage_entry_stage_id_facet_value")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_entry")),
    )
    with op.batch_alter_table("stage_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_entry_opportunity_id"), ["opportunity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stage_entry_stage_id"), ["stage_id"], unique=False)

    op.create_table(
        "template_field",
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("help", sa.String(length=300), nullable=False),
        sa.Column("default", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("minimum", sa.String(length=40), nullable=False),
        sa.Column("maximum", sa.String(length=40), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_template_field_asset_id_asset"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("asset_id", "name", name=op.f("pk_template_field")),
    )
    op.create_table(
        "value_draft",
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_value_draft_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"], name=op.f("fk_value_draft_changed_by_user_account")),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_value_draft")),
    )
    op.create_table(
        "binder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("with_notes", sa.Boolean(), nullable=False),
        sa.Column("check_at", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_binder_kit_id_kit"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["requested_by"], ["user_account.id"], name=op.f("fk_binder_requested_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binder")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("binder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_binder_kit_id"), ["kit_id"], unique=False)

    op.create_table(
        "kit_facet",
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("value_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_kit_facet_kit_id_kit"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["value_id"], ["facet_value.id"], name=op.f("fk_kit_facet_value_id_facet_value")),
        sa.PrimaryKeyConstraint("kit_id", "value_id", name=op.f("pk_kit_facet")),
    )
    with op.batch_alter_table("kit_facet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kit_facet_value_id"), ["value_id"], unique=False)

    op.create_table(
        "kit_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("anchor", sa.String(length=200), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("pinned_version_id", sa.Integer(), nullable=True),
        sa.Column("seen_version_id", sa.Integer(), nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["user_account.id"], name=op.f("fk_kit_item_added_by_user_account")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_kit_item_asset_id_asset"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("fk_kit_item_kit_id_kit"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["buyer_question.id"], name=op.f("fk_kit_item_question_id_buyer_question"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("kit_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kit_item_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kit_item_kit_id"), ["kit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kit_item_question_id"), ["question_id"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=160), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("mail_rule", sa.JSON(), nullable=False),
        sa.Column("handout", sa.String(length=24), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.Column("notifies", sa.Boolean(), nullable=False),
        sa.Column("view_limit", sa.Integer(), nullable=True),
        sa.Column("watermarks", sa.Boolean(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_link_owner_id_user_account")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_link_room_id_room"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_room_id"), ["room_id"], unique=False)

    op.create_table(
        "plan_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("side", sa.String(length=24), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_from_guest", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_plan_step_room_id_room"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_step")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("plan_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_step_room_id"), ["room_id"], unique=False)

    op.create_table(
        "room_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=120), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("added_version_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_room_item_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_item_room_id_room"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("room_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_item_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_room_item_room_id"), ["room_id"], unique=False)

    op.create_table(
        "template_scan",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("losses", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_template_scan_version_id_version"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_template_scan")),
    )
    op.create_table(
        "binder_sheet",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("binder_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_binder_sheet_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["binder_id"], ["binder.id"], name=op.f("fk_binder_sheet_binder_id_binder"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["buyer_question.id"], name=op.f("fk_binder_sheet_question_id_buyer_question"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_binder_sheet")),
    )
    with op.batch_alter_table("binder_sheet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_binder_sheet_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_binder_sheet_binder_id"), ["binder_id"], unique=False)

    op.create_table(
        "guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("stakeholder_id", sa.Integer(), nullable=True),
        sa.Column("is_forwarded", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_guest_link_id_link"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["stakeholder_id"], ["facet_value.id"], name=op.f("fk_guest_stakeholder_id_facet_value")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest")),
    )
    with op.batch_alter_table("guest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guest_link_id"), ["link_id"], unique=False)

    op.create_table(
        "mail_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_mail_code_link_id_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_code")),
    )
    with op.batch_alter_table("mail_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_code_link_id"), ["link_id"], unique=False)

    op.create_table(
        "tailored",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("opportunity_id", sa.Integer(), nullable=True),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=160), nullable=False),
        sa.Column("logo", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_tailored_asset_id_asset"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["item_id"], ["room_item.id"], name=op.f("fk_tailored_item_id_room_item"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_tailored_link_id_link"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["opportunity_id"], ["opportunity.id"], name=op.f("fk_tailored_opportunity_id_opportunity")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_tailored_owner_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tailored")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tailored_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tailored", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tailored_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tailored_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tailored_opportunity_id"), ["opportunity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tailored_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "guest_pass",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=True),
        sa.Column("link_revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["guest.id"], name=op.f("fk_guest_pass_guest_id_guest"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_guest_pass_link_id_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_guest_pass")),
    )
    with op.batch_alter_table("guest_pass", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guest_pass_link_id"), ["link_id"], unique=False)

    op.create_table(
        "room_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("reply_to", sa.String(length=254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["guest_id"], ["guest.id"], name=op.f("fk_room_question_guest_id_guest"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_room_question_link_id_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_question")),
    )
    with op.batch_alter_table("room_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_question_link_id"), ["link_id"], unique=False)

    op.create_table(
        "visit",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=True),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("is_human", sa.Boolean(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["guest.id"], name=op.f("fk_visit_guest_id_guest"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_visit_link_id_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_started_at"), ["started_at"], unique=False)

    op.create_table(
        "visit_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["room_item.id"], name=op.f("fk_visit_part_item_id_room_item"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_part_visit_id_visit"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_part")),
    )
    with op.batch_alter_table("visit_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_part_visit_id"), ["visit_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_column("last_number")

    with op.batch_alter_table("visit_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_part_visit_id"))

    op.drop_table("visit_part")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_started_at"))
        batch_op.drop_index(batch_op.f("ix_visit_link_id"))

    op.drop_table("visit")
    with op.batch_alter_table("room_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_question_link_id"))

    op.drop_table("room_question")
    with op.batch_alter_table("guest_pass", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guest_pass_link_id"))

    op.drop_table("guest_pass")
    with op.batch_alter_table("tailored", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tailored_owner_id"))
        batch_op.drop_index(batch_op.f("ix_tailored_opportunity_id"))
        batch_op.drop_index(batch_op.f("ix_tailored_link_id"))
        batch_op.drop_index(batch_op.f("ix_tailored_asset_id"))

    op.drop_table("tailored")
    with op.batch_alter_table("mail_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mail_code_link_id"))

    op.drop_table("mail_code")
    with op.batch_alter_table("guest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guest_link_id"))

    op.drop_table("guest")
    with op.batch_alter_table("binder_sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_binder_sheet_binder_id"))
        batch_op.drop_index(batch_op.f("ix_binder_sheet_asset_id"))

    op.drop_table("binder_sheet")
    op.drop_table("template_scan")
    with op.batch_alter_table("room_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_item_room_id"))
        batch_op.drop_index(batch_op.f("ix_room_item_asset_id"))

    op.drop_table("room_item")
    with op.batch_alter_table("plan_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_step_room_id"))

    op.drop_table("plan_step")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_room_id"))
        batch_op.drop_index(batch_op.f("ix_link_owner_id"))
        batch_op.drop_index(batch_op.f("ix_link_expires_at"))

    op.drop_table("link")
    with op.batch_alter_table("kit_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kit_item_question_id"))
        batch_op.drop_index(batch_op.f("ix_kit_item_kit_id"))
        batch_op.drop_index(batch_op.f("ix_kit_item_asset_id"))

    op.drop_table("kit_item")
    with op.batch_alter_table("kit_facet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kit_facet_value_id"))

    op.drop_table("kit_facet")
    with op.batch_alter_table("binder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_binder_kit_id"))

    op.drop_table("binder")
    op.drop_table("value_draft")
    op.drop_table("template_field")
    with op.batch_alter_table("stage_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_entry_stage_id"))
        batch_op.drop_index(batch_op.f("ix_stage_entry_opportunity_id"))

    op.drop_table("stage_entry")
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_owner_id"))
        batch_op.drop_index(batch_op.f("ix_room_opportunity_id"))

    op.drop_table("room")
    with op.batch_alter_table("kit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kit_owner_id"))
        batch_op.drop_index(batch_op.f("ix_kit_opportunity_id"))

    op.drop_table("kit")
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opportunity_state"))
        batch_op.drop_index(batch_op.f("ix_opportunity_stage_id"))
        batch_op.drop_index(batch_op.f("ix_opportunity_owner_id"))
        batch_op.drop_index(batch_op.f("ix_opportunity_account_id"))

    op.drop_table("opportunity")
    with op.batch_alter_table("link_miss", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_miss_at"))

    op.drop_table("link_miss")
    op.drop_table("account")
