"""One stream, measured: through the product, and as search-first tools would send it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.calls.counting import Counted
from bench.calls.peers import PEERS, SearchFirst
from bench.calls.sent import Stream
from bench.calls.stage import RULES, Stage, stage
from bridge.app.comparison import compare_holdings
from bridge.intercom.client import Client
from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Mapped

Staging = Callable[[Stream], AbstractContextManager[Stage]]
Asked = Sequence[tuple[str, Mapped]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one stream cost: our calls by kind, those of the peers; and what came out wrong."""

    stream: Stream
    events: int
    kinds: Counter[str]
    peers: Mapping[str, int]
    wrong: tuple[str, ...] = ()

    @property
    def ours(self) -> float:
        """Give our calls an event."""
        return self.kinds.total() / self.events

    def of(self, peer: str) -> float:
        """Give a peer's calls an event."""
        return self.peers[peer] / self.events


def measure(stream: Stream, staging: Staging = stage) -> Measured:
    """Send a stream through the product, then its events to each peer's own sandbox."""
    with staging(stream) as ours:
        if stream.learnt:  # before anybody is looked for: a worker remembers for half a minute
            ours.learn()
        ours.prepare(stream.before)
        known = len(ours.ids)
        counted = Counted(ours.sandbox)
        if stream.replays:
            ours.replay()
        else:
            ours.play(stream.sent, stream.fold)
        kinds = Counter(counted.kinds)
        wrong = (*ours.unfinished(), *differences(stream, ours.sandbox))
        asked = ours.mapped()
        before, counting = asked[:known], asked[:known] if stream.replays else asked[known:]
        peers = {
            name: _calls(peer, stream, before, counting, ours.sandbox)
            for name, peer in PEERS.items()
        }
    return Measured(stream, len(counting), kinds, peers, wrong)


def differences(stream: Stream, sandbox: Sandbox) -> list[str]:
    """Tell what Intercom holds otherwise than the stream said."""
    held = seeds.held(sandbox)
    found = list(compare_holdings(stream.holds, held))
    if len(held["contacts"]) != len(stream.holds.contacts):
        found.append(f"{len(held['contacts'])} contacts instead of {len(stream.holds.contacts)}")
    return found


def _calls(
    peer: type[SearchFirst], stream: Stream, before: Asked, counting: Asked, like: Sandbox
) -> int:
    with SandboxServer() as server:
        server.state.rules = RULES
        seeds.plant(server.state, {"attributes": seeds.held(like)["attributes"]})
        intercom = Client(server.url, "sandbox")
        tool = peer(intercom, stream.people)
        _apply(tool, before)
        counted = Counted(server.state)
        _apply(tool, counting)
        intercom.close()
        return counted.total


def _apply(tool: SearchFirst, asked: Iterable[tuple[str, Mapped]]) -> None:
    for subject, mapped in asked:
        tool.apply(subject, mapped)


def middle(runs: Sequence[Measured]) -> Measured:
    """Give the run whose calls an event are the median, told with what was wrong in any."""
    best = sorted(runs, key=lambda one: one.ours)[(len(runs) - 1) // 2]
    wrong = tuple(problem for one in runs for problem in one.wrong)
    return Measured(best.stream, best.events, best.kinds, best.peers, wrong)
