"""How a route is declared: a function of the workspace and the ids in its path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from flask import Blueprint, Response, g, jsonify, request

from bridge.intercom.sandbox.fields import an_object
from bridge.intercom.sandbox.model import Version, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

View = Callable[..., Json]


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path, what answers it (with JSON, None for no body), and with which status."""

    method: str
    path: str
    view: View
    status: int = 200


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes of one noun."""

    declared: list[Route] = field(default_factory=list)

    def route(self, method: str, path: str, status: int = 200) -> Callable[[View], View]:
        """Declare a route; its function gets the workspace first, its lock held."""

        def declare(view: View) -> View:
            self.declared.append(Route(method, path, view, status))
            return view

        return declare

    def register(self, api: Blueprint, state: Sandbox) -> None:
        """Put the routes before a workspace."""
        for each in self.declared:
            api.add_url_rule(
                each.path,
                endpoint=each.view.__name__,
                view_func=partial(_answer, state, each),
                methods=[each.method],
                provide_automatic_options=False,
            )


def _answer(state: Sandbox, route: Route, **ids: Any) -> Response:
    with state.lock:
        answer = route.view(state, **ids)
    response = Response() if answer is None else jsonify(answer)
    response.status_code = route.status
    return response


def body() -> dict[str, Any]:
    """Give the JSON object that was sent, whatever it is called; {} where nothing was."""
    if not request.get_data().strip():
        return {}
    sent = request.get_json(force=True, silent=True)
    if sent is None:
        raise invalid("The request body is not valid JSON")
    return an_object(sent)


def version() -> Version:
    """Give the version of the API that the call asks for."""
    return cast(Version, g.version)
