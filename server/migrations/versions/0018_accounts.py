"""Local accounts, who has which role, and sessions of accounts."""

revision = "0018_accounts"
down_revision = "0017_audit"


def upgrade() -> None:
    """Filled with this milestone."""
