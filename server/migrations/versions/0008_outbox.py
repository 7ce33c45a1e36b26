"""Messages that wait to be sent, who wants them, who is on a job and how often it failed in a row."""

import sqlalchemy as sa
from alembic import op

revision = "0008_outbox"
down_revision = "0007_address"


def upgrade() -> None:
    _outbox()
    _notice_recipients()
    _jobs()


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "message_id"),
        sa.UniqueConstraint("org_id", "recipient", "cause"),
    )
    op.create_index(None, "outbox", ["org_id", "state", "due"])


def _notice_recipients() -> None:
    op.create_table(
        "notice_recipient",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "recipient"),
    )


def _jobs() -> None:
    op.add_column("job", sa.Column("holder", sa.Uuid()))
    op.add_column("job", sa.Column("ran", sa.DateTime(timezone=True)))
    op.add_column("job", sa.Column("failed_runs", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("job") as job:  # the default was for rows of before alone
        job.alter_column("failed_runs", server_default=None)
