"""Keys of programs that read, and days on which nobody works."""

revision = "0019_api_keys"
down_revision = "0018_accounts"


def upgrade() -> None:
    """Filled with this milestone."""
