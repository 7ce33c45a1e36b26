"""Readers of Windows beside the event logs, each with what Windows would answer."""

import ctypes
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from collector_helpers import NOW, Clock
from fake_library import Function
from fake_windows import Wevtapi

from agent.collectors import (
    battery_windows,
    counters_windows,
    eventlog_windows,
    events_windows,
    patch_windows,
    pressure_windows,
    sessions_windows,
)
from agent.collectors.active_windows import Active
from agent.collectors.all_windows import collectors
from agent.collectors.eventlog_windows import WindowsEventLog
from agent.collectors.events_windows import event_of
from agent.collectors.options import CollectorOptions
from agent.collectors.sessions_windows import Session
from agent.collectors.waiting import DAY
from agent.reading import SourceAbsent, SourceDenied
from agent.signals import COVERED
from agent.system import dll_windows, facts, facts_windows

ROOT = Path(__file__).parents[2]


def test_the_list_can_be_made_anywhere_and_covers_each_source_once():
    covered = [source for c in collectors(CollectorOptions()) for source in c.covers]
    assert len(covered) == len(set(covered))
    assert set(COVERED) - set(covered) == {"network", "space", "apps", "services"}


@pytest.mark.skipif(hasattr(ctypes, "WinDLL"), reason="this is Windows")
def test_elsewhere_each_says_in_a_sentence_that_it_cannot_look():
    only_here = (c for c in collectors(CollectorOptions()) if c.name != "busiest")
    for collector in only_here:
        with pytest.raises(SourceAbsent, match=r"\.$"):
            collector.collect(NOW, None)


@pytest.mark.skipif(sys.platform != "linux", reason="the other systems load their own")
def test_nothing_of_it_is_loaded_on_linux():
    code = "import sys, agent.collectors, agent.system.facts; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    names = done.stdout.split()
    assert "agent.collectors.boot_linux" in names
    assert [name for name in names if name.endswith(("_windows", "_macos", "plistlib", "ElementTree"))] == []


# Layouts of structures, by the headers of the Windows SDK for 64 bits


def test_structures_have_the_size_that_windows_gives_them():
    assert ctypes.sizeof(eventlog_windows._Variant) == 16
    assert sessions_windows._Level1.last_input.offset == 184
    assert sessions_windows.InfoEx.data.offset == 8
    assert battery_windows.INFORMATION.size == 36
    assert counters_windows._Value.number.offset == 8
    assert ctypes.sizeof(battery_windows._Interface) == 32


# The Event Log API


@pytest.fixture
def api(monkeypatch):
    """The Event Log API with one channel of seven entries, the second one long."""
    wevtapi = Wevtapi()
    monkeypatch.setattr(dll_windows, "last_error", lambda: wevtapi.error)
    for number in range(1, 8):
        wevtapi.write("System", NOW + number, "Application Error", 1000, "ä" * (5000 if number == 2 else 10))
    return wevtapi


def log_of(api):
    return WindowsEventLog(lambda name: api)


def test_a_channel_is_walked_from_its_newest_entry_back(api):
    entries = list(log_of(api).backwards("System"))
    assert [e.record for e in entries] == [7, 6, 5, 4, 3, 2, 1]
    assert {(e.provider, e.id) for e in entries} == {("Application Error", 1000)}
    assert entries[0].written == int((NOW + 7 + 11_644_473_600) * 1e7)
    assert (api.open, api.reads) == ({}, 0)


def test_only_what_is_asked_for_is_rendered_and_all_is_closed(api):
    del api.channels["System"][2:]
    walk = log_of(api).backwards("System")
    assert event_of(next(walk).xml()).at(0) == "ä" * 5000
    walk.close()
    assert (api.open, api.reads) == ({}, 2)  # the first buffer was too small


def test_a_log_that_is_switched_off_is_no_quiet_log(api):
    api.off.add("System")
    with pytest.raises(SourceAbsent, match="switched off") as refused:
        list(log_of(api).backwards("System"))
    assert refused.value.grant == 'wevtutil sl "System" /e:true'


def test_a_log_that_is_cleared_while_it_is_read_is_read_again_from_the_same_mark(api):
    api.EvtNext = Function(lambda *arguments: 0)
    api.EvtQuery = Function(lambda *arguments: setattr(api, "error", 15011) or api.handle([]))
    with pytest.raises(SourceAbsent, match="error 15011") as refused:  # ERROR_EVT_QUERY_RESULT_STALE
        events_windows.after(log_of(api), "System", "7 132007", frozenset())
    assert refused.value.comes_back


def test_without_a_way_to_read_entries_no_log_is_called_quiet(api):
    api.EvtCreateRenderContext = Function(lambda *arguments: None)
    with pytest.raises(SourceAbsent, match="does not open its event logs"):
        list(log_of(api).backwards("System"))


@pytest.mark.parametrize(
    ("number", "kind", "sentence"),
    [(5, SourceDenied, "may not read"), (15007, SourceAbsent, "no event log"), (1717, SourceAbsent, "1717")],
)
def test_why_a_log_cannot_be_read(api, number, kind, sentence):
    api.refusal = number
    with pytest.raises(kind, match=sentence):
        list(log_of(api).backwards("System"))


def test_entries_with_what_is_no_xml_are_read_and_damaged_ones_left_out():
    head = '<Event><System><Provider Name="P"/><EventID>1</EventID></System><EventData>'
    found = event_of(f"{head}<Data>a\x01b\ud800</Data></EventData></Event>")
    assert found.at(0) == "a b "
    assert event_of("<Event><System>") is None
    assert event_of("") is None
    assert event_of('<!DOCTYPE x [<!ENTITY a "b">]><Event/>') is None


# Pressure


def cpu(lengths, cores=4, idle=lambda: 0.0):
    clock = Clock()
    answers = iter(lengths)
    collector = pressure_windows.Cpu(lambda: next(answers), lambda: cores, idle, clock)
    told = []
    for _ in lengths:
        told += collector.collect(clock.now, None).samples
        clock.now += 10
    return [(s.value, s.attributes["source"]) for s in told]


def test_the_queue_of_a_minute_is_its_mean_per_core():
    assert cpu([[8.0]] * 13) == [(1.0, "queue")] * 2
    assert cpu([[7.9]] * 13) == [(0.0, "queue")] * 2
    assert cpu([[0.0]] * 6 + [[60.0]]) == [(1.0, "queue")]
    assert cpu([[0.0]] * 6 + [[40.0]]) == [(0.0, "queue")]


def test_without_the_queue_a_busy_processor_counts():
    assert cpu([[None]] * 19) == [(1.0, "busy")] * 2
    idle = iter(range(0, 1000, 30))
    assert cpu([[None]] * 19, idle=lambda: float(next(idle))) == [(0.0, "busy")] * 2


@pytest.mark.parametrize(
    ("reads", "available", "short"), [(100.0, 0.04, 1.0), (99.0, 0.04, 0.0), (500.0, 0.06, 0.0)]
)
def test_memory_is_short_when_little_is_left_and_pages_come_back_from_disk(reads, available, short):
    reading = pressure_windows.Memory(lambda: [reads], lambda: available).collect(NOW, None)
    assert [(s.name, s.value) for s in reading.samples] == [("mem_pressed", short)]


@pytest.mark.parametrize(("idle", "pressed"), [(10.0, 1.0), (10.1, 0.0), (100.0, 0.0)])
def test_a_disk_that_is_hardly_ever_idle(idle, pressed):
    reading = pressure_windows.Disk(lambda: [idle]).collect(NOW, None)
    assert [(s.name, s.value) for s in reading.samples] == [("disk_pressed", pressed)]


def test_a_first_look_at_a_rate_tells_nothing():
    assert pressure_windows.Memory(lambda: [None]).collect(NOW, None).samples == ()
    assert pressure_windows.Disk(lambda: [None]).collect(NOW, None).samples == ()


# Use


def minutes_of(*looks: list[Session]):
    collector = Active(lambda: pages.pop(0))
    pages = list(looks)
    samples = [collector.collect(NOW, None).samples[0] for _ in looks]
    return [(s.value, s.attributes["source"]) for s in samples]


def test_input_counts_once_it_is_seen_to_be_kept():
    def at(last, now):
        return [Session(1, False, last, now)]

    assert minutes_of(at(100, 160), at(200, 220), at(200, 259), at(200, 260)) == [
        (60.0, "session"),
        (60.0, "input"),
        (60.0, "input"),
        (0.0, "input"),
    ]


def test_a_last_input_that_is_always_now_tells_nothing():
    looks = [[Session(1, False, now, now)] for now in (100, 160, 220)]
    assert minutes_of(*looks, [Session(1, True, 280, 280)]) == [(60.0, "session")] * 3 + [(0.0, "session")]


def test_a_session_whose_input_is_not_kept_counts_until_it_is_locked():
    assert minutes_of([Session(1, False, 0, 0)], [Session(1, False, 0, 0)], [Session(1, True, 0, 0)]) == [
        (60.0, "session"),
        (60.0, "session"),
        (0.0, "session"),
    ]


def test_nobody_signed_in_is_no_use():
    assert minutes_of([])[0][0] == 0.0


def test_what_the_terminal_services_say_of_a_session():
    info = sessions_windows.InfoEx(level=1)
    info.data.id, info.data.flags, info.data.last_input, info.data.now = 3, 0, 10_000_000, 50_000_000
    assert sessions_windows.session_of(info) == Session(3, True, 1.0, 5.0)
    info.data.flags = 1
    assert not sessions_windows.session_of(info).locked


# Battery


