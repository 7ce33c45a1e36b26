"""Why a file could not be read."""


class Unreadable(Exception):
    """Its text is one sentence for whoever gave the file."""
