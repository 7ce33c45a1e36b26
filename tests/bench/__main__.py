"""All measurements, one after the other, each in a process of its own. `make bench`"""

import subprocess
import sys

BENCHES = ("scoring", "weekly_release", "ingest", "collectors", "agent")  # the agent's takes 16 minutes


def main() -> int:
    failed = []
    for name in BENCHES:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}"]).returncode:
            failed.append(name)
    if failed:
        print(f"Not measured: {', '.join(failed)}.", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
