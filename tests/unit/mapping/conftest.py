"""Mappings are loaded from real files; events are read and mapped as the worker would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from bridge.errors import MappingError
from bridge.mapping.lint import stored
from bridge.mapping.load import load_mapping
from bridge.mapping.mapping import Mapping
from bridge.model import Event, Mapped, Receipt

SCHEMES = {"stripe": (), "hmac": ("header", "template"), "token": ("header",)}
RECEIVED_AT = 1_767_323_045_000_000
"""2026-01-02T03:04:05Z in microseconds."""

TOP = """\
source: shop
verify:
  scheme: token
  secret: SHOP_SECRET
"""

STRIPE = """\
source: stripe
title: Stripe billing
verify:
  scheme: stripe                       # a named preset; every preset is a row of data
  secret: STRIPE_WEBHOOK_SECRET        # name of an environment variable
event:
  id: =body.id                         # the same id twice is applied once
  type: =body.type
  time: =unix(body.created)
  subject: =not_null(body.data.object.customer, body.data.object.id)
  test: =!body.livemode                # never reaches a live workspace
types:
  plan: string
  billing_status: string
  trial_ends_at: date
let:
  object: =body.data.object
  price: =object.items.data[0].price
tables:
  status:
    trialing: Trial
    active: Paying
    past_due: Payment overdue
    canceled: Cancelled
routes:                                # the first one that matches is taken
  - on: customer.subscription.*
    when: object.status != 'incomplete'
    user:
      match:
        stripe_customer: =object.customer
      missing:
        wait: 72h                      # customer.created may still be on its way
        then: park
      set:
        custom_attributes:
          plan: =not_null(price.nickname, price.lookup_key, price.id)
          billing_status: =lookup(object.status, 'status')
          trial_ends_at: =or_clear(object.trial_end)
      tags:
        add: [customer]
    company:                           # a route with both attaches the person to the company
      when: object.metadata.company_id
      match:
        company_id: =object.metadata.company_id
      set:
        plan: =price.nickname
  - on: [customer.created, customer.updated]
    user:
      match:                           # tried in this order; all are remembered
        stripe_customer: =object.id    # a link: any name that is not a field of Intercom
        external_id: =object.metadata.user_id
        email: =lower(object.email)
      set:
        name: =object.name
        phone: =object.phone
      set_once:
        signed_up_at: =unix(object.created)
  - on: customer.deleted               # a Stripe record is gone, the person is not
    user:
      match:
        stripe_customer: =object.id
      missing: skip
      unlink: [stripe_customer]
      set:
        custom_attributes:
          billing_status: Deleted in Stripe
"""

Load = Callable[..., Mapping]
Problems = Callable[..., list[str]]


def receipt_of(body: Any, **fields: Any) -> Receipt:
    """Give a verified receipt of a JSON body."""
    told = {"headers": (("content-type", "application/json"),), "query": {}, **fields}
    raw = told.pop("raw", json.dumps(body).encode())
    return Receipt("shop", RECEIVED_AT, body=raw, **told)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a mapping to a file and load it; `top` goes before the text."""

    def loaded(text: str, top: str = TOP) -> Mapping:
        path = tmp_path / "shop.yaml"
        path.write_text(top + dedent(text), encoding="utf-8")
        return load_mapping(path, schemes=SCHEMES)

    return loaded


@pytest.fixture
def problems(load: Load) -> Problems:
    """Give the problems of a mapping as `line:column: message`; `top` is empty unless given."""

    def found(text: str, top: str = "") -> list[str]:
        with pytest.raises(MappingError) as refused:
            load(text, top)
        return [f"{one.line}:{one.column}: {one.message}" for one in refused.value.problems]

    return found


@pytest.fixture
def stripe(load: Load) -> Mapping:
    """Give the mapping of Stripe that the design shows."""
    return load(STRIPE, top="")


@pytest.fixture
def receive() -> Callable[..., Event]:
    """Read the one event of a body."""

    def received(mapping: Mapping, body: Any, *, apply_tests: bool = True, **fields: Any) -> Event:
        (event,) = mapping.read(body, receipt_of(body, **fields), apply_tests=apply_tests)
        return event

    return received


@pytest.fixture
def apply(receive: Callable[..., Event]) -> Callable[..., Mapped]:
    """Read the one event of a body and map it."""

    def applied(mapping: Mapping, body: Any, **fields: Any) -> Mapped:
        event = receive(mapping, body, **fields)
        return mapping.map(body, stored(event, receipt_of(body, **fields)))

    return applied
