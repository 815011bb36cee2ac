"""Examples tried for real: signed, received, applied to a sandbox, compared with what they say.

Each example gets a store and a sandbox of its own, so that none can lean on another but through
its `given`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.app import local
from bridge.app.comparison import compare_calls, compare_holdings, counts
from bridge.app.sending import ToSend, signed
from bridge.app.web import build_web
from bridge.app.worker import client_of, destination
from bridge.clock import system_clock
from bridge.config import Config
from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.intercom.sandbox.state import Sandbox
from bridge.mapping.example import Example, Holdings
from bridge.mapping.examples import load_examples
from bridge.mapping.load import Catalogue
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.model import Event, State, StoredEvent
from bridge.store import events, inbox, migrate
from bridge.store.database import Database, connect
from bridge.store.events import EventRow
from bridge.worker.loop import Worker

_PUBLIC_URL = "https://bridge.example"
_UNAPPLIED = (State.FAILED, State.SKIPPED, State.WAITING)
"""How events end that may ask Intercom again: it may know by now whom they mean."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an example came out; no differences: it holds.

    `again` are the calls made when its facts came once more under a new event id, data events and
    notes left out: they are new then. A mapping that says how things are makes none.
    """

    example: Example
    differences: tuple[str, ...]
    again: tuple[str, ...] = ()


def rehearse(mapping: SourceMapping, config: Config) -> Iterator[Verdict]:
    """Try every example of a mapping, one after another."""
    for example, stage in _stages(mapping, config):
        differences = tuple(stage.play(example))
        yield Verdict(example, differences, tuple(stage.again()))


def calls(
    mapping: SourceMapping, config: Config, examples: Sequence[Example], known: Sequence[Example]
) -> Iterator[list[str]]:
    """Try examples and give the calls each leads to; `known` are those that `given` may name."""
    for example, stage in _stages(mapping, config, examples, known):
        yield stage.calls(example)


def _stages(
    mapping: SourceMapping,
    config: Config,
    examples: Sequence[Example] | None = None,
    known: Sequence[Example] = (),
) -> Iterator[tuple[Example, Stage]]:
    examples = load_examples(mapping) if examples is None else examples
    by_title = {example.title: example for example in known or examples}
    with tempfile.TemporaryDirectory(prefix="bridge-check-") as folder:
        empty = Path(folder) / "empty.db"
        _create(empty)
        for number, example in enumerate(examples):
            file = Path(folder) / f"{number}.db"
            shutil.copy(empty, file)
            with _stage(mapping, config, file, by_title) as stage:
                yield example, stage


def _create(file: Path) -> None:
    db = connect(f"sqlite:///{file}")
    migrate.upgrade(db)
    db.dispose()  # the last connection to close writes the log into the file


@contextmanager
def _stage(
    mapping: SourceMapping, config: Config, file: Path, by_title: Mapping[str, Example]
) -> Iterator[Stage]:
    secrets = local.made_up([mapping])
    with SandboxServer() as server:
        rehearsed = replace(
            config,
            database_url=f"sqlite:///{file}",
            intercom_base_url=server.url,
            intercom_access_token="rehearsal",  # noqa: S106 - opens nothing but the sandbox
            environment={**secrets, "BRIDGE_PUBLIC_URL": _PUBLIC_URL},
            public_url=_PUBLIC_URL,
            dry_run=False,
        )
        db = connect(rehearsed.database_url)
        try:
            yield Stage(mapping, rehearsed, server.state, db, by_title)
        finally:
            db.dispose()


@dataclass(frozen=True, slots=True)
class Stage:
    """One store, one sandbox, and the mapping that is tried on them."""

    mapping: SourceMapping
    config: Config
    sandbox: Sandbox
    db: Database
    by_title: Mapping[str, Example]

    def play(self, example: Example) -> Iterator[str]:
        """Send what was given before, then the example; tell what differs from what it says."""
        self._plant(example.before)
        for title in example.given:
            self._send(self.by_title[title])
        before = len(self.sandbox.journal.listed())
        event_ids = self._send(example)
        if not event_ids:
            yield "it was not accepted"
            return
        yield from self._differences(example, event_ids, before)

    def calls(self, example: Example) -> list[str]:
        """Send what was given before, then the example; give the calls that follow."""
        self._plant(example.before)
        for title in example.given:
            self._send(self.by_title[title])
        before = len(self.sandbox.journal.listed())
        self._send(example)
        made = [one for one in self.sandbox.journal.listed()[before:] if counts(one)]
        return [f"{one['method']} {one['path']}" for one in made]

    def again(self) -> list[str]:
        """Give the calls made when the facts of the newest request come under new ids."""
        listed = (events.get(self.db, one.id) for one in events.listing(self.db))
        found = [one for one in listed if one is not None]
        last = [one for one in found if one.receipt == found[0].receipt]
        anew = [_anew(one) for one in reversed(last) if one.state not in _UNAPPLIED]
        if not anew:
            return []
        before = len(self.sandbox.journal.listed())
        inbox.receive(self.db, found[0].receipt, anew)
        self._worker().drain()
        made = [one for one in self.sandbox.journal.listed()[before:] if counts(one)]
        return [f"{one['method']} {one['path']}" for one in made if not _is_told(one["path"])]

    def _fate(self, example: Example, row: EventRow) -> Iterator[str]:
        if row.state != example.outcome or example.reason not in row.reason:
            wanted = f"{example.outcome.value} {example.reason}".strip()
            yield f"outcome: expected {wanted}, it is {row.state.value}: {row.reason}"
        for remark in row.notes:
            if example.outcome == row.state and "left out" in remark:
                yield f"remark: {remark}"

    def _plant(self, holdings: Holdings) -> None:
        seeds.plant(
            self.sandbox,
            {"contacts": list(holdings.contacts), "companies": list(holdings.companies)},
        )

    def _send(self, example: Example) -> list[int]:
        """Send one request through the receiver, then work off what is due; give its events."""
        known = {one.id for one in events.listing(self.db)}
        asked = request_of(self.mapping, example, self.config)
        app = build_web(self.config, self.db, self._catalogue, folds=False)
        client = app.test_client()
        answer = client.post(
            asked.url, data=asked.body, headers=dict(asked.headers), query_string=example.query
        )
        self._worker().drain()
        if answer.status_code >= 400:
            return []
        new = sorted({one.id for one in events.listing(self.db)} - known)
        return new or (answer.get_json(silent=True) or {}).get("events", [])

    @property
    def _catalogue(self) -> Catalogue:
        return Catalogue({self.mapping.source: self.mapping}, {})

    def _worker(self) -> Worker:
        intercom = client_of(self.config)
        assert intercom is not None
        to = destination(self.config, self.db, intercom, self.sandbox.workspace, self._catalogue)
        return Worker(to, threads=1)

    def _differences(
        self, example: Example, event_ids: Sequence[int], before: int
    ) -> Iterator[str]:
        for event_id in event_ids:
            yield from self._fate(example, events.listing(self.db, before_id=event_id + 1)[0])
        made = [one for one in self.sandbox.journal.listed()[before:] if counts(one)]
        if example.calls is not None:
            yield from compare_calls(example.calls, made)
        yield from compare_holdings(example.holds, seeds.held(self.sandbox))


def _anew(event: StoredEvent) -> Event:
    return Event(
        key=f"{event.key} again",
        type=event.type,
        time=event.time,
        subject=event.subject,
        version=event.version,
        payload=event.payload,
    )


def _is_told(path: str) -> bool:
    """Say whether a call tells what happened rather than what is."""
    return path == "/events" or path.endswith("/notes")


def request_of(mapping: SourceMapping, example: Example, config: Config) -> ToSend:
    """Give the request of an example, signed now."""
    return signed(
        mapping,
        example.body,
        example.headers,
        config.environment,
        "",
        system_clock(),
        example.title,
    )
