"""When an alarm is over: its value was back, or could not be seen any more (docs/scoring.md 10.2)."""

from dataclasses import dataclass, replace

from server.scoring.drift import UP
from server.scoring.parameters import ALARM_BACK, ALARM_UNSEEN


@dataclass(frozen=True)
class Ending:
    """What it takes for an alarm of one series to end.

    `turn`: values beyond it on the side before the alarm are back; `side`: where the alarm was. `weekly`:
    a look is a week, not a day. `back_for`, `unseen_for`: how many looks in a row by now.
    """

    side: str
    turn: float
    weekly: bool = False
    back_for: int = 0
    unseen_for: int = 0

    def after(self, value: float | None) -> "Ending":
        """After one more look; None: the series was not measured, which says nothing either way."""
        if value is None:
            return replace(self, unseen_for=self.unseen_for + 1)
        back = value <= self.turn if self.side == UP else value >= self.turn
        return replace(self, back_for=self.back_for + 1 if back else 0, unseen_for=0)

    @property
    def is_over(self) -> bool:
        return self.back_for >= ALARM_BACK[self.weekly] or self.unseen_for >= ALARM_UNSEEN[self.weekly]
