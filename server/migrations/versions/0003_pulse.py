"""The pulse: periods, labels, keys, who may answer, and the answers of nobody in particular."""

import sqlalchemy as sa
from alembic import op

revision = "0003_pulse"
down_revision = "0002_people"


def upgrade() -> None:
    _periods()
    _messages()


def _periods() -> None:
    op.create_table(
        "pulse_period",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("labels", sa.LargeBinary(), nullable=False),
        sa.Column("labels_hash", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("issued", sa.Integer()),
        sa.Column("answered", sa.Integer()),
        sa.PrimaryKeyConstraint("org_id", "period"),
    )
    op.create_table(
        "pulse_label",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("period", "label")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "unit", "team", "stage")),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "period", "label"),
    )
    op.create_table(
        "pulse_key",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("period", "label", "slot")),
        sa.Column("modulus", sa.LargeBinary(), nullable=False),
        sa.Column("p", sa.LargeBinary()),
        sa.Column("q", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("org_id", "period", "label", "slot"),
    )
    op.create_table(
        "pulse_member",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("row_label", "col_label")),
        sa.Column("issued", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("org_id", "period", "person_id"),
    )
    op.create_index(
        "ix_pulse_member_org_id_period_device_id", "pulse_member", ["org_id", "period", "device_id"]
    )


def _messages() -> None:
    """Tables without a hidden row number, which would tell the order in which their rows came."""
    op.create_table(
        "pulse_spent",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "period", "token_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_answer",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("period", "label", "item")),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "answer_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_comment",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("period", "text")),
        sa.PrimaryKeyConstraint("org_id", "comment_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pulse_histogram",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("period", "label", "item")),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "period", "label", "item", "value"),
    )
