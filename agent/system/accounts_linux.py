"""Names of accounts on Linux: those of the laptop, or of a domain by sssd or winbind (nsswitch.conf(5))."""

import pwd
import sys

assert sys.platform != "win32"


def name_of(account: str) -> str:
    """`anna`, `anna@example.org` or `EXAMPLE\\anna`, as the domain is set up."""
    try:
        return pwd.getpwuid(int(account)).pw_name
    except (KeyError, ValueError, OverflowError):
        return ""
