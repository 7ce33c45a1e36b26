"""Facts about the laptop, without what firmware says when nobody told it anything."""

import pytest

from agent.signals import FACTS
from agent.system import facts, facts_linux


@pytest.mark.parametrize(
    "text",
    [
        *(
            "To be filled by O.E.M.",
            "Default string",
            "System Serial Number",
            "00000000",
            "None",
            " ",
            "....",
        ),
        *("03000200-0400-0500-0006-000700080009", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
    ],
)
def test_a_placeholder_identifies_nothing(text):
    assert facts.plausible(text) == ""


def test_a_real_serial_number_is_kept():
    assert facts.plausible("  PF2ABCDE\0") == "PF2ABCDE"


@pytest.fixture
def laptop(tmp_path):
    """sysfs and procfs of a laptop."""
    dmi = tmp_path / "class/dmi/id"
    dmi.mkdir(parents=True)
    for name, value in {
        "product_name": "ThinkPad T14 Gen 3",
        "sys_vendor": "LENOVO",
        "product_serial": "PF2ABCDE",
        "product_uuid": "1f0c2b4c-2b2d-11b2-a85c-d1a2b3c4d5e6",
        "bios_date": "08/14/2024",
    }.items():
        (dmi / name).write_text(value + "\n")
    for card, inside in (("wlp1s0", ("device", "wireless")), ("enp0s1", ("device",)), ("tun0", ())):
        for name in ("", *inside):
            (tmp_path / "class/net" / card / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: AMD Ryzen 7 PRO 6850U\nprocessor\t: 1\n")
    (tmp_path / "xsessions").mkdir()
    (tmp_path / "xsessions/gnome.desktop").write_text("[Desktop Entry]\nDesktopNames=ubuntu:GNOME;\n")
    return tmp_path


def test_the_facts_of_a_laptop(laptop):
    assert facts_linux.read(laptop, laptop, (laptop / "xsessions", laptop / "none")) == {
        "serial": "PF2ABCDE",
        "model": "ThinkPad T14 Gen 3",
        "maker": "LENOVO",
        "bios_date": "08/14/2024",
        "cpu": "AMD Ryzen 7 PRO 6850U",
        "connections": "ethernet, wifi",
        "desktop": "GNOME",
    }


def test_a_machine_that_tells_nothing_has_no_facts(tmp_path):
    assert set(facts_linux.read(tmp_path, tmp_path, (tmp_path,)).values()) == {""}


@pytest.mark.parametrize(
    ("uuid", "serial", "expected"),
    [
        ("1F0C2B4C-2B2D-11B2-A85C-D1A2B3C4D5E6", "PF2", "1f0c2b4c-2b2d-11b2-a85c-d1a2b3c4d5e6:pf2"),
        ("1F0C2B4C-2B2D-11B2-A85C-D1A2B3C4D5E6", "Default string", None),
        ("03000200-0400-0500-0006-000700080009", "PF2", None),
        ("", "PF2", None),
    ],
)
def test_a_device_is_known_by_its_hardware_only_if_both_numbers_are_its_own(
    monkeypatch, uuid, serial, expected
):
    monkeypatch.setattr(facts_linux, "identity", lambda: (uuid, serial))
    assert facts.hardware_id() == expected


def test_this_machine_tells_what_the_vocabulary_knows():
    told = facts.device_facts()
    assert set(told) <= {field.name for field in FACTS}
    assert {"hostname", "os", "os_version", "memory_gib", "disk_gib", "cores"} <= set(told)
    assert told["memory_gib"] > 0
    assert told["disk_gib"] > 0
