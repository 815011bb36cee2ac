"""Payloads in the shape their senders document: the examples of the mappings, with other people."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bench.calls.sent import Payload
from bridge import config
from bridge.app import sources
from bridge.mapping.examples import load_example
from bridge.mapping.mapping import Mapping as SourceMapping

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "mappings"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@cache
def shipped() -> Mapping[str, SourceMapping]:
    """Give the shipped mappings by source."""
    return sources.load(config.read({"BRIDGE_MAPPINGS": str(SHIPPED)})).mappings


@cache
def _body(source: str, name: str) -> bytes:
    return load_example(shipped()[source], SHIPPED / source / f"{name}.yaml").body


def payload(source: str, example: str) -> Payload:
    """Give the payload of an example, to be changed."""
    found: dict[str, Any] = json.loads(_body(source, example))
    return found


def token(draw: random.Random, length: int = 14) -> str:
    """Give a random text as ids are made of."""
    return "".join(draw.choices(_LETTERS, k=length))
