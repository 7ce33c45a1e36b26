"""Fuzzes the readers of `dex-agent parse` by atheris: `python tests/fuzz_records.py FOLDER SECONDS [SEED]`.

The first byte of an input chooses a reader, so that each is reached whatever a file looks like; 255 is the
whole way of a file given to `dex-agent parse`. The corpus begins with the recorded samples. Memory is
bounded, and so is the time for one input. What breaks a reader is left in FOLDER.
"""

import json
import os
import resource
import sqlite3
import struct
import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

with atheris.instrument_imports(include=["agent.parse", "agent.records"]):
    from parsed_output import WORDS, check, check_record, samples

    from agent.records import abrt
    from agent.records.detect import KINDS, Kind, kind_of
    from agent.records.errors import Unreadable
    from agent.records.findings import Findings
    from agent.records.source import Source
    from agent.records.unpacked import opened

MEMORY_BYTES = 2 * 2**30  # of address space, the fuzzer's own included
MEMORY_MIB = 600
INPUT_S = 10
LONGEST = 4096 + 65536  # bytes: a Windows event log of one block

ANY, ABRT = 255, 254
BY_PROGRAM = frozenset({"systemd journal"})  # read by journalctl in a process of its own
READERS = {n: kind for n, kind in enumerate(KINDS) if kind.name not in BY_PROGRAM}

# Kinds of which there is no sample, by their documented forms.
SYNTHETIC = (
    b"[2026-03-01T09:00:03+0100] [ALPM] transaction started\n"
    b"[2026-03-01T09:00:04+0100] [ALPM] upgraded a (1 -> 2)\n",
    b"2026-03-01 10:00:00|command|root@pc|'zypper' 'up'|\n2026-03-01 10:00:01|install|a|2-1|x86_64||oss|0|\n",
    b"2026-03-01T09:00:00+0100 INFO --- logging initialized ---\n"
    b"2026-03-01T09:00:02+0100 SUBDEBUG Upgrade: a-2-1.x\n",
    b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1772438400000000\nMESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n_PID=1\n\n",
    b'{"__CURSOR":"s=1","MESSAGE_ID":"fc2e22bc6ee647b6b90729ab34a250b1","COREDUMP_EXE":"/usr/bin/a"}\n',
    b"Date/Time:        2025-05-06 07:08:09.000 +0200\nCommand:  A\nEvent:   hang\n"
    b"Duration: 5.02s\nSteps: 502\n",
    b"2025-05-01 07:08:09.0+0200 0x74 Default kernel: Previous shutdown cause: 3\n",
)


def try_one(data: bytes, given: Path) -> None:
    choice, content = data[0] if data else ANY, data[1:]
    if choice == ABRT:
        abrt.record_of(dict(zip(abrt.ELEMENTS, content.decode("utf-8", "replace").split("\0"), strict=False)))
    elif choice in READERS:
        given.write_bytes(content)
        _read_as(READERS[choice], given)
    elif not content.startswith(b"LPKSHHRH"):
        check(content, given)


def _read_as(kind: Kind, given: Path) -> None:
    found = Findings()
    try:
        with opened(str(given)) as source:
            if source.head:
                kind.matches(source, source.start())
                kind.read(source, found)
    except Unreadable:
        pass
    for record in found.together():
        check_record(json.loads(json.dumps(record.to_json())))


def history_of_dnf() -> bytes:
    made = sqlite3.connect(":memory:")
    made.executescript(
        "CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER, dt_end INTEGER, state INTEGER);"
        "CREATE TABLE trans_item (trans_id INTEGER, item_id INTEGER, action INTEGER);"
        "CREATE TABLE rpm (item_id INTEGER); INSERT INTO rpm VALUES (1);"
        "INSERT INTO trans VALUES (1, 1772438400, 1772438460, 1); INSERT INTO trans_item VALUES (1, 1, 6);"
    )
    return made.serialize()


def login_records() -> bytes:
    record = bytearray(384)
    struct.pack_into("<hxxi32s4s32s", record, 0, 2, 0, b"~", b"~~", b"reboot")
    struct.pack_into("<I", record, 340, 1772438400)
    return bytes(record) * 3


def write_corpus(folder: Path) -> None:
    """Each sample for its own reader and for the whole way."""
    number = {kind.name: n for n, kind in READERS.items()}
    for i, content in enumerate((*samples(without="journal"), *SYNTHETIC, history_of_dnf(), login_records())):
        short = content[:LONGEST]
        kind = kind_of(Source(folder, "", len(short), short[: 64 * 1024])).name
        for choice in (number[kind], ANY):
            (folder / f"{i}-{choice}").write_bytes(bytes([choice]) + short)
    elements = "\0".join(("CCpp", "1746515289", "/usr/bin/a", "1.0", "1.fc40"))
    (folder / "abrt").write_bytes(bytes([ABRT]) + elements.encode())


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def main(folder: Path, seconds: int, seed: int) -> None:
    """A seed of 0 is another one each time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    corpus = folder / "corpus"
    corpus.mkdir()
    write_corpus(corpus)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS if len(word) < 64))
    given = folder / "given"
    options = (
        *(f"-max_total_time={seconds}", f"-timeout={INPUT_S}", f"-rss_limit_mb={MEMORY_MIB}"),
        *(f"-max_len={LONGEST + 1}", f"-dict={words}", f"-artifact_prefix={folder}{os.sep}"),
        *("-print_final_stats=1", "-verbosity=0", f"-seed={seed}"),
    )
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: try_one(data, given))
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int((*sys.argv, "0")[3]))
