"""People, their places and their times."""

import sqlalchemy as sa
from alembic import op

revision = "0002_people"
down_revision = "0001_store"


def upgrade() -> None:
    op.create_table(
        "person",
        *_key("org_id", "person_id"),
        sa.Column("employee_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String()) for name in ("name", "email", "manager", "site")),
        *_days("hire", "notice", "notice_known", "last_day", "last_day_known"),
        sa.PrimaryKeyConstraint("org_id", "person_id", name="pk_person"),
        sa.UniqueConstraint("org_id", "employee_id", name="uq_person_org_id_employee_id"),
    )
    op.create_table(
        "assignment",
        *_key("org_id", "person_id"),
        sa.Column("assignment_from", sa.Date(), nullable=False),
        *_days("assignment_to"),
        *(sa.Column(name, sa.String()) for name in ("unit", "team", "branch")),
        sa.PrimaryKeyConstraint("org_id", "person_id", "assignment_from", name="pk_assignment"),
    )
    op.create_table(
        "move",
        *_key("org_id", "person_id"),
        sa.Column("role_change", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "person_id", "role_change", name="pk_move"),
    )
    op.create_table(
        "absence",
        *_key("org_id", "person_id"),
        sa.Column("absence_from", sa.Date(), nullable=False),
        *_days("absence_to"),
        sa.PrimaryKeyConstraint("org_id", "person_id", "absence_from", name="pk_absence"),
    )
    op.create_table(
        "partner",
        *_key("org_id"),
        *_names("kind", "name", "partner"),
        sa.PrimaryKeyConstraint("org_id", "kind", "name", "partner", name="pk_partner"),
    )
    op.create_table(
        "reporting_group",
        *_key("org_id"),
        *_names("quarter", "unit", "team", "group_unit", "group_team"),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "quarter", "unit", "team", name="pk_reporting_group"),
    )
    op.create_table(
        "inventory",
        *_key("org_id"),
        *_names("serial"),
        sa.Column("inventory_from", sa.Date(), nullable=False),
        *_days("inventory_to"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "serial", "inventory_from", name="pk_inventory"),
    )


def _key(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in names]


def _names(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _days(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Date()) for name in names]
