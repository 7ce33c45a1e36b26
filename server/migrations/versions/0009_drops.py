"""What was left out of laptops' batches, by reason; the daily count of the fleet; terms that were chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0009_drops"
down_revision = "0008_outbox"


def upgrade() -> None:
    op.create_table(
        "device_drop",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "device_id"], ["device.org_id", "device.device_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "device_id", "week", "reason", "field"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fleet_count",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id"),
    )
    op.create_table(
        "chosen_term",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
