"""Who this installation is to its collector: one file that only the agent's account can read."""

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from agent.config import Config
from agent.errors import OfTheService, UsageError
from agent.store.own_files import made


@dataclass(frozen=True, slots=True)
class Identity:
    """Made by the enrolment. `agreement_key` is the fingerprint of the key that may sign agreements for this
    laptop, empty where no agreement was signed yet.

    Where the collector has moved, `server` is its new address, `instead_of` the one that the configuration
    named then, and `before` the old one, until the new one has taken a batch."""

    server: str
    device_id: str
    token: str
    organisation: str = ""
    agreement_key: str = ""
    instead_of: str = ""
    before: str = ""

    def save(self, path: Path) -> None:
        """Replace the file in one step; a kill leaves the old or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(made(new), "w") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)


def located(config: Config, identity: Identity | None) -> Config:
    """The configuration with the address that holds: its own, unless the collector has moved from there."""
    if identity is None or config.server not in ("", identity.instead_of):
        return config
    return replace(config, server=identity.server)


NAMES = {field.name for field in fields(Identity)}
"""What other releases wrote beside it is left alone."""


def load_identity(path: Path) -> Identity | None:
    """None before the enrolment."""
    try:
        found = json.loads(path.read_text("utf-8"))
        return Identity(**{name: found[name] for name in NAMES & found.keys()})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise OfTheService(
            f"{path} belongs to the agent's account; run this command as that account."
        ) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} cannot be read ({error}); enrol this laptop again.") from None
