"""The sandbox on a socket, and a server that answers as a script says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from bridge.intercom.client import Client
from bridge.intercom.sandbox import Sandbox, SandboxServer


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox()) as running:
        yield running


@pytest.fixture
def state(server: SandboxServer) -> Sandbox:
    return server.state


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Client]:
    client = Client(server.url, "a-token")
    yield client
    client.close()


# --- a server that does as it is told -----------------------------------------------------------

Script = Callable[[socket.socket, bytes], None]


class Scripted:
    """Accepts connections and lets a script answer each request it reads."""

    def __init__(self, script: Script) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self.wrap(connection) as wrapped:
                self._open.append(wrapped)
                while request := self._read(wrapped):
                    self.requests.append(request)
                    self._script(wrapped, request)
        except OSError:
            return
        finally:
            connection.close()

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        told = b""
        while b"\r\n\r\n" not in told:
            piece = connection.recv(65_536)
            if not piece:
                return b""
            told += piece
        head, _, body = told.partition(b"\r\n\r\n")
        lines = (line.lower() for line in head.split(b"\r\n"))
        lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
        while lengths and len(body) < lengths[0]:
            body += connection.recv(65_536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in (self._accepting, *self._threads):
            thread.join()


@pytest.fixture
def scripted() -> Iterator[Callable[[Script], Scripted]]:
    running: list[Scripted] = []

    def start(script: Script) -> Scripted:
        running.append(Scripted(script))
        return running[-1]

    yield start
    for each in running:
        each.close()
