"""Learning a workspace, put together from a configuration."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from bridge.app.operations import NO_TOKEN
from bridge.app.worker import client_of, limiter
from bridge.clock import system_clock
from bridge.config import Config
from bridge.errors import BridgeError
from bridge.intercom import calls
from bridge.intercom.client import Client
from bridge.model import Answer, Json
from bridge.store import newness, readings
from bridge.store.database import Database
from bridge.worker.learning import Learning, Learnt, Show
from bridge.worker.patience import Patience


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a run of `bridge learn` found, and what is `lacking` until unknown means new."""

    workspace: str
    learnt: Learnt
    contacts: int
    companies: int
    calls: int
    seconds: float
    lacking: str

    def as_json(self) -> dict[str, Json]:
        """Give it for JSON."""
        return {
            "workspace": self.workspace,
            **asdict(self.learnt),
            "contacts_read_in_all": self.contacts,
            "companies_read_in_all": self.companies,
            "calls": self.calls,
            "seconds": round(self.seconds, 1),
            "unknown_means_new": not self.lacking,
            "lacking": self.lacking,
        }


def learn(
    config: Config,
    db: Database,
    *,
    again: bool,
    show: Show,
    tell: Callable[[str], None],
    monotonic: Callable[[], float] = time.monotonic,
) -> Lesson:
    """Read the configured workspace; `show` hears how far it is, `tell` why it waits.

    Raises BridgeError where there is no token, the tables are not there, or Intercom refuses.
    """
    made: list[int] = []
    client = courteous(config, db, made)
    began = monotonic()
    patience = Patience(tell)
    try:
        workspace = workspace_of(client, patience)
        lag = config.search_lag_seconds
        learning = Learning(db, workspace, client, patience, system_clock, lag, show)
        learnt = learning.run(again=again)
    finally:
        client.close()
    read = (readings.get(db, workspace, kind) for kind in ("contact", "company"))
    contacts, companies = (0 if one is None else one.done for one in read)
    lacking = newness.lacking(db, workspace, lag)
    took = monotonic() - began
    return Lesson(workspace, learnt, contacts, companies, len(made), took, lacking)


def workspace_of(client: Client, patience: Patience) -> str:
    """Ask for the workspace's id, as links are kept by it."""
    app = patience.ask(lambda: calls.me(client)).get("app") or {}
    return str(app.get("id_code") or "unknown")


def courteous(config: Config, db: Database, made: list[int], pause: float = 0.0) -> Client:
    """Give a client that makes way for live events and notes the status of each call in `made`.

    `pause` is the least time between two calls, in seconds. Raises BridgeError without a token.
    """
    client = client_of(config, limiter(config, db, low=True, pause=pause))
    if client is None:
        raise BridgeError(NO_TOKEN)

    def count(answer: Answer) -> None:
        made.append(answer.status)

    return client.recording(count)
