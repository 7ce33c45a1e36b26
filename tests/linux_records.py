"""A core dump of a Linux laptop as its journal tells it, for tests of all ways to read one. SYNTHETIC."""

from datetime import UTC, datetime

from agent.records import journal

BOOT = "0123456789abcdef0123456789abcdef"
NOW = datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)
US = str(int(NOW.timestamp() * 1e6))

DUMP = {
    "MESSAGE_ID": journal.COREDUMP,
    "MESSAGE": "Process 4711 (soffice.bin) of user 1000 terminated abnormally without generating a coredump.",
    "COREDUMP_PID": "4711",
    "COREDUMP_SIGNAL": "11",
    "COREDUMP_SIGNAL_NAME": "SIGSEGV",
    "COREDUMP_TIMESTAMP": US,
    "COREDUMP_COMM": "soffice.bin",
    "COREDUMP_EXE": "/usr/lib/libreoffice/program/soffice.bin",
    "COREDUMP_PACKAGE_VERSION": "24.2.7",
    "_BOOT_ID": BOOT,
    "_EXE": "/usr/lib/systemd/systemd-coredump",
    "_TRANSPORT": "journal",
}
