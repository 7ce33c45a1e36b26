"""The countersigned agreement, and the policy within it."""

import sqlalchemy as sa
from alembic import op

revision = "0005_agreement"
down_revision = "0004_releases"


def upgrade() -> None:
    _agreements()
    _policy()


def _agreements() -> None:
    _create(
        "agreement_key",
        ["org_id", "number"],
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("modulus", sa.LargeBinary(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
    )
    _create(
        "agreement",
        ["org_id", "number"],
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary()),
        sa.Column("modulus", sa.LargeBinary()),
        sa.Column("since", sa.Date(), nullable=False),
    )


def _policy() -> None:
    numbers = ("pause_hours", "cpu_s_per_hour", "rss_mib")
    _create(
        "policy_settings", ["org_id"], *(sa.Column(name, sa.Double(), nullable=False) for name in numbers)
    )
    _create(
        "policy_service",
        ["org_id", "name"],
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String()),
        sa.Column("host", sa.String()),
        sa.Column("port", sa.Integer()),
    )
    _create(
        "policy_reference",
        ["org_id", "name"],
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
    )
    _create(
        "policy_application",
        ["org_id", "name"],
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
    )


def _create(table: str, key: list[str], *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*key),
    )
