"""Battery health from sysfs, room on the system disk."""

import pytest
from collector_helpers import NOW

from agent.collectors import battery_linux, space
from agent.reading import SourceAbsent


def supply(folder, name, **files):
    (folder / name).mkdir()
    for file, value in files.items():
        (folder / name / file).write_text(f"{value}\n")


def health(folder):
    (sample,) = battery_linux.collect(NOW, None, folder).samples
    return sample.value


def test_health_is_full_charge_by_design(tmp_path):
    supply(tmp_path, "AC", type="Mains", online=1)
    supply(tmp_path, "BAT0", type="Battery", energy_full=33_444_300, energy_full_design=48_840_000)
    assert health(tmp_path) == pytest.approx(68.477, abs=0.001)


def test_two_batteries_are_one_store_of_energy(tmp_path):
    supply(tmp_path, "BAT0", type="Battery", charge_full=1000, charge_full_design=2000)
    supply(tmp_path, "BAT1", type="Battery", charge_full=1000, charge_full_design=1000)
    assert health(tmp_path) == pytest.approx(200 / 3)


@pytest.mark.parametrize(
    "files",
    [
        {"type": "Mains"},
        {"type": "Battery", "scope": "Device", "charge_full": 9, "charge_full_design": 10},
        {"type": "Battery", "energy_full": 0, "energy_full_design": 0},
        {"type": "Battery", "energy_full": "unknown", "energy_full_design": 50},
    ],
)
def test_mice_and_silent_batteries_tell_nothing(tmp_path, files):
    supply(tmp_path, "X", **files)
    with pytest.raises(SourceAbsent):
        battery_linux.collect(NOW, None, tmp_path)


def room(percent, cursor=None):
    return space.Space("/", lambda path: percent).collect(NOW, cursor)


def test_a_full_disk_is_told_of_once_until_there_is_room_again():
    low = room(4.0)
    assert [(e.kind, e.value) for e in low.events] == [("low_disk", 4.0)]
    still = room(3.0, low.cursor)
    assert not still.events
    edge = room(6.0, low.cursor)
    assert edge.cursor is None  # between the two marks nothing changes
    assert room(8.0, low.cursor).cursor == "roomy"
    assert room(4.9, "roomy").events


def test_a_missing_volume_is_unknown():
    with pytest.raises(SourceAbsent, match="/no/such/place"):
        space.Space("/no/such/place").collect(NOW, None)


def test_this_disk_has_some_room():
    (sample,) = space.Space("/").collect(NOW, None).samples
    assert 0 <= sample.value <= 100
