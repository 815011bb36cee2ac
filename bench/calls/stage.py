"""The product in one process: receiver, store and worker over a sandbox on a real socket.

The clock stands: what arrives while the first event of a lane waits for more is delivered, then
the lanes are worked off at once, as a worker with nothing else to do would.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from bench.calls.payloads import payload as payload_of
from bench.calls.sent import Sent, Stream
from bench.calls.variant import write_mappings
from bridge import config as configuration
from bridge.app import local, sources
from bridge.app.learning import learn
from bridge.app.sending import ToSend, signed
from bridge.app.web import build_web
from bridge.app.worker import client_of, destination
from bridge.clock import system_clock
from bridge.config import Config
from bridge.errors import BridgeError
from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.intercom.sandbox.state import Sandbox
from bridge.mapping.load import Catalogue
from bridge.model import Mapped, State
from bridge.sources.body import dump
from bridge.store import events, migrate
from bridge.store.database import Database, connect
from bridge.worker.loop import Worker
from bridge.worker.payload import payload

RULES = Rules(calls_per_minute=10_000_000)
_ENDED = {State.DONE, State.SKIPPED}


@dataclass(frozen=True, slots=True)
class Stage:
    """One store and one sandbox, and who works on them."""

    config: Config
    sandbox: Sandbox
    db: Database
    catalogue: Catalogue
    ids: list[int] = field(default_factory=list)

    def prepare(self, sent: Sequence[Sent]) -> None:
        """Deliver what comes before a stream."""
        self.play(sent, fold=60)

    def play(self, sent: Sequence[Sent], fold: float) -> None:
        """Deliver webhooks as they arrive, with lanes worked off when their time has come."""
        client = build_web(self.config, self.db, self.catalogue).test_client()
        for turn in turns(sent, fold):
            for one in turn:
                asked = self.signed(one, "")
                answer = client.post(asked.url, data=asked.body, headers=dict(asked.headers))
                self.ids.extend(accepted(answer.status_code, answer.text))
            self.work()

    def learn(self) -> None:
        """Let Intercom's own webhooks come, and read the workspace: unknown means new."""
        self.prepare([Sent(0, "intercom", "", payload_of("intercom", "ping"))])
        self.ids.pop()
        lesson = learn(self.config, self.db, again=True, show=_unseen, tell=_unseen)
        if lesson.lacking:
            raise BridgeError(f"Unknown does not mean new: {lesson.lacking}")

    def replay(self) -> None:
        """Replay every event."""
        for event_id in self.ids:
            events.replay(self.db, event_id)
        self.work()

    def mapped(self) -> list[tuple[str, Mapped]]:
        """Give what each event asked for, with its subject, in the order of arrival."""
        return [self._mapped(event_id) for event_id in self.ids]

    def unfinished(self) -> list[str]:
        """Tell the events that ended otherwise than done or skipped."""
        rows = events.listing(self.db, limit=100_000)
        return [f"{row.type}: {row.reason}" for row in rows if row.state not in _ENDED]

    def _mapped(self, event_id: int) -> tuple[str, Mapped]:
        event = events.get(self.db, event_id)
        assert event is not None
        return event.subject, self.catalogue.mappings[event.source].map(payload(event), event)

    def signed(self, one: Sent, url: str) -> ToSend:
        """Give the request of a webhook, signed now."""
        mapping = self.catalogue.mappings[one.source]
        environment = self.config.environment
        return signed(mapping, dump(one.payload), {}, environment, url, system_clock(), "bench")

    def work(self) -> None:
        """Work off what is due."""
        intercom = client_of(self.config)
        assert intercom is not None
        to = destination(self.config, self.db, intercom, self.sandbox.workspace, self.catalogue)
        Worker(to, threads=4).drain()
        intercom.close()


def accepted(status: int, text: str) -> list[int]:
    """Give the ids of the events that the receiver says it stored."""
    if status != 200:
        raise BridgeError(f"A webhook was refused with {status}: {text}")
    ids: list[int] = json.loads(text)["events"]
    return ids


def turns(sent: Sequence[Sent], fold: float) -> Iterator[list[Sent]]:
    """Give what is delivered before lanes are worked off: of each lane one window of `fold`."""
    lanes: dict[tuple[str, str], list[list[Sent]]] = defaultdict(list)
    for one in sent:
        windows = lanes[one.source, one.subject]
        if not windows or one.at > windows[-1][0].at + fold:
            windows.append([])
        windows[-1].append(one)
    for number in range(max(map(len, lanes.values()), default=0)):
        yield [
            one for windows in lanes.values() if number < len(windows) for one in windows[number]
        ]


@contextmanager
def stage(stream: Stream, database_url: str = "") -> Iterator[Stage]:
    """Set up a store with the stream's mappings, and a sandbox, both empty.

    The database must be new; without an address it is a file that goes with the stage.
    """
    _quiet()
    with tempfile.TemporaryDirectory(prefix="bench-calls-") as made, SandboxServer() as server:
        folder = Path(made)
        write_mappings(folder, stream.data_events)
        server.state.rules = RULES
        database_url = database_url or f"sqlite:///{folder}/bench.db"
        found = configuration.read(settings(folder, database_url, server.url))
        catalogue = sources.load(found)
        config = replace(found, environment=local.made_up(catalogue.mappings.values()))
        db = connect(config.database_url)
        try:
            migrate.upgrade(db)
            yield Stage(config, server.state, db, catalogue)
        finally:
            db.dispose()


def settings(folder: Path, database_url: str, sandbox_url: str) -> dict[str, str]:
    """Give the environment of a bridge that works on a sandbox."""
    return {
        "DATABASE_URL": database_url,
        "INTERCOM_BASE_URL": sandbox_url,
        "INTERCOM_ACCESS_TOKEN": "sandbox",
        "BRIDGE_MAPPINGS": str(folder),
        "BRIDGE_FOLD_SECONDS": "0",
        "BRIDGE_SEARCH_LAG_SECONDS": "0",
    }


def _unseen(*_: object) -> None:
    """Show nobody how far a reading is."""


def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
