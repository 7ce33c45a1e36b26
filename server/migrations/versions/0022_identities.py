"""Whose laptop it is by its sign-in names."""

revision = "0022_identities"
down_revision = "0021_directory"


def upgrade() -> None:
    """Filled with this milestone."""
