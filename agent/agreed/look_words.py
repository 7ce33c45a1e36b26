"""Who of IT looked at this laptop, or wants to, and why: in words for the person at it."""

from agent.agreed.policy import LookNotice, Policy
from agent.language.formats import day_words
from agent.language.words import _


def look_lines(in_force: Policy) -> list[str]:
    """One line for each look that the collector tells of."""
    return [_line(notice) for notice in in_force.look_notices]


def _line(notice: LookNotice) -> str:
    told = {
        "day": day_words(notice.day),
        "who": f"{notice.role.upper()}, {notice.name}" if notice.name else notice.role.upper(),
        "ticket": notice.ticket,
        "reason": notice.reason,
    }
    if notice.looked:
        return _("{day}: {who} looked, ticket {ticket}: {reason}", **told)
    if notice.state == "asked":
        return _(
            "{day}: {who} asks to look, ticket {ticket}: {reason} (allow or refuse it on the page My data)",
            **told,
        )
    if notice.state == "allowed":
        return _("{day}: {who} may look now, ticket {ticket}: {reason}", **told)
    return _("{day}: {who} asked and did not look, ticket {ticket}: {reason}", **told)
