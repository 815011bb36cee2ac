"""How requests are taken in: the `receive:` block of a mapping."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.mapping.form import MAX_BODY, Form, read_form
from bridge.mapping.handshake import Handshake, read_handshake
from bridge.mapping.known import Known
from bridge.mapping.shape import Fields, shape
from bridge.mapping.value import MOST_ITEMS, Scope, Value, read_value
from bridge.model import Json

ITEM = "item"
"""The name of one item of a batch."""

REQUEST = ("body", "headers", "query")
"""The names a request alone tells."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer that a sender wants once its request is stored."""

    status: int = 200
    type: str = "text/plain"
    body: str = ""


@dataclass(frozen=True, slots=True)
class Reception:
    """What the `receive:` block says.

    `each` splits a batch into items. `max_body` is in bytes (None: left to the configuration);
    `ack` is None where the bridge's own answer will do, `form` where the source is not open,
    `handshake` where nobody asks before sending.
    """

    each: Value | None = None
    max_body: int | None = None
    ack: Ack | None = None
    form: Form | None = None
    handshake: Handshake | None = None


class NoBatch(ValueError):
    """A request that should be a batch cannot be split."""


def read_receive(fields: Fields, known: Known) -> tuple[Reception, Known]:
    """Give the `receive:` block, and what is known to the events and routes behind it."""
    block = fields.block("receive")
    if block is None:
        return Reception(), known
    inner = shape(block, "receive", known.problems)
    form = read_form(inner, known)
    reception = Reception(
        each=_each(inner, known),
        max_body=_max_body(inner, form),
        ack=_ack(inner, known),
        form=form,
        handshake=read_handshake(inner, known.seeing(REQUEST)),
    )
    return reception, known.naming(ITEM) if "each" in inner.places else known


def _max_body(fields: Fields, form: Form | None) -> int | None:
    node = fields.scalar("max_body")
    return int(node.value) if node is not None else None if form is None else MAX_BODY


def _each(fields: Fields, known: Known) -> Value | None:
    node = fields.scalar("each")
    if node is None:
        return None
    each = read_value(node, known.seeing(REQUEST))
    if each is not None and each.expression is not None and each.expression.or_clear:
        known.problems.add(node.place, "`or_clear` belongs to `set`: `each` takes a list")
    return each


def _ack(fields: Fields, known: Known) -> Ack | None:
    block = fields.block("ack")
    if block is None:
        return None
    inner = shape(block, "ack", known.problems)
    status = inner.scalar("status")
    if status is not None and not 200 <= status.value <= 299:
        told = "`status` is from 200 to 299: the request is stored, and any other asks for it again"
        known.problems.add(status.place, told)
    if status is not None and status.value == 204 and "body" in inner:
        known.problems.add(inner.at("body"), "status 204 has no `body`: remove one of them")
    return Ack(
        status=200 if status is None else int(status.value),
        type=inner.text("type", "text/plain"),
        body=inner.text("body"),
    )


def split(each: Value, scope: Scope) -> list[Json]:
    """Give the items of a batch; what is no list is its only item.

    Raises NoBatch where there is none, or there are more than MOST_ITEMS; ExpressionError.
    """
    told = scope.evaluate(each)
    if told is None:
        raise NoBatch(f"{each.where}: `receive.each` finds no items in this request")
    items = told if isinstance(told, list) else [told]
    if len(items) > MOST_ITEMS:
        raise NoBatch(
            f"{each.where}: `receive.each` gives {len(items)} items; {MOST_ITEMS} at most"
        )
    return items
