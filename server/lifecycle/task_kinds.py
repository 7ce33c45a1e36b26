"""What IT may have to do for somebody who joins or leaves."""

PREPARE, COLLECT, CLOSE, ASSIGN = "prepare", "collect", "close", "assign"
"""A laptop to prepare, a laptop to get back, an account to close, a laptop that is nobody's."""
KINDS = (PREPARE, COLLECT, CLOSE, ASSIGN)
"""In the order in which they are shown."""
