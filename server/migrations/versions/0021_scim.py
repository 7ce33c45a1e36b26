"""What directories bring over SCIM, and their tokens."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021_scim"
down_revision = "0020_api_keys"


def upgrade() -> None:
    _table(
        "scim_token",
        ("token_id",),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("created_on", "last_day")),
        *(sa.Column(name, sa.Date()) for name in ("last_used_on", "revoked_on")),
        sa.UniqueConstraint("org_id", "token_hash", name="uq_scim_token_org_id_token_hash"),
    )
    _table(
        "scim_user",
        ("person_id",),
        sa.Column("user_name", sa.String(), nullable=False),
        *_resource_columns(),
        sa.Column("ended_on", sa.Date()),
        sa.UniqueConstraint("org_id", "user_name", name="uq_scim_user_org_id_user_name"),
    )
    _table("scim_group", ("group_id",), sa.Column("name", sa.String(), nullable=False), *_resource_columns())
    _table("scim_member", ("group_id", "person_id"), sa.Column("display", sa.String()))
    op.create_index("ix_scim_user_org_id_external_id", "scim_user", ["org_id", "external_id"])
    op.create_index("ix_scim_group_org_id_name", "scim_group", ["org_id", "name"])
    op.create_index("ix_scim_member_org_id_person_id", "scim_member", ["org_id", "person_id"])
    op.create_index("ix_person_org_id_email", "person", ["org_id", "email"])


def _resource_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("external_id", sa.String()),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
    )


def _table(name: str, key: tuple[str, ...], *rest: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(part, sa.Uuid(), nullable=False) for part in key),
        *rest,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", *key),
    )
