"""The web process, put together."""

from __future__ import annotations

import threading

import structlog
from flask import Flask

from bridge import logs
from bridge.app import sources
from bridge.app.operations import Operations
from bridge.app.worker import run_worker
from bridge.clock import system_clock
from bridge.config import Config
from bridge.mapping.load import Catalogue
from bridge.store.database import Database, connect
from bridge.web import duplicates, events, operations, people, repairs
from bridge.web.app import create_app
from bridge.web.committer import Committer, Receive
from bridge.web.endpoint import endpoints
from bridge.web.hooks import Receiver
from bridge.web.serve import Server, options
from bridge.worker.payload import as_sent

log = structlog.get_logger()

_SOON = 5.0


def build_web(
    config: Config,
    db: Database | None = None,
    catalogue: Catalogue | None = None,
    *,
    folds: bool = True,
    store: Receive | None = None,
) -> Flask:
    """Give the web application of a configuration; its mappings are loaded where none are given.

    `folds` says whether events wait for more to be applied with, `store` how deliveries are stored
    where it is not together.
    """
    catalogue = catalogue or sources.load(config)
    served = endpoints(
        catalogue,
        config.environment,
        max_body=config.max_body,
        public_url=config.public_url,
    )
    for source, endpoint in served.items():
        if endpoint.problem:
            reason = str(catalogue.broken.get(source, endpoint.problem))
            log.warning("source answers 503", source=source, reason=reason)
    db = db or connect(config.database_url, pool_size=3)
    receiver = Receiver(
        endpoints=served,
        db=db,
        store=store or Committer(db).receive,
        clock=system_clock,
        applies_tests=config.applies_tests,
        public_url=config.public_url,
        fold=config.fold_seconds if folds else None,
    )
    app = create_app(receiver, trusted_proxies=config.trusted_proxies)
    perform = Operations(config, receiver.db)
    app.register_blueprint(operations.blueprint(perform, config.admin_token, config.max_body))
    names = {name for one in catalogue.mappings.values() for name in one.identifiers}
    seen = people.blueprint(receiver.db, config.admin_token, config.read_token, names)
    app.register_blueprint(seen)
    tokens = config.admin_token, config.read_token
    app.register_blueprint(duplicates.blueprint(receiver.db, *tokens))
    app.register_blueprint(events.blueprint(receiver.db, *tokens, as_sent))
    app.register_blueprint(repairs.blueprint(receiver.db, config.admin_token, config.max_body))
    return app


def serve_web(config: Config, *, readable: bool) -> None:
    """Serve until told to stop; with the worker beside it where the configuration says so."""
    connect(config.database_url).dispose()  # an address that cannot be read is told here and now
    processes = 1 if config.is_sqlite else config.web_concurrency
    if processes != config.web_concurrency:
        log.info("one web process on SQLite", asked=config.web_concurrency)
    settings = options(
        config.host or "0.0.0.0",  # noqa: S104 - platforms route to every address
        config.port,
        processes,
        logs.settings(config.log_level, readable=readable),
    )
    stopping = threading.Event()

    def build() -> Flask:
        if config.inline_worker:
            threading.Thread(target=_work_beside, args=(config, stopping), name="worker").start()
        return build_web(config)

    settings["worker_exit"] = lambda _server, _worker: stopping.set()
    Server(build, settings).run()


def _work_beside(config: Config, stopping: threading.Event) -> None:
    """Run the worker in a thread; nobody else would start it again."""
    while not stopping.is_set():
        try:
            run_worker(config, stopping)
        except Exception:
            log.exception("the worker ended, is started again", seconds=_SOON)
            stopping.wait(_SOON)
