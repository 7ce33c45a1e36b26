"""Labels, tokens and answers of the pulse."""

revision = "0003_pulse"
down_revision = "0002_people"


def upgrade() -> None:
    pass
