"""Clocks that a test moves, for the agent."""


class FakeTime:
    """Wall, elapsed and awake clocks that a test moves."""

    def __init__(self, wall: float) -> None:
        self.wall, self.elapsed, self.awake = wall, 10_000.0, 10_000.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.elapsed += seconds
        self.awake += seconds

    def sleeps(self, seconds: float) -> None:
        """Asleep: the laptop is not awake meanwhile."""
        self.wall += seconds
        self.elapsed += seconds
