"""The door for Prometheus. It has a token of its own, as it opens something else than `/metrics` does."""

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.access.bearer import brings
from server.access.roles import Role
from server.config import Settings
from server.errors import NotFound, Unauthorized
from server.released_out.figures import NONE, POINTS, SECONDS, SHARE, Figure, Measure, released_figures

bp = Blueprint("released_out", __name__)

_ENDINGS = {POINTS: "", SHARE: "_ratio", SECONDS: "_seconds", NONE: ""}


@bp.get("/metrics/released")
def released() -> ResponseReturnValue:
    """The newest released figures, which stay the same until the next release."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.released_as or not settings.released_token:
        raise NotFound(
            "Released figures are not given out here; DEX_RELEASED_AS and DEX_RELEASED_TOKEN do it."
        )
    if not brings(settings.released_token):
        raise Unauthorized("Released figures are shown to whoever has the token DEX_RELEASED_TOKEN.")
    with current_app.extensions["store"].reading() as session:
        found = released_figures(session, Role(settings.released_as))
    registry = CollectorRegistry()
    registry.register(_Exposed(found))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def prometheus_name(measure: Measure) -> str:
    """As OpenTelemetry's own rules for Prometheus make it, so that both ways lead to the same name."""
    return measure.name.replace(".", "_") + _ENDINGS[measure.unit]


class _Exposed(Collector):
    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        families: dict[Measure, GaugeMetricFamily] = {}
        for figure in self._figures:
            family = families.get(figure.measure)
            if family is None:
                name, about = prometheus_name(figure.measure), figure.measure.about
                family = families[figure.measure] = GaugeMetricFamily(name, about, labels=list(figure.labels))
            family.add_metric(list(figure.labels.values()), figure.value)
        yield from families.values()
