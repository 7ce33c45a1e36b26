"""The agent's own version, as sent with each summary. A test keeps it equal to setup.cfg."""

VERSION = "0.6.0"
