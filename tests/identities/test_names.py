"""One spelling of a name on both sides, as each system tells it; and what of it leaves."""

import ctypes
import os
import pwd
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sign_in_name import NAMES_MOST, Told, digest, normalised, read, scrambled, written
from agent.signals import LIMITS
from agent.system import accounts_macos, accounts_windows
from agent.system.accounts import sign_in_name

SID = "S-1-5-21-1004336348-1177238915-682003330-1001"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Anna@Example.org", "anna@example.org"),
        ("anna@example.org.", "anna@example.org"),
        (" EXAMPLE\\Anna ", "anna"),
        ("AzureAD\\AnnaMeyer", "annameyer"),
        ("anna_meyer_partner.example#EXT#@company.onmicrosoft.com", "anna_meyer@partner.example"),
        ("Ａｎｎａ", "anna"),
        ("STRASSE@example.org", "strasse@example.org"),
        ("straße@example.org", "strasse@example.org"),
        ("defaultuser0", ""),
        ("defaultuser100001", ""),
        ("DESKTOP-1\\kioskUser0", ""),
        ("ubuntu", ""),
        ("Administrator", ""),
        ("admin@example.org", "admin@example.org"),
        ("", ""),
        ("@example.org", ""),
    ],
)
def test_one_spelling(told: str, name: str) -> None:
    assert normalised(told) == name


@given(st.text(max_size=300))
def test_any_text_has_one_spelling_and_it_stays(text: str) -> None:
    assert normalised(normalised(text)) in (normalised(text), "")


def test_a_scrambled_name_differs_by_key_and_by_organisation() -> None:
    names = {
        scrambled(key, digest(organisation, "anna"))
        for key in (b"k" * 32, b"l" * 32)
        for organisation in ("one", "two")
    }
    assert len(names) == 4
    assert "anna" not in "".join(names)


def test_as_many_names_as_are_told_fit_into_the_contract_and_their_order_tells_nothing() -> None:
    names = [scrambled(b"k" * 32, digest("org", f"name {n}")) for n in range(NAMES_MOST + 4)]
    text = written(999_999_999, names)
    assert len(text) <= LIMITS.text_length
    assert text == written(999_999_999, reversed(names))
    told = read(text)
    assert told is not None
    assert (told.key, len(told.names)) == (999_999_999, NAMES_MOST)


@pytest.mark.parametrize("text", ["", "anna", ":x", "x:y", "-1:y", "²:y", "1234567890:y"])
def test_what_no_agent_wrote_says_nothing(text: str) -> None:
    assert read(text) is None


def test_nobody_was_named() -> None:
    assert read("3:") == Told(3, ())


def test_linux_tells_the_name_of_an_account() -> None:
    assert sign_in_name(str(os.getuid())) == pwd.getpwuid(os.getuid()).pw_name
    assert sign_in_name("4294967294") == ""
    assert sign_in_name("S-1-5") == ""


class Windows:
    """advapi32 and kernel32 as far as LookupAccountSidW needs them."""

    def __init__(self, domain: str, name: str) -> None:
        self._domain, self._name = domain, name
        self.freed = 0
        self.LocalFree = SimpleNamespace()

    def __call__(self, library: str) -> "Windows":
        return self

    def ConvertStringSidToSidW(self, sid: ctypes.c_wchar_p, packed: object) -> int:  # noqa: N802
        assert sid.value == SID
        packed._obj.value = 0x1000  # type: ignore[attr-defined]
        return 1

    def LookupAccountSidW(  # noqa: N802
        self, machine: None, sid: object, name: object, a: object, domain: object, b: object, kind: object
    ) -> int:
        name.value, domain.value = self._name, self._domain  # type: ignore[attr-defined]
        return 1


class Kernel32:
    def __init__(self) -> None:
        self.freed = 0

        def free(handle: object) -> None:
            self.freed += 1

        self.LocalFree = free


def test_windows_tells_the_name_of_entra_first() -> None:
    assert accounts_windows.name_of(SID, lambda sid: "anna@example.org") == "anna@example.org"


def test_windows_tells_the_name_in_the_domain_else() -> None:
    kernel, api = Kernel32(), Windows("EXAMPLE", "anna")
    libraries = {"advapi32": api, "kernel32": kernel}
    assert accounts_windows.name_of(SID, lambda sid: "", libraries.__getitem__) == "EXAMPLE\\anna"
    assert kernel.freed == 1


@pytest.mark.parametrize("sid", ["S-1-5-18", "S-1-5-90-0-1", "S-1-5-96-0-0", "", "1000"])
def test_accounts_of_windows_itself_have_no_name(sid: str) -> None:
    assert accounts_windows.name_of(sid, lambda sid: "system@example.org") == ""


def plist(name: str, *values: str) -> bytes:
    rows = "".join(f"<string>{value}</string>" for value in values)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + f'<plist version="1.0"><dict><key>{name}</key><array>{rows}</array></dict></plist>'.encode()


BOUND = b"Active Directory Forest          = example.org\nActive Directory Domain          = example.org\n"


SSO = plist(accounts_macos.IDENTITIES, "Kerberos:anna@KDC", "PlatformSSO:anna@example.org")
NETWORK = plist(accounts_macos.NETWORK_USER, "anna@example.org")
MISSING = b"No such key: AltSecurityIdentities\n"


@pytest.mark.parametrize(
    ("identities", "network", "bound", "name"),
    [
        (SSO, b"", b"", "anna@example.org"),
        (MISSING, NETWORK, BOUND, "anna@example.org"),
        (b"", b"", BOUND, "ameyer@example.org"),
        (b"", b"<?xml broken", b"", "ameyer"),
        (b"", b"", b"", "ameyer"),
    ],
)
def test_macos_tells_the_name_of_the_identity_provider_first(
    identities: bytes, network: bytes, bound: bytes, name: str
) -> None:
    def output(command: object) -> bytes:
        *_, last = command  # type: ignore[misc]
        return {accounts_macos.IDENTITIES: identities, accounts_macos.NETWORK_USER: network}.get(last, bound)

    assert accounts_macos.tied_to("ameyer", output) == name


def test_a_program_of_the_system_that_is_missing_or_fails_tells_nothing() -> None:
    assert accounts_macos.output_of(["/nonexistent/dscl"]) == b""
