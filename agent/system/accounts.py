"""By which name the owner of an account signs in. Who is in session is the kernel's word (agent/companion);
what that account is called is the system's, and is asked in short-lived processes alone."""

import sys

if sys.platform == "win32":
    from agent.system.accounts_windows import name_of
elif sys.platform == "darwin":
    from agent.system.accounts_macos import name_of
else:
    from agent.system.accounts_linux import name_of


def sign_in_name(account: str) -> str:
    """Of an account as the companion's channel tells it (a number, on Windows a SID): the name that a
    directory would know, else the local one; empty where there is none."""
    return name_of(account)
