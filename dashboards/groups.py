"""The page of one group: company, unit, team, stage, or a unit or team in one stage."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from dashboards import sentences
from dashboards.group_figures import falls, minutes_bar, trend_figure
from dashboards.group_words import group_words
from server.access.current import granted
from server.people.models import Organisation
from server.privacy.explain import explain
from server.privacy.plan import COMPANY
from server.privacy.result_queries import detail_for, groups_for, window_for
from server.privacy.results import GroupDetail
from server.privacy.visible import sees_exact, sees_sentiment

bp = Blueprint("groups", __name__, url_prefix="/groups")


@bp.get("/<kind>/<path:name>")
def group(kind: str, name: str) -> ResponseReturnValue:
    grant, week = granted(), request.args.get("week")
    with current_app.extensions["store"].reading() as session:
        organisation = session.get_one(Organisation, grant.org_id)
        detail = detail_for(session, grant, f"{kind}:{name}", week)
        listed = groups_for(session, grant, detail.week)
        exact = explain(window_for(session, grant, week), f"{kind}:{name}") if sees_exact(grant) else []
    return render_template(
        "group.html",
        **group_words(organisation),
        detail=detail,
        result=detail.result,
        trend=trend_figure(detail),
        falls=falls(detail),
        parts=_parts(detail, [found.group for found in listed.groups if found.status == "ok"]),
        above=_above(detail),
        minutes_bar=minutes_bar,
        technical=not sees_sentiment(grant),
        released_on=sentences.next_release(detail.week),
        exact=exact,
    )


def _above(detail: GroupDetail) -> list[str]:
    """The groups this one is a part of, the company first."""
    kind, left = detail.result.kind, detail.result.name.partition("|")[0]
    if kind == "company":
        return []
    if kind == "team" and detail.result.unit:
        return [COMPANY, f"unit:{detail.result.unit}"]
    if kind in ("unit_stage", "cell"):
        return [COMPANY, f"{'unit' if kind == 'unit_stage' else 'team'}:{left}"]
    return [COMPANY]


def _parts(detail: GroupDetail, listed: list[str]) -> list[str]:
    """The published pairs of this unit, team or stage with the other direction."""
    kind, name = detail.result.kind, detail.result.name
    pairs = [group for group in listed if "|" in group]
    if kind == "unit":
        return [pair for pair in pairs if pair.startswith(f"unit_stage:{name}|")]
    if kind == "team":
        return [pair for pair in pairs if pair.startswith(f"cell:{name}|")]
    return [pair for pair in pairs if pair.endswith(f"|{name}")] if kind == "stage" else []
