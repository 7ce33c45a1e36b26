"""Joining, moving and leaving: what is met on the way, what has to be there, and what is left to do."""
