"""When business services are tried, what a silent name service does to that, and when one counts as down."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from collector_helpers import NOW, eventually

from agent.business_services import names as naming
from agent.business_services import names_linux, names_thread
from agent.business_services.names import Names
from agent.business_services.service import Service
from agent.collectors import services as collecting
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import SourceAbsent, When
from agent.collectors.services import DOWN_AFTER, ROUND, Services, collector
from agent.sending.proxies import proxy_for
from agent.store.service_checks import ServiceCheck
from agent.system.addresses import Address

MAIL, WIKI, SHOP = (Service(name, f"{name.lower()}.example", 443) for name in ("Mail", "Wiki", "Shop"))


class Answers:
    """Names that are all known at once."""

    def __init__(self, endpoints: Sequence[tuple[str, int]]) -> None:
        self.asked = list(endpoints)
        self.closed = False

    def addresses(self, endpoint: tuple[str, int]) -> list[Address]:
        assert endpoint in self.asked
        return [Address(socket.AF_INET, endpoint)]

    def close(self) -> None:
        self.closed = True


class Company:
    """A laptop among services; `failing` says which of them fail, and how."""

    def __init__(self, *services: Service, names: Callable[..., object] = Answers) -> None:
        self.failing: dict[str, str] = {}
        self.offline = False
        self.now, self.cursor = NOW, None
        self.rounds: list[object] = []
        self._services, self._names = services, names
        self.restart()

    def restart(self) -> None:
        """The agent begins anew with what it wrote down."""
        self._collector = Services(self._services, None, lambda s: None, lambda: self.offline, self._ask)

    def _ask(self, endpoints: Sequence[tuple[str, int]]) -> object:
        self.rounds.append(self._names(endpoints))
        return self.rounds[-1]

    def check(self, service: Service, addresses: Sequence[Address], *_: object) -> ServiceCheck:
        cause = self.failing.get(service.name, "") if addresses else "name"
        return ServiceCheck(service.name, cause, None if cause else 20.0)

    def minute(self) -> tuple[list[str], list[tuple[str, dict[str, str]]]]:
        """Services that were tried in the next minute, and events."""
        self.now += 60
        reading = self._collector.collect(self.now, self.cursor)
        self.cursor = reading.cursor if reading.cursor is not None else self.cursor
        tried = [f"{c.service}:{c.cause}".rstrip(":") for c in reading.services]
        return tried, [(event.kind, dict(event.detail)) for event in reading.events]

    def round(self) -> tuple[list[str], list[tuple[str, dict[str, str]]]]:
        """All that fifteen minutes of work gave."""
        minutes = [self.minute() for _ in range(ROUND)]
        return [t for tried, _ in minutes for t in tried], [e for _, events in minutes for e in events]


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Company:
    made = Company(MAIL, WIKI, SHOP)
    monkeypatch.setattr(collecting, "check", made.check)
    return made


def test_each_service_is_tried_once_in_fifteen_minutes_and_one_at_a_time(company: Company) -> None:
    minutes = [company.minute()[0] for _ in range(2 * ROUND)]
    assert max(map(len, minutes)) == 1
    assert [t for tried in minutes for t in tried] == ["Mail", "Wiki", "Shop"] * 2
    assert minutes.index(["Mail"], ROUND) - minutes.index(["Mail"]) == ROUND


def test_names_are_asked_for_in_each_round(company: Company) -> None:
    company.round()
    company.round()
    first, second = company.rounds
    assert first.asked == [("mail.example", 443), ("wiki.example", 443), ("shop.example", 443)]
    assert first.closed
    assert not second.closed


def test_after_hours_without_work_addresses_are_asked_for_again(company: Company) -> None:
    """The laptop may be in another network now."""
    company.minute()
    company.now += 2 * 3600
    assert company.minute()[0] == []
    assert company.minute()[0] == ["Mail"]
    assert len(company.rounds) == 2


def test_a_laptop_without_network_says_nothing_about_services(company: Company) -> None:
    company.minute()
    company.offline = True
    assert company.round() == ([], [])
    company.offline = False
    assert company.minute()[0] == ["Mail"]


def test_a_service_is_down_after_two_failures_in_a_row_and_up_at_the_next_answer(company: Company) -> None:
    company.failing = {"Wiki": "refused"}
    assert company.round() == (["Mail", "Wiki:refused", "Shop"], [])
    company.failing = {"Wiki": "slow"}
    assert company.round()[1] == [("service_down", {"service": "Wiki", "cause": "slow"})]
    assert company.round()[1] == []
    company.failing = {}
    assert company.round()[1] == [("service_up", {"service": "Wiki"})]
    assert company.round()[1] == []


def test_one_failure_alone_is_no_event(company: Company) -> None:
    for _ in range(3):
        company.failing = {"Mail": "slow"}
        assert company.round()[1] == []
        company.failing = {}
        assert company.round()[1] == []


def test_a_restart_neither_repeats_nor_forgets_what_is_down(company: Company) -> None:
    company.failing = {"Mail": "route"}
    company.round()
    company.restart()
    assert [kind for kind, _ in company.round()[1]] == ["service_down"]
    company.restart()
    assert company.round()[1] == []
    company.restart()
    company.failing = {}
    assert [kind for kind, _ in company.round()[1]] == ["service_up"]


def test_a_service_that_left_the_list_is_forgotten(company: Company) -> None:
    company.failing = {"Mail": "route"}
    for _ in range(DOWN_AFTER):
        company.round()
    company._services = (WIKI,)
    company.restart()
    assert company.round() == (["Wiki"], [])
    assert company.cursor == "{}"


def test_without_a_list_the_source_is_absent() -> None:
    found = collector(CollectorOptions())
    assert found.when is When.ALWAYS
    with pytest.raises(SourceAbsent, match="listed no services"):
        found.collect(NOW, None)


def test_a_kind_of_proxy_that_cannot_be_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Service("Intranet", "intranet.example", 443, "/")
    found = collector(CollectorOptions(services=(web,), proxy="socks5://127.0.0.1:1080"))
    assert found.when is When.ACTIVE
    with pytest.raises(SourceAbsent, match="proxy"):
        found.collect(NOW, None)


# The name service


FORKS = pytest.mark.skipif(sys.platform != "linux", reason="a thread asks there")


@pytest.fixture(
    params=[pytest.param(names_linux.Asker, marks=FORKS), names_thread.Asker], ids=["child", "thread"]
)
def names(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Names]]:
    monkeypatch.setattr(naming, "Asker", request.param)
    begun: list[Names] = []

    def begin(*arguments: object) -> Names:
        begun.append(Names(*arguments))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


def slow_for(silent: str) -> Callable[[str, int], list[Address]]:
    def resolve(host: str, port: int) -> list[Address]:
        if host == silent:
            time.sleep(60)
        return [Address(socket.AF_INET6, ("::1", port, 0, 0)), Address(socket.AF_INET, (host, port))]

    return resolve


def test_a_silent_name_service_does_not_stop_the_agent(company: Company, names: Callable[..., Names]) -> None:
    """The name it is silent about counts as a failure; those behind it in the line are not known."""
    company._names = lambda endpoints: names(endpoints, slow_for("wiki.example"))
    began = time.monotonic()
    company.minute()
    endpoint = ("mail.example", 443)
    assert eventually(lambda: company.rounds[0].addresses(endpoint))
    assert [company.minute()[0] for _ in range(3)] == [["Mail"], ["Wiki:name"], []]
    assert time.monotonic() - began < 3


def test_answers_come_whole_and_each_name_is_asked_for_once(names: Callable[..., Names]) -> None:
    asked = names([("a", 1), ("b", 2), ("a", 1)], slow_for(""))
    assert eventually(lambda: asked.addresses(("b", 2)))
    assert asked.addresses(("a", 1)) == slow_for("")("a", 1)


def test_a_name_that_this_round_did_not_ask_for_is_not_known_yet(names: Callable[..., Names]) -> None:
    """The way to a service may lead through another proxy from one minute to the next."""
    assert names([("old-proxy", 1)], slow_for("")).addresses(("new-proxy", 1)) is None


def test_a_name_nobody_knows_has_no_address(names: Callable[..., Names]) -> None:
    asked = names([("a", 1), ("b", 2)], lambda host, port: [])
    assert eventually(lambda: asked.addresses(("b", 2)) == [])
    assert asked.addresses(("a", 1)) == []


@FORKS
def test_the_child_that_asks_for_names_ends_with_its_round() -> None:
    asked = Names([("wiki.example", 1)], slow_for("wiki.example"))
    child = asked._asker._pid
    asked.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


# The proxy of an address


def test_the_configured_proxy_comes_first() -> None:
    environment = {"https_proxy": "http://other:3128"}
    assert proxy_for("https://a.example", "http://proxy:8080", environment) == "http://proxy:8080"
    assert proxy_for("https://a.example", "", environment) == "http://other:3128"
    assert proxy_for("http://a.example", "", environment) == ""
    assert proxy_for("https://a.example", "", {"ALL_PROXY": "http://all:1"}) == "http://all:1"


@pytest.mark.parametrize(
    ("left_out", "proxy"),
    [
        ("a.example", ""),
        (".example", ""),
        ("b.example, example", ""),
        ("*", ""),
        ("ample", "http://p:1"),
        ("", "http://p:1"),
    ],
)
def test_hosts_that_no_proxy_leaves_out(left_out: str, proxy: str) -> None:
    assert proxy_for("https://A.example/x", "", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": left_out}) == proxy
