"""A small real collector over HTTP that remembers what it was sent: the agent's other side in its tests."""

import gzip
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agent.agreed.agreement import built_in_document
from agent.agreed.countersign import digest


def unsigned(document: Mapping[str, Any]) -> dict[str, Any]:
    """An agreement that nobody has signed, as a collector shows it."""
    return {"hash": digest(document), "agreed": False, "text": "", "document": document}


class RecordingCollector:
    """Speaks enough of the contract to take batches, and remembers every request.

    `answer` may be replaced by a function (path, content) -> (status, document, headers); None means the
    ordinary answer.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.accepted: dict[str, dict[str, Any]] = {}
        self.answer: Callable[[str, dict[str, Any]], tuple[int, Any, dict[str, str]] | None] = (
            lambda path, content: None
        )
        self.policy: dict[str, Any] = {
            "version": 1,
            "agreement": unsigned(built_in_document()),
            "applications": ["firefox"],
            "references": [],
        }
        self.date_offset = 0.0
        self.enrolled = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def use_tls(self, context: ssl.SSLContext) -> None:
        self._plain = self._server.socket
        self.url = self.url.replace("http:", "https:")
        self.change_certificate(context)

    def change_certificate(self, context: ssl.SSLContext) -> None:
        """From the next connection on."""
        self._server.socket = context.wrap_socket(self._plain.dup(), server_side=True)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def batches(self) -> list[dict[str, Any]]:
        """Accepted batches, each once."""
        return list(self.accepted.values())

    @property
    def events(self) -> list[dict[str, Any]]:
        """Without what the agent tells about itself."""
        found = [event for batch in self.batches for event in batch.get("events", [])]
        return [event for event in found if event["kind"] != "agent"]

    def respond(self, path: str, content: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        special = self.answer(path, content)
        if special is not None:
            return special
        if path.endswith("/enroll"):
            self.enrolled += 1
            token = f"dexd_{self.enrolled}"
            policy = self.policy
            return 201, {"device_id": f"d{self.enrolled}", "token": token, "policy": policy}, {}
        if path.endswith("/policy"):
            return 200, self.policy, {"ETag": '"1"'}
        self.accepted.setdefault(content["batch_id"], content)
        return 200, {"batch_id": content["batch_id"], "accepted": True, "dropped": []}, {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                collector.requests.append((self.path, dict(self.headers), body))
                packed = self.headers.get("Content-Encoding") == "gzip"
                content = json.loads((gzip.decompress(body) if packed else body) or b"{}")
                status, document, headers = collector.respond(self.path, content)
                text = isinstance(document, str)
                payload = document.encode() if text else json.dumps(document).encode()
                kind = "application/problem+json" if status >= 400 else "application/json"
                self.send_response_only(status)
                self.send_header("Date", formatdate(time.time() + collector.date_offset, usegmt=True))
                self.send_header("Content-Type", "text/html" if text else kind)
                self.send_header("Content-Length", str(len(payload)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        return Handler


def problem(status: int, slug: str, detail: str = "Said so.") -> tuple[int, dict[str, Any], dict[str, str]]:
    kind = f"urn:employee-dex:problem:{slug}"
    return status, {"type": kind, "title": slug, "status": status, "detail": detail}, {}
