"""Functions of Windows itself, by ctypes: nothing has to be installed or bundled."""

import ctypes
import sys

from agent.reading import SourceAbsent


def load(name: str) -> ctypes.CDLL:
    """A library of the system; SourceAbsent where there is none of that name."""
    if sys.platform == "win32":
        try:
            return ctypes.WinDLL(name, use_last_error=True)
        except OSError:
            pass
    raise SourceAbsent(f"This system has no {name} of Windows.")


def last_error() -> int:
    """Why the last call failed, by the numbers of winerror.h."""
    error = 0
    if sys.platform == "win32":
        error = ctypes.get_last_error()
    return error
