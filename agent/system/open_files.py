"""Whether others may read a file of the agent, and the command that ends that."""

import stat
import sys
from pathlib import Path

if sys.platform == "win32":
    from agent.system.permissions_windows import command_that_closes, open_to, permissions_of

    def command_to_close(path: Path) -> str:
        """Empty where only the agent's account and administrators may read the file."""
        try:
            closed = not open_to(permissions_of(path))
        except OSError:
            closed = False
        return "" if closed else command_that_closes(path.parent)

else:

    def command_to_close(path: Path) -> str:
        """Empty where only the agent's account may read the file."""
        return f"chmod 600 {path}" if stat.S_IMODE(path.stat().st_mode) & 0o077 else ""
