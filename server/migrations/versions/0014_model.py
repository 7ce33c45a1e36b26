"""Score models that were adopted by a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0014_model"
down_revision = "0013_experiments"


def upgrade() -> None:
    op.create_table(
        "model_version",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("from_week", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "number"),
        sa.UniqueConstraint("org_id", "name"),
        sqlite_with_rowid=False,
    )
