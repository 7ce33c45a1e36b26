"""The strength of the Wi-Fi signal in a day's summary."""

import sqlalchemy as sa
from alembic import op

revision = "0006_wifi"
down_revision = "0005_agreement"


def upgrade() -> None:
    op.add_column("device_day", sa.Column("wifi_signal_pct", sa.Double()))
