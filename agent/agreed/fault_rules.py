"""The faults of laptops that IT may be told of by asset tag: at most these, with at most these limits.

Laptop and collector share them, because they are part of the agreement. How each is found stands in
server/faults/rules.py. `says` is what the owner of the laptop reads; a limit stands in it under its name,
and what the fault is about under `subject`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.language.words import said

RULES_MOST = 15
"""A longer list would be a profile of a laptop, and so of its owner."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """`limits`: numbers that decide, in the units of their names."""

    name: str
    limits: Mapping[str, float]
    says: str


FAULT_RULES: Mapping[str, FaultRule] = {
    rule.name: rule
    for rule in (
        FaultRule(
            "worn-battery",
            {"below_pct": 60},
            said("The battery keeps less than {below_pct} percent of its first capacity."),
        ),
        FaultRule(
            "full-disk", {"below_pct": 5}, said("Less than {below_pct} percent of the system disk is free.")
        ),
        FaultRule(
            "late-update", {"days": 30}, said("A security update has waited for more than {days} days.")
        ),
        FaultRule(
            "system-crashes",
            {"crashes": 2, "days": 14},
            said("The system stopped without a shutdown at least {crashes} times in {days} days."),
        ),
        FaultRule(
            "slow-start",
            {"seconds": 180, "starts": 10},
            said("Half of the last {starts} starts took longer than {seconds} seconds."),
        ),
        FaultRule(
            "crashing-application",
            {"crashes": 5, "days": 7},
            said("{subject} crashed at least {crashes} times in {days} days, and a newer version is known."),
        ),
        FaultRule(
            "failed-updates",
            {"failures": 3, "days": 14},
            said("Updates failed at least {failures} times in {days} days, and none was installed since."),
        ),
        FaultRule(
            "unreadable-source",
            {"days": 7},
            said("The agent may not read this, on {days} days one after the other: {subject}."),
        ),
        FaultRule(
            "old-agent",
            {"releases": 2},
            said("The agent is at least {releases} releases behind the collector."),
        ),
    )
}
