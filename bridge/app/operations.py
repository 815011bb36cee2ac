"""The operations, wired to the workspace, the store and the registry of a configuration."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from bridge.app.remembering import Remembering
from bridge.app.worker import client_of, limiter
from bridge.config import Config
from bridge.intercom import calls
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.intercom.operations import Operation, Workspace, answer, failed
from bridge.model import Json
from bridge.store.database import Database

NO_TOKEN = (
    "INTERCOM_ACCESS_TOKEN is not set: nothing was sent. Set it to the access token of "  # noqa: S105
    "your Intercom app"
)


class Operations:
    """Does operations for the command line and HTTP; may be shared between threads.

    `db` None: nothing is remembered, and no holds are taken.
    """

    def __init__(self, config: Config, db: Database | None) -> None:
        self._client = client_of(config, None if db is None else limiter(config, db))
        self._workspace = None if self._client is None else workspace(config, self._client, db)

    def __call__(
        self, operation: Operation, body: Mapping[str, Json], *, objects_as_text: bool = False
    ) -> dict[str, Json]:
        """Do an operation with the seed's parameter names; give the seed's outputs."""
        if self._workspace is None:
            return failed(operation, -1, NO_TOKEN, objects_as_text=objects_as_text)
        return answer(operation, self._workspace, body, objects_as_text=objects_as_text)

    def close(self) -> None:
        """Close the connections to Intercom."""
        if self._client is not None:
            self._client.close()


def workspace(config: Config, client: Client, db: Database | None) -> Workspace:
    """Give the workspace of a configuration, with the store as its memory."""
    attributes = Attributes(client)
    if db is None:
        return Workspace(client, None, attributes, dry_run=config.dry_run)
    memory = Remembering(db, client, attributes, _Id(client), lease=float(config.lease_seconds))
    return Workspace(client, memory, attributes, dry_run=config.dry_run)


class _Id:
    """The workspace's id, asked for once; what goes wrong is told each time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._id = ""

    def __call__(self) -> str:
        with self._lock:
            if not self._id:
                app = calls.me(self._client).get("app") or {}
                self._id = str(app.get("id_code") or "unknown")
            return self._id
