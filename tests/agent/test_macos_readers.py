"""Readers of macOS beside its reports, each with what a Mac would answer."""

import plistlib
import struct
import sys
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import fake_macos
import psutil
import pytest
from collector_helpers import NOW, Clock

from agent.collectors import pressure_macos
from agent.collectors.active_macos import Active
from agent.collectors.all_macos import collectors
from agent.collectors.battery_macos import Battery
from agent.collectors.boot_macos import Starts, seconds_of
from agent.collectors.options import CollectorOptions
from agent.collectors.updates_macos import Patches, Updates, load, missing, searched_at
from agent.collectors.waiting import DAY
from agent.reading import SourceAbsent, SourceDenied
from agent.signals import COVERED
from agent.system import facts_macos, sysctl_macos
from agent.system.registry_macos import Registry, value_of

UPDATES = Path(__file__).parents[1] / "recorded" / "samples" / "macos" / "updates"


def test_the_list_can_be_made_anywhere_and_covers_each_source_once():
    covered = [source for c in collectors(CollectorOptions()) for source in c.covers]
    assert len(covered) == len(set(covered))
    assert set(COVERED) - set(covered) == {"boot", "signin", "network", "space", "apps", "services"}


@pytest.mark.skipif(sys.platform == "darwin", reason="this is a Mac")
def test_elsewhere_each_measures_what_is_common_or_says_why_not():
    for collector in collectors(CollectorOptions()):
        try:
            told = collector.collect(NOW, None)
        except (SourceAbsent, SourceDenied) as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017 (either is right)
        else:
            assert {s.name for s in told.samples} <= {"on_s", "cpu_pressed"}


# Starts


def test_a_start_is_one_session_of_the_kernel():
    boot = ["A"]
    starts = Starts(lambda: boot[0], lambda: NOW - 60)
    first = starts.collect(NOW, None)
    assert [(s.name, s.at) for s in first.samples] == [("boot", NOW - 60)]
    assert starts.collect(NOW, first.cursor).samples == ()
    boot[0] = "B"
    assert [s.name for s in starts.collect(NOW, first.cursor).samples] == ["boot"]
    assert Starts(lambda: "A", lambda: NOW - 3 * DAY).collect(NOW, None).samples == []


def test_the_kernels_time_of_start():
    assert seconds_of(struct.pack("<qi4x", 1_700_000_000, 250_000)) == 1_700_000_000.25
    with pytest.raises(SourceAbsent):
        seconds_of(b"")


def test_a_value_the_kernel_does_not_have_is_none():
    assert sysctl_macos.number("no.such.value") is None
    assert sysctl_macos.text("no.such.value") == ""


# Pressure


@pytest.mark.parametrize(
    ("load", "idle_each_minute", "waits"), [(16.0, 6.0, 1.0), (15.9, 0.0, 0.0), (40.0, 7.0, 0.0)]
)
def test_the_processor_is_short_with_a_high_load_and_no_idle_time(load, idle_each_minute, waits):
    clock = Clock()
    idle = iter((100.0, 100.0 + idle_each_minute))
    cpu = pressure_macos.Cpu(lambda: load, lambda: next(idle), lambda: 8, clock)
    assert cpu.collect(NOW, None).samples == ()
    clock.now += 60
    assert [(s.value, s.attributes["source"]) for s in cpu.collect(NOW, None).samples] == [(waits, "load")]


@pytest.mark.parametrize(("level", "short"), [(1, 0.0), (2, 1.0), (4, 1.0)])
def test_memory_is_short_from_the_kernels_warning_on(level, short):
    reading = pressure_macos.Memory(lambda: level).collect(NOW, None)
    assert [(s.value, s.attributes["source"]) for s in reading.samples] == [(short, "level")]


@pytest.mark.parametrize(
    ("transfers", "took_ms", "slow"), [(10, 500, 1.0), (9, 5000, 0.0), (100, 4999, 0.0), (0, 0, 0.0)]
)
def test_the_disk_is_slow_by_the_mean_time_of_its_transfers(transfers, took_ms, slow):
    counts = iter(({"disk0": (1000, 2000)}, {"disk0": (1000 + transfers, 2000 + took_ms)}))
    disk = pressure_macos.Disk(lambda: next(counts))
    assert disk.collect(NOW, None).samples == ()
    assert [(s.value, s.attributes["source"]) for s in disk.collect(NOW, None).samples] == [
        (slow, "transfer")
    ]


def test_times_of_transfers_are_those_of_psutil(monkeypatch):
    counters = namedtuple("sdiskio", "read_count write_count read_bytes write_bytes read_time write_time")
    monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk: {"disk0": counters(3, 4, 0, 0, 50, 60)})
    assert pressure_macos.transfers() == {"disk0": (7, 110)}


# Devices


class Device:
    """Properties of the one device of a class."""

    def __init__(self, device_class: str, **properties) -> None:
        self.device_class, self.properties = device_class, properties

    def __call__(self, device_class, *names):
        if device_class != self.device_class:
            return {}
        return {name: self.properties[name] for name in names if name in self.properties}


@pytest.mark.parametrize(("idle_s", "active"), [(0, 60.0), (59.9, 60.0), (60, 0.0), (9e5, 0.0)])
def test_use_is_input_within_the_last_minute(idle_s, active):
    device = Device("IOHIDSystem", HIDIdleTime=int(idle_s * 1e9))
    reading = Active(device).collect(NOW, None)
    assert [(s.value, s.attributes["source"]) for s in reading.samples] == [(active, "input")]


