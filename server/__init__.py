"""The server: `create_app` makes the doors for agents and machines; the pages come with `dashboards`."""

from typing import TYPE_CHECKING

from server.clock import Clock, utc_now

if TYPE_CHECKING:
    from flask import Flask

    from server.config import Settings
    from server.db import Store


def create_app(settings: "Settings", store: "Store | None" = None, clock: Clock = utc_now) -> "Flask":
    """The collector. The store is opened from the settings unless a test brings its own.

    The imports stand here because every module of the server imports this one first.
    """
    from flask import Flask

    from server.access import oidc_views as oidc
    from server.access import views as access
    from server.access.guard import guard_routes
    from server.db import Store
    from server.devices import views as devices
    from server.faults import views as faults
    from server.fleet import views as fleet
    from server.ingest import views as ingest
    from server.interface import openapi
    from server.policy.shared import SharedPolicies
    from server.privacy import views as results
    from server.pulse import views as pulse
    from server.released_out import views as released_out
    from server.rights import views as rights
    from server.scim.roles import directory_groups
    from server.scim.views import serve_directories
    from server.web import health
    from server.web.hosts import answer_own_names
    from server.web.problems import register_problems
    from server.web.rates import limit_rates
    from server.web.reading import limit_reading
    from server.web.request_log import register_request_log

    blueprints = (
        health.bp,
        access.bp,
        oidc.bp,
        devices.bp,
        faults.bp,
        fleet.bp,
        ingest.bp,
        pulse.bp,
        results.bp,
        released_out.bp,
        rights.bp,
        openapi.bp,
    )

    app = Flask("server", static_folder=None)
    app.url_map.merge_slashes = False  # a group's name may hold any
    app.config["SECRET_KEY"] = settings.secret_key
    app.extensions["settings"] = settings
    app.extensions["store"] = store or Store(settings.database_url)
    app.extensions["clock"] = clock
    app.extensions["policies"] = SharedPolicies()
    register_request_log(app)
    register_problems(app)
    ingest.open_door(app)  # before what changes who seems to ask
    answer_own_names(app, settings)
    limit_rates(app, settings)
    limit_reading(app)
    access.protect_forms(app)
    oidc.sign_in_by_providers(app, settings, directory_groups)
    guard_routes(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    serve_directories(app)
    return app
