"""Files of the agent's folder: closed to others, and of the account that the folder belongs to.

So a command that root ran, such as an enrolment, leaves the service no file that it may not open.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path


def opened(path: Path) -> int:
    """A descriptor of a file, which is made if it is not there."""
    try:
        return made(path)
    except FileExistsError:
        return os.open(path, os.O_RDWR)


def made(path: Path) -> int:
    """A descriptor of a new file. FileExistsError if there is one."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    if sys.platform != "win32":
        folder = path.parent.stat()
        with suppress(PermissionError):  # none but root may give a file away
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor
