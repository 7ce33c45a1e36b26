"""Whatever a source gives, the readers of Windows and macOS neither fail nor hang."""

import os
import plistlib
import struct
from contextlib import suppress
from pathlib import Path

from collector_helpers import NOW
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.collectors import battery_windows, eventlog_windows, oscrash_macos, patch_windows
from agent.collectors.events_windows import event_of
from agent.collectors.reports_macos import Reports
from agent.collectors.updates_macos import Patches, load, missing, searched_at
from agent.reading import SourceAbsent
from agent.records.windows_event import Event
from agent.records.windows_events import record_of
from agent.system import facts_windows

BOUNDED = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
XML = st.lists(
    st.sampled_from(
        [
            *("<Event>", "</Event>", "<System>", "</System>", '<Provider Name="Application Error"/>'),
            *("<EventID>1000</EventID>", "<EventData>", "</EventData>", "<Data>x</Data>", "<!DOCTYPE a>"),
            *("&#0;", "&a;", "\0", "\ud800", "\u202e", "<Binary>zz</Binary>", '<Data Name="AppName">'),
        ]
    )
    | st.text(max_size=20),
    max_size=30,
)


@BOUNDED
@given(XML)
@example(["<Event>" * 6000])
def test_entries_of_event_logs(parts):
    event = event_of("".join(parts))
    assert event is None or isinstance(event, Event)
    if event:
        record_of(event)


@BOUNDED
@given(st.binary(min_size=64, max_size=200), st.integers(0, 2**64 - 1))
def test_what_is_rendered_of_an_entry(raw, address):
    provider, number, record, written = eventlog_windows.values_of(raw, address)
    assert 0 <= number < 2**16
    assert len(provider) <= len(raw)
    assert record >= 0 <= written


@BOUNDED
@given(st.binary(max_size=300))
def test_tables_of_firmware_and_answers_of_batteries(raw):
    facts_windows.read(raw)
    facts_windows.identity(raw)
    battery_windows.health([raw[:36].ljust(36, b"\0")])


@BOUNDED
@given(st.lists(st.sampled_from(["searched ", "missing ", "end", "\n", "2026-01-01T00:00:00"]) | st.text()))
def test_answers_of_the_update_agent(parts):
    try:
        answer = patch_windows.answer_of("".join(parts), NOW)
    except ValueError:
        return
    assert answer.asked_at == NOW


@BOUNDED
@given(st.text(alphabet=st.sampled_from("rebotshudwn ~\n0:")))
def test_login_records(text):
    assert oscrash_macos.was_shut_down(text) in (True, False, None)


KEYS = st.sampled_from(["RecommendedUpdates", "LastSuccessfulDate", "Display Name", "Display Version"])
VALUES = st.recursive(
    st.text() | st.integers(-(2**63), 2**63) | st.booleans() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@BOUNDED
@given(VALUES)
def test_preferences_of_the_software_update(value):
    if isinstance(value, dict):
        missing(value)
        searched_at(value)
    with suppress(SourceAbsent):
        Patches(lambda: value).collect(NOW, None)


@BOUNDED
@given(st.binary(max_size=200), st.integers(0, 100))
def test_damaged_property_lists(tmp_path, noise, cut):
    file = tmp_path / "a.plist"
    whole = plistlib.dumps([{"displayName": "macOS", "n": 1}], fmt=plistlib.FMT_BINARY)
    file.write_bytes(whole[:cut] + noise)
    with suppress(SourceAbsent):
        load(file)


HEAD = b'{"bug_type":"309","timestamp":"2024-05-06 08:00:00.00 +0000"}\n'


@BOUNDED
@given(st.sampled_from([b"", HEAD, b"\xff\xfe", b"\x1f\x8b", b"Process: a [1]\n"]), st.binary(max_size=200))
@example(HEAD, b'{"a":' * 5000)
@example(b"", struct.pack("<I", 0) * 100)
def test_reports(tmp_path: Path, head, noise):
    for old in os.listdir(tmp_path):
        (tmp_path / old).unlink()
    reports = Reports(str(tmp_path), None, lambda: NOW)
    _, cursor = reports.after(None)
    (tmp_path / "a.ips").write_bytes(head + noise)
    os.utime(tmp_path / "a.ips", (NOW - 1000, NOW - 1000))
    records, cursor = reports.after(cursor)
    assert len(records) <= 1
    assert cursor == '["a.ips"]'
