"""What a proxy script says on Linux, where libproxy runs it.

A desktop's proxy settings belong to the person signed in there, and a service does not see them: a script has
to be named in the configuration.
"""

import ctypes
import json
import os
import select
import signal
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_void_p

from agent.errors import Unreachable

LIBRARY = "libproxy.so.1"
SECONDS = 20.0
"""To fetch a script and run it."""
NO_LIBRARY = 3
VARIABLES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


def system_proxies(url: str, script: str) -> Sequence[str]:
    """Addresses, the preferred one first; none without a script. Unreachable: it could not be run.

    Only for processes with one thread. A child of its own runs the script: a library that runs JavaScript
    starts threads, may crash, and stays in memory.
    """
    if not script:
        return ()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _live(url, script, writing)
    os.close(writing)
    told = _read(reading)
    os.close(reading)
    os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if told:
        return [str(address) for address in json.loads(told)]
    if code == NO_LIBRARY:
        raise Unreachable(
            "The setting `proxy_auto` needs libproxy, which is not installed: sudo apt install libproxy1v5"
        )
    raise Unreachable(f"The proxy script {script} could not be run.")


def _read(pipe: int) -> bytes:
    """One line; empty where none comes in time."""
    ready, _, _ = select.select([pipe], [], [], SECONDS)
    return os.read(pipe, select.PIPE_BUF) if ready else b""


def _live(url: str, script: str, pipe: int) -> None:
    """The child's whole life."""
    code = 1
    try:
        os.environ.update(dict.fromkeys(VARIABLES, f"pac+{script}"))  # all releases of the library know these
        os.write(pipe, json.dumps(_ask(_library(), url)).encode()[: select.PIPE_BUF])
        code = 0
    except (OSError, AttributeError):
        code = NO_LIBRARY
    finally:
        os._exit(code)


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(LIBRARY)
    library.px_proxy_factory_new.restype = c_void_p
    library.px_proxy_factory_get_proxies.restype = POINTER(c_char_p)
    library.px_proxy_factory_get_proxies.argtypes = (c_void_p, c_char_p)
    return library


def _ask(library: ctypes.CDLL, url: str) -> list[str]:
    found = library.px_proxy_factory_get_proxies(library.px_proxy_factory_new(), url.encode())
    addresses: list[str] = []
    while found and (address := found[len(addresses)]) is not None:
        addresses.append(address.decode("utf-8", "replace"))
    return addresses
