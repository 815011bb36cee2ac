"""`bridge run`: receiver, worker and (without a token) the sandbox, on one machine, in one go."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Mapping

import click
import requests

from bridge import config as configuration
from bridge.app import local, nearby, sources
from bridge.app.children import Child, Children
from bridge.app.welcome import welcome
from bridge.config import Config
from bridge.errors import ConfigError
from bridge.mapping.load import OWN_SECRETS
from bridge.mapping.observation import INTERCOM
from bridge.store import migrate
from bridge.store.database import connect

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(environment: Mapping[str, str]) -> int:
    """Start everything, say where to look, and go on until Ctrl-C or SIGTERM."""
    config = configuration.read(environment)
    host = config.host or "127.0.0.1"
    _check_free(host, config.port)
    os.umask(0o077)  # what is kept here is for nobody else on this machine
    sandbox = 0 if config.intercom_access_token else _free_port(config.port + 1)
    catalogue = sources.load(config)
    _upgrade(config)
    values = {**environment, "HOST": host}
    if sandbox:
        values = {**local.with_local_secrets(values, catalogue.mappings.values()), **_to(sandbox)}
        nearby.tell(values["INTERCOM_BASE_URL"])
        values.setdefault("BRIDGE_PUBLIC_URL", f"http://{host}:{config.port}")
    children = Children(_children(values, config, sandbox))
    for number in _SIGNALS:
        signal.signal(number, children.interrupt)
    try:
        return children.watch(lambda: click.echo(welcome(config, host, sandbox, catalogue)))
    finally:
        children.stop()


def _upgrade(config: Config) -> None:
    db = connect(config.database_url)
    try:
        migrate.upgrade(db)
    finally:
        db.dispose()


def _to(port: int) -> dict[str, str]:
    token = "sandbox"  # noqa: S105 - opens nothing but the sandbox
    return {"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": f"http://127.0.0.1:{port}"}


def _children(environment: Mapping[str, str], config: Config, sandbox: int) -> list[Child]:
    here = "127.0.0.1" if config.host in {"", "0.0.0.0"} else config.host  # noqa: S104
    web = Child("web", ["web"], environment, _answers(here, config.port, "/healthz"))
    worker = Child("worker", ["worker"], environment)
    if not sandbox:
        return [web, worker]
    arguments = ["sandbox", "--port", str(sandbox), "--state", str(local.SANDBOX), "--quiet"]
    if environment.get(OWN_SECRETS[INTERCOM]):  # it tells of itself, as the live one would
        arguments += ["--notify", f"{_url(here, config.port)}/hooks/{INTERCOM}"]
    served = Child("sandbox", arguments, environment, _answers("127.0.0.1", sandbox, "/"))
    return [served, web, worker]


def _check_free(host: str, port: int) -> None:
    try:
        _bind(host, port)
    except OSError as error:
        problem = f"{host}:{port} cannot be listened on ({error.strerror or error})"
        raise ConfigError([f"{problem}: stop what uses it, or set PORT"]) from None


def _free_port(wanted: int) -> int:
    try:
        return _bind("127.0.0.1", wanted)
    except (OSError, OverflowError):
        return _bind("127.0.0.1", 0)


def _bind(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _answers(host: str, port: int, path: str) -> Callable[[], bool]:
    url = _url(host, port) + path

    def ask() -> bool:
        try:
            return requests.get(url, timeout=1).ok
        except requests.RequestException:
            return False

    return ask
