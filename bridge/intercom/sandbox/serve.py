"""Serving the sandbox on a real socket: for tests in a thread, for a developer until Ctrl-C."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any, cast

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bridge.errors import BridgeError
from bridge.intercom.sandbox.app import create_sandbox
from bridge.intercom.sandbox.faults import Fault
from bridge.intercom.sandbox.keep import Keeper
from bridge.intercom.sandbox.model import Rules
from bridge.intercom.sandbox.notify import Notifier, Subscription
from bridge.intercom.sandbox.state import Sandbox


class _Handler(BaseHTTPRequestHandler):
    """One connection: HTTP/1.1 with keep-alive, which the servers at hand do not have."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        builder = EnvironBuilder(
            path=self.path,
            method=self.command,
            headers=Headers(self.headers.items()),
            input_stream=io.BytesIO(body),
            content_length=length,
            base_url=self.server.url,
        )
        environ = builder.get_environ()
        builder.close()
        pieces, status, headers = run_wsgi_app(self.server.app, environ)
        try:
            self._write(pieces, status, headers)
        except ConnectionError:
            self._cut()
        finally:
            _close(pieces)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def _write(self, pieces: Iterable[bytes], status: str, headers: Headers) -> None:
        code, _, reason = status.partition(" ")
        rest = iter(pieces)
        first = next(rest, b"")  # before the head: an answer that is lost is lost whole
        self.send_response_only(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if "Date" not in headers:
            self.send_header("Date", self.date_time_string())
        if "Content-Length" not in headers and int(code) not in {204, 304}:
            self.send_header("Content-Length", "0")
        self.end_headers()
        for piece in chain((first,), rest):
            if self.command != "HEAD":
                self.wfile.write(piece)
                self.wfile.flush()

    def _cut(self) -> None:
        """Cut the connection: the other side is gone, or the answer is to be lost."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def handle(self) -> None:
        """Answer until the other side goes away, quietly."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def finish(self) -> None:
        """Close both ends, whatever is left in them."""
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the page and /_sandbox/calls show the calls."""


def _close(pieces: Iterable[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


class SandboxAddress(BridgeError):
    """The sandbox cannot listen there: the port is taken, or the host is not this machine's."""


def _listen(app: Flask, host: str, port: int) -> _Server:
    try:
        return _Server(app, host, port)
    except OSError as error:
        told = f"The sandbox cannot listen at {host}:{port} ({error.strerror}): try another port."
        raise SandboxAddress(told) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """Give the address it listens at."""
        host, port = cast("tuple[str, int]", self.server_address[:2])
        return f"http://{host}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread of its own, and know it until it ends."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has ended."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Cut every connection that is open: idle ones would wait for ever."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class SandboxServer:
    """Serves a sandbox in a thread for as long as the `with` block runs; port 0 is any free one."""

    def __init__(
        self,
        state: Sandbox | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        token: str | None = None,
    ) -> None:
        self.state = state or Sandbox()
        self._halted = threading.Event()
        app = create_sandbox(self.state, token=token, sleep=self._halted.wait)
        self._server = _listen(app, host, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        """Give the address it listens at, for use as the base URL of calls."""
        return self._server.url

    def __enter__(self) -> SandboxServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> SandboxServer:
        """Begin to serve; `stop` ends it."""
        return self.__enter__()

    def stop(self) -> None:
        """End it: no new connections, the open ones cut."""
        self._halted.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


def serve(
    host: str = "127.0.0.1",
    port: int = 8400,
    *,
    file: Path | None = None,
    token: str | None = None,
    rules: Rules | None = None,
    faults: Iterable[Fault] = (),
    notify: Subscription | None = None,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve a sandbox until it is interrupted; `ready` is told its URL once it listens.

    `faults` are ordered from the start; `notify` is told what changes. `file` is where its
    contents outlive it. Raises SandboxAddress or SandboxFile where address or file cannot be used.
    """
    state = Sandbox(rules=rules)
    keeper = Keeper(state, file) if file is not None else None
    for fault in faults:
        state.faults.add(fault)
    server = _listen(create_sandbox(state, token=token), host, port)
    notifier = None if notify is None else Notifier(state, notify)
    ready(server.url)
    try:
        server.serve_forever()
    finally:
        server.hang_up()
        server.server_close()
        if notifier is not None:
            notifier.stop()
        if keeper is not None:
            keeper.close()
