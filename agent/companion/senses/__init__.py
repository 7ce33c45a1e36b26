"""The right senses for the desktop session this process runs in."""

import sys
from collections.abc import Callable

from agent.companion.senses.sense import Senses, Unavailable

# Nothing of the other systems is loaded.
if sys.platform == "linux":
    from agent.companion.senses.session_linux import open_session
else:

    def open_session(wants_version: Callable[[str], bool]) -> Senses:
        raise Unavailable("There are no senses for this system.")


def open_senses(wants_version: Callable[[str], bool] = lambda program: True) -> Senses:
    """Raises Unavailable where there is no desktop.

    On Linux the version of a program is a question to the package manager, a tenth of a second each time a
    program is first seen. `wants_version` says for which programs it is worth that, those that are listed.
    """
    return open_session(wants_version)
