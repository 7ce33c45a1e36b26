"""The proxy on the way to the collector: named, found, asked for a name and password, and never shown."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_library import Library
from recording_collector import RecordingCollector
from service_servers import Authority, ProxyServer

from agent.config import Config, load_config
from agent.errors import Unreachable, UsageError
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.store import spool
from agent.store.local_store import LocalStore
from agent.system import proxies_linux, proxies_macos, proxies_windows
from agent.system.proxies import proxy_for, shown

Begin = Callable[[str], ProxyServer]
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def begin() -> Iterator[Begin]:
    begun: list[ProxyServer] = []

    def start(credentials: str = "") -> ProxyServer:
        begun.append(ProxyServer(credentials))
        return begun[-1]

    yield start
    for one in begun:
        one.close()


def some(url: str, script: str) -> list[str]:
    return ["socks5://s:1", "http://system:3128", "direct://"]


def test_the_configurations_proxy_comes_first_then_the_environments_then_the_systems() -> None:
    environment = {"https_proxy": "http://other:3128"}
    assert proxy_for("https://a.example", "http://proxy:8080", "", environment, some) == "http://proxy:8080"
    assert proxy_for("https://a.example", "", "", environment, some) == "http://other:3128"
    assert proxy_for("https://a.example", "", "", {"ALL_PROXY": "all:1"}, some) == "http://all:1"
    assert proxy_for("http://a.example", "", "", environment, some) == "http://system:3128"
    assert proxy_for("http://a.example", "", "", {}, lambda url, script: ["direct://"]) == ""
    assert proxy_for("http://a.example", "", "", {}, lambda url, script: []) == ""


@pytest.mark.parametrize(
    ("left_out", "direct"),
    [
        ("a.example", True),
        (".example", True),
        ("*.example", True),
        ("b.example, example", True),
        ("a.example:8443", True),
        ("*", True),
        ("a.example:443", False),
        ("ample", False),
        ("", False),
        (",", False),
    ],
)
def test_hosts_that_no_proxy_leaves_out(left_out: str, direct: bool) -> None:
    """Whoever has named the proxy."""
    environment = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": left_out}
    found = [proxy_for("https://A.example:8443/x", named, "", environment) for named in ("", "http://q:2")]
    assert found == (["", ""] if direct else ["http://p:1", "http://q:2"])


@pytest.mark.parametrize(("host", "direct"), [("10.1.2.3", True), ("11.1.2.3", False), ("[fd00::7]", True)])
def test_networks_that_no_proxy_leaves_out(host: str, direct: bool) -> None:
    environment = {"https_proxy": "http://p:1", "no_proxy": "10.0.0.0/8,fd00::/8"}
    assert (proxy_for(f"https://{host}/", "", "", environment) == "") is direct


def test_nothing_but_host_and_port_of_a_proxy_is_shown() -> None:
    assert shown("http://anna:s%3Acret@proxy.example:8080/") == "proxy.example:8080"


@pytest.mark.parametrize("proxy", ["socks5://p:1", "http://", "http://p:a", "ftp://p:1", "anna:sesame@:80"])
def test_a_proxy_that_cannot_be_one_is_refused_without_repeating_it(proxy: str, tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(f'proxy = "{proxy}"\n')
    with pytest.raises(UsageError, match="The setting `proxy` must look like") as refused:
        load_config(file, {})
    assert "sesame" not in str(refused.value)


def test_a_script_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text('proxy_auto = "proxy.pac"\n')
    with pytest.raises(UsageError, match="proxy_auto"):
        load_config(file, {})


# Real ones


@pytest.mark.parametrize("secure", [False, True], ids=["whole addresses", "a tunnel"])
@pytest.mark.parametrize("by", ["configuration", "environment"])
def test_a_day_leaves_through_a_proxy_that_wants_a_name_and_password(
    secure: bool,
    by: str,
    begin: Begin,
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = begin("anna:s3cr:t/@")
    if secure:
        authority = Authority(tmp_path)
        recording.use_tls(authority.context("127.0.0.1"))
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    config = replace(enrolled_config, server=recording.url)
    address = f"http://anna:s3cr%3At%2F%40@127.0.0.1:{proxy.port}"
    if by == "configuration":
        config = replace(config, proxy=address)
    else:
        monkeypatch.setenv("https_proxy" if secure else "http_proxy", address)
    with local_store.transaction() as db:
        revisions.make_all_due(db, 0.0)
    assert deliver(config).trouble == ""
    assert recording.batches
    assert proxy.asked
    assert all(line.startswith("CONNECT ") is secure for line in proxy.asked)


@pytest.mark.parametrize("secure", [False, True], ids=["whole addresses", "a tunnel"])
def test_a_proxy_that_is_not_told_a_password_says_so(
    secure: bool,
    begin: Begin,
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
) -> None:
    proxy = begin("anna:s3cr3t")
    server = recording.url.replace("http:", "https:") if secure else recording.url
    config = replace(enrolled_config, server=server, proxy=f"http://anna:wr0ng@127.0.0.1:{proxy.port}")
    trouble = deliver(config).trouble
    assert "wants a name and a password" in trouble
    assert "wr0ng" not in trouble
    assert recording.requests == []


def test_a_proxy_on_the_way_that_fails_is_not_the_collectors_word(
    begin: Begin, enrolled_config: Config, local_store: LocalStore
) -> None:
    proxy = begin("")
    proxy.status = 502
    config = replace(enrolled_config, proxy=f"http://127.0.0.1:{proxy.port}")
    assert "no DEX collector" in deliver(config).trouble
    assert "through the proxy" in deliver(replace(config, server="https://dex.invalid")).trouble


def test_a_proxy_of_a_kind_that_is_not_spoken(
    enrolled_config: Config, local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://anna:s3cr3t@127.0.0.1:1080")
    trouble = deliver(enrolled_config).trouble
    assert "cannot be used (SOCKS)" in trouble
    assert "s3cr3t" not in trouble


# Linux: libproxy


SCRIPT = """
function FindProxyForURL(url, host) {
    if (host == "direct.example") return "DIRECT";
    return "PROXY proxy.example:8080; DIRECT";
}
"""


def sleep() -> None:
    time.sleep(60)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems run scripts themselves")
def test_libproxy_runs_a_script(tmp_path: Path) -> None:
    """The real library."""
    script = tmp_path / "proxy.pac"
    script.write_text(SCRIPT)
    needs = "no libproxy that runs scripts: apt install libproxy1v5, on Debian 12 libproxy1-plugin-webkit"
    try:
        found = proxies_linux.system_proxies("https://a.example/", script.as_uri())
    except Unreachable:
        pytest.skip(needs)
    if found == ["direct://"]:
        pytest.skip(needs)
    assert found[0] == "http://proxy.example:8080"
    assert proxies_linux.system_proxies("https://direct.example/", script.as_uri()) == ["direct://"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems run scripts themselves")
def test_a_day_leaves_through_the_proxy_that_a_script_names(
    begin: Begin,
    enrolled_config: Config,
    local_store: LocalStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = begin("")
    answer = [f"http://127.0.0.1:{proxy.port}", "direct://"]
    monkeypatch.setattr(proxies_linux, "_library", lambda: None)
    monkeypatch.setattr(proxies_linux, "_ask", lambda library, url: answer)
    assert deliver(replace(enrolled_config, proxy_auto="http://wpad.example/proxy.pac")).trouble == ""
    assert proxy.asked


@pytest.mark.skipif(sys.platform != "linux", reason="other systems run scripts themselves")
@pytest.mark.parametrize(
    ("happens", "sentence"),
    [(sleep, "could not be run"), (crash, "could not be run"), (None, "needs libproxy")],
)
def test_a_script_that_cannot_be_run_is_a_sentence_and_nothing_is_lost(
    happens: Callable[..., object] | None,
    sentence: str,
    enrolled_config: Config,
    local_store: LocalStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes too long, it crashes, or there is nobody to run it."""
    monkeypatch.setattr(proxies_linux, "SECONDS", 0.3)
    if happens is None:
        monkeypatch.setattr(proxies_linux, "LIBRARY", "libproxy-that-is-not-there.so")
    else:
        monkeypatch.setattr(
            proxies_linux, "_library", lambda: happens(*([60] if happens is time.sleep else []))
        )
    with local_store.transaction() as db:
        revisions.make_all_due(db, 0.0)
    config = replace(enrolled_config, proxy_auto="http://wpad.example/proxy.pac")
    assert sentence in deliver(config).trouble
    assert spool.count(local_store.db, spool.WAITING) == 1
    assert proxies_linux.system_proxies("https://a.example/", "") == ()


