"""Keys of programs that read, days on which nobody works, and what a moderator made of a comment."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020_api_keys"
down_revision = "0019_accounts"


def upgrade() -> None:
    _table(
        "api_key",
        (sa.Column("key_id", sa.Uuid(), nullable=False),),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "key_hash", "role")),
        sa.Column("scopes", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("created_on", "last_day")),
        *(sa.Column(name, sa.Date()) for name in ("last_used_on", "revoked_on")),
        sa.UniqueConstraint("org_id", "key_hash"),
    )
    _table(
        "calendar_place",
        (sa.Column("site", sa.String(), nullable=False),),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("subdivision", sa.String()),
    )
    _table(
        "calendar_day",
        (sa.Column("site", sa.String(), nullable=False), sa.Column("day", sa.Date(), nullable=False)),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
    )
    op.add_column("pulse_comment", sa.Column("state", sa.String()))


def _table(name: str, key: tuple[sa.Column[Any], ...], *rest: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *key,
        *rest,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", *(column.name for column in key)),
    )
