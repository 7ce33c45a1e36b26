"""What was looked at and changed, as a chain; where the chain ends, and what is left of ended entries."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018_audit"
down_revision = "0017_fewer_indexes"


def upgrade() -> None:
    _table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("who", "action", "about")),
        sa.Column("reason", sa.String()),
        sa.Column("digest", sa.String(), nullable=False),
        key=("number",),
    )
    _table(
        "audit_head",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
    )
    _table(
        "audit_checkpoint",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        key=("number",),
    )


def _table(name: str, *columns: sa.Column[Any], key: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", *key),
    )
