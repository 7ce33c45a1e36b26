"""The equipment view: each day's released sums of versions, models and places."""

import sqlalchemy as sa
from alembic import op

revision = "0012_equipment"
down_revision = "0011_alarms"


def upgrade() -> None:
    op.create_table(
        "equipment_release",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "day"),
    )
    op.create_table(
        "equipment_sum",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("dimension", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("e", sa.Double(), nullable=False),
        sa.Column("yye", sa.Double()),
        sa.Column("class_j", sa.Integer()),
        sa.PrimaryKeyConstraint("org_id", "day", "signal", "app", "dimension", "name"),
    )
