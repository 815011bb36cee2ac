"""What a browser form may send, and from where: the `form` block of an open source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.mapping.known import Known
from bridge.mapping.nodes import Scalar
from bridge.mapping.shape import Fields, shape
from bridge.model import Json

ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")
PAGE = re.compile(r"https?://[^\s/]+[^\s]*")
PER_MINUTE = 10
MAX_BODY = 65_536
"""Bytes of a form, where `max_body` does not say otherwise: nobody proves who sends them."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form on somebody's page.

    `origins` are the sites it may stand on, `fields` what is kept of it; a filled `honeypot` gives
    a robot away; `redirect` is the page shown afterwards (empty: the bridge's own); `per_minute`
    is how many one address may send.
    """

    origins: tuple[str, ...]
    fields: tuple[str, ...]
    honeypot: str = ""
    redirect: str = ""
    per_minute: int = PER_MINUTE

    def kept(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """Give the fields that are wanted: texts, numbers, yes and no, and lists of these."""
        return {name: body[name] for name in self.fields if name in body and _plain(body[name])}

    def is_robot(self, body: Mapping[str, Json]) -> bool:
        """Say whether the field that people do not see was filled."""
        return bool(self.honeypot) and body.get(self.honeypot) not in (None, "", [])


def _plain(value: Json) -> bool:
    if isinstance(value, list):
        return not any(isinstance(one, dict | list) for one in value)
    return value is not None and not isinstance(value, dict)


def read_form(fields: Fields, known: Known) -> Form | None:
    """Give the `form` block of `receive`, None where there is none."""
    block = fields.block("form")
    if block is None:
        return None
    inner = shape(block, "form", known.problems)
    _check(inner, known)
    limit = inner.scalar("per_minute")
    return Form(
        origins=_texts(inner, "origins"),
        fields=_texts(inner, "fields"),
        honeypot=inner.text("honeypot"),
        redirect=inner.text("redirect"),
        per_minute=PER_MINUTE if limit is None else int(limit.value),
    )


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(node.text for node in fields.scalars(name))


def _check(fields: Fields, known: Known) -> None:
    def refuse(node: Scalar, message: str) -> None:
        known.problems.add(node.place, message)

    for node in fields.scalars("origins"):
        if not ORIGIN.fullmatch(node.text):
            refuse(
                node,
                f"`{node.text}` is no origin: write the site alone, such as "
                "https://www.example.com (http only for localhost)",
            )
    for node in fields.scalars("fields"):
        if node.text == fields.text("honeypot"):
            refuse(node, f"`{node.text}` is the honeypot: people never fill it, so it is no field")
    redirect, limit = fields.scalar("redirect"), fields.scalar("per_minute")
    if redirect is not None and not PAGE.fullmatch(redirect.text):
        refuse(redirect, "`redirect` takes a whole address, such as https://www.example.com/thanks")
    if limit is not None and not 1 <= limit.value <= 1000:
        refuse(limit, "`per_minute` is from 1 to 1000")
