"""Person-weeks, release plan, releases, windows: the only way to numbers about people."""

from server.privacy.plan import release_plan

__all__ = ["release_plan"]
