"""What `bridge preview` shows of one payload."""

from __future__ import annotations

from pathlib import Path

from bridge import config
from bridge.app import sources
from bridge.app.previewing import preview

MAPPINGS = Path(__file__).parents[3] / "mappings"


def test_an_example_is_previewed_with_the_rows_of_those_given_before() -> None:
    """The first subscription brings 147 a month, the second 100."""
    catalogue = sources.load(config.read({"BRIDGE_MAPPINGS": str(MAPPINGS)}))
    file = MAPPINGS / "stripe" / "subscription-second.yaml"
    [(_, mapped)] = preview(catalogue.mappings["stripe"], file)
    assert mapped.people[0].set["custom_attributes.stripe_mrr"] == 247
