"""Faults of laptops, and on which day they were looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0025_faults"
down_revision = "0024_rights"


def upgrade() -> None:
    op.create_table(
        "device_fault",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("org_id", "device_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("rule", "subject")),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ticket", sa.String()),
        sa.ForeignKeyConstraint(
            ["org_id", "device_id"], ["device.org_id", "device.device_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "device_id", "rule", "subject"),
    )
    op.create_table(
        "fault_look",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id"),
    )
