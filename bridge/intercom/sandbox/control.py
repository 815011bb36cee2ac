"""What is the sandbox's own: its page, its contents as JSON, and the orders for faults."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from flask import Blueprint, Response, abort, jsonify, request, send_from_directory

from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.faults import read_fault
from bridge.intercom.sandbox.model import invalid
from bridge.intercom.sandbox.page import render_page, render_view
from bridge.intercom.sandbox.rules import changed
from bridge.intercom.sandbox.state import Sandbox

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def make(state: Sandbox) -> Blueprint:
    """Give the routes under /_sandbox and the page at /."""
    own = Blueprint("own", __name__)
    own.before_request(_refuse_strangers)
    _page(own, state)
    _orders(own, state)
    _rules(own, state)
    return own


def _refuse_strangers() -> None:
    """Refuse what a page of another site asks for through the developer's browser."""
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        abort(403)


def _page(own: Blueprint, state: Sandbox) -> None:
    @own.get("/")
    def page() -> Response:
        response = Response(render_page(state), mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    @own.get("/_sandbox/view")
    def view() -> Response:
        mark, html = render_view(state)
        if request.args.get("mark") == mark:
            return Response(status=204)
        return jsonify({"mark": mark, "html": html})

    @own.get("/_sandbox/static/<name>")
    def static_file(name: str) -> Response:
        return send_from_directory(STATIC, name)


def _orders(own: Blueprint, state: Sandbox) -> None:
    @own.get("/_sandbox/state")
    def contents() -> Response:
        return jsonify(seeds.held(state))

    @own.post("/_sandbox/state")
    def plant() -> Response:
        try:
            seeds.plant(state, request.get_json(force=True))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise invalid(str(error)) from None
        return jsonify(seeds.held(state))

    @own.get("/_sandbox/calls")
    def calls() -> Response:
        since = request.args.get("since", default=0, type=int)
        return jsonify(state.journal.listed(since))

    @own.get("/_sandbox/faults")
    def faults() -> Response:
        return jsonify(state.faults.listed())

    @own.post("/_sandbox/faults")
    def order_fault() -> Response:
        try:
            state.faults.add(read_fault(request.get_json(force=True)))
        except (ValueError, TypeError, AttributeError) as error:
            raise invalid(str(error)) from None
        return jsonify(state.faults.listed())

    @own.delete("/_sandbox/faults")
    def cancel_faults() -> Response:
        state.faults.clear()
        return jsonify([])

    @own.post("/_sandbox/reset")
    def reset() -> Response:
        state.reset()
        return jsonify(seeds.held(state))


def _rules(own: Blueprint, state: Sandbox) -> None:
    @own.get("/_sandbox/rules")
    def rules() -> Response:
        return jsonify(asdict(state.rules))

    @own.put("/_sandbox/rules")
    def change_rules() -> Response:
        try:
            with state.lock:
                state.rules = changed(state.rules, request.get_json(force=True))
        except ValueError as error:
            raise invalid(str(error)) from None
        return jsonify(asdict(state.rules))
