"""What each count of fleet health means and what to do about it, in English; pages translate it."""

from collections.abc import Iterator
from dataclasses import dataclass

from server.drops import Reason

SYSTEMS = {"linux": "Linux", "windows": "Windows", "macos": "macOS"}


@dataclass(frozen=True, slots=True)
class Words:
    """What it is called, and what to do about it."""

    name: str
    advice: str


CONTACT = {
    "never_sent": Words(
        "Enrolled a week ago or earlier, and never reported a day",
        "On such a laptop, dex-agent status says whether the agent runs, and dex-agent doctor what keeps it"
        " from sending.",
    ),
    "silent": Words(
        "Silent for a week or more",
        "People who are away, laptops in a drawer, or agents that cannot send. End those that are gone, by:"
        " dex-server devices retire",
    ),
    "unassigned": Words(
        "Nobody’s",
        "Their days count in no score. Say whose they are, by: dex-server devices import, or devices assign.",
    ),
    "shared": Words(
        "Shared by several people",
        "Their days count in no score and they ask no question. If one is somebody’s after all, say so by:"
        " dex-server devices assign.",
    ),
    "clones": Words(
        "Copied with the agent’s identity on the disk",
        "The copy becomes a laptop of its own by itself. Take the agent’s data out of the image that laptops"
        " are made of.",
    ),
}
"""Counts that ask for something, by their names in FleetCounts."""

REASONS = {
    Reason.UNKNOWN_FIELD: Words(
        "A field that is not known here",
        "These agents are newer than the collector: update the collector.",
    ),
    Reason.UNKNOWN_KIND: Words(
        "An event of a kind that is not known here",
        "These agents are newer than the collector: update the collector.",
    ),
    Reason.INVALID_VALUE: Words(
        "No value of this field",
        "Update these agents. If it stays, report it with the name of the field.",
    ),
    Reason.OUT_OF_BOUNDS: Words(
        "A number that cannot be",
        "Often a clock that jumps, or a source that counts wrongly: see whether it is one model.",
    ),
    Reason.TOO_MANY: Words(
        "A longer list than is taken",
        "Something on these laptops happens hundreds of times a day: look for what starts over and over.",
    ),
    Reason.REPEATED: Words(
        "The same row twice in one batch",
        "A fault of the agent: update it. Each row counted once.",
    ),
}


def sentences() -> Iterator[str]:
    """All of them, for translators."""
    for words in (*CONTACT.values(), *REASONS.values()):
        yield words.name
        yield words.advice
