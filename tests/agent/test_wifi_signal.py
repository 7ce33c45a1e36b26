"""The strength of the Wi-Fi, by what each system's interface is documented to answer."""

import ctypes
import struct
from pathlib import Path

import pytest

from agent.collectors import wifi, wifi_linux, wifi_macos, wifi_windows
from agent.collectors.netlink_linux import Netlink, attribute
from agent.reading import SourceAbsent, When

RECORDED = Path(__file__).parents[1] / "recorded"
CONNECTED, DISCONNECTED = 1, 4


@pytest.mark.parametrize(
    ("dbm", "percent"), [(-30, 100), (-50, 100), (-67, 66), (-75, 50), (-100, 0), (-120, 0)]
)
def test_strength_in_percent(dbm: float, percent: float) -> None:
    assert wifi.percent(dbm) == pytest.approx(percent)


def test_the_best_of_several_connections_counts() -> None:
    (sample,) = wifi.reading([-80.0, -60.0]).samples
    assert (sample.name, sample.value) == ("wifi_signal_pct", pytest.approx(80))


def test_a_laptop_on_a_cable_is_not_one_with_a_bad_signal() -> None:
    assert wifi.reading([]).samples == []
    with pytest.raises(SourceAbsent):
        wifi.reading(None)


def test_it_is_looked_at_while_somebody_works() -> None:
    assert wifi_linux.collector().when is When.ACTIVE


# Linux


def station(dbm: int, *before: bytes) -> bytes:
    """An answer to GET_STATION as linux/nl80211.h lays it out: address of the station, then its account."""
    nested = b"".join(before) + attribute(wifi_linux.SIGNAL, struct.pack("=b", dbm))
    return (
        attribute(wifi_linux.INTERFACE, struct.pack("=I", 3))
        + attribute(6, bytes(6))  # NL80211_ATTR_MAC
        + attribute(wifi_linux.STATION_INFO | 0x8000, nested)
    )


def test_the_signal_in_the_kernels_account_of_an_access_point() -> None:
    inactive = attribute(1, struct.pack("=I", 400))
    assert wifi_linux.dbm_of(station(-61)) == -61
    assert wifi_linux.dbm_of(station(-61, inactive, inactive)) == -61
    assert wifi_linux.dbm_of(station(-61)[:20]) is None
    assert wifi_linux.dbm_of(b"") is None


def test_an_answer_of_a_real_kernel() -> None:
    """Linux 6.1 with its simulated radio: one station at -30 dBm, among counters of every kind."""
    answer = bytes.fromhex((RECORDED / "nl80211_station.hex").read_text())
    assert wifi_linux.dbm_of(answer) == -30


def test_wireless_cards_are_those_with_a_radio(tmp_path: Path) -> None:
    for name, number in (("eth0", 2), ("wlan0", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ifindex").write_text(f"{number}\n")
    assert wifi_linux.signals(tmp_path) is None
    (tmp_path / "wlan0" / "phy80211").mkdir()
    assert wifi_linux.cards(tmp_path) == [3]
    assert wifi_linux.signals(tmp_path / "none") is None


@pytest.mark.skipif(not hasattr(__import__("socket"), "AF_NETLINK"), reason="netlink is Linux's")
def test_the_kernel_lists_its_families_and_refuses_unknown_ones() -> None:
    netlink = Netlink()
    families = netlink.ask_for_all(16, 3, b"")  # CTRL_CMD_GETFAMILY
    assert any(b"nlctrl\0" in family for family in families)
    with pytest.raises(FileNotFoundError):
        netlink.family("no_such_thing")
    netlink.close()


# Windows


class Wlan:
    """wlanapi.dll with these interfaces: id, state, and dBm, or None where the driver does not tell."""

    def __init__(self, *interfaces: tuple[bytes, int, int | None], refuses: int = 0) -> None:
        self._told = {number: dbm for number, _, dbm in interfaces}
        self._kept = [
            ctypes.create_string_buffer(struct.pack("<II", len(interfaces), 0) + self._list(interfaces))
        ]
        self._refuses = refuses
        self.freed = self.closed = 0
        self.asked: list[int] = []
        for name in ("OpenHandle", "EnumInterfaces", "QueryInterface", "FreeMemory", "CloseHandle"):
            setattr(self, f"Wlan{name}", self._function(getattr(self, f"_{name}")))

    @staticmethod
    def _list(interfaces: tuple[tuple[bytes, int, int | None], ...]) -> bytes:
        description = "Wireless card".encode("utf-16-le")
        return b"".join(wifi_windows.INTERFACE.pack(n, description, state) for n, state, _ in interfaces)

    @staticmethod
    def _function(method: object) -> object:
        def call(*arguments: object) -> object:
            return method(*arguments)  # type: ignore[operator]

        return call

    def _OpenHandle(self, version, nothing, negotiated, handle) -> int:
        return self._refuses

    def _EnumInterfaces(self, handle, nothing, found) -> int:
        found._obj.value = ctypes.addressof(self._kept[0])
        return 0

    def _QueryInterface(self, handle, number, opcode, nothing, size, data, kind) -> int:
        self.asked.append(opcode)
        if self._told[number] is None:
            return 50  # ERROR_NOT_SUPPORTED
        self._kept.append(ctypes.create_string_buffer(struct.pack("<i", self._told[number])))
        size._obj.value, data._obj.value = 4, ctypes.addressof(self._kept[-1])
        return 0

    def _FreeMemory(self, data) -> None:
        self.freed += 1

    def _CloseHandle(self, handle, nothing) -> int:
        self.closed += 1
        return 0


A, B, C = (letter * 16 for letter in (b"a", b"b", b"c"))


def test_windows_tells_of_connected_interfaces_alone() -> None:
    api = Wlan((A, DISCONNECTED, -10), (B, CONNECTED, -58), (C, CONNECTED, None))
    assert wifi_windows.signals(lambda name: api) == [-58]
    assert (api.freed, api.closed) == (2, 1)
    assert set(api.asked) == {0x10000102}, "everything else it may be asked for holds the network's name"


def test_windows_without_wifi() -> None:
    def no_library(name: str) -> ctypes.CDLL:
        raise SourceAbsent("none")

    assert wifi_windows.signals(no_library) is None
    assert wifi_windows.signals(lambda name: Wlan(refuses=1062)) is None
    assert wifi_windows.signals(lambda name: Wlan()) is None
    assert wifi_windows.signals(lambda name: Wlan((A, DISCONNECTED, None))) == []


# macOS


class CoreWlan:
    """Objects by number that answer to messages."""

    def __init__(self, **answers: int) -> None:
        self._answers = {"sharedWiFiClient": 7, "interface": 8, "powerOn": 1, "rssiValue": -55} | answers
        self.open = 0

    def class_named(self, name: str) -> int:
        assert name == "CWWiFiClient"
        return 6

    def object_of(self, receiver: int, message: str) -> int:
        assert receiver
        return self._answers[message]

    number_of = truth_of = object_of

    def begin(self) -> int:
        self.open += 1
        return 1

    def end(self, pool: int) -> None:
        self.open -= 1


@pytest.mark.parametrize(
    ("answers", "found"),
    [({}, [-55.0]), ({"rssiValue": 0}, []), ({"powerOn": 0}, []), ({"interface": 0}, None)],
    ids=["connected", "not connected", "switched off", "no card"],
)
def test_macos_tells_the_strength(answers: dict[str, int], found: list[float] | None) -> None:
    told = CoreWlan(**answers)
    assert wifi_macos.strengths(told) == found
    assert told.open == 0
