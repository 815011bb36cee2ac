"""The shipped mappings, loaded once, and what they make of a body, without any IO."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from bridge.clock import SECOND
from bridge.mapping.lint import stored
from bridge.mapping.load import load_mapping
from bridge.mapping.mapping import Mapping
from bridge.model import Event, Json, Mapped, Receipt
from bridge.sources.schemes import PARAMETERS

MAPPINGS = Path(__file__).parents[3] / "mappings"
RECEIVED = 1_767_225_600 * SECOND  # 2026-01-01

Make = Callable[[str, Json], tuple[Event, Mapped]]


@cache
def shipped(source: str) -> Mapping:
    """Give a shipped mapping, with every signature scheme there is."""
    return load_mapping(MAPPINGS / f"{source}.yaml", schemes=PARAMETERS)


@pytest.fixture
def make() -> Make:
    """Give a function that reads a body as its source and maps it."""

    def make(source: str, body: Json) -> tuple[Event, Mapped]:
        receipt = Receipt(source, RECEIVED, [], {}, json.dumps(body).encode())
        [event] = shipped(source).read(body, receipt, apply_tests=True)
        return event, shipped(source).map(body, stored(event, receipt))

    return make


@pytest.fixture(
    params=[
        "chargebee",
        "clerk",
        "intercom",
        "paddle",
        "pipedrive",
        "rudderstack",
        "segment",
        "signup",
        "stripe",
    ]
)
def mapping(request: pytest.FixtureRequest) -> Mapping:
    """Give each shipped mapping that is tested here."""
    return shipped(request.param)


@pytest.fixture
def stripe() -> Mapping:
    """Give the mapping of Stripe."""
    return shipped("stripe")


@pytest.fixture
def signup() -> Mapping:
    """Give the mapping of a website's own signup."""
    return shipped("signup")
