"""What the owner of a laptop is told where a source cannot be read: in words of the laptop's own system."""

import pytest

from agent.advice import ADVICE
from agent.collectors import eventlog_windows, patch_windows, updates_macos
from agent.showing import doctor
from agent.signals import COVERED
from agent.store.observations import NOT_BUILT, SourceState

WORDS_OF_OTHERS = {
    "linux": ("Windows", "macOS", "this Mac", "powershell", "wevtutil"),
    "windows": ("sudo", "systemd", "journal", "macOS", "this Mac", "root"),
    "macos": ("Windows", "systemd", "journal", "apt install", "powershell"),
}


def test_each_source_has_its_words() -> None:
    assert list(ADVICE) == list(COVERED)


@pytest.mark.parametrize("system", WORDS_OF_OTHERS)
def test_no_system_is_given_the_words_and_commands_of_another(system: str) -> None:
    for name, advice in ADVICE.items():
        remedy = advice.on(system)
        said = (remedy.denied, remedy.command_if_denied, remedy.absent, remedy.command_if_absent)
        assert [word for word in WORDS_OF_OTHERS[system] for text in said if word in text] == [], name


def test_a_laptop_that_does_not_name_its_system_gets_no_command() -> None:
    assert ADVICE["boot"].on("").command_if_denied == ""


@pytest.mark.parametrize(
    ("system", "command"), [("linux", "sudo usermod"), ("windows", "powershell Add-Local"), ("macos", "")]
)
def test_doctor_names_the_command_of_its_system(
    system: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "SYSTEM", system)
    found = doctor._source("oscrash", SourceState("denied", "No."))
    assert found.command.startswith(command)
    assert bool(found.command) == bool(command)


def test_doctor_says_why_a_system_does_not_tell_a_thing_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SYSTEM", "macos")
    found = doctor._source("boot", NOT_BUILT)
    assert (found.state, found.sentence) == ("absent", "macOS does not say how long a start took.")


def test_the_page_gives_the_commands_that_the_readers_give() -> None:
    refused = eventlog_windows.refusal("System", eventlog_windows.ACCESS_DENIED)
    group = f"Add-LocalGroupMember -SID {eventlog_windows.READERS}"
    assert group in refused.grant
    assert group in ADVICE["crash"].windows.command_if_denied
    assert ADVICE["patch"].windows.command_if_absent == patch_windows.SEARCH_ON_WINDOWS
    assert ADVICE["patch"].macos.command_if_absent == updates_macos.SEARCH_ON_MACOS
