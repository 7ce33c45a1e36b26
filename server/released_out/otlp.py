"""Pushing released figures by OTLP over HTTP, to whatever the standard variables of OpenTelemetry name.

A figure is pushed every hour, though it changes once a week: receivers forget a series that is silent.
"""

import os
from collections.abc import Collection
from datetime import datetime

from server.access.roles import Role
from server.config import released_as
from server.db import Store
from server.released_out.figures import Figure, released_figures

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
SERVICE = "employee-dex"


class PushRefused(Exception):
    """The receiver did not take the figures."""


def push_released(store: Store, _now: datetime) -> str:
    """The hourly job. Raises PushRefused; it is tried again like every job that failed."""
    role = released_as(os.environ)
    if not role or not any(os.environ.get(name) for name in ENDPOINTS):
        return "nobody asked for released figures"
    with store.reading() as session:
        figures = released_figures(session, Role(role))
    if figures:
        _push(figures)
    return f"{len(figures)} released figures pushed"


def _push(figures: Collection[Figure]) -> None:
    # Only an installation that pushes pays for the memory of these.
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: SERVICE}
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], Resource.create(named), shutdown_on_exit=False)
    meter = provider.get_meter("dex.released")
    measures = {figure.measure for figure in figures}
    gauges = {of: meter.create_gauge(of.name, of.unit, of.about) for of in measures}
    for figure in figures:
        gauges[figure.measure].set(figure.value, figure.labels)
    data = reader.get_metrics_data()
    exporter = OTLPMetricExporter()
    try:
        if data is None or exporter.export(data) is not MetricExportResult.SUCCESS:
            raise PushRefused
    finally:
        exporter.shutdown()
        provider.shutdown()
