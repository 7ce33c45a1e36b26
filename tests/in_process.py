"""The agent's own HTTP client, speaking to the collector's application without a socket."""

import io
from typing import Any

import requests
import urllib3
from flask import Flask


class InProcess(requests.adapters.BaseAdapter):
    """Carries requests to the collector's application without a socket."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = app.test_client()

    def send(self, request: requests.PreparedRequest, **rest: Any) -> requests.Response:  # type: ignore[override]
        answer = self._client.open(
            request.path_url, method=request.method, data=request.body, headers=dict(request.headers)
        )
        found = requests.Response()
        found.status_code, found.request, found.url = answer.status_code, request, str(request.url)
        found.headers.update(answer.headers.items())
        found.raw = urllib3.HTTPResponse(io.BytesIO(answer.data), preload_content=False)
        return found

    def close(self) -> None:
        pass
