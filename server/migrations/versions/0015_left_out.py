"""Weeks and pulse periods that a restored store may have released before."""

import sqlalchemy as sa
from alembic import op

revision = "0015_left_out"
down_revision = "0014_model"


def upgrade() -> None:
    for name in ("week", "period"):
        op.create_table(
            f"{name}_left_out",
            sa.Column("org_id", sa.Uuid(), nullable=False),
            sa.Column(name, sa.String(), nullable=False),
            sa.Column("restored_on", sa.Date(), nullable=False),
            sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("org_id", name),
        )
