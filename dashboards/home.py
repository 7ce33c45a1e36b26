"""The first page: the way in for somebody who is not signed in, else that person's first page."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from dashboards.navigation import first_page
from dashboards.sign_in import sign_in_page
from server.access.current import current_grant

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    page = first_page(current_grant())
    if page is None:
        return sign_in_page("/")
    return redirect(url_for(page.endpoint))
