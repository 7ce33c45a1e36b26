"""How far a release is: one line on a terminal, a log line now and then elsewhere."""

import io

from structlog.testing import capture_logs
from synthetic_company import LAST_WEEK, Company

from server.commands.progress import TerminalProgress, shown_progress
from server.privacy.progress import LoggedProgress, Steps, quiet
from server.privacy.release import make_release


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_signal_is_told_and_the_last_one_is_the_end():
    company, told = Company({"A": "U", "B": "U"}, 12), []
    make_release(LAST_WEEK, company.rows(LAST_WEEK), company.teams, progress=lambda *step: told.append(step))
    of = told[0][1]
    assert told == [(done, of, f"signals of {LAST_WEEK}") for done in range(1, of + 1)]


def test_people_without_a_laptop_do_not_leave_it_open():
    told = []
    steps = Steps(lambda *step: told.append(step), 3, "people")
    steps.step()
    steps.end()
    steps.end()
    assert told == [(1, 3, "people"), (3, 3, "people")]


def test_a_terminal_has_one_line_that_goes_when_the_work_is_done():
    out, clock = io.StringIO(), Clock()
    progress = TerminalProgress(out, clock)
    for done in (1, 2, 3):
        progress(done, 4, "people of 2026-W10")
        clock.now += 0.06
    progress(4, 4, "people of 2026-W10")
    drawn = out.getvalue().split("\r\x1b[K")
    assert drawn == ["", "people of 2026-W10: 1 of 4", "people of 2026-W10: 3 of 4", ""]


def test_a_log_has_a_line_every_ten_seconds_and_none_of_a_quick_release():
    clock = Clock()
    with capture_logs() as lines:
        progress = LoggedProgress(clock)
        for done in range(1, 26):
            clock.now = float(done)
            progress(done, 25, "people of 2026-W10")
    assert [line["done"] for line in lines] == [10, 20]
    assert {"event": "release goes on", "log_level": "info", "of": 25}.items() <= lines[0].items()


def test_who_wants_nothing_sees_nothing():
    assert shown_progress(silent=True) is quiet
