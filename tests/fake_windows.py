"""Windows as far as the agent asks it, answering as Microsoft's headers and documents say."""

import ctypes
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from fake_library import Library, Refusing
from fake_time import FakeTime

from agent.collectors import battery_windows, sessions_windows, wifi_windows

CHANNEL_ENABLED_TYPE = 13  # EvtVarTypeBoolean
NOT_FOUND, DENIED, NO_MORE, TOO_SMALL = 15007, 5, 259, 122
SINCE_1601 = 11_644_473_600


class Wevtapi(Library):
    """Channels of (provider, id, number, time, XML), the oldest first; `error` is the last error, `refusal`
    what a query ends with, `reads` how many entries were rendered as XML.
    """

    def __init__(self) -> None:
        super().__init__()
        self.channels: dict[str, list[tuple[str, int, int, int, str]]] = {}
        self.denied: set[str] = set()
        self.off: set[str] = set()
        self.error = self.refusal = self.reads = 0
        self.open: dict[int, Any] = {}

    def write(
        self, channel: str, at: float, provider: str, number: int, *values: str, **data: object
    ) -> None:
        entries = self.channels.setdefault(channel, [])
        record = entries[-1][2] + 1 if entries else 1
        moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
        activity = data.pop("activity", "")
        parts = [f"<Data>{value}</Data>" for value in values]
        parts += [f"<Data Name={quoteattr(name)}>{value}</Data>" for name, value in data.items()]
        xml = (
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
            f"<Provider Name={quoteattr(provider)}/><EventID>{number}</EventID>"
            f"<TimeCreated SystemTime='{moment}'/><EventRecordID>{record}</EventRecordID>"
            f"<Correlation ActivityID='{activity}'/><Computer>L1</Computer></System>"
            f"<EventData>{''.join(parts)}</EventData></Event>"
        )
        entries.append((provider, number, record, int((at + SINCE_1601) * 1e7), xml))

    def do_EvtCreateRenderContext(self, count, paths, flags):
        return 1

    def do_EvtOpenChannelConfig(self, session, channel, flags):
        return self.handle(channel)

    def do_EvtGetChannelConfigProperty(self, config, what, flags, size, value, used):
        on = self.open[config] not in self.off
        value._obj.value, value._obj.type = 0xABCDEF00_00000000 | on, CHANNEL_ENABLED_TYPE
        return 1

    def do_EvtQuery(self, session, channel, query, flags):
        assert flags == 0x201
        found = DENIED if channel in self.denied else 0 if channel in self.channels else NOT_FOUND
        self.error = self.refusal or found
        return None if self.error else self.handle(list(self.channels[channel]))

    def do_EvtNext(self, query, size, events, wait, flags, returned):
        left = self.open[query]
        batch = [left.pop() for _ in range(min(size, len(left)))]
        for place, entry in enumerate(batch):
            events[place] = self.handle(entry)
        returned._obj.value = len(batch)
        self.error = 0 if batch else NO_MORE
        return len(batch) > 0

    def do_EvtRender(self, context, event, what, size, buffer, used, count):
        provider, number, record, written, xml = self.open[event]
        if what == 1:
            self.reads += 1
            content = f"{xml}\0".encode("utf-16-le")
        else:
            beside = 0xFFFF0000  # of a number of 16 bits, the rest of its place holds anything
            rows = [(ctypes.addressof(buffer) + 64, 1), (number | beside, 6), (record, 10), (written, 17)]
            content = b"".join(struct.pack("<QII", value, 0, kind) for value, kind in rows)
            content += f"{provider}\0".encode("utf-16-le")
        used._obj.value = len(content)
        self.error = TOO_SMALL if len(content) > size else 0
        if self.error:
            return 0
        buffer[: len(content)] = content
        return 1

    def do_EvtClose(self, handle):
        del self.open[handle]
        return 1

    def handle(self, thing: Any) -> int:
        self.open[number := max(self.open, default=100) + 1] = thing
        return number


class Kernel32(Refusing):
    def __init__(self, time: FakeTime) -> None:
        super().__init__()
        self._time = time

    def do_GetTickCount64(self):
        return int(self._time.elapsed * 1000)

    def do_QueryUnbiasedInterruptTime(self, ticks):
        ticks._obj.value = int(self._time.awake * 1e7)
        return 1

    def do_GetSystemPowerStatus(self, status):
        status._obj.line = 1
        return 1

    def do_CreateFileW(self, path, *how):
        return 40 if path == r"\\?\battery" else battery_windows.NO_HANDLE

    def do_DeviceIoControl(self, handle, code, question, length, answer, size, returned, overlapped):
        if code == battery_windows.QUERY_TAG:
            content = struct.pack("<I", 7)
        else:
            content = struct.pack("<IB3s4sIIIIII", 0x80000000, 1, b"", b"LION", 50_000, 40_000, 0, 0, 0, 300)
        answer[: len(content)] = content
        returned._obj.value = len(content)
        return 1

    def do_CloseHandle(self, handle):
        return 1


