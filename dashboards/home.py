"""The first page: the way in for somebody who is not signed in, else the way to one's pages."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dashboards.navigation import open_pages
from server.access.current import current_grant

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    grant = current_grant()
    if grant is None:
        return render_template("sign_in.html")
    pages = open_pages(grant)
    if len(pages) == 1:
        return redirect(url_for(pages[0].endpoint))
    return render_template("index.html")