def battery(capabilities=0x80000000, design=50_000, full=40_000):
    return struct.pack("<IB3s4sIIIIII", capabilities, 1, b"", b"LION", design, full, 0, 0, 0, 300)


def test_health_over_all_batteries_of_the_laptop():
    assert battery_windows.health([battery()]) == 80.0
    assert battery_windows.health([battery(), battery(design=30_000, full=30_000)]) == 87.5
    ups = battery(capabilities=0x20000000)
    assert battery_windows.health([battery(), ups]) == 80.0
    unknown = battery(full=0xFFFFFFFF)
    assert battery_windows.health([unknown, battery(design=0)]) is None
    with pytest.raises(SourceAbsent, match="no battery"):
        battery_windows.collect(NOW, None, list)


# Missing updates


class FakeUpdateAgent:
    def __init__(self, searched_days_ago=1.0, missing_days=(), end="end"):
        from datetime import UTC, datetime

        def days_ago(days):
            return datetime.fromtimestamp(NOW - days * DAY, UTC).replace(tzinfo=None).isoformat() + "0"

        lines = [f"searched {days_ago(searched_days_ago)}", *(f"missing {days_ago(d)}" for d in missing_days)]
        self.text, self.asked = "\r\n".join([*lines, end]), 0

    def __call__(self, command):
        assert command[0] == "powershell.exe"
        self.asked += 1
        return self

    def answer(self):
        return self.text


def age(agent, now=NOW, cursor=None):
    reading = patch_windows.Patches(agent).collect(now, cursor)
    return [s.value for s in reading.samples], reading.cursor


def test_the_oldest_missing_update_counts_from_the_day_it_came_out():
    assert age(FakeUpdateAgent(missing_days=(3, 20.5, 9)))[0] == [pytest.approx(20.5)]
    assert age(FakeUpdateAgent())[0] == [0.0]


def test_windows_is_asked_once_a_day_and_the_age_grows_meanwhile():
    agent = FakeUpdateAgent(missing_days=(2,))
    _, cursor = age(agent)
    values, cursor = age(agent, NOW + DAY / 2, cursor)
    assert (values, agent.asked) == ([pytest.approx(2.5)], 1)
    age(agent, NOW + 1.1 * DAY, cursor)
    assert agent.asked == 2


def test_a_windows_that_does_not_search_is_not_known_to_be_patched():
    with pytest.raises(SourceAbsent, match="not searched"):
        age(FakeUpdateAgent(searched_days_ago=8))


@pytest.mark.parametrize("end", ["", "end of nothing\r\nmissing"])
def test_half_an_answer_is_none_and_is_not_asked_for_again_at_once(end):
    patches = patch_windows.Patches(agent := FakeUpdateAgent(end=end))
    for _ in range(3):
        with pytest.raises(SourceAbsent, match="did not say"):
            patches.collect(NOW, None)
    assert agent.asked == 1


# Firmware


def structure(kind: int, fixed: bytes, *texts: bytes) -> bytes:
    return (
        bytes([kind, 4 + len(fixed), 0, 0])
        + fixed
        + b"\0".join([*texts, b""])
        + (b"" if texts else b"\0")
        + b"\0"
    )


UUID = bytes.fromhex("33221100554477668899aabbccddeeff")
TABLE = (
    structure(0, bytes([1, 2, 0, 0, 3]), b"Maker", b"1.2.3", b"03/04/2023")
    + structure(1, bytes([1, 2, 0, 3]) + UUID, b"LENOVO", b"21CBCTO1WW", b"PF3ABCDE")
    + structure(126, b"")
    + structure(4, bytes(12) + bytes([1]), b"12th Gen  Intel(R) Core(TM) i7   ")
    + structure(127, b"")
)


def test_facts_stand_in_the_table_of_the_firmware():
    assert facts_windows.read(TABLE) == {
        "serial": "PF3ABCDE",
        "model": "21CBCTO1WW",
        "maker": "LENOVO",
        "bios_date": "03/04/2023",
        "cpu": "12th Gen Intel(R) Core(TM) i7",
    }
    assert facts_windows.identity(TABLE) == ("00112233-4455-6677-8899-aabbccddeeff", "PF3ABCDE")


@pytest.mark.parametrize("cut", range(0, len(TABLE), 5))
def test_half_a_table_tells_half(cut):
    whole = facts_windows.read(TABLE)
    assert all(text in {"", whole[name]} for name, text in facts_windows.read(TABLE[:cut]).items())


def test_a_laptop_without_a_table_has_no_identity():
    assert facts_windows.identity(b"") == ("", "")
    assert facts.plausible(facts_windows.read(b"")["serial"]) == ""


def test_the_script_asks_without_the_network_and_in_no_language():
    assert "$searcher.Online = $false" in patch_windows.SCRIPT
    assert json.dumps(patch_windows.SCRIPT).isascii()
    assert Path(patch_windows.COMMAND[0]).name == "powershell.exe"
