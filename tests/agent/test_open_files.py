"""Who else may read the token: modes where there are such, lists of permissions on Windows."""

import ctypes
from pathlib import Path

import pytest
from fake_library import Library

from agent.system import dll_windows
from agent.system.permissions_windows import command_that_closes, open_to, permissions_of


class Advapi32(Library):
    """One file with its list of permissions, in the words of SDDL; as LocalFree, too, of what was made."""

    def __init__(self, sddl: str, error: int = 0) -> None:
        super().__init__()
        self._descriptor, self._error = f"descriptor of {sddl}".encode(), error
        self._text = ctypes.create_unicode_buffer(sddl)
        self.made = 0

    def do_GetFileSecurityW(self, path, what, descriptor, length, size):
        assert (path, what) == ("identity.json", 4)
        size._obj.value = len(self._descriptor)
        if self._error or descriptor is None:
            return 0
        descriptor[: len(self._descriptor)] = self._descriptor
        return 1

    def do_ConvertSecurityDescriptorToStringSecurityDescriptorW(self, descriptor, revision, what, text, size):
        assert descriptor.raw == self._descriptor
        assert (revision, what) == (1, 4)
        ctypes.c_void_p.from_buffer(text._obj).value = ctypes.addressof(self._text)
        self.made += 1
        return 1

    def do_LocalFree(self, text):
        self.made -= 1


PRIVATE = "D:PAI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1001)"
AS_INHERITED = "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)"


def test_the_list_of_a_file_is_read_and_let_go() -> None:
    library = Advapi32(PRIVATE)
    assert permissions_of(Path("identity.json"), lambda name: library) == PRIVATE  # type: ignore[arg-type]
    assert library.made == 0


def test_a_file_whose_list_is_not_told_is_not_called_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dll_windows, "last_error", lambda: 5)
    with pytest.raises(OSError, match="error 5"):
        permissions_of(Path("identity.json"), lambda name: Advapi32(PRIVATE, error=5))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sddl", "others"),
    [
        (PRIVATE, set()),
        (AS_INHERITED, {"BU"}),
        ("D:(A;;FR;;;WD)(D;;FA;;;BU)", {"WD"}),
        ("D:NO_ACCESS_CONTROL", {"WD"}),
        ("", {"WD"}),
        ("D:P", set()),
    ],
)
def test_whom_a_list_lets_read(sddl: str, others: set[str]) -> None:
    assert open_to(sddl) == others


@pytest.mark.parametrize(("account", "own"), [("anna", ' "anna:(OI)(CI)F"'), ("LAPTOP1$", ""), ("", "")])
def test_the_account_of_the_service_keeps_its_own_folder(
    account: str, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERNAME", account)
    command = command_that_closes(Path("state"))
    assert command.startswith('icacls "state" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F')
    assert command.removeprefix('icacls "state" ').partition("32-544:(OI)(CI)F")[2] == own
