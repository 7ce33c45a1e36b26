"""Figures and tasks of joining, moving and leaving."""

revision = "0025_lifecycle"
down_revision = "0024_faults"


def upgrade() -> None:
    """Filled with this milestone."""
