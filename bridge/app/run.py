"""`bridge run`: receiver, worker and (without a token) the sandbox, on one machine, in one go."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import requests
import structlog

from bridge import config as configuration
from bridge.app import local, sources
from bridge.app.children import Child, Children
from bridge.config import Config
from bridge.errors import ConfigError
from bridge.mapping.load import Catalogue
from bridge.store import migrate
from bridge.store.database import connect

log = structlog.get_logger()


def run(environment: Mapping[str, str]) -> int:
    """Start everything, say where to look, and go on until Ctrl-C or SIGTERM."""
    config = configuration.read(environment)
    host, catalogue = config.host or "127.0.0.1", sources.load(config)
    if not config.intercom_access_token:
        environment = local.with_local_secrets(environment, catalogue.mappings.values())
    _check_free(host, config.port)
    sandbox_port = 0 if config.intercom_access_token else _free_port(config.port + 1)
    child_environment = _environment(environment, host, sandbox_port)
    migrate.upgrade(connect(config.database_url))
    children = Children(_children(child_environment, sandbox_port))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: children.stopping.set())
    urls = [f"http://{host}:{config.port}/readyz"]
    if sandbox_port:
        urls.append(f"http://127.0.0.1:{sandbox_port}/")
    try:
        return children.watch(
            lambda: all(map(_answers, urls)),
            lambda: click.echo(_welcome(config, host, sandbox_port, catalogue)),
        )
    finally:
        children.stop()


def _environment(environment: Mapping[str, str], host: str, sandbox_port: int) -> dict[str, str]:
    values = {**environment, "HOST": host}
    if sandbox_port:
        values["INTERCOM_ACCESS_TOKEN"] = "sandbox"  # noqa: S105 - opens nothing but the sandbox
        values["INTERCOM_BASE_URL"] = f"http://127.0.0.1:{sandbox_port}"
    return values


def _children(environment: Mapping[str, str], sandbox_port: int) -> list[Child]:
    sandbox = [
        "sandbox",
        "--port",
        str(sandbox_port),
        "--state",
        str(local.FOLDER / "sandbox.json"),
    ]
    children = [Child("web", ["web"], environment), Child("worker", ["worker"], environment)]
    return [Child("sandbox", sandbox, environment), *children] if sandbox_port else children


def _check_free(host: str, port: int) -> None:
    try:
        _bind(host, port)
    except OSError as error:
        raise ConfigError(
            [f"PORT {port} cannot be used ({error.strerror}): stop what uses it, or set PORT"]
        ) from None


def _free_port(wanted: int) -> int:
    try:
        return _bind("127.0.0.1", wanted)
    except OSError:
        return _bind("127.0.0.1", 0)


def _bind(host: str, port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False


def _welcome(config: Config, host: str, sandbox_port: int, catalogue: Catalogue) -> str:
    url, command = f"http://{host}:{config.port}", _command()
    source, example = _something_to_send(catalogue)
    intercom = (
        f"the sandbox; see its people at http://127.0.0.1:{sandbox_port}/"
        if sandbox_port
        else f"{config.base_url}: REAL, what you send changes your workspace"
    )
    return "\n".join(
        [
            "",
            f"  The bridge runs at  {url}",
            f"  Intercom is         {intercom}",
            f"  Sources             {', '.join(sorted(catalogue.mappings))}",
            "",
            "  Try it in another terminal:",
            f"    {command} send {source} {example}",
            f"    curl {url}/readyz",
            f"    {command} events list",
            "",
            "  Ctrl-C ends it.",
            "",
        ]
    )


def _command() -> str:
    path = Path(sys.executable).parent / "bridge"
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _something_to_send(catalogue: Catalogue) -> tuple[str, str]:
    """Give a source and one of its examples, Stripe's first."""
    for source in ("stripe", *sorted(catalogue.mappings)):
        if source in catalogue.mappings:
            folder = Path(catalogue.mappings[source].path).parent / source
            examples = sorted(folder.glob("*.yaml"))
            if examples:
                return source, str(examples[0])
    return "SOURCE", "FILE"
