"""How the agent is doing, in sentences."""

from agent.language.words import _, retold
from agent.local_time import clock_time
from agent.service.status import Status


def first_sentence(found: Status) -> str:
    """The answer in one line."""
    if not found.enrolled:
        return _("This laptop is not enrolled; what is seen waits here.")
    return " ".join(filter(None, (_running(found), paused_words(found.paused_until), _reaching(found))))


def paused_words(until: float) -> str:
    """Until when nothing is looked at; empty where no pause is on."""
    return _("Nothing is looked at until {time}: paused.", time=clock_time(until)) if until else ""


def _running(found: Status) -> str:
    if found.process:
        return _("The agent runs (process {process}).", process=found.process)
    return _("The agent does not run.")


def _reaching(found: Status) -> str:
    if found.trouble:
        return _("Its collector could not be reached last time: {why}", why=retold(found.trouble))
    if not found.last_sent_at:
        return _("Nothing was sent yet.")
    return _("Its collector took everything that was sent.")
