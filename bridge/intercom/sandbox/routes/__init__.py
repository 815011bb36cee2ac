"""The paths of Intercom's API that the sandbox answers: one decorated function each."""

from __future__ import annotations

from flask import Blueprint

from bridge.intercom.sandbox.routes import companies, contacts, notes, others, tags
from bridge.intercom.sandbox.routes.route import Routes
from bridge.intercom.sandbox.state import Sandbox

ALL: tuple[Routes, ...] = tuple(noun.ROUTES for noun in (contacts, companies, notes, tags, others))


def make(state: Sandbox) -> Blueprint:
    """Give the routes over one workspace."""
    api = Blueprint("api", __name__)
    for routes in ALL:
        routes.register(api, state)
    return api
