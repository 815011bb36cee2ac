"""The commands, run in this process in a folder of their own."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from bridge import config
from bridge.app.web import build_web
from bridge.cli import main
from bridge.config.settings import SETTINGS
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.intercom.sandbox.state import Sandbox
from tests.shop import logs_as_before, write_mappings


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Bridge = Callable[..., Said]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a new folder, with a space in its name, that holds two mappings and secrets."""
    folder = tmp_path / "my bridge"
    folder.mkdir()
    write_mappings(folder / "mappings")
    monkeypatch.chdir(folder)
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("SHOP_SECRET", "canary-shop-secret")
    monkeypatch.setenv("PIPE_SECRET", "canary-pipe-secret")
    return folder


@pytest.fixture
def bridge(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bridge]:
    """Give `bridge("events", "list")`: a command as its user runs it."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for hook in ("excepthook",):
        monkeypatch.setattr(sys, hook, getattr(sys, hook))
        monkeypatch.setattr(threading, hook, getattr(threading, hook))

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["bridge", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    with logs_as_before():
        yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def receiver(bridge: Bridge) -> Iterator[str]:
    """Serve the web application on a real socket; give its address."""
    assert bridge("migrate").code == 0
    secrets = {"SHOP_SECRET": "canary-shop-secret", "PIPE_SECRET": "canary-pipe-secret"}
    made = config.read({**secrets, "BRIDGE_FOLD_SECONDS": "0"})
    server = make_server("127.0.0.1", 0, build_web(made), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def intercom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Serve a sandbox, and name it in the environment."""
    with SandboxServer() as server:
        monkeypatch.setenv("INTERCOM_BASE_URL", server.url)
        monkeypatch.setenv("INTERCOM_ACCESS_TOKEN", "canary-token")
        yield server.state
