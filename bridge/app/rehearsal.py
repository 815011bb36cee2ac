"""Examples tried for real: signed, received, applied to a sandbox, compared with what they say.

Each example gets a store and a sandbox of its own, so that none can lean on another but through
its `given`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.app import local
from bridge.app.sending import ToSend, signed
from bridge.app.web import build_web
from bridge.app.worker import client_of, destination
from bridge.clock import system_clock
from bridge.config import Config
from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.intercom.sandbox.state import Sandbox
from bridge.mapping.example import Example, ExpectedCall, Holdings
from bridge.mapping.examples import load_examples
from bridge.mapping.load import Catalogue
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.model import Json
from bridge.store import events, migrate
from bridge.store.database import Database, connect
from bridge.worker.loop import Worker

_START_UP = {
    ("GET", "/me"),
    ("GET", "/data_attributes"),
    ("POST", "/data_attributes"),
    ("GET", "/tags"),
}
_ID = re.compile(r"/[0-9a-f]{24}(?=/|$)")
_EXTERNAL_ID = re.compile(r"(?<=/find_by_external_id/).+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an example came out; no differences: it holds."""

    example: Example
    differences: tuple[str, ...]


def rehearse(mapping: SourceMapping, config: Config) -> Iterator[Verdict]:
    """Try every example of a mapping, one after another."""
    examples = load_examples(mapping)
    by_title = {example.title: example for example in examples}
    with tempfile.TemporaryDirectory(prefix="bridge-check-") as folder:
        empty = Path(folder) / "empty.db"
        _create(empty)
        for number, example in enumerate(examples):
            file = Path(folder) / f"{number}.db"
            shutil.copy(empty, file)
            with _stage(mapping, config, file) as stage:
                yield Verdict(example, tuple(stage.play(example, by_title)))


def _create(file: Path) -> None:
    db = connect(f"sqlite:///{file}")
    migrate.upgrade(db)
    db.dispose()  # the last connection to close writes the log into the file


@contextmanager
def _stage(mapping: SourceMapping, config: Config, file: Path) -> Iterator[Stage]:
    secrets = local.made_up([mapping])
    with SandboxServer() as server:
        rehearsed = replace(
            config,
            database_url=f"sqlite:///{file}",
            intercom_base_url=server.url,
            intercom_access_token="rehearsal",  # noqa: S106 - opens nothing but the sandbox
            environment=secrets,
        )
        db = connect(rehearsed.database_url)
        try:
            yield Stage(mapping, rehearsed, server.state, db)
        finally:
            db.dispose()


@dataclass(frozen=True, slots=True)
class Stage:
    """One store, one sandbox, and the mapping that is tried on them."""

    mapping: SourceMapping
    config: Config
    sandbox: Sandbox
    db: Database

    def play(self, example: Example, by_title: Mapping[str, Example]) -> Iterator[str]:
        """Send what was given before, then the example; tell what differs from what it says."""
        self._plant(example.before)
        for title in example.given:
            self._send(by_title[title])
        before = len(self.sandbox.journal.listed())
        event_id = self._send(example)
        if event_id is None:
            yield "it was not accepted"
            return
        yield from self._differences(example, event_id, before)

    def _plant(self, holdings: Holdings) -> None:
        seeds.plant(
            self.sandbox,
            {"contacts": list(holdings.contacts), "companies": list(holdings.companies)},
        )

    def _send(self, example: Example) -> int | None:
        """Send one request through the receiver, then work off what is due."""
        asked = request_of(self.mapping, example, self.config)
        client = build_web(self.config, self.db, self._catalogue).test_client()
        answer = client.post(
            asked.url, data=asked.body, headers=dict(asked.headers), query_string=example.query
        )
        self._worker().drain()
        ids = (answer.get_json(silent=True) or {}).get("events") or [None]
        return ids[0] if answer.status_code == 200 else None

    @property
    def _catalogue(self) -> Catalogue:
        return Catalogue({self.mapping.source: self.mapping}, {})

    def _worker(self) -> Worker:
        intercom = client_of(self.config)
        assert intercom is not None
        to = destination(self.config, self.db, intercom, "rehearsal", self._catalogue)
        return Worker(to, threads=1)

    def _differences(self, example: Example, event_id: int, before: int) -> Iterator[str]:
        row = events.listing(self.db, before_id=event_id + 1, limit=1)[0]
        if row.state != example.outcome or example.reason not in row.reason:
            wanted = f"{example.outcome.value} {example.reason}".strip()
            yield f"outcome: expected {wanted}, it is {row.state.value}: {row.reason}"
        for remark in row.notes:
            if example.outcome == row.state and "left out" in remark:
                yield f"remark: {remark}"
        made = [one for one in self.sandbox.journal.listed()[before:] if _counts(one)]
        if example.calls is not None:
            yield from _compare_calls(example.calls, made)
        yield from _compare_holdings(example.holds, self.sandbox)


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


# --- comparing ------------------------------------------------------------------------------------


def _counts(served: Mapping[str, Json]) -> bool:
    return (served["method"], served["path"]) not in _START_UP


def _shown(served: Mapping[str, Json]) -> str:
    path = _EXTERNAL_ID.sub("{external_id}", _ID.sub("/{id}", served["path"]))
    return f"{served['method']} {path}"


def _compare_calls(
    wanted: Sequence[ExpectedCall], made: Sequence[Mapping[str, Json]]
) -> Iterator[str]:
    expected = [_EXTERNAL_ID.sub("{external_id}", _ID.sub("/{id}", str(call))) for call in wanted]
    actual = [_shown(served) for served in made]
    if expected != actual:
        yield f"calls: expected {expected}, made were {actual}"
        return
    for call, served in zip(wanted, made, strict=True):
        if call.body is not None and not contains(served["body"], call.body):
            yield f"{call}: expected to carry {call.body}, it carried {served['body']}"


def _compare_holdings(wanted: Holdings, sandbox: Sandbox) -> Iterator[str]:
    held = seeds.held(sandbox)
    held["events"] = [
        {**event, "event_name": event["name"], "contact": contact["id"]}
        for contact in held["contacts"]
        for event in contact.get("events", ())
    ]
    for kind in ("contacts", "companies", "events"):
        for one in getattr(wanted, kind):
            if not any(contains(there, one) for there in held[kind]):
                yield f"{kind}: expected {dict(one)}, Intercom holds {held[kind]}"
    for tag in wanted.tags:
        if tag not in held["tags"]:
            yield f"tags: expected {tag!r}, Intercom holds {held['tags']}"


def contains(whole: Json, part: Json) -> bool:
    """Say whether every name of `part` stands in `whole` with a value that contains its own.

    A null in `part` says that the name must be absent or empty; lists contain in any order.
    """
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        return all(contains(whole.get(name), value) for name, value in part.items())
    if isinstance(part, list | tuple) and isinstance(whole, list | tuple):
        return all(any(contains(there, one) for there in whole) for one in part)
    return bool(whole == part)
