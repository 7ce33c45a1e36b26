"""Person-weeks and the releases made from them."""

import sqlalchemy as sa
from alembic import op

revision = "0004_releases"
down_revision = "0003_pulse"

_WEEK = ("org_id", "week")
_PERIOD = ("org_id", "period")


def upgrade() -> None:
    _person_weeks()
    _releases()
    _sentiment()
    _cohorts()


def _person_weeks() -> None:
    op.create_table(
        "person_week",
        *_key(),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("composite", sa.Double()),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("gauges", "rates", "lost")),
        sa.Column("lost_minutes", sa.Double()),
        sa.Column("lost_hours", sa.Double()),
        sa.PrimaryKeyConstraint(*_WEEK, "person_id"),
    )


def _releases() -> None:
    op.create_table(
        "release",
        *_key("week"),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("late", sa.Integer()),
        *_sealed(),
        sa.PrimaryKeyConstraint(*_WEEK),
    )
    op.create_table(
        "release_team",
        *_key("week", "team", "unit"),
        sa.PrimaryKeyConstraint(*_WEEK, "team"),
    )
    op.create_table(
        "release_plan",
        *_key("week", "group_name"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_WEEK, "group_name"),
    )
    op.create_table(
        "release_sum",
        *_key("week", "signal", "group_name"),
        sa.Column("n", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double()) for name in ("x", "y", "e")),
        sa.Column("exact", sa.Boolean()),
        sa.PrimaryKeyConstraint(*_WEEK, "signal", "group_name"),
    )
    op.create_table(
        "release_pool",
        *_key("week", "signal"),
        sa.Column("n", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double()) for name in ("squares", "y", "e", "yye")),
        sa.PrimaryKeyConstraint(*_WEEK, "signal"),
    )
    op.create_table(
        "hours_class",
        *_key("week", "group_name"),
        sa.Column("class_j", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_WEEK, "group_name"),
    )
    op.create_table(
        "funnel",
        *_key("week"),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String()),
        sa.Column("outcome", sa.String()),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_WEEK, "place"),
    )


def _sentiment() -> None:
    op.create_table(
        "sentiment_release",
        *_key("period"),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("squares", sa.Double(), nullable=False),
        sa.Column("freedom", sa.Integer(), nullable=False),
        *_sealed(),
        sa.PrimaryKeyConstraint(*_PERIOD),
    )
    op.create_table(
        "sentiment_sum",
        *_key("period", "group_name"),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_PERIOD, "group_name", "answer"),
    )


def _cohorts() -> None:
    op.create_table(
        "cohort_queue",
        *_key("stage"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("carded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "stage", "person_id", "left_on"),
    )
    op.create_table(
        "cohort_card",
        *_key("stage"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "stage", "number"),
    )


def _key(*names: str) -> list[sa.Column[object]]:
    """The organisation, and texts that are never null."""
    kinds = {"org_id": sa.Uuid()} | dict.fromkeys(names, sa.String())
    return [sa.Column(name, kind, nullable=False) for name, kind in kinds.items()]


def _sealed() -> list[sa.Column[object]]:
    """The day of a release and its place in the chain."""
    return [
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
    ]
