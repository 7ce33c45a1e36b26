"""People, their places and their times."""

revision = "0002_people"
down_revision = "0001_store"


def upgrade() -> None:
    pass
