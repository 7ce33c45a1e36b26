"""Where the directory's days came from."""

revision = "0021_directory"
down_revision = "0020_scim"


def upgrade() -> None:
    """Filled with this milestone."""
