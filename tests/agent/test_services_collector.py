"""When business services are tried, what a silent name service does to that, and when one counts as down."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from collector_helpers import NOW
from waiting import eventually

from agent.business_services import ways as finding
from agent.business_services import ways_linux, ways_thread
from agent.business_services.reach import Proxy
from agent.business_services.service import Service
from agent.business_services.way import Find, Way
from agent.business_services.ways import Ways, find_way
from agent.collectors import services as collecting
from agent.collectors.options import CollectorOptions
from agent.collectors.services import DOWN_AFTER, ROUND, Services, collector
from agent.reading import SourceAbsent, When
from agent.store.service_checks import ServiceCheck
from agent.system.addresses import Address

MAIL, WIKI, SHOP = (Service(name, f"{name.lower()}.example", 443) for name in ("Mail", "Wiki", "Shop"))


class Answers:
    """Ways that are all known at once."""

    def __init__(self, services: Sequence[Service], find: Find) -> None:
        self.asked, self._find = list(services), find
        self.closed = False

    def way(self, service: Service) -> Way:
        assert service in self.asked
        return self._find(service)

    def close(self) -> None:
        self.closed = True


def at_once(service: Service) -> Way:
    return Way((Address(socket.AF_INET, (service.host, service.port)),))


class Company:
    """A laptop among services; `failing` says which of them fail, and how."""

    def __init__(self, *services: Service, ways: Callable[..., object] = Answers) -> None:
        self.failing: dict[str, str] = {}
        self.offline = False
        self.now, self.cursor = NOW, None
        self.rounds: list[object] = []
        self._services, self._ways, self.find = services, ways, at_once
        self.restart()

    def restart(self) -> None:
        """The agent begins anew with what it wrote down."""
        self._collector = Services(self._services, None, self.find, lambda: self.offline, self._ask)

    def _ask(self, services: Sequence[Service], find: Find) -> object:
        self.rounds.append(self._ways(services, find))
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
    assert first.asked == [MAIL, WIKI, SHOP]
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


def test_a_kind_of_proxy_that_cannot_be_used_is_said(company: Company) -> None:
    """Services of other programs are tried all the same."""
    web = Service("Intranet", "intranet.example", 443, "/")
    company._services = (web, MAIL)
    company.find = lambda service: (
        find_way(service, "socks5://127.0.0.1:1080") if service.path else at_once(service)
    )
    company.restart()
    company.minute()
    with pytest.raises(SourceAbsent, match="proxy"):
        company.minute()
    assert company.minute()[0] == ["Mail"]
    with pytest.raises(SourceAbsent, match="proxy"):
        company.minute()


# The ways


FORKS = pytest.mark.skipif(sys.platform != "linux", reason="a thread asks there")


@pytest.fixture(
    params=[pytest.param(ways_linux.Asker, marks=FORKS), ways_thread.Asker], ids=["child", "thread"]
)
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ways]]:
    monkeypatch.setattr(finding, "Asker", request.param)
    begun: list[Ways] = []

    def begin(*arguments: object) -> Ways:
        begun.append(Ways(*arguments))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


def slow_for(silent: str) -> Find:
    def find(service: Service) -> Way:
        if service.name == silent:
            time.sleep(60)
        addresses = (Address(socket.AF_INET6, ("::1", service.port, 0, 0)), Address(socket.AF_INET, ("h", 1)))
        return Way(addresses, Proxy("proxy.example", 8080, "Basic x") if service.path else None)

    return find


def test_a_silent_name_service_does_not_stop_the_agent(company: Company, ways: Callable[..., Ways]) -> None:
    """The name it is silent about counts as a failure; those behind it in the line are not known."""
    company._ways = lambda services, find: ways(services, slow_for("Wiki"))
    began = time.monotonic()
    company.minute()
    assert eventually(lambda: company.rounds[0].way(MAIL).addresses)
    assert [company.minute()[0] for _ in range(3)] == [["Mail"], ["Wiki:name"], []]
    assert time.monotonic() - began < 3


def test_answers_come_whole(ways: Callable[..., Ways]) -> None:
    web = Service("Intranet", "intranet.example", 443, "/")
    asked = ways([MAIL, web], slow_for(""))
    assert eventually(lambda: (found := asked.way(web)) is not None and found.addresses)
    assert [asked.way(service) for service in (MAIL, web)] == [slow_for("")(MAIL), slow_for("")(web)]


def test_a_name_nobody_knows_has_no_address(ways: Callable[..., Ways]) -> None:
    asked = ways([MAIL, WIKI], lambda service: Way())
    assert eventually(lambda: asked.way(WIKI) == Way())
    assert asked.way(MAIL) == Way()


@FORKS
def test_the_child_that_asks_for_names_ends_with_its_round() -> None:
    asked = Ways([WIKI], slow_for("Wiki"))
    child = asked._asker._pid
    asked.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_proxy_leads_to_services_over_https_alone() -> None:
    web = Service("Intranet", "intranet.invalid", 443, "/")
    found = find_way(web, "http://anna:s%3Acret@127.0.0.1:3128")
    assert found.proxy is not None
    assert (found.proxy.host, found.proxy.port) == ("127.0.0.1", 3128)
    assert [address.endpoint for address in found.addresses] == [("127.0.0.1", 3128)]
    assert find_way(Service("Mail", "127.0.0.1", 993), "http://127.0.0.1:3128").proxy is None