def test_a_system_without_input_devices_has_no_known_use():
    with pytest.raises(SourceAbsent):
        Active(Device("none")).collect(NOW, None)


@pytest.mark.parametrize(
    ("properties", "health"),
    [
        ({"DesignCapacity": 5000, "AppleRawMaxCapacity": 4500, "MaxCapacity": 100}, 90.0),
        ({"DesignCapacity": 8000, "MaxCapacity": 6000}, 75.0),
        ({"DesignCapacity": 5000, "NominalChargeCapacity": 4800, "MaxCapacity": 96}, 96.0),
        ({"MaxCapacity": 96, "BatteryData": {"DesignCapacity": 5000, "FullChargeCapacity": 4000}}, 80.0),
    ],
)
def test_health_of_batteries_of_both_kinds_of_macs(properties, health):
    samples = Battery(Device("AppleSmartBattery", **properties)).collect(NOW, None).samples
    assert [s.value for s in samples] == [health]


@pytest.mark.parametrize(
    "properties", [{}, {"DesignCapacity": 5000, "MaxCapacity": 96}, {"MaxCapacity": 6000}]
)
def test_a_percentage_of_nothing_known_is_no_health(properties):
    with pytest.raises(SourceAbsent):
        Battery(Device("AppleSmartBattery", **properties)).collect(NOW, None)


def test_facts_of_a_mac():
    device = Device("IOPlatformExpertDevice", IOPlatformSerialNumber="C02ABC", IOPlatformUUID="11-22")
    kernel = {"hw.model": "Mac14,2", "machdep.cpu.brand_string": "Apple M2"}.get
    assert facts_macos.read(device, kernel) == {
        "serial": "C02ABC",
        "model": "Mac14,2",
        "maker": "Apple",
        "cpu": "Apple M2",
    }
    assert facts_macos.identity(device) == ("11-22", "C02ABC")
    assert facts_macos.identity(Device("none")) == ("", "")


def test_properties_are_read_and_everything_is_let_go():
    framework = fake_macos.Registry(Battery={"Health": 81, "Name": "A", "Odd": {1}, "Nested": {"a": 1}})
    registry = Registry(lambda name: framework)
    names = ("Health", "Name", "Odd", "Nested", "Missing")
    assert registry.read("Battery", *names) == {"Health": 81, "Name": "A", "Nested": {"a": 1}}
    assert registry.read("Other", "Health") == {}
    assert framework.things == {}


def test_a_property_is_a_value_or_named_values():
    assert value_of(plistlib.dumps(2**40)) == 2**40
    assert value_of(plistlib.dumps([1])) is None
    assert value_of(plistlib.dumps({"a": 1})) == {"a": 1}


# Updates


def test_updates_of_the_system_are_told_once(tmp_path):
    history = tmp_path / "InstallHistory.plist"
    items = plistlib.loads((UPDATES / "InstallHistory.plist").read_bytes())
    history.write_bytes(plistlib.dumps(items[:1]))
    first = Updates(history).collect(datetime(2013, 11, 12, 12, tzinfo=UTC).timestamp(), None)
    assert first.events == ()
    history.write_bytes(plistlib.dumps(items))
    second = Updates(history).collect(NOW, first.cursor)
    system = [i for i in items[1:] if str(i["displayName"]).startswith(("OS X", "Security Update"))]
    assert [e.at for e in second.events] == [i["date"].replace(tzinfo=UTC) for i in system]
    assert {tuple(e.detail.items()) for e in second.events} <= {(("result", "installed"),)}
    assert Updates(history).collect(NOW, second.cursor).events == []


def test_a_recorded_mac_misses_nothing_but_a_camera():
    preferences = load(UPDATES / "com.apple.SoftwareUpdate.plist")
    assert missing(preferences) == set()
    assert searched_at(preferences) == datetime(2014, 1, 6, 17, 43, 48, tzinfo=UTC).timestamp()


def waits(names, now=NOW, cursor=None, searched=NOW):
    preferences = {
        "RecommendedUpdates": [{"Display Name": n, "Display Version": "1"} for n in names],
        "LastFullSuccessfulDate": datetime.fromtimestamp(searched, UTC).replace(tzinfo=None),
    }
    reading = Patches(lambda: preferences).collect(now, cursor)
    return reading.samples[0].value, reading.cursor or cursor


def test_waiting_counts_from_the_first_sight():
    age, cursor = waits([])
    assert age == 0.0
    age, cursor = waits(["macOS Ventura 13.6", "GarageBand"], NOW, cursor)
    age, cursor = waits(["macOS Ventura 13.6", "Safari"], NOW + 3 * DAY, cursor)
    assert age == 3.0
    age, cursor = waits(["Safari"], NOW + 5 * DAY, cursor)
    assert age == 2.0


def test_a_mac_that_does_not_search_is_not_known_to_be_patched():
    with pytest.raises(SourceAbsent, match="not searched"):
        waits([], searched=NOW - 8 * DAY)


@pytest.mark.parametrize("content", [b"", b"bplist00broken", b"<plist><array><date>x</date></array></plist>"])
def test_a_damaged_list_is_no_list(tmp_path, content):
    (tmp_path / "a.plist").write_bytes(content)
    with pytest.raises(SourceAbsent, match="cannot be read"):
        load(tmp_path / "a.plist")
