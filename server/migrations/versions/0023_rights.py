"""Looks at one laptop, and what people asked for about their own data."""

revision = "0023_rights"
down_revision = "0022_identities"


def upgrade() -> None:
    """Filled with this milestone."""
