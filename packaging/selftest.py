"""Does a built agent work where it stands? Every command of an ordinary life, against a small collector here.

    python packaging/selftest.py dist/dex-agent/dex-agent

Ends with 0, or with the first thing that did not work.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from recording_collector import RecordingCollector  # noqa: E402

CRASH = ROOT / "tests" / "recorded" / "samples" / "linux" / "apport"
SECONDS = 60.0


class Trial:
    """One laptop of its own, in a temporary folder."""

    def __init__(self, program: Sequence[str], folder: Path, collector: RecordingCollector) -> None:
        self._command = [*program, "--config", str(folder / "agent.toml")]
        self._collector = collector
        # Nothing of this Python, or of this checkout, may help a built program.
        self._environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }

    def live(self) -> None:
        self._expect(2, "status")
        self._expect(0, "enroll", "--server", self._collector.url, "--key", "dexe_selftest")
        self._expect(0, "run", "--once")
        assert self._collector.batches, "run --once delivered nothing"
        shown = json.loads(self._expect(0, "show", "--json"))
        assert shown, "show told nothing"
        self._expect(0, "send")
        assert "crash" in self._expect(0, "parse", str(next(CRASH.glob("*.crash")))), "parse found no crash"
        self._serve()

    def _serve(self) -> None:
        """The service runs until it is asked to end, and says goodbye to the collector."""
        before = len(self._collector.batches)
        service = subprocess.Popen([*self._command, "run"], env=self._environment)
        try:
            time.sleep(3)
            self._expect(None, "status")
            service.send_signal(signal.SIGTERM)
            assert service.wait(SECONDS) == 0, "the service did not end in order"
        finally:
            service.kill()
        assert len(self._collector.batches) > before, "the service did not deliver when it ended"

    def _expect(self, code: int | None, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        told = f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert code is None or done.returncode == code, told
        assert "Traceback" not in done.stderr, told
        return done.stdout


def main(program: Sequence[str]) -> None:
    version = subprocess.run([*program, "--version"], capture_output=True, text=True, timeout=SECONDS)
    assert version.stdout.startswith("dex-agent "), version.stderr
    collector = RecordingCollector()
    with tempfile.TemporaryDirectory() as folder:
        Trial(program, Path(folder), collector).live()
    collector.close()
    print(f"{version.stdout.strip()} works.")


if __name__ == "__main__":
    main(sys.argv[1:])
