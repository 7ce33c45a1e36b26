"""The pages on top of the server; `create_app` makes what is deployed."""

from typing import TYPE_CHECKING

from server.clock import Clock, utc_now

if TYPE_CHECKING:
    from flask import Flask

    from server.config import Settings
    from server.db import Store


def create_app(settings: "Settings", store: "Store | None" = None, clock: Clock = utc_now) -> "Flask":
    """The server's application and the pages. Imports stand here so that granian's main stays small."""
    from dashboards.access_page import bp as access_page
    from dashboards.advice import bp as advice
    from dashboards.agreement import bp as agreement
    from dashboards.alarms import bp as alarms
    from dashboards.api_reference import bp as api_reference
    from dashboards.audit import bp as audit
    from dashboards.comments import bp as comments
    from dashboards.equipment import bp as equipment
    from dashboards.experiments import bp as experiments
    from dashboards.fleet import bp as fleet
    from dashboards.groups import bp as groups
    from dashboards.home import bp as home
    from dashboards.journey import bp as journey
    from dashboards.layout import register_layout
    from dashboards.me import bp as me
    from dashboards.method import bp as method
    from dashboards.overview import bp as overview
    from dashboards.own_data import bp as own_data
    from dashboards.privacy import bp as privacy
    from dashboards.requests import bp as requests
    from dashboards.sign_in import bp as sign_in
    from dashboards.support import bp as support
    from dashboards.tasks import bp as tasks
    from server import create_app as create_server

    app = create_server(settings, store, clock)
    register_layout(app)
    for blueprint in (
        home,
        sign_in,
        access_page,
        api_reference,
        overview,
        groups,
        advice,
        comments,
        alarms,
        equipment,
        experiments,
        fleet,
        me,
        own_data,
        journey,
        support,
        tasks,
        requests,
        audit,
        privacy,
        agreement,
        method,
    ):
        app.register_blueprint(blueprint)
    return app
