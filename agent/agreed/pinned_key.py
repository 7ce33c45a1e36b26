"""The key that may sign for this laptop. Apart from signatures, so that the service loads no cryptography."""

import re

from agent.config import Config
from agent.errors import UsageError
from agent.store.identity import Identity


def pinned_key(config: Config, identity: Identity) -> str:
    """Fingerprint of the key that may sign for this laptop: the configuration's, else the enrolment's."""
    return checked_fingerprint(config.agreement_key) if config.agreement_key else identity.agreement_key


def checked_fingerprint(text: str) -> str:
    """A fingerprint as somebody typed it, perhaps in groups. UsageError if it is none."""
    plain = re.sub(r"[\s:]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise UsageError("The fingerprint of an agreement's key has 64 digits from 0 to f.")
    return plain
