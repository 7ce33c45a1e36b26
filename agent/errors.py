"""What the agent says when it cannot go on: one sentence, and the exit code of the command."""

PROBLEM_MEDIA = "application/problem+json"
PROBLEM_PREFIX = "urn:employee-dex:problem:"
"""By these a refusal is known to be our collector's (RFC 9457): its media type, and how its type begins."""


class AgentError(Exception):
    """Its text is one sentence for a person; `exit_code` is what the command ends with."""

    exit_code = 1


class UsageError(AgentError):
    """The command line or the configuration cannot be used as it is."""

    exit_code = 2


class OfTheService(UsageError):
    """The files belong to the service's account, and this is another one."""


class Unreachable(AgentError):
    """The collector did not answer, or something else answered in its place."""


class Refused(AgentError):
    """The collector answered, and said no. `slug` is the last part of the problem's type."""

    def __init__(self, sentence: str, slug: str = "") -> None:
        super().__init__(sentence)
        self.slug = slug


class StoreUnusable(AgentError):
    """The local store cannot be written or read just now: disk full, read-only, or taken."""


class StoreTooNew(StoreUnusable):
    """The local store was made by a newer agent. Starting again would not help, so its code says so."""

    exit_code = 3
