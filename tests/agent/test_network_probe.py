"""Round trips to the references, and what counts as an answer."""

import socket

import pytest
from collector_helpers import NOW, Clock
from pg_server import free_port

from agent.collectors.network import (
    Address,
    Directory,
    Network,
    collector,
    on_this_machine,
    resolve,
    round_trips,
)
from agent.reading import SourceAbsent

NEAR, FAR = ("near", "near.example", 443), ("far", "far.example", 443)


def at(host: str, port: int = 443) -> Address:
    return Address(socket.AF_INET, (host, port))


PLACES = {"near.example": [at("192.0.2.1")], "far.example": [at("192.0.2.2"), at("192.0.2.3")]}


class Net:
    """A network on which each address takes so many milliseconds, or does not answer."""

    def __init__(self, **milliseconds: float) -> None:
        self.took = {f"192.0.2.{number[1:]}": ms for number, ms in milliseconds.items()}

    def __call__(self, addresses):
        return {a: self.took[a.host] / 1000 for a in addresses if a.host in self.took}


def network(net, references=(NEAR, FAR), places=PLACES, local=lambda address: False):
    return Network(references, Directory(lambda host, port: places.get(host, []), local, Clock()), net)


def told(reading):
    return [(s.name, s.attributes["reference"], s.value) for s in reading.samples]


def test_each_reference_tells_whether_it_answered_and_how_fast():
    assert told(network(Net(n1=12.0, n2=90.0, n3=80.0)).collect(NOW, None)) == [
        ("probe_ok", "near", 1.0),
        ("probe_rtt_ms", "near", 12.0),
        ("probe_ok", "far", 1.0),
        ("probe_rtt_ms", "far", 80.0),
    ]


def test_offline_is_a_laptop_whose_computers_stopped_answering():
    """One whose computers never answered is behind a proxy perhaps: nothing is known."""
    net = Net(n1=12.0)
    watched = network(net)
    cursor = watched.collect(NOW, None).cursor
    assert not watched.offline
    net.took.clear()
    watched.collect(NOW, cursor)
    assert watched.offline
    net.took["192.0.2.2"] = 50.0
    watched.collect(NOW, cursor)
    assert not watched.offline
    never = network(Net())
    with pytest.raises(SourceAbsent):
        never.collect(NOW, None)
    assert not never.offline


def test_a_network_that_went_away_is_a_failure_and_not_silence():
    cursor = network(Net(n1=12.0, n2=80.0)).collect(NOW, None).cursor
    assert told(network(Net()).collect(NOW, cursor)) == [("probe_ok", "near", 0.0), ("probe_ok", "far", 0.0)]


def test_a_reference_that_never_answered_says_nothing_about_the_network():
    assert told(network(Net(n1=12.0)).collect(NOW, None)) == [
        ("probe_ok", "near", 1.0),
        ("probe_rtt_ms", "near", 12.0),
    ]
    with pytest.raises(SourceAbsent, match="ever answered"):
        network(Net()).collect(NOW, None)


def test_without_references_the_network_is_unknown():
    with pytest.raises(SourceAbsent, match="No computer is named"):
        network(Net(), ()).collect(NOW, None)


def test_a_collector_on_the_same_machine_is_no_reference():
    with pytest.raises(SourceAbsent, match="is this one"):
        network(Net(n1=0.1, n2=0.1), local=lambda address: True).collect(NOW, None)
    assert on_this_machine(at("127.0.0.1"))
    assert not on_this_machine(at("198.51.100.77"))


def test_addresses_are_asked_for_once_an_hour_and_sooner_when_nobody_answers():
    asked, clock = [], Clock()
    directory = Directory(lambda host, port: asked.append(host) or PLACES[host], lambda a: False, clock)
    for seconds, answered in ((0, True), (3599, True), (1, True), (599, False), (1, False)):
        clock.now += seconds
        directory.addresses(NEAR, answered)
    assert len(asked) == 3


def test_the_last_known_addresses_stay_while_the_name_service_is_silent():
    clock, places = Clock(), dict(PLACES)
    directory = Directory(lambda host, port: places.get(host, []), lambda a: False, clock)
    assert directory.addresses(NEAR, True)
    places.clear()
    clock.now += 7200
    assert directory.addresses(NEAR, False) == PLACES["near.example"]


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_acceptance_and_a_refusal_both_made_the_way(listener):
    accepting, refusing = at("127.0.0.1", listener), at("127.0.0.1", free_port())
    took = round_trips([accepting, refusing])
    assert 0 < took[accepting] < 1
    assert 0 < took[refusing] < 1


def test_silence_ends_at_the_deadline(listener):
    with socket.socket() as full:  # a queue of one that is taken: the next one waits
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        silent = at("127.0.0.1", full.getsockname()[1])
        with socket.create_connection(silent.endpoint):
            assert set(round_trips([silent, at("127.0.0.1", listener)], 0.2)) == {at("127.0.0.1", listener)}


def test_an_address_without_a_route_is_no_answer():
    assert round_trips([Address(socket.AF_INET, ("255.255.255.255", 9))], 0.2) == {}


def test_a_name_nobody_knows_has_no_address():
    assert resolve("no such host", 80) == []
    assert resolve("127.0.0.1", 80) == [at("127.0.0.1", 80)]


def test_the_configured_references_are_tried(listener):
    made = collector(Network((("own", "127.0.0.1", listener),)))
    with pytest.raises(SourceAbsent, match="is this one"):
        made.collect(NOW, None)
