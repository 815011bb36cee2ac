"""Work that can wait leaves half of every window of Intercom's limit to the others."""

from __future__ import annotations

import pytest

from bridge.intercom.courtesy import Courtesy
from bridge.model import Answer, Call

CALL = Call("search contacts", "POST", "/contacts/search")
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
NOW = 1_700_000_000


def slept(pause: float = 0, **headers: str) -> list[float]:
    """Give what is slept before the call after one whose answer has these headers."""
    waits: list[float] = []
    courtesy = Courtesy(pause, waits.append, lambda: 50.0)
    told = {f"x-ratelimit-{name}": value for name, value in headers.items()}
    courtesy.learn(Answer(CALL, 200, {}, {"date": DATE, **told}, 0.1))
    courtesy.take(CALL)
    return waits


@pytest.mark.parametrize(
    ("remaining", "waits"), [("1000", []), ("834", []), ("833", [7.0]), ("0", [7.0])]
)
def test_half_of_a_window_is_left(remaining: str, waits: list[float]) -> None:
    """It waits for the next window, by the answer's own clock, before it takes of that half."""
    assert slept(limit="1666", remaining=remaining, reset=str(NOW + 7)) == waits


def test_no_header_makes_it_wait_for_long() -> None:
    """A window is ten seconds, whatever is told; without headers it goes on."""
    assert slept(limit="10", remaining="1", reset=str(NOW + 9999)) == [10.0]
    assert slept(limit="10", remaining="1", reset=str(NOW - 9)) == []
    assert slept(limit="ten", remaining="1", reset="0") == []
    assert slept() == []


def test_calls_are_as_far_apart_as_is_asked() -> None:
    """A slow pace holds beside what remains."""
    assert slept(pause=1.5, limit="10", remaining="9", reset=str(NOW + 7)) == [1.5]
