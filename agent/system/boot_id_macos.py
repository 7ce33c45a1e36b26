"""The kernel's id of this start, which it calls a session."""

from agent.reading import SourceAbsent
from agent.system import sysctl_macos


def boot_id() -> str:
    """Differs from start to start; SourceAbsent where the kernel tells none."""
    found = sysctl_macos.text("kern.bootsessionuuid")
    if not found:
        raise SourceAbsent("The kernel does not tell one start from another.")
    return found
