"""Where the collector of an organisation's laptops is from a day on."""

import sqlalchemy as sa
from alembic import op

revision = "0007_address"
down_revision = "0006_wifi"


def upgrade() -> None:
    op.add_column("policy_settings", sa.Column("address", sa.String()))
    op.add_column("policy_settings", sa.Column("address_from", sa.Date()))
