"""What firmware, kernel and installed desktops tell about a Linux laptop.

Firmware: /sys/class/dmi/id (SMBIOS), or the device tree on machines without it.
"""

from collections.abc import Iterator
from pathlib import Path

SYS = Path("/sys")
PROC = Path("/proc")
SESSIONS = (Path("/usr/share/wayland-sessions"), Path("/usr/share/xsessions"))


def read(sys: Path = SYS, proc: Path = PROC, sessions: tuple[Path, ...] = SESSIONS) -> dict[str, str]:
    """By the names of `agent.signals.FACTS`; empty where nothing is told."""
    dmi, tree = sys / "class/dmi/id", proc / "device-tree"
    return {
        "serial": first_line(dmi / "product_serial", dmi / "chassis_asset_tag", tree / "serial-number"),
        "model": first_line(dmi / "product_name", tree / "model"),
        "maker": first_line(dmi / "sys_vendor", dmi / "board_vendor"),
        "bios_date": first_line(dmi / "bios_date"),
        "cpu": processor(proc / "cpuinfo"),
        "connections": ", ".join(sorted(set(connections(sys / "class/net")))),
        "desktop": ", ".join(sorted(set(desktops(sessions)))),
    }


def identity(sys: Path = SYS) -> tuple[str, str]:
    """UUID and serial number of the firmware; empty where they may not be read."""
    dmi = sys / "class/dmi/id"
    return first_line(dmi / "product_uuid"), first_line(dmi / "product_serial", dmi / "board_serial")


def first_line(*files: Path) -> str:
    """Of the first file that has one."""
    for file in files:
        try:
            text = file.read_text("utf-8", "replace").strip("\0\n ")
        except OSError:
            continue
        if text:
            return text.splitlines()[0]
    return ""


def processor(cpuinfo: Path) -> str:
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def connections(net: Path) -> Iterator[str]:
    """Kinds of the network cards; those made of software, like tunnels and bridges, have no device."""
    for card in net.glob("*"):
        if not (card / "device").exists():
            continue
        if (card / "wireless").exists() or (card / "phy80211").exists():
            yield "wifi"
        elif "DEVTYPE=wwan" in first_line(card / "uevent") or card.name.startswith("ww"):
            yield "mobile"
        else:
            yield "ethernet"


def desktops(folders: tuple[Path, ...]) -> Iterator[str]:
    """Desktops that can be signed in to (Desktop Entry Specification, DesktopNames)."""
    for file in (found for folder in folders for found in folder.glob("*.desktop")):
        for line in file.read_text("utf-8", "replace").splitlines():
            if line.startswith("DesktopNames="):
                yield line.removeprefix("DesktopNames=").strip("; ").split(";")[0].split(":")[-1]
