"""The next agreement: what it changes, in plain language, for those who read it before they sign."""

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboards.words import gettext
from server.access.current import granted
from server.agreement.editions import Edition
from server.agreement.keys import fingerprint
from server.agreement.queries import edition_in_force, newest_key
from server.agreement.words import difference
from server.policy.queries import settings_of
from server.policy.settings import draft

bp = Blueprint("agreement", __name__)


@bp.get("/agreement/next")
def next_edition() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        in_force, proposed = _editions(session)
        key = newest_key(session, granted().org_id)
    changes = difference(proposed.document, in_force.document)
    return render_template(
        "agreement_next.html",
        in_force=in_force,
        proposed=proposed,
        digest=proposed.digest,
        key=key.fingerprint if key else "",
        signed_by=fingerprint(in_force.modulus) if in_force.modulus else "",
        more=[line.said.in_words(gettext) for line in changes if line.more],
        less=[line.said.in_words(gettext) for line in changes if not line.more],
    )


@bp.get("/agreement/next.json")
def document() -> ResponseReturnValue:
    """The draft, byte for byte as it is to be signed."""
    with current_app.extensions["store"].reading() as session:
        _, proposed = _editions(session)
    response = Response(proposed.content, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="draft-{proposed.number}.json"'
    return response


def _editions(session: Session) -> tuple[Edition, Edition]:
    """The one in force, and what would follow it."""
    org_id = granted().org_id
    in_force = edition_in_force(session, org_id)
    return in_force, Edition(draft(settings_of(session, org_id), in_force))
