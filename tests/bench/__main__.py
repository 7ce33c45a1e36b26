"""All measurements, one after the other, each in a process of its own. `make bench`

What each is for: docs/cost.md (the agent) and docs/architecture.md (the server). The agent's take 20 minutes.
"""

import subprocess
import sys

BENCHES = (
    ("scoring",),
    ("chances",),
    ("weekly_release",),
    ("people_import",),
    ("ingest",),
    ("ingest_growth",),
    ("collectors",),
    ("agent",),
    ("agent_day",),
    ("probes",),
    ("pressure_triggers",),
    ("companion",),
    ("companion", "--sessions", "30"),
)


def main() -> int:
    failed = []
    for name, *arguments in BENCHES:
        told = " ".join([name, *arguments])
        print(f"\n== {told}", flush=True)
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *arguments]).returncode:
            failed.append(told)
    if failed:
        print(f"Not measured: {', '.join(failed)}.", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
