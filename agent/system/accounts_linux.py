"""Names of accounts on Linux: those of the laptop, or of a domain by sssd or winbind (nsswitch.conf(5))."""

import sys

if sys.platform != "win32":
    import pwd

    def name_of(account: str) -> str:
        """`anna`, `anna@example.org` or `EXAMPLE\\anna`, as the domain is set up."""
        try:
            return pwd.getpwuid(int(account)).pw_name
        except (KeyError, ValueError, OverflowError):
            return ""
