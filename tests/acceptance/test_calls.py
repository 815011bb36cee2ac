"""Calls to Intercom per event, on the streams that `make bench-calls` measures, made short."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager
from operator import attrgetter

import pytest
from click.testing import CliRunner

from bench.calls.__main__ import main
from bench.calls.live import live
from bench.calls.measure import measure
from bench.calls.sent import Stream
from bench.calls.stage import Stage, turns
from bench.calls.streams import streams
from tests.conftest import KINDS, FreshUrl

STREAMS = streams(seed=1, size=2, begin=int(time.time()) - 3600)
BURSTS = next(one for one in STREAMS if one.name == "checkout bursts, known customers")
SHORT = [one for one in STREAMS if one.data_events == "none" or one.replays]


@pytest.mark.parametrize("stream", SHORT, ids=attrgetter("title"))
def test_a_stream_ends_right_with_few_calls(stream: Stream) -> None:
    """Intercom holds what the stream said, by fewer calls than tools that search first need."""
    measured = measure(stream)
    assert measured.wrong == ()
    assert all(measured.ours <= measured.of(peer) for peer in measured.peers)
    assert stream.target is None or measured.ours <= stream.target


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_so_in_processes_and_real_time(kind: str, fresh_database_url: FreshUrl) -> None:
    """Receiver and worker as they are deployed reach the target too, on each database."""

    def staging(stream: Stream) -> AbstractContextManager[Stage]:
        return live(stream, fresh_database_url(kind))

    measured = measure(BURSTS, staging)
    assert measured.wrong == ()
    assert measured.ours <= (BURSTS.target or 0)


def test_a_lane_is_worked_off_when_its_first_event_has_waited() -> None:
    """What comes within the window goes with the first; what comes later begins another."""
    first, *rest = turns(BURSTS.sent, fold=1)
    assert sum(map(len, [first, *rest])) == len(BURSTS.sent)
    for lane in {one.subject for one in BURSTS.sent}:
        times = [one.at for one in first if one.subject == lane]
        later = [one.at for turn in rest for one in turn if one.subject == lane]
        assert max(times) - min(times) <= 1
        assert min(later) - min(times) > 1


def test_the_figures_are_told_to_machines_too() -> None:
    """`--json` tells each stream's events, calls, targets and peers."""
    asked = ["--json", "--seeds=1", "--people=1", "--stream=first sign-ups"]
    [row, *_] = json.loads(CliRunner().invoke(main, asked).stdout)
    assert (row["events"], row["calls_per_event"], row["target"], row["reached"]) == (1, 5, 5, True)
    assert row["kinds"] == {"company": 1, "find": 1, "search": 1, "create": 1, "attach": 1}
    assert row["search_first"] == {"Segment": 5, "RudderStack": 5}
    assert row["wrong"] == []
