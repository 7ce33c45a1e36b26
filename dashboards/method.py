"""How the score is made, with every number that is a convention: a page for everybody who is signed in."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboards.names import FACETS, SIGNALS, group_name
from dashboards.signal_values import anchors
from server.access.current import granted, signed_in
from server.access.roles import Grant
from server.privacy.result_queries import Rank, ranks_for
from server.privacy.visible import sees_sentiment
from server.privacy.window_queries import latest_week
from server.scoring import parameters

bp = Blueprint("method", __name__)


@bp.get("/method")
@signed_in()
def method() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        ranks = _ranks(session, grant)
    return render_template(
        "method.html",
        ranks=ranks,
        technical=not sees_sentiment(grant),
        signals=parameters.SIGNALS.values(),
        names=SIGNALS,
        facets=FACETS,
        anchors=anchors,
        name_of=group_name,
        p=parameters,
    )


def _ranks(session: Session, grant: Grant) -> list[Rank]:
    """None before the first release."""
    return ranks_for(session, grant) if latest_week(session, grant.org_id) is not None else []
