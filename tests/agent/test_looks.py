"""A collector that fails, hangs or lies is contained, and its source is marked."""

import sys
import time

import pytest

from agent.reading import Collector, Reading, SourceAbsent, SourceDenied
from agent.service import looks
from agent.service.looks import Watch, states_of
from agent.signals import COVERED, Sample


def watch(collect: object, covers: tuple[str, ...] = ("crash",), every: float = 60.0) -> Watch:
    return Watch(Collector("test", covers, every, collect))  # type: ignore[arg-type]


def raising(error: BaseException) -> object:
    def collect(now: float, cursor: str | None) -> Reading:
        raise error

    return collect


def test_an_unreadable_journal_is_denied_with_the_command_that_grants_it() -> None:
    denied = watch(raising(SourceDenied("The journal may not be read.", "sudo usermod -aG x y")))
    assert denied.look(0.0, 0.0, None) == Reading()
    state = states_of([denied])["crash"]
    assert (state.state, state.sentence, state.grant) == (
        "denied",
        "The journal may not be read.",
        "sudo usermod -aG x y",
    )


@pytest.mark.parametrize(
    ("error", "state"),
    [(SourceAbsent("No battery."), "absent"), (ValueError("boom"), "gap"), (OSError(5, "broken"), "gap")],
)
def test_every_failure_becomes_a_state(error: Exception, state: str) -> None:
    failing = watch(raising(error))
    failing.look(0.0, 0.0, None)
    assert failing.state.state == state
    assert failing.state.sentence


def test_a_value_that_is_no_number_marks_the_source() -> None:
    lying = watch(lambda now, cursor: Reading([Sample("disk_free_pct", float("nan"))]))
    lying.look(0.0, 0.0, None)
    assert lying.state.state == "gap"
    assert "disk_free_pct" in lying.state.sentence


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no such timer; the watchdog ends the service"
)
def test_a_collector_that_hangs_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "LOOK_SECONDS", 0.1)

    def stubborn(now: float, cursor: str | None) -> Reading:
        try:
            time.sleep(30)
        except Exception:
            time.sleep(30)
        return Reading()

    began = time.monotonic()
    hanging = watch(stubborn)
    hanging.look(0.0, 0.0, None)
    assert time.monotonic() - began < 5
    assert hanging.state.state == "gap"


def test_sources_wake_the_laptop_together() -> None:
    found = [watch(lambda now, cursor: Reading(), every=every) for every in (30.0, 60.0, 600.0)]
    for each in found:
        each.look(0.0, 1234.5, None)
    assert [each.due for each in found] == [1260.0, 1260.0, 1800.0]


def test_a_denied_source_is_not_tried_all_the_time() -> None:
    denied = watch(raising(SourceDenied("No.")), every=10.0)
    denied.look(0.0, 1000.0, None)
    assert denied.due >= 1000.0 + 60


def test_a_source_is_as_good_as_its_best_reader() -> None:
    good, bad = watch(lambda now, cursor: Reading()), watch(raising(SourceDenied("No.")))
    for each in (bad, good):
        each.look(0.0, 0.0, None)
    assert states_of([bad, good])["crash"].state == "ok"
    assert states_of([good])["signin"].state == "absent"
    assert set(states_of([])) == set(COVERED)


def test_a_source_that_fails_again_and_again_is_tried_less_often() -> None:
    """Twice it may stumble; then the wait doubles up to an hour, and one success ends it."""
    works = False

    def collect(now: float, cursor: str | None) -> Reading:
        if not works:
            raise ValueError("broken")
        return Reading()

    trying = watch(collect)
    now, waits = 7200.0, []
    for _ in range(12):
        trying.look(0.0, now, None)
        waits.append(trying.due - now)
        now = trying.due
    assert waits[:5] == [60, 60, 120, 240, 480]
    assert waits[-1] == 3600
    works = True
    trying.look(0.0, now, None)
    assert (trying.due - now, trying.state.state) == (60, "ok")


def test_the_processor_time_of_each_source_is_known() -> None:
    def busy(now: float, cursor: str | None) -> Reading:
        ends = time.process_time() + 0.05
        while time.process_time() < ends:
            pass
        return Reading()

    costly, cheap = watch(busy), watch(lambda now, cursor: Reading())
    for each in (costly, cheap):
        each.look(0.0, 0.0, None)
    assert costly.spent >= 0.05
    assert cheap.spent < 0.02


def test_a_source_that_rests_is_a_gap_only_where_it_could_be_read() -> None:
    readable, denied = watch(lambda now, cursor: Reading()), watch(raising(SourceDenied("No.")))
    for each in (readable, denied):
        each.look(0.0, 0.0, None)
        each.keep_pace(looks.NOT_NOW, 0.0, "Spared.")
    assert (readable.state.state, denied.state.state) == ("gap", "denied")
    readable.keep_pace(1.0, 0.0)
    assert readable.state.state == "ok"
