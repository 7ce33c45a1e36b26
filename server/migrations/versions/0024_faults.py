"""Faults of laptops, and editions of the agreement that hold their rules."""

revision = "0024_faults"
down_revision = "0023_rights"


def upgrade() -> None:
    """Filled with this milestone."""
