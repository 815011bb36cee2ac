"""Replaying many events: nothing changes, a kill harms nothing, and live events go first."""

from __future__ import annotations

import pytest

from bridge.intercom.sandbox import seeds
from bridge.model import State
from bridge.store import events, lanes
from tests.acceptance.conftest import MakeBridge
from tests.acceptance.product import Bridge, until
from tests.acceptance.test_one_event import customer, subscription
from tests.conftest import KINDS
from tests.integration.store.conftest import Bench

TOKEN = "a-token-of-thirty-two-characters-or-more"
MANY, SOME = 20_000, 10_000


def replay(bridge: Bridge, **chosen: str) -> int:
    """Have everything that is meant applied again, over HTTP; give how many events that is."""
    answer = bridge.api("/api/replay", {**chosen, "confirm": True})
    changed = answer["changed"]
    while answer["cursor"]:
        answer = bridge.api("/api/replay", {**chosen, "confirm": True, "cursor": answer["cursor"]})
        changed += answer["changed"]
    return int(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_replay_of_everything_changes_nothing_and_makes_no_call(
    kind: str, make_bridge: MakeBridge
) -> None:
    """Customers, their changes, their subscriptions: Intercom holds the same and hears nothing."""
    bridge = make_bridge(kind, settings={"BRIDGE_ADMIN_TOKEN": TOKEN})
    bridge.start_web()
    bridge.start_worker()
    for number in range(5):
        bridge.send("stripe", customer(f"p{number}"))
        bridge.send("stripe", subscription(f"p{number}"))
        bridge.send("stripe", customer(f"p{number}", name="Grace Hopper"))
    bridge.settle()
    held, heard = seeds.held(bridge.sandbox), len(bridge.calls())
    assert len(held["contacts"]) == 5
    assert replay(bridge, until="9999-01-01") == 15
    bridge.settle()
    assert bridge.calls(since=heard) == []
    assert seeds.held(bridge.sandbox) == held
    assert all(row.state is State.DONE for row in bridge.listed())


@pytest.mark.parametrize("kind", KINDS)
def test_a_bulk_replay_that_is_killed_is_whole_as_far_as_it_came(
    kind: str, make_bridge: MakeBridge
) -> None:
    """Repeated, it does the rest; every lane has its events in their old order, each once."""
    bridge = make_bridge(kind)
    bench = Bench(bridge.db)
    bench.seed(MANY, source="stripe")
    command = ["events", "replay", "--source", "stripe", "--yes"]
    first = bridge.start(*command)
    until(lambda: "events: 500 of" in first.log(), "the replay does not begin")
    first.kill()
    pending = events.counts(bridge.db)[State.PENDING]
    assert 0 < pending < MANY
    assert pending % 500 == 0
    assert unappointed(bench) == 0
    assert bridge.start(*command).popen.wait(60) == 0
    assert events.counts(bridge.db)[State.PENDING] == MANY
    claims = lanes.claim(bridge.db, limit=MANY, lease=60)
    assert len(claims) == MANY // bench.PER_LANE
    for claim in claims[:: MANY // 100]:
        found = [row.position for row in events.due(bridge.db, claim, 10)]
        assert found == list(range(1, bench.PER_LANE + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_event_does_not_wait_for_a_bulk_replay(kind: str, make_bridge: MakeBridge) -> None:
    """It is applied while thousands of replayed lanes are still waiting."""
    bridge = make_bridge(kind)
    bridge.start_web()
    Bench(bridge.db).seed(SOME, source="stripe")
    assert bridge.start("events", "replay", "--source", "stripe", "--yes").popen.wait(60) == 0
    bridge.start_worker()
    live = bridge.send("stripe", customer("live"))
    until(lambda: bridge.event(live).state is State.DONE, "the live event waits")
    assert events.counts(bridge.db)[State.PENDING] > SOME // 2


def unappointed(bench: Bench) -> int:
    """Count the drained lanes that have something to do: nobody would ever come."""
    [(count,)] = bench.rows(
        f"""SELECT count(*) FROM lanes l WHERE l.ready_at = {2**62} AND EXISTS
            (SELECT 1 FROM events e WHERE e.lane_id = l.id AND e.state = 'pending')"""
    )
    return int(count)
