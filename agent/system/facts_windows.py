"""What the firmware of a Windows laptop tells about it: its SMBIOS table, which everybody may read.

Offsets: DMTF DSP0134, System Management BIOS Reference Specification.
"""

import ctypes
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from agent.reading import SourceAbsent
from agent.system import dll_windows

RAW_SMBIOS = int.from_bytes(b"RSMB", "big")
HEADER = 8  # of what Windows puts before the table (GetSystemFirmwareTable)
LARGEST = 1024 * 1024

BIOS, SYSTEM, BOARD, CHASSIS, PROCESSOR, END = 0, 1, 2, 3, 4, 127


@dataclass(frozen=True, slots=True)
class Structure:
    kind: int
    fixed: bytes
    texts: tuple[str, ...]

    def text(self, offset: int) -> str:
        """The text whose number stands at an offset; empty if there is none."""
        number = self.fixed[offset] if offset < len(self.fixed) else 0
        return self.texts[number - 1].strip() if 0 < number <= len(self.texts) else ""


def structures(table: bytes) -> Iterator[Structure]:
    """Of a whole table; it ends early where the table is damaged."""
    at = 0
    while at + 4 <= len(table) and (length := table[at + 1]) >= 4:
        kind, fixed = table[at], table[at : at + length]
        end = table.find(b"\0\0", at + length)
        if kind == END or end < 0:
            return
        texts = table[at + length : end].split(b"\0")
        yield Structure(kind, fixed, tuple(text.decode("utf-8", "replace") for text in texts))
        at = end + 2


def firmware_table() -> bytes:
    """Empty where the firmware has none."""
    try:
        api = dll_windows.load("kernel32")
    except SourceAbsent:
        return b""
    size = min(api.GetSystemFirmwareTable(RAW_SMBIOS, 0, None, 0), LARGEST)
    buffer = ctypes.create_string_buffer(max(size, HEADER))
    read = api.GetSystemFirmwareTable(RAW_SMBIOS, 0, buffer, len(buffer))
    return buffer.raw[HEADER:read] if HEADER <= read <= len(buffer) else b""


def read(table: bytes | None = None) -> dict[str, str]:
    """By the names of `agent.signals.FACTS`; empty where nothing is told."""
    of = _first_of_each(firmware_table() if table is None else table)
    system, chassis = of.get(SYSTEM), of.get(CHASSIS)
    return {
        "serial": _text(system, 7) or _text(chassis, 8),
        "model": _text(system, 5),
        "maker": _text(system, 4) or _text(of.get(BOARD), 4),
        "bios_date": _text(of.get(BIOS), 8),
        "cpu": " ".join(_text(of.get(PROCESSOR), 16).split()),
    }


def identity(table: bytes | None = None) -> tuple[str, str]:
    """UUID and serial number of the firmware; empty where it has none."""
    of = _first_of_each(firmware_table() if table is None else table)
    system = of.get(SYSTEM)
    if system is None or len(system.fixed) < 24:
        return "", _text(system, 7)
    return str(uuid.UUID(bytes_le=system.fixed[8:24])), system.text(7) or _text(of.get(BOARD), 7)


def _first_of_each(table: bytes) -> dict[int, Structure]:
    found: dict[int, Structure] = {}
    for structure in structures(table):
        found.setdefault(structure.kind, structure)
    return found


def _text(structure: Structure | None, offset: int) -> str:
    return structure.text(offset) if structure else ""
