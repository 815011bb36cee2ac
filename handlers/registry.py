"""Which handler makes which kind of Change true: one decorated function each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bridge.model import PersonChange, Target
from handlers.work import Work

PersonHandler = Callable[[PersonChange, Work], Target]
_Handler = TypeVar("_Handler", bound=PersonHandler)

PERSON: dict[str, PersonHandler] = {}


def handles(kind: str) -> Callable[[_Handler], _Handler]:
    """Register the handler of one kind of person block."""

    def register(handler: _Handler) -> _Handler:
        PERSON[kind] = handler
        return handler

    return register
