"""The first page: the way in for somebody who is not signed in, else that person's first page."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboards.navigation import first_page
from server.access.current import current_grant

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    grant = current_grant()
    if grant is None:
        return render_template("sign_in.html")
    return redirect(url_for(first_page(grant).endpoint))
