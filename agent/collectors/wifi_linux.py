"""How strong the Wi-Fi is, by the kernel's own account of the access point (linux/nl80211.h)."""

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from agent.collectors import wifi
from agent.collectors.netlink_linux import Netlink, attribute, attributes
from agent.reading import Collector, Reading

GET_STATION = 17
INTERFACE, STATION_INFO = 3, 21
SIGNAL = 7

CARDS = Path("/sys/class/net")


def cards(folder: Path = CARDS) -> list[int]:
    """Numbers of the network cards that are wireless."""
    names = os.listdir(folder) if folder.is_dir() else []
    wireless = [folder / name for name in names if (folder / name / "phy80211").exists()]
    return [int((card / "ifindex").read_text("ascii")) for card in wireless]


def dbm_of(station: bytes) -> float | None:
    """The signal in an answer to GET_STATION: one signed byte."""
    for kind, value in attributes(station):
        if kind == STATION_INFO:
            for inner, signal in attributes(value):
                if inner == SIGNAL:
                    return float(struct.unpack_from("=b", signal)[0])
    return None


def signals(folder: Path = CARDS) -> Sequence[float] | None:
    found = cards(folder)
    if not found:
        return None
    netlink = Netlink()
    try:
        family = netlink.family("nl80211")
        stations = [
            station
            for card in found
            for station in netlink.ask_for_all(
                family, GET_STATION, attribute(INTERFACE, struct.pack("=I", card))
            )
        ]
    except FileNotFoundError:
        return None
    finally:
        netlink.close()
    return [dbm for station in stations if (dbm := dbm_of(station)) is not None]


def collect(now: float, cursor: str | None) -> Reading:
    return wifi.reading(signals())


def collector() -> Collector:
    return wifi.collector(collect)
