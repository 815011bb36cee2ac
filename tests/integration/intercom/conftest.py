"""The sandbox on a socket, a scripted server, and the official description to check answers by."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from bridge.intercom.client import Client
from bridge.intercom.sandbox import Sandbox, SandboxServer
from bridge.model import Answer
from tests.integration.intercom.overlay import mended

SHARED = Path(__file__).parents[4] / "shared" / "contract"


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


# --- the official description -------------------------------------------------------------------


@pytest.fixture(scope="session")
def description() -> OpenAPI:
    told = os.environ.get("INTERCOM_OPENAPI")
    path = Path(told) if told else SHARED / "intercom-2.16.yaml"
    if not path.exists():
        pytest.skip("Intercom's OpenAPI description 2.16 is not here; set INTERCOM_OPENAPI")
    with path.open(encoding="utf-8") as stream:
        spec = yaml.load(stream, Loader=yaml.CSafeLoader)
    return OpenAPI.from_dict(mended(spec), config=Config(spec_validator_cls=None))


class Checked:
    """A recorder that holds every answer against the description, requests too where told."""

    def __init__(self, description: OpenAPI) -> None:
        self.description = description
        self.count = 0

    def __call__(self, answer: Answer) -> None:
        call = answer.call
        request = MockRequest(
            "https://api.intercom.io",
            call.method.lower(),
            call.path,
            args={name: str(value) for name, value in call.query.items()},
            headers={"Intercom-Version": "2.16", "Authorization": "Bearer x"},
            data=None if call.body is None else json.dumps(call.body).encode(),
        )
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        kind = answer.headers.get("content-type", "application/json")
        response = MockResponse(body, status_code=answer.status, content_type=kind)
        if answer.status < 300:
            self.description.validate_request(request)
        self.description.validate_response(request, response)
        self.count += 1


@pytest.fixture
def checked(client: Client, description: OpenAPI) -> Iterator[Client]:
    check = Checked(description)
    yield client.recording(check)
    assert check.count > 0


# --- a server that does as it is told -----------------------------------------------------------

Script = Callable[[socket.socket, bytes], None]


class Scripted:
    """Accepts connections and lets a script answer each request it reads."""

    def __init__(self, script: Script) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
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
        with connection:
            try:
                while request := self._read(connection):
                    self.requests.append(request)
                    self._script(connection, request)
            except OSError:
                return

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
