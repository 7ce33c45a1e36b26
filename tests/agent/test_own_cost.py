"""What the agent says about its own cost is its own."""

import subprocess
import sys

import pytest

LARGE = """
import subprocess, sys
ballast = bytearray(150 * 2**20)
say = "from agent.own_cost import rss_peak_mib; print(rss_peak_mib())"
subprocess.run([sys.executable, "-c", say], check=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands a peak on to a started program")
def test_the_memory_of_what_started_the_agent_is_not_the_agents() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LARGE], capture_output=True, text=True, timeout=60, check=True
    )
    assert 4 < float(said.stdout) < 100
