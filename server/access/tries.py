"""How often a password may be tried: by account and by address, in this process. Wrong ones count alone."""

import time

from server.access.accounts import plain_name
from server.web.rates import Rate

OF_ACCOUNT_PER_SECOND = 10 / 300
"""Ten wrong ones at once, then two a minute; `accounts.MOST_REFUSED` ends it whatever the process."""
OF_ADDRESS_PER_SECOND = 60 / 300
"""A whole office may be behind one address."""


class Tries:
    """The names are those that were typed, so that one that is no account is measured as if it were."""

    def __init__(self) -> None:
        self._of_account = Rate(OF_ACCOUNT_PER_SECOND)
        self._of_address = Rate(OF_ADDRESS_PER_SECOND)

    def wait(self, name: str, address: str) -> float:
        """Seconds until this name may be tried again from this address; 0 for now."""
        now = time.monotonic()
        return max(
            self._of_account.wait(plain_name(name), now),
            self._of_address.wait(address, now) if address else 0,
        )

    def count(self, name: str, address: str) -> None:
        now = time.monotonic()
        self._of_account.take(plain_name(name), now)
        if address:
            self._of_address.take(address, now)
