"""The worker process, put together."""

from __future__ import annotations

from functools import partial
from threading import Event

import structlog

from bridge.app import sources
from bridge.config import Config
from bridge.errors import BridgeError, IntercomError, IntercomUnauthorized, StoreUnavailable
from bridge.intercom import calls
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.intercom.limiter import PATIENCE, Limiter
from bridge.intercom.subscription_types import SubscriptionTypes
from bridge.mapping.load import Catalogue
from bridge.model import Permits
from bridge.store import destinations, revisions
from bridge.store.database import Database, connect
from bridge.store.newness import UnknownIsNew
from bridge.store.slots import WINDOW, SharedSlots
from bridge.worker.attempt import Destination
from bridge.worker.loop import Worker

log = structlog.get_logger()

CALL_TIMEOUT = 20.0
_SOON = 2.0
_LATER = 60.0
_NEAR = 10.0
"""Seconds that a drain waits for a retry: Intercom's limit is free again after so many at most."""

_NO_TOKEN = "INTERCOM_ACCESS_TOKEN is not set: events are stored and wait for it"  # noqa: S105


def run_worker(config: Config, stopping: Event, *, drain: bool = False) -> None:
    """Work until `stopping` is set; where `drain` says so only until nothing is due.

    What is missing is waited for, but not by a drain: it raises BridgeError.
    """
    db = connect(config.database_url, pool_size=4)
    client = client_of(config, limiter(config, db))
    try:
        workspace = _asked_once(db, client) if drain else _awaited(db, client, stopping)
        if client is not None and workspace is not None:
            catalogue = _catalogue(config)
            to = destination(config, db, client, workspace, catalogue)
            waits = [one.longest_wait(config.fold_seconds) for one in catalogue.mappings.values()]
            worker = Worker(to, config.worker_threads, stopping=stopping)
            worker.patience = max(_NEAR, *waits, 0.0)
            _work(worker, drain=drain)
    finally:
        db.dispose()
        if client is not None:
            client.close()


def _work(worker: Worker, *, drain: bool) -> None:
    log.info("worker started", workspace=worker.to.workspace, intercom=worker.to.intercom.base_url)
    if drain:
        worker.drain()
    else:
        worker.run()
    log.info("worker stopped")
    if drain and (reason := destinations.paused(worker.to.db)) is not None:
        raise BridgeError(f"events are left, for the destination is paused: {reason}")


def _catalogue(config: Config) -> Catalogue:
    catalogue = sources.load(config)
    for source, error in catalogue.broken.items():
        log.error("the mapping has errors", source=source, reason=str(error))
    return catalogue


def destination(
    config: Config, db: Database, client: Client, workspace: str, catalogue: Catalogue
) -> Destination:
    """Give the destination of a configuration, for a worker or a rehearsal."""
    return Destination(
        db=db,
        intercom=client,
        attributes=Attributes(client),
        subscription=SubscriptionTypes(client).find,
        workspace=workspace,
        mapping_of=partial(sources.mapping_of, catalogue),
        lease=config.lease_seconds,
        search_lag=config.search_lag_seconds,
        retention_days=config.retention_days,
        unknown_is_new=UnknownIsNew(db, workspace, config.search_lag_seconds),
        applies_tests=config.applies_tests,
        dry_run=config.dry_run,
    )


def client_of(config: Config, permits: Permits | None = None) -> Client | None:
    """Give the client of the configured workspace, None where there is no token."""
    if not config.intercom_access_token:
        return None
    return Client(
        config.base_url,
        config.intercom_access_token,
        version=config.intercom_version,
        timeout=min(CALL_TIMEOUT, config.lease_seconds / 3),
        permits=permits,
    )


def limiter(config: Config, db: Database, *, low: bool = False, pause: float = 0.0) -> Limiter:
    """Give permits that share Intercom's limit with every process on the same database.

    `low` lets others go first; `pause` is the least time between two calls, in seconds.
    """
    slots = SharedSlots(db, config.intercom_calls_per_minute * WINDOW // 60)
    patience = min(PATIENCE, config.lease_seconds / 6)
    return Limiter(slots, patience=patience, low=low, pause=pause)


def _asked_once(db: Database, client: Client | None) -> str | None:
    problem, _, workspace = _ask(db, client)
    if problem:
        raise BridgeError(problem)
    return workspace


def _awaited(db: Database, client: Client | None, stopping: Event) -> str | None:
    """Wait until the tables and the workspace are there; give the workspace's id."""
    told = ""
    while not stopping.is_set():
        problem, wait, workspace = _ask(db, client, again=bool(told))
        if not problem:
            return workspace
        if problem != told:
            log.error("the worker waits", reason=problem)
        told = problem
        stopping.wait(wait)
    return None


def _ask(
    db: Database, client: Client | None, *, again: bool = False
) -> tuple[str, float, str | None]:
    """Give what is still missing and for how many seconds to wait, or the workspace's id.

    Whether a refused token works `again` one worker of all asks once a minute.
    """
    try:
        if revisions.pending(db):
            return "the tables are not up to date: run `bridge migrate`", _SOON, None
        if client is None:
            destinations.pause(db, _NO_TOKEN)
            return _NO_TOKEN, _LATER, None
        paused = destinations.paused(db) if again else None
        if paused is not None and not destinations.may_ask(db, _LATER):
            return paused, _SOON, None
        app = calls.me(client).get("app") or {}
        destinations.resume(db)
    except StoreUnavailable as error:
        return str(error), _SOON, None
    except IntercomUnauthorized as error:
        destinations.pause(db, str(error))
        return str(error), _SOON, None
    except IntercomError as error:
        return str(error), _SOON, None
    return "", 0, str(app.get("id_code") or "unknown")
