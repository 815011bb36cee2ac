"""How an address is confirmed before a sender uses it: the `handshake` block of `receive`."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.mapping.expressions import plain
from bridge.mapping.known import Known
from bridge.mapping.shape import Fields, shape
from bridge.mapping.targets import read_condition
from bridge.mapping.value import Scope, Value, read_value
from bridge.model import Json


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a sender asks, and what it wants to hear.

    By GET the parameter `get` is sent back, where the parameter `token` holds the source's secret.
    By POST, verified like any request, a body for which `when` holds gets `answer`.
    """

    get: str = ""
    token: str = ""
    when: Value | None = None
    answer: Value | None = None

    def answered(self, scope: Scope) -> tuple[bool, Json]:
        """Say whether a request is such a question, and give the answer; raise ExpressionError."""
        if self.when is None or self.answer is None or not scope.holds(self.when):
            return False, None
        return True, plain(scope.evaluate(self.answer))


def read_handshake(fields: Fields, known: Known) -> Handshake | None:
    """Give the `handshake` block of `receive`, None where there is none."""
    block = fields.block("handshake")
    if block is None:
        return None
    inner = shape(block, "handshake", known.problems)
    for one, other in (("when", "answer"), ("answer", "when"), ("token", "get")):
        if one in inner.places and other not in inner.places:
            known.problems.add(inner.at(one), f"`{one}` needs `{other}` beside it")
    if not {"get", "when", "answer"} & set(inner.places):
        known.problems.add(block.place, "`handshake` takes `get`, or `when` and `answer`")
    answer = inner.scalar("answer")
    return Handshake(
        get=inner.text("get"),
        token=inner.text("token"),
        when=read_condition(inner, known),
        answer=None if answer is None else read_value(answer, known),
    )
