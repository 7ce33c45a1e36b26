"""What the agent says about its own cost is its own."""

import subprocess
import sys

import pytest

LARGE = """
import subprocess, sys
ballast = bytearray(150 * 2**20)
say = "from agent.service.own_cost import rss_peak_mib; print(rss_peak_mib())"
subprocess.run([sys.executable, "-c", say], check=True)
"""


FREED = """
from agent.service.allocator import give_memory_back
from agent.service.own_cost import rss_mib
held = [bytes(2000) for _ in range(20_000)]  # too small for pages of their own
last = bytes(2000)
del held
before = rss_mib()
give_memory_back()
print(before - rss_mib())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc")
def test_memory_that_is_free_goes_back_to_the_system() -> None:
    said = subprocess.run(
        [sys.executable, "-c", FREED], capture_output=True, text=True, timeout=60, check=True
    )
    assert float(said.stdout) > 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands a peak on to a started program")
def test_the_memory_of_what_started_the_agent_is_not_the_agents() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LARGE], capture_output=True, text=True, timeout=60, check=True
    )
    assert 4 < float(said.stdout) < 100
