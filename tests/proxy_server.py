"""The real nginx and Caddy with the shipped configurations, on ports and with a certificate of a test."""

import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pg_server
from service_servers import Authority

SHIPPED = Path(__file__).parent.parent / "packaging" / "proxy"
NAME = "dex.example.org"
START_SECONDS = 20

_AROUND_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/around.log alert;
{user}
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    include {folder}/site.conf;
}}
"""


class Proxy:
    """In front of two collectors until the block ends; `https` and `http` are its addresses."""

    def __init__(self, folder: Path, collectors: Sequence[str]) -> None:
        self.folder = folder
        self._https, self._http = pg_server.free_port(), pg_server.free_port()
        self.https, self.http = f"https://localhost:{self._https}", f"http://localhost:{self._http}"
        authority = Authority(folder)
        self.certificate, pem = authority.file, str(authority.pem())
        first, second = (collector.removeprefix("http://") for collector in collectors)
        self._changes = {
            "127.0.0.1:8765": first,
            "127.0.0.1:8766": second,
            "/etc/ssl/dex/fullchain.pem": pem,
            "/etc/ssl/dex/privkey.pem": pem,
        }
        self.command: Sequence[str] = self.configure()

    def configure(self) -> Sequence[str]:
        """Lay down what is shipped; the command that runs with it."""
        raise NotImplementedError

    def changed(self, name: str, changes: Mapping[str, str]) -> str:
        """What is shipped under this name, with ports and paths of here."""
        text = (SHIPPED / name).read_text("utf-8")
        for shipped, here in {**changes, **self._changes, NAME: "localhost"}.items():
            assert shipped in text, shipped
            text = text.replace(shipped, here)
        return text

    def __enter__(self) -> "Proxy":
        with open(self.folder / "output.log", "ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"HOME": str(self.folder)},
                preexec_fn=pg_server.end_with_parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while not _listens(self._https):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.written())
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    def written(self) -> str:
        """Everything it wrote into logs."""
        return "\n".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.log")))


class Nginx(Proxy):
    def configure(self) -> Sequence[str]:
        ports = {
            "listen 80;": f"listen 127.0.0.1:{self._http};",
            "listen 443 ssl": f"listen 127.0.0.1:{self._https} ssl",
            "https://dex.example.org$": f"https://localhost:{self._https}$",
            "/var/log/nginx/": f"{self.folder}/",
        }
        (self.folder / "site.conf").write_text(self.changed("nginx.conf", ports), "utf-8")
        user = "user root;" if os.geteuid() == 0 else ""
        around = _AROUND_NGINX.format(folder=self.folder, user=user)
        (self.folder / "nginx.conf").write_text(around, "utf-8")
        return ["nginx", "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "start.log")]


class Caddy(Proxy):
    def configure(self) -> Sequence[str]:
        ports = f"\tadmin off\n\thttp_port {self._http}\n\thttps_port {self._https}\n\tskip_install_trust\n"
        changes = {"\n{\n": "\n{\n" + ports, "# tls ": "tls "}
        (self.folder / "Caddyfile").write_text(self.changed("Caddyfile", changes), "utf-8")
        return ["caddy", "run", "--config", str(self.folder / "Caddyfile"), "--adapter", "caddyfile"]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
