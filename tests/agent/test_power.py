"""On what the laptop runs, by what each system tells."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.system import power, power_linux, power_macos, power_windows
from agent.system.power import Power, power_now


def supply(folder: Path, name: str, **values: str) -> None:
    (folder / name).mkdir(parents=True)
    for key, value in values.items():
        (folder / name / key).write_text(value + "\n")


def linux(folder: Path, profile: str = "", preference: str = "") -> tuple[bool, bool]:
    (folder / "profile").write_text(profile)
    (folder / "preference").write_text(preference)
    return power_linux.read(folder / "supplies", folder / "profile", folder / "preference")


BATTERY = {"type": "Battery", "status": "Discharging"}


def test_a_laptop_without_a_plug_runs_on_its_battery(tmp_path: Path) -> None:
    supply(tmp_path / "supplies", "AC", type="Mains", online="0")
    supply(tmp_path / "supplies", "BAT0", **BATTERY)
    supply(tmp_path / "supplies", "ucsi-source-psy-1", type="USB", online="0")
    assert linux(tmp_path, "balanced", "balance_power") == (True, False)
    assert linux(tmp_path, "low-power") == (True, True)
    assert linux(tmp_path, "", "power") == (True, True)


@pytest.mark.parametrize(
    "supplies",
    [
        {},  # a desktop computer
        {"AC": {"type": "Mains", "online": "1"}, "BAT0": BATTERY},
        {"ucsi": {"type": "USB", "online": "1"}, "BAT0": BATTERY},  # charged over USB, even if too slowly
        {"BAT0": {"type": "Battery", "status": "Full"}},
        {"mouse": {**BATTERY, "scope": "Device"}},
        {"BAT0": {"type": "Battery"}},  # tells nothing
    ],
)
def test_everything_else_is_mains(tmp_path: Path, supplies: dict[str, dict[str, str]]) -> None:
    for name, values in supplies.items():
        supply(tmp_path / "supplies", name, **values)
    assert linux(tmp_path, "low-power", "power") == (False, False)


def windows(raw: bytes) -> Callable[[str], ctypes.CDLL]:
    """A kernel32 that answers with these bytes of SYSTEM_POWER_STATUS."""

    def answer(pointer: object) -> int:
        ctypes.memmove(pointer, raw, len(raw))
        return int(bool(raw))

    return lambda name: SimpleNamespace(GetSystemPowerStatus=answer)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"\x00\x01\x50\x00", (True, False)),
        (b"\x00\x01\x50\x01", (True, True)),
        (b"\x01\x08\x50\x01", (False, True)),
        (b"\xff\xff\xff\x00", (False, False)),
        (b"", (False, False)),
    ],
)
def test_windows_tells_in_one_structure(raw: bytes, found: tuple[bool, bool]) -> None:
    assert power_windows.read(windows(raw)) == found
    assert ctypes.sizeof(power_windows.SystemPowerStatus) == 12


@pytest.mark.parametrize(
    ("plugged", "saving", "found"),
    [(None, True, (False, False)), (True, True, (False, False)), (False, True, (True, True))],
)
def test_a_mac_tells_by_its_power_sources(
    monkeypatch: pytest.MonkeyPatch, plugged: bool | None, saving: bool, found: tuple[bool, bool]
) -> None:
    battery = SimpleNamespace(power_plugged=plugged)
    monkeypatch.setattr(power_macos.psutil, "sensors_battery", lambda: battery, raising=False)
    assert power_macos.read(lambda: saving) == found


def test_without_the_frameworks_of_macos_nobody_saves() -> None:
    assert power_macos.low_power_mode() is False


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ((False, True), Power.MAINS),
        ((True, False), Power.BATTERY),
        ((True, True), Power.SAVER),
    ],
)
def test_the_saver_counts_on_battery_only(
    monkeypatch: pytest.MonkeyPatch, told: tuple[bool, bool], found: Power
) -> None:
    monkeypatch.setattr(power, "read_of_this_system", lambda: told)
    assert power_now() is found
