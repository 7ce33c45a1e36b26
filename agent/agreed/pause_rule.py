"""Whether and for how long a person may pause the agent, by the policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.store.pauses import MOST_HOURS


@dataclass(frozen=True, slots=True)
class Rule:
    """What the policy says about pauses."""

    allowed: bool = False
    most_hours: float = 0.0


def rule_of(document: Mapping[str, Any]) -> Rule:
    """Not allowed unless the policy says so, and then for as long as it says."""
    part = document.get("pause")
    if not isinstance(part, dict) or part.get("allowed") is not True:
        return Rule()
    hours = part.get("hours_most")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or hours <= 0:
        return Rule(True, MOST_HOURS)
    return Rule(True, float(min(hours, MOST_HOURS)))
