"""How long updates have waited, counted from the day on which this agent first saw each of them pending."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was known at the last look: the cursor."""

    asked_at: float = 0.0
    state: float = 0.0
    since: Mapping[str, int] = field(default_factory=dict)
    """Day, counted from 1970, on which each pending update was first seen."""

    @classmethod
    def load(cls, cursor: str | None) -> "Waiting":
        return cls(**json.loads(cursor)) if cursor else cls()

    def dump(self) -> str:
        return json.dumps({"asked_at": self.asked_at, "state": self.state, "since": dict(self.since)})

    def seen(self, names: Iterable[str], now: float, state: float) -> "Waiting":
        today = int(now // DAY)
        return Waiting(now, state, {name: self.since.get(name, today) for name in sorted(names)})

    def age_days(self, now: float) -> float:
        return float(max((int(now // DAY) - day for day in self.since.values()), default=0))
