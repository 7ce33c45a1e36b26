"""`python -m agent.companion ADDRESS CONFIGURATION`, which `dex-agent companion` becomes."""

import sys
from pathlib import Path

from agent.companion.program import stay
from agent.errors import AgentError
from agent.notices import notice


def main(arguments: list[str]) -> int:
    try:
        return stay(Path(arguments[0]), Path(arguments[1]))
    except AgentError as error:
        notice(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
