"""What directories bring over SCIM, and their tokens."""

revision = "0020_scim"
down_revision = "0019_api_keys"


def upgrade() -> None:
    """Filled with this milestone."""
