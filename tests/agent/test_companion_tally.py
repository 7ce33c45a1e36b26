"""From looks at a desktop to a minute: who was there, and what was in front."""

from agent.companion.message import Hung, InFront
from agent.companion.tally import Seen, Tally


def seen(at: float, program: str | None = "firefox", idle: float | None = 0.0, locked: bool = False) -> Seen:
    return Seen(at, idle, locked, program)


def test_seconds_belong_to_the_program_that_was_in_front() -> None:
    tally = Tally(seen(0))
    tally.note(seen(20, "soffice.bin"))
    tally.note(seen(50, None))
    tally.note(seen(60))
    told = tally.minute(1, "")
    assert told.active_s == 60
    assert told.apps == (InFront("soffice.bin", "", 30.0), InFront("firefox", "", 20.0))


def test_nobody_there_is_nobody_in_front_of_anything() -> None:
    tally = Tally(seen(0, idle=200))
    tally.note(seen(60, idle=260))
    assert (tally.minute(1, "").active_s, tally.active) == (0, False)


def test_input_within_the_minute_counts_as_being_there() -> None:
    tally = Tally(seen(0, idle=10))
    tally.note(seen(60, idle=59.9))
    assert tally.minute(1, "").active_s == 60
    tally.note(seen(120, idle=119.9))
    assert tally.minute(2, "").active_s == 0


def test_behind_a_locked_screen_nothing_counts_from_when_it_was_seen_locked() -> None:
    tally = Tally(seen(0))
    tally.note(seen(30, locked=True))
    tally.note(seen(60, locked=True))
    told = tally.minute(1, "")
    assert (told.active_s, told.apps) == (30, (InFront("firefox", "", 30.0),))


def test_where_input_is_not_told_use_stays_unknown_and_programs_do_not() -> None:
    tally = Tally(seen(0, idle=None))
    tally.note(seen(60, idle=None))
    told = tally.minute(1, "")
    assert (told.active_s, told.apps) == (None, (InFront("firefox", "", 60.0),))


def test_sleep_is_in_no_minute() -> None:
    tally = Tally(seen(0))
    tally.note(seen(3600))
    assert tally.minute(1, "").active_s == 0


def test_a_late_look_makes_no_minute_longer() -> None:
    tally = Tally(seen(0))
    tally.note(seen(40, "soffice.bin"))
    tally.note(seen(80))
    told = tally.minute(1, "")
    assert told.active_s == 60
    assert told.apps == (InFront("firefox", "", 30.0), InFront("soffice.bin", "", 30.0))


def test_many_switches_add_up_to_no_more_than_their_minute() -> None:
    tally = Tally(seen(0, "program0"))
    for n in range(1, 700):
        tally.note(seen(n / 10.3, f"program{n % 39}"))
    assert sum(app.seconds for app in tally.minute(1, "").apps) <= 60


def test_a_window_that_hung_is_told_once() -> None:
    tally = Tally(seen(0))
    tally.stalls.append(Hung("gimp", "2.10", 1.7e9, 12.0))
    tally.note(seen(60))
    assert tally.minute(1, "").stalls == (Hung("gimp", "2.10", 1.7e9, 12.0),)
    assert tally.minute(2, "").stalls == ()
