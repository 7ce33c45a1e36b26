"""Whether a companion starts with each desktop session of Windows: a value of the Run key."""

import sys
from collections.abc import Sequence

from agent.companion.autostart import WINDOWS_KEY, WINDOWS_VALUE, windows_line
from agent.errors import AgentError

if sys.platform == "win32":
    import ctypes
    import winreg

    class RunValue:
        """`everybody`: below HKEY_LOCAL_MACHINE, which administrators may write."""

        def __init__(self, everybody: bool) -> None:
            self._hive = winreg.HKEY_LOCAL_MACHINE if everybody else winreg.HKEY_CURRENT_USER

        def turn_on(self, command: Sequence[str]) -> None:
            try:
                with winreg.CreateKey(self._hive, WINDOWS_KEY) as key:
                    winreg.SetValueEx(key, WINDOWS_VALUE, 0, winreg.REG_SZ, windows_line(command))
            except OSError as error:
                raise AgentError(f"{WINDOWS_KEY} cannot be written: {error.strerror}.") from error

        def turn_off(self, command: Sequence[str]) -> None:
            try:
                with winreg.OpenKey(self._hive, WINDOWS_KEY, access=winreg.KEY_SET_VALUE) as key:
                    winreg.DeleteValue(key, WINDOWS_VALUE)
            except FileNotFoundError:
                pass
            except OSError as error:
                raise AgentError(f"{WINDOWS_KEY} cannot be written: {error.strerror}.") from error

        def where_on(self) -> str:
            for name, hive in (("HKCU", winreg.HKEY_CURRENT_USER), ("HKLM", winreg.HKEY_LOCAL_MACHINE)):
                try:
                    with winreg.OpenKey(hive, WINDOWS_KEY) as key:
                        winreg.QueryValueEx(key, WINDOWS_VALUE)
                except OSError:
                    continue
                return f"{name}\\{WINDOWS_KEY}"
            return ""

    def entry_here() -> RunValue:
        """For everybody where an administrator asks."""
        return RunValue(bool(ctypes.windll.shell32.IsUserAnAdmin()))
