"""The notice that everybody gets once: what runs, why, who decided, and how to look."""

from typing import NamedTuple

from agent.language.words import _


class Words(NamedTuple):
    title: str
    body: str


def first_words(server: str, agreed: bool, command: str) -> Words:
    """In the reader's language. `command` shows what leaves."""
    what = _(
        "Employee DEX runs here. It counts how long this laptop takes to start, what crashes, when it is "
        "slow or offline, and how long listed applications are in front. It never reads titles, "
        "documents, addresses or what you type."
    )
    why = _("It is there so that your company sees which technology costs people time, and mends it.")
    decided = (
        _(
            "Decided by the organisation behind {server}, under an agreement that was countersigned.",
            server=server,
        )
        if agreed
        else _(
            "Decided by the organisation behind {server}. No agreement was countersigned yet; a built-in one "
            "holds.",
            server=server,
        )
    )
    look = _("See what leaves this laptop: {command}", command=command)
    return Words(_("What is measured on this laptop"), "\n".join((what, why, decided, look)))
