"""The standard tests of `bridge check` find a mapping that a payload breaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.app.standard import broken_by
from bridge.mapping.example import Example
from bridge.mapping.load import load_mapping
from bridge.mapping.mapping import Mapping
from bridge.model import Identifier, PersonChange
from bridge.sources.schemes import PARAMETERS
from tests.shop import SHOP

PAYLOAD = {"id": "1", "type": "customer.new", "customer": "c1", "email": "a@example.com", "x": [1]}


@pytest.fixture
def shop(tmp_path: Path) -> Mapping:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    return load_mapping(file, schemes=PARAMETERS)


def found(mapping: Mapping) -> list[str]:
    return list(broken_by(mapping, Example("shop", "x.yaml", "New", payload=PAYLOAD)))


def mapping_that(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Take the care out of what a mapping makes."""
    map_event = Mapping.map
    monkeypatch.setattr(
        Mapping, "map", lambda *given, **named: change(map_event(*given, **named), given)
    )


def test_a_sound_mapping_is_broken_by_nothing(shop: Mapping) -> None:
    """Whatever is taken away or put in."""
    assert found(shop) == []


def test_a_crash_is_told_with_what_led_to_it(
    shop: Mapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not as a traceback."""
    mapping_that(monkeypatch, lambda mapped, given: (given[1]["x"], mapped)[1])
    assert "without x: KeyError, where the event should fail with its place" in found(shop)


def test_a_blank_identifier_is_told(shop: Mapping, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would find somebody else."""
    blank = PersonChange("user", (Identifier("email", ""),))
    mapping_that(monkeypatch, lambda mapped, _: replace(mapped, people=(blank,)))
    assert found(shop) == ["as it is: a change with a blank identifier"]


def test_what_depends_on_the_order_of_names_is_told(
    shop: Mapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Senders choose any."""
    mapping_that(monkeypatch, lambda mapped, given: replace(mapped, route=next(iter(given[1]), "")))
    assert found(shop) == ["the order of names in the payload changes what becomes of it"]
