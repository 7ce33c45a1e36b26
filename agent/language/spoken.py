"""Begin to speak the reader's language: for short-lived commands, before they read their arguments."""

import argparse
import os
import sys
from io import TextIOWrapper

from agent.language import words
from agent.language.catalogue import speaker_of
from agent.language.languages import language_of


def begin() -> None:
    """Choose the language, and let it be written on any terminal."""
    words.speak(speaker_of(language_of(os.environ)))
    # argparse would look for a catalogue of its own, named `messages`
    vars(argparse).update(_=words._, ngettext=words.ngettext)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign the terminal cannot show ends no command
