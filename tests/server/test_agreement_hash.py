"""The agreement has one hash, so every process of every collector must come to the same one."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PRINT_HASH = "from server.agreement.editions import built_in; print(built_in().digest)"


def test_the_hash_does_not_depend_on_the_process() -> None:
    hashes = {
        subprocess.run(
            [sys.executable, "-c", PRINT_HASH],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert len(hashes) == 1
