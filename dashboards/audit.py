"""The audit log: that somebody looked or changed something, for the works council and the privacy officer."""

from collections.abc import Sequence

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from dashboards.audit_words import ACTIONS, about_words, who_words
from server.access.audit_chain import end_of, newest_entries
from server.access.audit_models import AuditRow
from server.access.current import granted
from server.terms import terms_in_force

bp = Blueprint("audit", __name__)

ENTRIES_SHOWN = 100


@bp.get("/audit")
def audit() -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    with current_app.extensions["store"].reading() as session:
        org_id = granted().org_id
        rows = newest_entries(session, org_id, before, ENTRIES_SHOWN)
        end, weeks = end_of(session, org_id), terms_in_force(session)["audit"]
    earlier = rows[-1].number if len(rows) == ENTRIES_SHOWN else None
    return render_template("audit.html", entries=_lines(rows), end=end, earlier=earlier, weeks=weeks)


def _lines(rows: Sequence[AuditRow]) -> list[dict[str, object]]:
    lines = []
    for row in rows:
        who = who_words(row.who)
        lines.append(
            {
                "number": row.number,
                "day": row.day,
                "who": who,
                "what": str(ACTIONS.get(row.action, row.action)),
                "about": about_words(row.about, hidden=not who.account),
                "reason": row.reason,
            }
        )
    return lines
