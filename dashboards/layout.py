"""What every page shares: language, formats, the menu, security headers, and errors in plain words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, has_request_context, render_template, request
from flask_babel import Babel
from jinja2 import pass_context
from jinja2.runtime import Context

from dashboards.formats import FILTERS
from dashboards.languages import LANGUAGES, asked, chosen
from dashboards.navigation import ROLE_NAMES, open_pages
from server.access.current import current_grant
from server.config import Settings
from server.web.problems import MEDIA_TYPE

bp = Blueprint(
    "layout", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
)

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
FOR_PROGRAMS = {"X-Content-Type-Options": "nosniff"}
"""Of these, for whoever brings a token, which no browser does by itself: a laptop pays for each byte."""
YEAR_SECONDS = 365 * 86_400


def register_layout(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    Babel(app, locale_selector=chosen)
    app.jinja_env.filters.update({name: _at_each_reading(shown) for name, shown in FILTERS.items()})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(bp)
    app.context_processor(_shared)
    app.url_defaults(_keep_language)
    app.after_request(_secured)
    app.after_request(_problem_as_page)  # Flask runs the last one first


def _at_each_reading(shown: Callable[..., str]) -> Callable[..., str]:
    """A filter that is never worked out when a template is compiled: a constant such as `100|number` would
    stay in the language of the first reader."""

    @pass_context
    def filtered(_context: Context, *values: Any) -> str:
        return shown(*values)

    return filtered


def _shared() -> dict[str, Any]:
    """What the layout itself needs in every template."""
    grant = current_grant()
    return {
        "language": LANGUAGES[chosen()],
        "languages": LANGUAGES.values(),
        "grant": grant,
        "role_name": ROLE_NAMES[grant.role] if grant else "",
        "role_names": ROLE_NAMES,
        "pages": open_pages(grant),
        "address_in": _address_in,
    }


def _address_in(code: str) -> str:
    """This page in another language; a page that was posted to has none, so the first page then."""
    if request.method != "GET" or request.url_rule is None or request.endpoint == "access.sign_in":
        return f"/?lang={code}"
    return f"{request.path}?{urlencode(request.args.to_dict() | {'lang': code})}"


def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """A language in the address stays there from page to page."""
    if has_request_context() and not endpoint.endswith(".static"):
        values.setdefault("lang", asked())


def _problem_as_page(response: Response) -> Response:
    """A problem becomes a page for somebody with a browser; a program gets it as it is."""
    if response.mimetype != MEDIA_TYPE or not _wants_page():
        return response
    problem = json.loads(response.get_data())
    slug = str(problem["type"]).rpartition(":")[2]
    response.set_data(render_template("problem.html", problem=problem, slug=slug))
    response.content_type = "text/html; charset=utf-8"
    return response


def _wants_page() -> bool:
    if request.path.startswith(("/api/", "/scim/", "/metrics", "/healthz", "/readyz")):
        return False
    return (
        request.accept_mimetypes.best_match(["text/html", "application/json"], "application/json")
        == "text/html"
    )


def _secured(response: Response) -> Response:
    for name, value in (HEADERS if request.authorization is None else FOR_PROGRAMS).items():
        response.headers.setdefault(name, value)
    if request.endpoint != f"{bp.name}.static":
        response.headers.setdefault("Cache-Control", "no-store")
    settings: Settings = current_app.extensions["settings"]
    if settings.public_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    return response
