"""The entry point `dex-server`: the server's commands and those that need pages."""

from server.cli import main

__all__ = ["main"]
