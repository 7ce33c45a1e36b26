"""Whose laptop it is by its sign-in names."""

import sqlalchemy as sa
from alembic import op

revision = "0023_identities"
down_revision = "0022_directory"


def upgrade() -> None:
    op.create_table(
        "sign_in_key",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "number"),
    )
    op.create_table(
        "sign_in_name",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sign_in_name", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "person_id", "source", "sign_in_name"),
    )
    op.add_column("device", sa.Column("owner_by", sa.String()))
    op.add_column("device", sa.Column("shared", sa.Boolean()))
