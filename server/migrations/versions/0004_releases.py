"""Person-weeks and the releases made from them."""

revision = "0004_releases"
down_revision = "0003_pulse"


def upgrade() -> None:
    pass