# Windows


class Winhttp(Library):
    """What somebody has set; `answers` is what a script says, None where it cannot be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.detect, self.script, self.proxy, self.bypass = 0, "", "", ""
        self.machine, self.answers = "", None
        self.asked: list[tuple[str, int, str | None]] = []
        self.made: dict[int, object] = {}

    def text(self, value: str) -> int | None:
        if not value:
            return None
        buffer = ctypes.create_unicode_buffer(value)
        self.made[ctypes.addressof(buffer)] = buffer
        return ctypes.addressof(buffer)

    def do_WinHttpGetIEProxyConfigForCurrentUser(self, found):
        found._obj.detect = self.detect
        for name in ("script", "proxy", "bypass"):
            setattr(found._obj, name, self.text(getattr(self, name)))
        return 1

    def do_WinHttpGetDefaultProxyConfiguration(self, found):
        found._obj.access, found._obj.proxy = 3, self.text(self.machine)
        return 1

    def do_WinHttpOpen(self, *arguments):
        return 7

    def do_WinHttpGetProxyForUrl(self, session, url, options, found):
        self.asked.append((url, options._obj.flags, options._obj.script))
        if self.answers is None:
            return 0
        found._obj.access = 3 if self.answers else 1
        found._obj.proxy = self.text(self.answers)
        return 1

    def do_WinHttpCloseHandle(self, session):
        return 1

    def do_GlobalFree(self, address):
        del self.made[address]


def windows(api: Winhttp, url: str = "https://dex.example.org/", script: str = "") -> list[str]:
    found = list(proxies_windows.system_proxies(url, script, lambda name: api))
    assert api.made == {}, "each text that Windows made is freed, once"
    return found


def test_what_is_set_by_hand_on_windows() -> None:
    api = Winhttp()
    assert windows(api) == []
    api.machine = "machine:8080"
    assert windows(api) == ["http://machine:8080"]
    api.proxy, api.bypass = "http=plain:80;https=secure:443;socks=old:1080", "*.example.com;<local>"
    assert windows(api) == ["http://secure:443", "socks5://old:1080"]
    assert windows(api, "https://www.example.com/") == ["direct://"]
    assert windows(api, "http://intranet/") == ["direct://"]
    assert api.asked == []


def test_a_script_on_windows_comes_before_what_is_set_by_hand() -> None:
    api = Winhttp()
    api.proxy, api.script, api.answers = "hand:1", "http://wpad/proxy.pac", "one:8080;two:8080"
    assert windows(api) == ["http://one:8080", "http://two:8080"]
    api.answers = ""
    assert windows(api) == ["direct://"]
    api.answers = None
    assert windows(api) == ["http://hand:1"]
    api.detect, api.script, api.answers = 1, "", "found:3128"
    assert windows(api) == ["http://found:3128"]
    assert windows(api, script="http://ours/proxy.pac") == ["http://found:3128"]
    assert [(flags, script) for _, flags, script in api.asked[-2:]] == [
        (1, None),
        (2, "http://ours/proxy.pac"),
    ]


# macOS


def test_what_is_set_by_hand_on_macos() -> None:
    settings = {
        "HTTPSEnable": 1,
        "HTTPSProxy": "proxy.example",
        "HTTPSPort": 8080,
        "ExceptionsList": ["*.local", "169.254/16"],
        "ExcludeSimpleHostnames": 1,
    }
    assert proxies_macos.by_hand(settings, "https://dex.example.org/") == ["http://proxy.example:8080"]
    assert proxies_macos.by_hand(settings, "http://dex.example.org/") == []
    assert proxies_macos.by_hand(settings, "https://printer.local/") == ["direct://"]
    assert proxies_macos.by_hand(settings, "https://intranet/") == ["direct://"]
    assert proxies_macos.by_hand({}, "https://dex.example.org/") == []


def test_what_a_script_says_on_macos() -> None:
    assert (
        proxies_macos.script_of({"ProxyAutoConfigEnable": 0, "ProxyAutoConfigURLString": "http://w/"}) == ""
    )
    assert proxies_macos.script_of({"ProxyAutoConfigEnable": 1, "ProxyAutoConfigURLString": "http://w/"})
    proxy = {"kCFProxyHostNameKey": "proxy.example", "kCFProxyPortNumberKey": 8080}
    kinds = ("HTTP", "HTTPS", "SOCKS", "None", "AutoConfigurationURL")
    assert [
        proxies_macos.address_of({"kCFProxyTypeKey": f"kCFProxyType{kind}", **proxy}) for kind in kinds
    ] == [
        "http://proxy.example:8080",
        "http://proxy.example:8080",
        "socks5://proxy.example:8080",
        "direct://",
        "",
    ]
