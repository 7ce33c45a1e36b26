"""A child that ends with its parent, whatever happens to that one."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """On Linux, get SIGTERM as soon as the process `parent`, ours, is gone; at once if it is gone already.

    It survives an exec, so it can run between fork and exec. Other systems have no such thing: there a
    killed supervisor leaves its children, and each of them ends by its own signal only.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
