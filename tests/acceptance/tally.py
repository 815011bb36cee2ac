"""Counting from outside: what was acknowledged, and what Intercom got and holds of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.model import State
from tests.acceptance.product import Bridge
from tests.acceptance.story import Fact


@dataclass(frozen=True, slots=True)
class Tally:
    """How a story ended.

    `acknowledged` events, and how many of them are stored, done, and of the right subject
    (`applied`). `missing`: people and purchases that Intercom does not hold. `twice`: people and
    purchases that it holds, or was made to hold, more than once. `out_of_order`: writes of an older
    grade after a newer one, and people who do not end with their newest.
    """

    acknowledged: int
    applied: int
    missing: int
    twice: int
    out_of_order: int
    calls: int
    refused: int

    @property
    def is_flawless(self) -> bool:
        """Say whether all that was acknowledged is applied, once and in order."""
        flaws = (self.missing, self.twice, self.out_of_order)
        return self.applied == self.acknowledged and not any(flaws)


def tally(bridge: Bridge, facts: Iterable[Fact], acknowledged: Mapping[str, int]) -> Tally:
    """Count how a story ended, once all is settled."""
    told = {fact["id"]: fact for fact in facts}
    people = bridge.people()
    held = Counter(one["email"] for one in people)
    wanted = {fact["email"] for fact in told.values()}
    missing, doubled = _purchases(told.values(), people)
    calls = bridge.calls()
    return Tally(
        acknowledged=len(acknowledged),
        applied=_applied(bridge, told, acknowledged),
        missing=len(wanted - set(held)) + missing,
        twice=sum(held.values()) - len(held) + _made_again(calls) + doubled,
        out_of_order=_went_back(calls, people) + _not_newest(told.values(), people),
        calls=len(calls),
        refused=sum(call["status"] == 429 for call in calls),
    )


def _applied(bridge: Bridge, told: Mapping[str, Fact], acknowledged: Mapping[str, int]) -> int:
    done = {row.id: row.subject for row in bridge.listed() if row.state is State.DONE}
    return sum(done.get(row_id) == told[name]["who"] for name, row_id in acknowledged.items())


def _purchases(facts: Iterable[Fact], people: list[dict[str, Any]]) -> tuple[int, int]:
    """Count purchases that are not there, and those that are there too often."""
    wanted = Counter((fact["email"], fact["at"] // 1000) for fact in facts if fact["bought"])
    held = Counter(
        (one["email"], event["created_at"]) for one in people for event in one.get("events", [])
    )
    return (wanted - held).total(), (held - wanted).total()


def _made_again(calls: list[dict[str, Any]]) -> int:
    made = Counter(
        call["body"]["email"]
        for call in calls
        if (call["method"], call["path"], call["status"]) == ("POST", "/contacts", 200)
    )
    return made.total() - len(made)


def _went_back(calls: list[dict[str, Any]], people: list[dict[str, Any]]) -> int:
    """Count the writes of a grade that is older than the one written before."""
    email_of = {one["id"]: one["email"] for one in people}
    latest: Counter[str] = Counter()
    back = 0
    for call in calls:
        grade = ((call["body"] or {}).get("custom_attributes") or {}).get("grade")
        if grade is None or call["status"] >= 300:
            continue
        number = int(grade[1:])
        who = call["body"].get("email") or email_of[call["path"].split("/")[2]]
        back += number < latest[who]
        latest[who] = number
    return back


def _not_newest(facts: Iterable[Fact], people: list[dict[str, Any]]) -> int:
    newest = {fact["email"]: fact["grade"] for fact in sorted(facts, key=lambda one: one["at"])}
    return sum(one["custom_attributes"].get("grade") != newest[one["email"]] for one in people)
