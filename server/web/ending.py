"""What a collector knows that is about to end: apart, as granian's small main process needs the name too."""

ENDING = "ending"
"""Extension of the application that is true from then on."""
