"""Whether a call may begin: the lease must last, and the worker too."""

from __future__ import annotations

import pytest

from bridge.errors import LeaseLost
from bridge.model import Claim
from bridge.store.database import connect
from bridge.worker.lease import Lease

LONGEST = 20.0


def lease(hour: list[float]) -> Lease:
    db = connect("sqlite:///nowhere.db")  # it is not reached
    return Lease(db, Claim(7, 1, "shop", "p1", 1, 0), 60, monotonic=lambda: hour[0])


def test_a_call_begins_only_where_it_ends_within_the_lease() -> None:
    """Afterwards another worker may be at the same people."""
    hour = [100.0]
    one = lease(hour)
    hour[0] = 139.9
    one.check(LONGEST)
    hour[0] = 140.1
    with pytest.raises(LeaseLost, match="too short"):
        one.check(LONGEST)


def test_a_worker_that_ends_begins_no_call_after_the_last_one() -> None:
    """It could not wait for the answer."""
    hour = [100.0]
    one = lease(hour)
    one.last_call = 104.0
    hour[0] = 103.9
    one.check(LONGEST)
    hour[0] = 104.1
    with pytest.raises(LeaseLost, match="this worker ends"):
        one.check(LONGEST)
