"""A real PgBouncer in front of a test's PostgreSQL: on loopback, in transaction mode, ended with the run."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pg_server import end_with_parent, free_port, server_account, wait_until_ready

END_SECONDS = 10

CONFIG = Path(__file__).parent.parent / "packaging" / "postgresql" / "pgbouncer.ini"
SECRET = "only-for-tests"


@contextmanager
def running_pooler(server_url: str, connections: int) -> Iterator[str]:
    """Address of the pooler, ending in the same database; it keeps so many connections to the server."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    server = urlsplit(server_url)
    home, port = Path(tempfile.mkdtemp(prefix="dexbouncer")), free_port()
    (home / "users").write_text(f'"{server.username}" "{SECRET}"\n')
    words = {
        "SERVER_PORT": server.port,
        "SERVER": server.hostname,
        "ADDRESS": "127.0.0.1",
        "PORT": port,
        "USERS": home / "users",
        "CONNECTIONS": connections,
    }
    settings = [line for line in CONFIG.read_text().splitlines() if not line.startswith(";")]
    text = re.sub("|".join(words), lambda found: str(words[found.group()]), "\n".join(settings))
    (home / "ini").write_text(text)
    account = {}
    if os.geteuid() == 0:  # it refuses to run as root
        account = {"user": server_account(), "extra_groups": []}
        for path in (home, *home.iterdir()):
            shutil.chown(path, account["user"])
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(
            [program, home / "ini"], cwd=home, stdout=log, stderr=log, preexec_fn=end_with_parent, **account
        )
    url = f"postgresql://{server.username}:{SECRET}@127.0.0.1:{port}{server.path}"
    try:
        wait_until_ready(url, process, home / "log")
        yield url
    finally:
        process.terminate()  # at once; PgBouncer keeps nothing
        process.wait(END_SECONDS)
        shutil.rmtree(home, ignore_errors=True)
