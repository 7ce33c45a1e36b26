"""Programs that run together: their order, their end, and those that do not want to end."""

import sys
import time
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is a thing of Unix")

ROOT = Path(__file__).parents[2]

# A child writes its name when it is up and when it ends; a stubborn one takes no notice of the signal.
CHILD = """
import os, signal, sys, time
name, stubborn = sys.argv[1], sys.argv[2] == "stubborn"
def say(what):
    os.write(1, f"{name} {what}\\n".encode())  # at once, so that others cannot write into it
def end(*_):
    say("was asked")
    if not stubborn:
        sys.exit(0)
signal.signal(signal.SIGTERM, end)
say("is up")
while sys.argv[2] != "brief":
    time.sleep(60)
"""

FAMILY = """
import sys
sys.path.insert(0, {root!r})
from dashboards.supervisor import Child, Family
with Family() as family:
    for name, manner in {children!r}:
        brief = manner == "brief"
        family.start(Child(name, (sys.executable, "-c", {child!r}, name, manner), may_end=brief))
    family.wait()
print("all ended", flush=True)
"""


def start(*children: tuple[str, str]) -> Terminal:
    code = FAMILY.format(root=str(ROOT), children=children, child=CHILD)
    terminal = Terminal(sys.executable, "-c", code)
    for name, _ in children:
        terminal.read_until(f"{name} is up")
    return terminal


def test_children_end_in_reverse_order():
    terminal = start(("first", "mild"), ("second", "mild"), ("third", "mild"))
    terminal.press_ctrl_c()
    text = terminal.read_until("all ended")
    assert terminal.exit_code(5) == 0
    asked = [line.split()[0].removeprefix("^C") for line in text.splitlines() if line.endswith("was asked")]
    assert asked == ["third", "second", "first"]


def test_one_that_may_end_leaves_the_others_running():
    terminal = start(("lasting", "mild"), ("passing", "brief"))
    time.sleep(0.3)
    terminal.press_ctrl_c()
    terminal.read_until("all ended")
    assert terminal.exit_code(5) == 0


def test_a_second_ctrl_c_does_not_wait_for_a_stubborn_one():
    terminal = start(("first", "mild"), ("second", "stubborn"))
    terminal.press_ctrl_c()
    terminal.read_until("second was asked")
    began = time.monotonic()
    terminal.press_ctrl_c()
    assert terminal.exit_code(10) == 0
    assert time.monotonic() - began < 4, "without the second one it takes five seconds"


def test_a_stubborn_child_is_killed_when_its_time_is_over():
    terminal = start(("only", "stubborn"))
    terminal.press_ctrl_c()
    assert terminal.exit_code(15) == 0
    assert "all ended" in terminal.text
