"""Faults of a laptop in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from agent.advice import ADVICE
from agent.agreed.fault_rules import FAULT_RULES
from dashboards.formats import number
from dashboards.words import gettext, lazy_gettext
from server.faults.queries import OwnFault
from server.faults.shape import split_fault

SEVERITY_NAMES = {
    "high": lazy_gettext("high"),
    "medium": lazy_gettext("medium"),
    "low": lazy_gettext("low"),
}


@dataclass(frozen=True, slots=True)
class FaultWords:
    sentence: str
    since: date
    severity: str
    ticket: str


def fault_words(fault: OwnFault, limits: Mapping[str, Mapping[str, float]]) -> FaultWords:
    """`limits`: of the agreement in force, by rule."""
    rule, subject = split_fault(fault.fault)
    severity = str(SEVERITY_NAMES[fault.severity])
    return FaultWords(fault_sentence(rule, subject, limits[rule]), fault.since, severity, fault.ticket or "")


def fault_sentence(rule: str, subject: str, limits: Mapping[str, float]) -> str:
    """The sentence of a rule; `subject` is the application or the source it is about."""
    about = ADVICE.get(subject)
    numbers = {name: number(value) for name, value in limits.items()}
    says = gettext(FAULT_RULES[rule].says)
    return says.format(subject=gettext(about.name) if about else subject, **numbers)
