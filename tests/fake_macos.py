"""macOS as far as the agent asks it, answering as Apple's headers and documents say."""

import ctypes
import plistlib
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fake_library import Library
from fake_time import FakeTime


class System(Library):
    """The C library: `values` of the kernel by name."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, bytes] = {}

    def do_sysctlbyname(self, name, buffer, size, new, length):
        value = self.values.get(name.decode())
        if value is None:
            return -1
        buffer[: len(value)] = value
        size._obj.value = len(value)
        return 0


class Registry(Library):
    """IOKit and CoreFoundation with one device of each class; counts what is made and let go."""

    def __init__(self, **devices: dict[str, Any]) -> None:
        super().__init__()
        self.devices = devices
        self.things: dict[int, Any] = {}
        self._made = 0

    def _make(self, thing: Any) -> int:
        self._made += 1
        self.things[self._made] = thing
        return self._made

    def do_IOServiceMatching(self, name):
        return self._make(name.decode())

    def do_IOServiceGetMatchingService(self, port, matching):
        name = self.things.pop(matching)  # takes over what it is given
        return self._make(self.devices[name]) if name in self.devices else 0

    def do_IOObjectRelease(self, device):
        del self.things[device]

    def do_CFStringCreateWithCString(self, allocator, text, encoding):
        return self._make(text.decode())

    def do_IORegistryEntryCreateCFProperty(self, device, name, allocator, options):
        value = self.things[device].get(self.things[name])
        return None if value is None else self._make(value)

    def do_CFPropertyListCreateData(self, allocator, value, form, options, error):
        value = self.things[value]
        if isinstance(value, set):
            return None
        return self._make(ctypes.create_string_buffer(plistlib.dumps(value)))

    def do_CFDataGetBytePtr(self, data):
        return ctypes.addressof(self.things[data])

    def do_CFDataGetLength(self, data):
        return len(self.things[data]) - 1

    def do_CFRelease(self, thing):
        del self.things[thing]


class Messages:
    """The Wi-Fi card, by the messages that are sent to it (objects of Objective-C cannot be made here)."""

    def __init__(self, load: object) -> None:
        self._answers = {"sharedWiFiClient": 1, "interface": 2, "rssiValue": -60, "powerOn": 1}

    def class_named(self, name: str) -> int:
        return 3

    def object_of(self, receiver: int, message: str) -> int:
        return self._answers[message]

    number_of = object_of

    def truth_of(self, receiver: int, message: str) -> bool:
        return bool(self._answers[message])

    def begin(self) -> int:
        return 4

    def end(self, pool: int | None) -> None:
        assert pool == 4


class Mac:
    """All of it, with hands for a test to move it. Files lie under `root`."""

    def __init__(self, time: FakeTime, root: Path) -> None:
        self._time, self.root = time, root
        self.kernel = System()
        self.registry = Registry(
            IOHIDSystem={"HIDIdleTime": 0},
            AppleSmartBattery={"DesignCapacity": 5000, "AppleRawMaxCapacity": 4000, "MaxCapacity": 80},
        )
        self.reports = root / "Library" / "Logs" / "DiagnosticReports"
        self.people = root / "Users"
        self.of_anna = self.people / "anna" / "Library" / "Logs" / "DiagnosticReports"
        self.history = root / "Library" / "Receipts" / "InstallHistory.plist"
        self.preferences = root / "Library" / "Preferences" / "com.apple.SoftwareUpdate.plist"
        for folder in (self.reports, self.of_anna, self.history.parent, self.preferences.parent):
            folder.mkdir(parents=True)
        self.level(1)
        self.log_in_records = ""

    def library(self, name: str | None) -> Library:
        if name is None:
            return self.kernel
        if "IOKit" in name or "CoreFoundation" in name:
            return self.registry
        if "CoreWLAN" in name:
            return Library()
        raise OSError(f"{name}: no such framework")

    def start(self) -> None:
        """A new session of the kernel begins now."""
        number = f"{int(self._time.wall):08X}-0000-4000-8000-000000000000"
        self.kernel.values["kern.bootsessionuuid"] = number.encode() + b"\0"
        self.kernel.values["kern.boottime"] = struct.pack("<qi4x", int(self._time.wall), 0)

    def level(self, level: int) -> None:
        self.kernel.values["kern.memorystatus_vm_pressure_level"] = struct.pack("<i", level)

    def write_history(self, *names_and_times: tuple[str, float]) -> None:
        rows = [
            {"displayName": name, "date": _date(at), "processName": "softwareupdated"}
            for name, at in names_and_times
        ]
        self.history.write_bytes(plistlib.dumps(rows))

    def write_preferences(self, searched: float, *missing: str) -> None:
        content = {
            "LastFullSuccessfulDate": _date(searched),
            "RecommendedUpdates": [{"Display Name": name, "Display Version": "1"} for name in missing],
        }
        self.preferences.write_bytes(plistlib.dumps(content))

    def last(self, command: Sequence[str]) -> str:
        """What last(1) prints."""
        assert command[0] == "/usr/bin/last"
        return self.log_in_records


def _date(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
