"""The server: `create_app` makes the doors for agents and machines; the pages come with `dashboards`."""

from flask import Flask

from server.clock import Clock, utc_now
from server.config import Settings
from server.db import Store
from server.problems import register_problems


def create_app(settings: Settings, store: Store | None = None, clock: Clock = utc_now) -> Flask:
    """The collector. The store is opened from the settings unless a test brings its own."""
    app = Flask("server", static_folder=None)
    app.config["SECRET_KEY"] = settings.secret_key
    app.extensions["settings"] = settings
    app.extensions["store"] = store or Store(settings.database_url)
    app.extensions["clock"] = clock
    register_problems(app)
    return app
