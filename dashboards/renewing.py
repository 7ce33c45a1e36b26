"""A new certificate without an end: on SIGHUP, new workers take the places of the old ones, one by one.

They read the files of the certificate and its key anew. Files that do not fit together are left alone, and
the old workers stay.
"""

import logging
import ssl
from pathlib import Path
from typing import Any

from dashboards.draining import Drained

log = logging.getLogger("_granian")  # main has no other


class Renewed(Drained):
    """A Granian that looks at the certificate before it replaces workers."""

    certificate: Path | None = None
    key: Path | None = None

    def signal_handler_reload(self, *args: Any, **kwargs: Any) -> None:
        if self.certificate and self.key:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, "")
            except (OSError, ssl.SSLError):
                log.error("The new certificate and its key cannot be used; the old ones stay.")
                return
        super().signal_handler_reload(*args, **kwargs)
