"""The right senses for the desktop session this process runs in."""

import sys
from collections.abc import Callable

from agent.companion.senses.sense import Senses

# Nothing of the other systems is loaded.
if sys.platform == "win32":
    from agent.companion.senses.windows import WindowsSenses
    from agent.companion.senses.windows_calls import Calls

    def open_session(wants_version: Callable[[str], bool]) -> Senses:
        return WindowsSenses(Calls())

elif sys.platform == "darwin":
    from agent.companion.senses.macos import MacSenses
    from agent.companion.senses.macos_calls import Calls

    def open_session(wants_version: Callable[[str], bool]) -> Senses:
        return MacSenses(Calls())

else:
    from agent.companion.senses.session_linux import open_session


def open_senses(wants_version: Callable[[str], bool] = lambda program: True) -> Senses:
    """Raises Unavailable where there is no desktop.

    On Linux the version of a program is a question to the package manager, a tenth of a second each time a
    program is first seen. `wants_version` says for which programs it is worth that, those that are listed.
    """
    return open_session(wants_version)
