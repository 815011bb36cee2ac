"""What operations cost: measured anew, and held against what docs/operations.md says."""

from __future__ import annotations

from pathlib import Path

from bridge.app.costs import measure
from bridge.app.documentation import pages
from bridge.intercom.operations import OPERATIONS

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "operations.md"


def test_every_operation_is_measured_and_costs_no_more_when_it_is_known() -> None:
    """And none costs nothing: they always call."""
    costs = measure()
    assert {(one.scene.resource, one.scene.name) for one in costs} == set(OPERATIONS)
    assert all(0 < len(one.warm) <= len(one.cold) for one in costs)


def test_the_page_says_what_was_declared_and_measured() -> None:
    """Otherwise: make docs."""
    assert pages(ROOT)[PAGE] == PAGE.read_text()
