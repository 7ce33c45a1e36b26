"""What an hour costs, where an organisation says so."""

import sqlalchemy as sa
from alembic import op

revision = "0016_cost"
down_revision = "0015_left_out"


def upgrade() -> None:
    op.add_column("organisation", sa.Column("cost_per_hour", sa.Double()))
    op.add_column("organisation", sa.Column("cost_currency", sa.String()))
