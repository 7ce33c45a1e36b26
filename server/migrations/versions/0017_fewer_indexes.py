"""Applications, services and events are looked up by laptop alone; what reads a day reads its week."""

from alembic import op

revision = "0017_fewer_indexes"
down_revision = "0016_cost"


def upgrade() -> None:
    for table in ("app_day", "service_day", "event"):
        op.drop_index(f"ix_{table}_org_id_day", table)
