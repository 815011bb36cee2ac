"""What a shop tells of its people: facts in no order of time, some of them twice, sent for sure."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import requests

from tests.acceptance.product import Bridge

Fact = dict[str, Any]
START = 1_750_000_000_000

MAPPING = """
source: shop
verify:
  scheme: hmac
  secret: SHOP_SECRET
  header: X-Signature
event:
  id: =body.id
  type: =body.type
  time: =body.at
  subject: =body.who
types:
  grade: string
  steps: integer
routes:
  - on: account.*
    user:
      match:
        external_id: =body.who
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          grade: =body.grade
      tags:
        add: shopper
    track:
      name: Bought
      when: body.bought
  - on: reader.*
    lead:
      match:
        email: =body.email
      set:
        name: =body.name
        custom_attributes:
          grade: =body.grade
    track:
      name: Bought
      when: body.bought
"""
"""Accounts are users, readers leads."""


def story(dice: random.Random, events: int, people: int) -> list[Fact]:
    """Give what is sent: of each person the first fact first, the others shuffled, a tenth twice.

    The grade of a fact is `g` and its place in time: of two facts the later has the greater number.
    """
    facts = [_fact(number, number % people, dice) for number in range(events)]
    for fact in facts[:people]:
        fact["type"] = fact["type"].replace("updated", "created")
    later = facts[people:]
    dice.shuffle(later)
    told = [*facts[:people], *later]
    for fact in dice.sample(facts, events // 10):
        told.insert(dice.randrange(len(told)), fact)
    return told


def _fact(number: int, who: int, dice: random.Random) -> Fact:
    return {
        "id": f"e{number}",
        "type": "account.updated" if who % 3 else "reader.updated",
        "at": START + number * 1000 + dice.randrange(1000),
        "who": f"p{who}",
        "email": f"p{who}@shop.example",
        "name": f"Person {who}",
        "grade": f"g{number}",
        "bought": dice.random() < 0.2,
    }


@contextmanager
def delivering(bridge: Bridge, facts: list[Fact]) -> Iterator[dict[str, int]]:
    """Send facts from four threads, each until it is acknowledged, as vendors do.

    Gives the id of each acknowledged event by the fact's id; all are sent when the block ends.
    """
    acknowledged: dict[str, int] = {}
    over = threading.Event()

    def deliver(fact: Fact) -> None:
        deadline = time.monotonic() + 60
        while (answer := _tried(bridge, fact)) is None and not over.wait(0.05):
            assert time.monotonic() < deadline, "it is never acknowledged"
        if answer is not None:
            assert answer.status_code == 200, answer.text
            [event_id] = answer.json()["events"]
            assert acknowledged.setdefault(fact["id"], event_id) == event_id, "one event is two"

    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(deliver, fact) for fact in facts]
        try:
            yield acknowledged
            for each in sending:
                each.result()
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)


def _tried(bridge: Bridge, fact: Fact) -> requests.Response | None:
    """Send a fact once; None where nothing answered, or where it could not be stored."""
    try:
        answer = bridge.post(bridge.signed("shop", fact))
    except requests.RequestException:
        return None
    return None if answer.status_code == 503 else answer
