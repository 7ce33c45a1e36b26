"""What the laptop runs on, which decides how much the agent may look (agent/service/pace.py)."""

import sys
from enum import Enum


class Power(Enum):
    MAINS = "mains"
    BATTERY = "battery"
    SAVER = "saver"
    """On battery, and somebody or something asked to make it last."""


# Nothing of the other systems is loaded.
if sys.platform == "linux":
    from agent.system.power_linux import read as read_of_this_system
elif sys.platform == "win32":
    from agent.system.power_windows import read as read_of_this_system
elif sys.platform == "darwin":
    from agent.system.power_macos import read as read_of_this_system
else:

    def read_of_this_system() -> tuple[bool, bool]:
        return False, False


def power_now() -> Power:
    """Mains where the system does not tell: a desktop computer knows no battery."""
    on_battery, saving = read_of_this_system()
    if not on_battery:
        return Power.MAINS
    return Power.SAVER if saving else Power.BATTERY
