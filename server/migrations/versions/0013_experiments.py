"""Changes that are tried out, who was drawn for them, what they said week by week; drivers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013_experiments"
down_revision = "0012_equipment"


def upgrade() -> None:
    _table(
        "experiment",
        ("name",),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("title", "hypothesis")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("measure", "design")),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("first_week", sa.String()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("salt", sa.String()),
        sa.Column("power", sa.JSON(), nullable=False),
    )
    _table("experiment_team", ("name", "team"), sa.Column("start_week", sa.String()))
    _table(
        "experiment_person",
        ("name", "person_id"),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("treated", sa.Boolean(), nullable=False),
    )
    _table(
        "experiment_reading",
        ("name", "week"),
        sa.Column("says", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer()) for name in ("treated", "others")),
        *(sa.Column(name, sa.Double()) for name in ("effect", "low", "high", "p")),
    )
    _table(
        "driver",
        ("period", "facet"),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("slope", "low", "high")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("groups", "rows")),
    )


def _table(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    kinds = {"person_id": sa.Uuid()}
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(part, kinds.get(part, sa.String()), nullable=False) for part in key),
        *columns,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", *key),
    )
