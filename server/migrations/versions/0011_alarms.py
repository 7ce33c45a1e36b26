"""Alarms that were published, and what is kept from look to look to find them."""

import sqlalchemy as sa
from alembic import op

revision = "0011_alarms"
down_revision = "0009_drops"


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("laptops", sa.String(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.PrimaryKeyConstraint("org_id", "day", "signal", "item"),
    )
    op.create_table(
        "alarm_look",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_week", sa.String()),
        sa.Column("open_alarms", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id"),
    )
    op.create_table(
        "alarm_series",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("watched", sa.String(), nullable=False),
        sa.Column("series", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "watched"),
    )
