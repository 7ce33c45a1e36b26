"""What anybody but its owner may learn of a fault: these columns, and no others. Pure.

The types are so closed that a row with anything else cannot be built: no person, no team, no stage, no score,
no hours and no last contact.
"""

import re
from datetime import date, datetime
from typing import Literal, final, get_args

import msgspec

from agent.agreed.fault_rules import FAULT_RULES

TEXT_MOST = 200
"""Characters of a text that a laptop says about itself, as in the vocabulary."""
TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9#._/-]{0,39}")
"""A number of a ticket, and no room for a remark about somebody."""


Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The gravest first."""


@final
class FaultRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault of one laptop.

    `fault` is a rule of the catalogue, with what it is about behind a colon where there may be several:
    `crashing-application:firefox`. `since` is the day of the fault. ValueError for what is none of this.
    """

    asset_tag: str
    model: str
    fault: str
    since: date
    severity: Severity
    ticket: str | None = None

    def __post_init__(self) -> None:
        if split_fault(self.fault)[0] not in FAULT_RULES:
            raise ValueError(f"{self.fault} is no fault of the catalogue")
        if type(self.since) is not date or isinstance(self.since, datetime):
            raise ValueError("a fault has a day and no time")
        if self.severity not in SEVERITIES:
            raise ValueError("the severity is one of three")
        if self.ticket is not None and not TICKET.fullmatch(self.ticket):
            raise ValueError("a ticket is a number without spaces, of 40 characters at most")
        if max(len(self.asset_tag), len(self.model)) > TEXT_MOST:
            raise ValueError("a text is longer than any that a laptop may send")


class Faults(msgspec.Struct, frozen=True):
    """What was found on `looked_on`; null before the first look. The gravest come first."""

    looked_on: date | None
    faults: list[FaultRow]


def fault_name(rule: str, subject: str) -> str:
    return f"{rule}:{subject}" if subject else rule


def split_fault(fault: str) -> tuple[str, str]:
    """The rule, and what it is about; empty where there is but one."""
    rule, _, subject = fault.partition(":")
    return rule, subject
