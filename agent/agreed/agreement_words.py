"""What holds between this laptop and its collector, in words for the person at the laptop."""

import sqlite3

from agent.agreed.agreement import number_of
from agent.agreed.policy import Policy
from agent.language.words import _, retold
from agent.store.local_store import get


def state_words(in_force: Policy) -> str:
    """In a few words: agreed, ended, or the built-in agreement."""
    if in_force.ended:
        return _("ended: nothing is collected")
    if in_force.signed is not None:
        return _("agreed and countersigned, edition {number}", number=number_of(in_force.signed))
    if in_force.agreement.get("agreed") is True:
        return _("the built-in one: this laptop does not know the key that signed another")
    return _("the built-in one, not agreed")


def sentence(in_force: Policy) -> str:
    return _("The agreement with your company: {state}.", state=state_words(in_force))


def refusals(db: sqlite3.Connection) -> list[str]:
    """What the collector asked for and does not get: one sentence each, the first one in general."""
    return [retold(line) for line in get(db, "policy_refused").splitlines()]
