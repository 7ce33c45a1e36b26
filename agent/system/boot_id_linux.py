"""The kernel's number of this start."""

from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id(file: Path = BOOT_ID) -> str:
    """32 hexadecimal digits, as the journal writes it."""
    return file.read_text("ascii").strip().replace("-", "")
