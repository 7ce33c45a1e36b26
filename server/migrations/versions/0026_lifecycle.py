"""Figures and tasks of joining, moving and leaving."""

import sqlalchemy as sa
from alembic import op

revision = "0026_lifecycle"
down_revision = "0025_faults"


def upgrade() -> None:
    op.create_table(
        "lifecycle_release",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("previous", "digest")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "first_day"),
    )
    op.create_table(
        "lifecycle_sum",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("figure", "unit", "part")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("n", "y")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "first_day", "figure", "unit", "part"),
    )
    op.create_table(
        "lifecycle_median",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer()) for name in ("median", "low", "high")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "first_day", "figure"),
    )
    op.create_table(
        "required_application",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("team", "app")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "team", "app"),
    )
    op.create_table(
        "task_done",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("org_id", "person_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "about")),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "person_id", "kind", "about"),
    )
