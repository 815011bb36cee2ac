"""The functions of the mapping language, one file per topic; importing this fills the registry."""

from bridge.mapping.functions import (
    aggregates,
    choices,
    identifiers,
    lists,
    money,
    numbers,
    objects,
    text,
    time,
)
from bridge.mapping.functions.registry import REGISTRY

__all__ = [
    "REGISTRY",
    "aggregates",
    "choices",
    "identifiers",
    "lists",
    "money",
    "numbers",
    "objects",
    "text",
    "time",
]
