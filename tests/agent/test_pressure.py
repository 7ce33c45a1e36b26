"""A minute counts as pressed when work waited for 10 % of it, a disk when it was busy for 90 %."""

import psutil
import pytest
from collector_helpers import NOW, Clock

from agent.collectors import pressure_linux as pressure
from agent.reading import SourceAbsent
from agent.signals import Sample
from agent.system.disk_linux import BlockDevice, system_device, whole_disk

PSI = (
    "some avg10=1.68 avg60=1.30 avg300=0.63 total=10730594\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
)


def minute(collector, clock, look, counter: list[float], grows: float) -> list[Sample]:
    """What a second look a minute later gives, the counter having grown meanwhile."""
    collector.collect(NOW, None)
    clock.now += 60
    counter[0] += grows
    return list(look().samples)


def test_processors_and_memory_read_as_psutil_reads_them():
    times, memory = psutil.cpu_times(), psutil.virtual_memory()
    waiting, guests = times.idle + times.iowait, times.guest + times.guest_nice
    busy = (sum(times) - waiting - guests) / psutil.cpu_count()
    assert pressure.busy_processor_seconds() == pytest.approx(busy, abs=2)
    assert pressure.available_memory() == pytest.approx(memory.available / memory.total, abs=0.05)


def test_pressure_files_are_read_as_seconds():
    assert pressure.stalled_seconds(PSI) == pytest.approx(10.730594)


def test_a_pressure_file_of_another_shape_counts_as_none(tmp_path):
    (tmp_path / "cpu").write_text("nothing known\n")
    assert pressure.read_stalled("cpu", tmp_path) is None
    assert pressure.read_stalled("memory", tmp_path) is None


@pytest.mark.parametrize(("waited", "pressed"), [(5.9, 0.0), (6.0, 1.0), (60.0, 1.0)])
def test_a_minute_is_pressed_from_a_tenth_on(waited, pressed):
    clock, counter = Clock(), [100.0]
    cpu = pressure.Cpu(lambda: counter[0], clock=clock)
    samples = minute(cpu, clock, lambda: cpu.collect(NOW, None), counter, waited)
    assert samples == [Sample("cpu_pressed", pressed, attributes={"source": "psi"})]


def test_the_first_look_knows_nothing_yet():
    assert not pressure.Cpu(lambda: 1.0, clock=Clock()).collect(NOW, None).samples


def test_a_late_look_judges_the_time_it_covers():
    clock, counter = Clock(), [0.0]
    memory = pressure.Memory(lambda: counter[0], clock=clock)
    memory.collect(NOW, None)
    clock.now += 600
    counter[0] += 30  # half a minute in ten is no pressure
    assert memory.collect(NOW, None).samples[0].value == 0.0


def test_a_counter_that_began_anew_gives_nothing():
    clock, counter = Clock(), [50.0]
    cpu = pressure.Cpu(lambda: counter[0], clock=clock)
    assert minute(cpu, clock, lambda: cpu.collect(NOW, None), counter, -40.0) == []


def test_without_psi_a_busy_processor_counts_and_says_so():
    clock, busy = Clock(), [0.0]
    cpu = pressure.Cpu(lambda: None, lambda: busy[0], clock)
    samples = minute(cpu, clock, lambda: cpu.collect(NOW, None), busy, 55.0)
    assert samples == [Sample("cpu_pressed", 1.0, attributes={"source": "busy"})]


@pytest.mark.parametrize(("available", "pages", "pressed"), [(0.04, 9, 1.0), (0.04, 0, 0.0), (0.2, 9, 0.0)])
def test_without_psi_memory_is_short_when_little_is_left_and_pages_come_back(available, pages, pressed):
    clock, swapped = Clock(), [0.0]
    memory = pressure.Memory(lambda: None, lambda: available, lambda: swapped[0], clock)
    samples = minute(memory, clock, lambda: memory.collect(NOW, None), swapped, pages)
    assert samples == [Sample("mem_pressed", pressed, attributes={"source": "paging"})]


@pytest.mark.parametrize(("busy_ms", "pressed"), [(53_900, 0.0), (54_000, 1.0)])
def test_the_disk_is_the_bottleneck_from_nine_tenths_on(tmp_path, busy_ms, pressed):
    clock = Clock()
    stat = "{} " * 17
    numbers = [0] * 17
    (tmp_path / "stat").write_text(stat.format(*numbers))
    disk = pressure.Disk(lambda: BlockDevice(tmp_path), clock)
    disk.collect(NOW, None)
    clock.now += 60
    numbers[9] = busy_ms
    (tmp_path / "stat").write_text(stat.format(*numbers))
    assert disk.collect(NOW, None).samples == [Sample("disk_pressed", pressed, attributes={"source": "busy"})]


def test_a_disk_that_does_not_tell_is_unknown_and_not_idle(tmp_path):
    (tmp_path / "stat").write_text("1 2 3\n")
    with pytest.raises(SourceAbsent):
        pressure.Disk(lambda: BlockDevice(tmp_path)).collect(NOW, None)


@pytest.fixture
def sysfs(tmp_path):
    """Device 259:2 is the second partition of nvme0n1; dm-0 is an encrypted volume on it."""
    disk = tmp_path / "devices/nvme0n1"
    (disk / "nvme0n1p2").mkdir(parents=True)
    (disk / "nvme0n1p2/partition").write_text("2\n")
    mapped = tmp_path / "devices/dm-0"
    (mapped / "slaves").mkdir(parents=True)
    (mapped / "slaves/nvme0n1p2").symlink_to(disk / "nvme0n1p2")
    for kind, name, target in (
        ("dev/block", "259:2", disk / "nvme0n1p2"),
        ("dev/block", "253:0", mapped),
        ("class/block", "dm-0", mapped),
    ):
        (tmp_path / kind).mkdir(parents=True, exist_ok=True)
        (tmp_path / kind / name).symlink_to(target)
    return tmp_path


@pytest.mark.parametrize("numbers", ["259:2", "253:0"])
def test_the_disk_below_partition_and_encryption_is_found(sysfs, numbers):
    assert whole_disk((sysfs / "dev/block" / numbers).resolve()).name == "nvme0n1"


def test_a_file_system_with_a_device_number_of_its_own_is_found_by_its_mount(sysfs):
    mounts = sysfs / "mountinfo"
    mounts.write_text("24 1 0:21 /root / rw,relatime shared:1 - btrfs /dev/dm-0 rw,compress=zstd:1\n")
    missing = sysfs / "empty"
    (missing / "class").mkdir(parents=True)
    (missing / "class/block").symlink_to(sysfs / "class/block")
    assert system_device("/", missing, mounts).folder.name == "nvme0n1"


def test_a_container_without_a_disk_says_so(sysfs):
    mounts = sysfs / "mountinfo"
    mounts.write_text("24 1 0:21 / / rw - overlay overlay rw,lowerdir=/a\n")
    with pytest.raises(SourceAbsent):
        system_device("/", sysfs / "nowhere", mounts)
