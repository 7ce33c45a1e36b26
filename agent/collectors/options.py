"""What configuration and policy may tell the collectors."""

from dataclasses import dataclass

Reference = tuple[str, str, int]
"""Name, host and port of a computer whose answers show how the network is doing."""


@dataclass(frozen=True, slots=True)
class CollectorOptions:
    """`references` are tried in this order, the collector's own endpoint first; `system_disk` is any path
    on the system's volume.
    """

    references: tuple[Reference, ...] = ()
    system_disk: str = "/"
