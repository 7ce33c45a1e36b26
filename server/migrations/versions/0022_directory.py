"""Earlier employments, stages that HR names, sources of people and what each of them changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022_directory"
down_revision = "0021_scim"


def upgrade() -> None:
    op.add_column("assignment", sa.Column("reorganised", sa.Boolean()))
    _table(
        "past_spell",
        ("person_id", "last_day"),
        *(sa.Column(name, sa.Date()) for name in ("hire", "notice", "notice_known", "last_day_known")),
    )
    _table("stage_feed", ("person_id", "stage_from"), sa.Column("stage", sa.String(), nullable=False))
    _table("team_rename", ("kind", "name", "day"), sa.Column("became", sa.String(), nullable=False))
    _table(
        "directory_change",
        ("person_id", "day", "source", "field"),
        sa.Column("kind", sa.String(), nullable=False),
    )
    _table("person_source", ("person_id", "source"), sa.Column("fields", sa.String(), nullable=False))
    _table(
        "people_source",
        ("source",),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("first_for", sa.String(), nullable=False),
        *(sa.Column(name, sa.String()) for name in ("folder", "profile", "profile_text")),
    )


def _table(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    kinds: dict[str, sa.types.TypeEngine[Any]] = {"person_id": sa.Uuid()}
    kinds |= dict.fromkeys(("last_day", "stage_from", "day"), sa.Date())
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(part, kinds.get(part, sa.String()), nullable=False) for part in key),
        *columns,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", *key),
    )
