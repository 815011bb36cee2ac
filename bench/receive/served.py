"""A web process with gunicorn's settings as deployed, and an application that does more or less.

`python -m bench.receive.served VARIANT PORT`
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

import click
from flask import Flask

from bridge import config as configuration
from bridge import logs
from bridge.app.web import build_web
from bridge.config import Config
from bridge.store.database import connect
from bridge.store.inbox import Delivery, Received, ReceivedEvent
from bridge.web.committer import alone
from bridge.web.serve import THREADS, Server, options


def empty(_: Config) -> Flask:
    """Give an application whose one view does nothing: what Flask and gunicorn cost."""
    app = Flask(__name__)

    @app.post("/hooks/<source>")
    def nothing(source: str) -> str:
        return ""

    return app


def unstored(config: Config) -> Flask:
    """Give the receiver as it is, but that it forgets what it has verified and read."""
    return build_web(config, store=_forget)


def _forget(delivery: Delivery) -> Received:
    return Received(None, tuple(ReceivedEvent(0, False) for _ in delivery.events))


def one_by_one(config: Config) -> Flask:
    """Give the receiver with a transaction for each request."""
    db = connect(config.database_url, pool_size=3)
    return build_web(config, db, store=alone(db))


VARIANTS: Mapping[str, Callable[[Config], Flask]] = {
    "empty": empty,
    "unstored": unstored,
    "alone": one_by_one,
    "group": build_web,
}


@click.command()
@click.argument("variant", type=click.Choice(list(VARIANTS)))
@click.argument("port", type=int)
@click.option("--threads", default=THREADS, show_default=True)
def main(variant: str, port: int, threads: int) -> None:
    """Serve a variant until told to stop."""
    config = configuration.read(os.environ)
    logs.configure(config.log_level, readable=False)
    log = logs.settings(config.log_level, readable=False)
    settings = {**options("127.0.0.1", port, 1, log), "threads": threads}
    Server(partial(VARIANTS[variant], config), settings).run()


if __name__ == "__main__":
    main()
