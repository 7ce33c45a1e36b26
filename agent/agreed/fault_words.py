"""What IT is told is wrong with this laptop, in words for the person at it."""

from collections.abc import Mapping

from agent.advice import ADVICE
from agent.agreed.agreement import Unreadable, limits_of_faults
from agent.agreed.fault_rules import FAULT_RULES
from agent.agreed.policy import FaultNotice, Policy
from agent.language.formats import day_words, number
from agent.language.words import _


def fault_lines(in_force: Policy) -> list[str]:
    """One line for each fault that the collector lists, the agreed ones in this release's own words."""
    limits = _limits(in_force)
    return [_line(notice, limits) for notice in in_force.fault_notices]


def _line(notice: FaultNotice, limits: Mapping[str, Mapping[str, float]]) -> str:
    since = _("since {day}", day=day_words(notice.since))
    if notice.rule not in limits or notice.rule not in FAULT_RULES:
        return _("Not agreed, but listed: {fault} ({since})", fault=notice.says or notice.rule, since=since)
    ticket = _(", ticket {ticket}", ticket=notice.ticket) if notice.ticket else ""
    return f"{_sentence(notice, limits[notice.rule])} ({since}{ticket})"


def _sentence(notice: FaultNotice, limits: Mapping[str, float]) -> str:
    about = ADVICE.get(notice.subject)
    numbers = {name: number(value) for name, value in limits.items()}
    subject = _(about.name) if about else notice.subject
    return _(FAULT_RULES[notice.rule].says, subject=subject, **numbers)


def _limits(in_force: Policy) -> Mapping[str, Mapping[str, float]]:
    """Of the agreement that holds on this laptop."""
    document = in_force.signed or in_force.agreement.get("document")
    agreed = {path[1] for path in in_force.bounds.named if path[0] == "faults"}
    try:
        found = limits_of_faults(document) if isinstance(document, Mapping) else {}
    except Unreadable:
        return {}
    return {name: limits for name, limits in found.items() if name in agreed}
