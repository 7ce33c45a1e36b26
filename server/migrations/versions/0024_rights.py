"""Looks at one laptop, and what people asked for about their own data."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024_rights"
down_revision = "0023_identities"


def upgrade() -> None:
    op.create_table(
        "support_look",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("look_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("who", "reason", "ticket", "state")),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date()),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["org_id", "device_id"], ["device.org_id", "device.device_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "device_id", "look_id"),
    )
    _table("support_setting", (), sa.Column("consent", sa.String(), nullable=False))
    _table("restriction", ("person_id",), sa.Column("since", sa.Date(), nullable=False))
    _table(
        "person_request",
        ("request_id",),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("answer", sa.String()),
        sa.Column("receipt", sa.Integer()),
    )
    op.create_index("ix_person_request_org_id_person_id", "person_request", ["org_id", "person_id"])
    _table(
        "receipt",
        (),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("content", sa.String()),
        sa.Column("digest", sa.String(), nullable=False),
        also=("number",),
    )


def _table(name: str, ids: tuple[str, ...], *columns: sa.Column[Any], also: tuple[str, ...] = ()) -> None:
    """A table of an organisation; its key goes on with `ids`, and with columns among the others."""
    op.create_table(
        name,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(one, sa.Uuid(), nullable=False) for one in ids),
        *columns,
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", *ids, *also),
    )
