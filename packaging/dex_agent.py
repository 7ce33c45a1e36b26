"""The program `dex-agent` as PyInstaller builds it."""

import sys

from agent.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
