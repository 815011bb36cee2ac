"""Reconciling, put together from a configuration."""

from __future__ import annotations

from collections.abc import Callable

from bridge.app.learning import courteous, workspace_of
from bridge.clock import Micros, system_clock
from bridge.config import Config
from bridge.intercom.attributes import Attributes
from bridge.store.database import Database
from bridge.worker.patience import Patience
from bridge.worker.reconciling import Reconciled, Reconciling


def reconcile(
    config: Config,
    db: Database,
    *,
    repair: bool,
    per_minute: int,
    since: Micros | None,
    show: Callable[[str, int, int], None],
    tell: Callable[[str], None],
) -> Reconciled:
    """Read again whom the store knows, with at most so many calls a minute; mend what drifted.

    Raises BridgeError where there is no token, the tables are not there, or Intercom refuses.
    """
    client = courteous(config, db, [], pause=60 / per_minute)
    patience = Patience(tell)
    if repair and config.dry_run:
        tell("BRIDGE_DRY_RUN is set: nothing is repaired.")
    try:
        run = Reconciling(
            db,
            workspace_of(client, patience),
            client,
            Attributes(client),
            patience,
            system_clock,
            config.search_lag_seconds,
            repair and not config.dry_run,
            show,
        )
        return run.run(since)
    finally:
        client.close()
