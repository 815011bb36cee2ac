"""Dry run: everything happens but writes, and a replay applies what was planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bridge.clock import SECOND
from bridge.errors import ExpressionError
from bridge.model import Mapped, State, TrackChange
from bridge.store import events
from tests.integration.handlers.world import T0, Applied, World, company, person

ADA = "ada@example.com"
KNOWN_TABLES = ("links", "assertions", "shadow", "journal", "holds", "waits")


def sign_up() -> tuple[Any, ...]:
    return (
        company("acme", set={"name": "Acme"}),
        person(
            "user", external_id="u1", email=ADA, add_tags=("trial",),
            set={"custom_attributes.plan": "gold"}, types={"custom_attributes.plan": "string"},
        ),
        TrackChange("signed-up", {"n": 1}, T0 * SECOND),
    )  # fmt: skip


def rehearsed(world: World, *changes: Any, **more: Any) -> Applied:
    """Apply an event in a dry run, then put the world back to work."""
    real, world.to = world.to, replace(world.to, dry_run=True)
    try:
        return world.apply(*changes, **more)
    finally:
        world.to = real


def planned(world: World, event_id: int) -> list[str]:
    (attempt,) = events.attempts(world.db, event_id)
    return [f"{one['method']} {one['path']}" for one in attempt.calls if one.get("planned")]


def rows(world: World) -> dict[str, int]:
    with world.db.read() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in KNOWN_TABLES
        }


def test_a_dry_run_reads_and_plans_and_writes_nothing(world: World) -> None:
    """The plan is in the attempt; Intercom and what is known stay as they were."""
    done = rehearsed(world, *sign_up())
    assert done.outcome.state is State.SKIPPED
    assert done.outcome.reason.startswith("dry run: 6 calls to Intercom")
    assert done.calls == [
        "GET /companies",
        "GET /contacts/find_by_external_id/u1",
        "POST /contacts/search",
    ]
    assert planned(world, done.id) == [
        "POST /companies",
        "POST /data_attributes",
        "POST /contacts",
        "POST /contacts/dry-run-2/companies",
        "POST /tags",
        "POST /events",
    ]
    assert (world.contacts(), world.companies()) == ([], [])
    assert rows(world) == dict.fromkeys(KNOWN_TABLES, 0)


def test_the_plan_says_which_fields_and_never_what_is_in_them(world: World) -> None:
    """Names of fields tell enough; values are personal."""
    done = rehearsed(world, *sign_up())
    (attempt,) = events.attempts(world.db, done.id)
    (create,) = [one for one in attempt.calls if one["path"] == "/contacts"]
    assert create["fields"] == ["custom_attributes", "email", "external_id", "role"]
    assert ADA not in str(attempt.calls)


def test_a_replay_applies_what_was_planned(world: World) -> None:
    """Nothing of the rehearsal is in the way."""
    done = rehearsed(world, *sign_up())
    applied = world.replay(done.id)
    assert applied.outcome.state is State.DONE
    assert world.contact().items() >= {"companies": ["acme"], "tags": ["trial"]}.items()
    assert len(world.contact()["events"]) == 1


def test_a_dry_run_of_something_known_plans_only_what_differs(world: World) -> None:
    """It sees what is known, though it changes nothing of it."""
    world.apply(*sign_up())
    before = rows(world)
    again = rehearsed(world, *sign_up(), at=1)
    assert planned(world, again.id) == ["POST /events"]
    changed = rehearsed(
        world,
        company("acme", set={"name": "Acme 2"}),
        person("user", external_id="u1", set={"name": "Ada"}),
        at=2,
    )
    plan = planned(world, changed.id)
    assert plan == ["POST /companies", f"PUT /contacts/{world.contact()['id']}"]
    assert "name" not in world.contact()
    assert rows(world) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (person("user", stripe_customer="cus_1"), "dry run: it would wait: "),
        (person("user"), "dry run: it would be parked: unidentified"),
    ],
)
def test_what_would_wait_or_be_parked_is_said(world: World, change: Any, reason: str) -> None:
    """The event ends, so that a replay takes it up."""
    done = rehearsed(world, change)
    assert done.outcome.state is State.SKIPPED
    assert done.outcome.reason.startswith(reason)
    assert rows(world) == dict.fromkeys(KNOWN_TABLES, 0)


def test_a_failure_is_no_plan(world: World) -> None:
    """A mapping that cannot be applied fails in a dry run as well."""
    error = ExpressionError("app.yaml:1:1: broken")
    assert rehearsed(world, error).outcome.state is State.FAILED
    assert rehearsed(world, Mapped(skipped="no route")).outcome.reason == "no route"
