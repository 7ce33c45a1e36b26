"""Local accounts, who has which role, and sessions of accounts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019_accounts"
down_revision = "0018_audit"


def upgrade() -> None:
    _table(
        "account",
        (sa.Column("name", sa.String(), nullable=False),),
        sa.Column("password_hash", sa.String()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
    )
    _table(
        "role_grant",
        (sa.Column("grant_id", sa.Uuid(), nullable=False),),
        sa.Column("account", sa.String()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
    )
    _table(
        "provider_identity",
        (sa.Column("issuer", sa.String(), nullable=False), sa.Column("subject", sa.String(), nullable=False)),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
    )
    _table(
        "access_closed",
        (sa.Column("person_id", sa.Uuid(), nullable=False),),
        sa.Column("since", sa.Date(), nullable=False),
    )
    op.add_column("login_link", sa.Column("account", sa.String()))
    for name in ("account", "issuer", "subject", "shown_name"):
        op.add_column("session", sa.Column(name, sa.String()))
    op.add_column("session", sa.Column("groups", sa.JSON()))
    op.create_index("ix_person_org_id_manager", "person", ["org_id", "manager"])


def _table(name: str, key: tuple[sa.Column[Any], ...], *rest: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *key,
        *rest,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", *(column.name for column in key)),
    )
