"""What the service makes of what companions tell it."""

from pathlib import Path

import pytest
from said_by_companions import GREETING, NOW, Laptop, flag, minute, say

from agent.agreed.applications import Applications
from agent.collectors.companion import Sight
from agent.companion.companions import FRESH_MINUTES, Companions
from agent.companion.message import Hung, InFront, read
from agent.reading import Reading, SourceAbsent


def test_what_a_companion_said_before_the_look_is_heard_in_it(
    companions: Companions, socket_path: Path
) -> None:
    with say(
        socket_path, minute(NOW, 42.0, InFront("firefox", "128", 40.0), InFront("diary", "9", 2.0))
    ) as peer:
        reading = Laptop(companions).look()
        assert [(s.name, s.value, s.attributes["source"]) for s in reading.samples] == [
            ("active_s", 42.0, "input")
        ]
        assert [(a.name, a.version, a.seconds) for a in reading.apps] == [
            ("firefox", "128", 40.0),
            ("other", "", 2.0),
        ]
        assert reading.cursor == "x11"
        assert read(peer.recv(9000).strip()) == GREETING


def test_of_an_unlisted_program_not_even_the_name_is_handed_on(
    companions: Companions, socket_path: Path
) -> None:
    with say(socket_path, minute(NOW, 60.0, InFront("diary", "9.1", 60.0))):
        assert "diary" not in repr(Laptop(companions).look())


def test_one_session_counts_once_and_the_newest_companion_is_it(
    companions: Companions, socket_path: Path
) -> None:
    laptop = Laptop(companions)
    old = say(socket_path, minute(NOW, 60.0, InFront("firefox", "", 60.0)))
    assert [app.seconds for app in laptop.look().apps] == [60.0]
    new = say(socket_path, minute(NOW, 60.0, InFront("firefox", "", 60.0)), minute(NOW + 1))
    laptop.minute = NOW + 1
    assert laptop.look().apps == []
    assert read(old.recv(9000).strip()) == GREETING
    assert old.recv(9000) == b""
    new.close()


def test_a_minute_of_long_ago_or_of_the_future_does_not_count(
    companions: Companions, socket_path: Path
) -> None:
    with say(socket_path, minute(NOW - FRESH_MINUTES - 1), minute(NOW + FRESH_MINUTES + 1)):
        reading = Laptop(companions).look()
        assert (list(reading.samples), list(reading.apps)) == ([], [])


def test_a_minute_told_twice_counts_once(companions: Companions, socket_path: Path) -> None:
    with say(socket_path, *[minute(NOW, 60.0, InFront("firefox", "", 30.0))] * 4):
        assert [app.seconds for app in Laptop(companions).look().apps] == [30.0]


def test_at_half_pace_two_minutes_are_told_as_what_one_of_them_was_like(
    companions: Companions, socket_path: Path
) -> None:
    with say(socket_path, minute(NOW, 60.0, InFront("firefox", "", 50.0)), minute(NOW + 1, 0.0)):
        laptop = Laptop(companions)
        laptop.minute = NOW + 1
        reading = laptop.look()
        assert [sample.value for sample in reading.samples] == [30.0]
        assert [app.seconds for app in reading.apps] == [50.0]


def test_what_was_said_before_the_agent_looked_again_is_not_told(
    companions: Companions, socket_path: Path
) -> None:
    """As in a pause, in which companions go on speaking."""
    with say(socket_path, minute(NOW - 1, 60.0, InFront("firefox", "", 60.0))):
        reading = Laptop(companions).look()
        assert (list(reading.samples), list(reading.apps)) == ([], [])


def test_the_sessions_flag_is_asked_only_while_no_companion_tells(
    companions: Companions, socket_path: Path
) -> None:
    laptop = Laptop(companions)
    session = laptop.sight.unless_told(flag(60.0))
    laptop.look()
    assert len(session.collect(0.0, None).samples) == 1
    peer = say(socket_path, minute(NOW, 0.0))
    laptop.look()
    assert session.collect(0.0, None).samples == ()
    peer.close()
    for _ in range(FRESH_MINUTES + 1):
        laptop.minute += 1
        laptop.look()
    assert len(session.collect(0.0, None).samples) == 1


def test_where_a_desktop_tells_no_input_its_seconds_count_by_the_sessions_flag(
    companions: Companions, socket_path: Path
) -> None:
    laptop = Laptop(companions)
    laptop.sight.unless_told(flag(30.0)).collect(0.0, None)
    with say(socket_path, minute(NOW, None, InFront("firefox", "", 60.0))):
        reading = laptop.look()
        assert (list(reading.samples), [app.seconds for app in reading.apps]) == ([], [30.0])


def test_coverage_says_why_nothing_in_front_is_seen(companions: Companions, socket_path: Path) -> None:
    laptop = Laptop(companions)
    laptop.look()
    with pytest.raises(SourceAbsent, match="No companion speaks"):
        laptop.sight.apps(0.0, None)
    with say(socket_path, minute(NOW, 60.0, front_unknown="This desktop keeps it to itself.")):
        laptop.look()
        with pytest.raises(SourceAbsent, match="keeps it to itself"):
            laptop.sight.apps(0.0, None)
        with say(socket_path, minute(NOW), session="2"):
            laptop.look()
            assert laptop.sight.apps(0.0, None) == Reading()


def test_a_hang_is_told_once_with_its_length(companions: Companions, socket_path: Path) -> None:
    laptop = Laptop(companions)
    with say(socket_path, minute(NOW, 60.0, stalls=(Hung("gimp", "2.10", 1.6e9, 12.5),))):
        laptop.look()
        [event] = laptop.sight.hangs(1.7e9, None).events
        assert (event.kind, event.app, event.version, event.value) == ("hang", "gimp", "2.10", 12.5)
        assert event.at.timestamp() == 1.6e9
        laptop.look()
        assert laptop.sight.hangs(1.7e9, None).events == []


def test_hangs_do_not_pile_up_where_the_system_records_them_itself(
    companions: Companions, socket_path: Path
) -> None:
    """There nobody asks for those of companions."""
    elapsed = [NOW * 60.0 - 60.0, NOW * 60.0]
    sight = Sight(companions, Applications(), lambda: elapsed.pop(0), keeps_hangs=False)
    with say(socket_path, minute(NOW, 60.0, stalls=(Hung("gimp", "2.10", 1.6e9, 12.5),))):
        assert sight.collect(1.7e9, None).samples
        assert sight.hangs(1.7e9, None).events == []
