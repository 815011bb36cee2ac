"""Serving under gunicorn, from inside the program: `bridge web` needs no second command."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from bridge.web import headers

log = structlog.get_logger()

THREADS = 32
TURN = 0.0005
"""Seconds that a thread may keep Python from others who want it; Python's own is ten times that.

The thread that commits asks for it after every statement, and all wait for its commit.
"""
_GRACE = 25
"""Seconds to finish requests in flight; platforms kill after 30."""
_PATIENCE = 10
"""Seconds that a sender may be silent in the middle of a request: it keeps a thread from others."""


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads; `build` makes the application inside each worker process."""

    def __init__(self, build: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._build = build
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options as they are: no file and no command line is read."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application in the worker process, so that no connection is shared."""
        sys.setswitchinterval(TURN)
        return self._build()


def limit_silence(listener: socket.socket, seconds: float) -> None:
    """Let the kernel end a read of every connection to come after so much silence.

    gunicorn reads without a limit, and a sender that stops half-way would keep a thread for ever.
    """
    whole = int(seconds)
    limit = struct.pack("ll", whole, int((seconds - whole) * 1_000_000))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def _listening(arbiter: Any) -> None:
    for listener in arbiter.LISTENERS:
        limit_silence(listener.sock, _PATIENCE)
        log.info("listening", url=str(listener))


def options(host: str, port: int, processes: int, logconfig: dict[str, Any]) -> dict[str, Any]:
    """Give gunicorn's settings; `processes` is 1 on SQLite."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat must not touch a disk
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": processes,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 30,
        "graceful_timeout": _GRACE,
        "keepalive": 5,
        "worker_tmp_dir": str(shared_memory) if os.access(shared_memory, os.W_OK) else None,
        "logconfig_dict": logconfig,
        "accesslog": None,
        "control_socket_disable": True,
        "proc_name": "bridge web",
        "when_ready": _listening,
        "pre_request": headers.remember,
    }
