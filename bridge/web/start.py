"""`GET /`: where one is, which sources there are, what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template

from bridge import __version__
from bridge.web.endpoint import Endpoint


def blueprint(endpoints: Mapping[str, Endpoint], public_url: str) -> Blueprint:
    """Give the start page; it shows no secret and nothing of any person."""
    start = Blueprint("start", __name__)

    @start.get("/")
    def page() -> str:
        sources = [endpoints[name] for name in sorted(endpoints)]
        return render_template(
            "start.html", sources=sources, public_url=public_url, version=__version__
        )

    return start
