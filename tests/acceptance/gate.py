"""A gate before PostgreSQL: a port that leads to the server, and can be shut at any moment."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from sqlalchemy import URL, make_url


class Gate:
    """Listens on a port of its own and passes bytes on, both ways, for as long as it is open."""

    def __init__(self, database_url: str) -> None:
        self._behind = make_url(database_url)
        self._open: list[socket.socket] = []
        self._listener = self._listen(0)
        self._port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Give the URL of the same database behind the gate."""
        through = self._behind.set(host="127.0.0.1", port=self._port, query={})
        return through.render_as_string(hide_password=False)

    def shut(self) -> None:
        """Cut every connection and refuse new ones."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def open(self) -> None:
        """Let connections through again."""
        self._listener = self._listen(self._port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        self._thread.start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = _reach(self._behind)
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _reach(url: URL) -> socket.socket:
    folder = url.query.get("host")
    if folder:
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{folder}/.s.PGSQL.{url.port or 5432}")
        return far
    return socket.create_connection((url.host or "127.0.0.1", url.port or 5432))


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