class Setupapi(Library):
    def do_SetupDiGetClassDevsW(self, guid, enumerator, window, flags):
        return 50

    def do_SetupDiEnumDeviceInterfaces(self, devices, info, guid, number, one):
        assert one._obj.size == 32
        return number == 0

    def do_SetupDiGetDeviceInterfaceDetailW(self, devices, one, detail, size, needed, info):
        path = "\\\\?\\battery\0".encode("utf-16-le")
        detail[4 : 4 + len(path)] = path
        return 1

    def do_SetupDiDestroyDeviceInfoList(self, devices):
        return 1


class Wtsapi32(Library):
    """One session at the console and one of services; `locked` and `idle_s` are what a test sets."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__()
        self._time, self.locked, self.idle_s = time, False, 0.0
        self._kept: Any = None

    def do_WTSEnumerateSessionsW(self, server, reserved, version, first, count):
        rows = (sessions_windows._Info(0, "Services", 4), sessions_windows._Info(1, "Console", 0))
        self._kept = (sessions_windows._Info * 2)(*rows)
        first._obj.value, count._obj.value = ctypes.addressof(self._kept), 2
        return 1

    def do_WTSQuerySessionInformationW(self, server, session, what, info, size):
        assert (session, what) == (1, 25)
        told = sessions_windows.InfoEx(level=1)
        told.data.id, told.data.flags = 1, 0 if self.locked else 1
        told.data.now = int((self._time.wall + SINCE_1601) * 1e7)
        told.data.last_input = told.data.now - int(self.idle_s * 1e7)
        self._kept = told
        info._obj.value, size._obj.value = ctypes.addressof(told), ctypes.sizeof(told)
        return 1

    def do_WTSFreeMemory(self, memory):
        return None


class Pdh(Library):
    """Counters by their paths; `values` is what a test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, float] = {}
        self._paths: list[str] = []

    def do_PdhOpenQueryW(self, source, user, query):
        query._obj.value = 60
        return 0

    def do_PdhAddEnglishCounterW(self, query, path, user, counter):
        if path not in self.values:
            return 0xC0000BB9  # PDH_CSTATUS_NO_COUNTER
        self._paths.append(path)
        counter._obj.value = len(self._paths)
        return 0

    def do_PdhCollectQueryData(self, query):
        return 0

    def do_PdhGetFormattedCounterValue(self, counter, how, kind, value):
        value._obj.number = self.values[self._paths[counter.value - 1]]
        return 0


class Wlanapi(Library):
    """One card that is connected."""

    def __init__(self, dbm: int) -> None:
        super().__init__()
        card = wifi_windows.INTERFACE.pack(b"0123456789abcdef", b"", wifi_windows.CONNECTED)
        self._cards = ctypes.create_string_buffer(struct.pack("<II", 1, 0) + card)
        self._dbm = ctypes.c_int32(dbm)

    def do_WlanOpenHandle(self, version, reserved, negotiated, handle):
        handle._obj.value = 70
        return 0

    def do_WlanEnumInterfaces(self, handle, reserved, found):
        found._obj.value = ctypes.addressof(self._cards)
        return 0

    def do_WlanQueryInterface(self, handle, card, what, reserved, size, data, kind):
        assert (card, what) == (b"0123456789abcdef", 0x10000102)
        size._obj.value, data._obj.value = 4, ctypes.addressof(self._dbm)
        return 0

    def do_WlanFreeMemory(self, memory):
        return None

    def do_WlanCloseHandle(self, handle, reserved):
        return 0


class Windows:
    """All of it, with hands for a test to move it."""

    def __init__(self, time: FakeTime) -> None:
        self.log, self.sessions, self.counters = Wevtapi(), Wtsapi32(time), Pdh()
        self._libraries = {
            "wevtapi": self.log,
            "kernel32": Kernel32(time),
            "setupapi": Setupapi(),
            "wtsapi32": self.sessions,
            "pdh": self.counters,
            "wlanapi": Wlanapi(-60),
            "advapi32": Refusing(),
        }

    def library(self, name: str, use_last_error: bool) -> Library:
        return self._libraries[name]

    def last_error(self) -> int:
        return self.log.error

    def powershell(self, command: Sequence[str]) -> str:
        """What the update agent would print, through the script that asks it."""
        assert command[0] == "powershell.exe"
        assert "LastSearchSuccessDate" in command[-1]
        return self.updates

    updates = "end\r\n"
