"""What was looked at and changed, as a chain."""

import sqlalchemy as sa
from alembic import op

revision = "0017_audit"
down_revision = "0016_cost"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "number"),
    )
